#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The engine holds no mutable static state. Read-only tables that need relocation (.data.rel.ro) are constants.
. "$(dirname "$0")/gate.inc"

objects=0
symbols=0
while read -r object; do
    objects=$((objects + 1))
    while read -r section name; do
        symbols=$((symbols + 1))
        case $section in
        .data.rel.ro*) ;;
        .data* | .bss* | .tbss* | .tdata* | '*COM*')
            # A sanitizer's own bookkeeping is not ours.
            case $name in __asan* | .L* | _ZL* | __sancov*) ;; *) complain "$object: $name is mutable state" ;; esac
            ;;
        esac
    done < <(objdump -t "$object" | awk '$0 ~ / O / {print $(NF-2), $NF}')
done < <(engine_objects)
[ "$objects" -ge 10 ] || complain "looked at $objects engine objects, expected at least 10 (build first)"
verdict "$symbols" 10 "tables in $objects engine objects are constants"
