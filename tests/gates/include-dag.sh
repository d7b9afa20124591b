#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Headers include each other without a cycle.
. "$(dirname "$0")/gate.inc"

edges=$(every_c_file | grep '\.h$' | while read -r header; do
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\.h\)".*/\1/p' "$header" | while read -r name; do
        echo "$(basename "$header") $(basename "$name")"
    done
done)
loop=$(echo "$edges" | tsort 2>&1 >/dev/null | sed -n 's/^tsort: \(.*\.h\)$/\1/p' | paste -sd' ')
if [ -n "$loop" ]; then complain "a cycle of includes: $loop"; fi

# The tool that looks must be able to see a cycle.
if printf 'a.h b.h\nb.h a.h\n' | tsort >/dev/null 2>&1; then complain "tsort does not notice a cycle"; fi
verdict "$(echo "$edges" | grep -c .)" 4 "includes between headers form no cycle"
