#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every header compiles by itself, in C, with the project's warnings.
. "$(dirname "$0")/gate.inc"

cc=$(make_value CC)
engine=$(make_value ENGINE_FLAGS)
face=$(make_value FACE_FLAGS)
export cc engine face
mapfile -t headers < <(every_c_file | grep '\.h$')

# Two at a time: the machine this was written for has two cores. A typedef keeps the unit from being empty.
failed=$(printf '%s\n' "${headers[@]}" | xargs -P2 -I{} bash -c '
    flags=$engine
    case {} in src/httpd/*) flags=$face ;; esac
    printf "#include \"%s\"\ntypedef int tlsg_alone_t;\n" "$(basename {})" |
        $cc $flags -w -I"$(dirname {})" -Itools -Itests -fsyntax-only -x c - 2>/dev/null || echo {}')
for header in $failed; do
    complain "$header does not compile alone"
done
verdict "${#headers[@]}" 7 "headers compile alone"
