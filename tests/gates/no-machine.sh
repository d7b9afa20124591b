#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No paths or package hosts of one machine in tracked files. The brackets keep the patterns from finding themselves.
. "$(dirname "$0")/gate.inc"

patterns=('/[w]ork/' '/[f]arm/' '/[r]oot/' '/[t]mp/wt' '/[h]ome/[a-z]' '[d]eb\.debian\.org' '[s]napshot\.debian'
    '[r]egistry\.npmjs' '[p]ypi\.org/simple' '[p]roxy\.golang')
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    mapfile -t files < <(git ls-files -co --exclude-standard)
else
    mapfile -t files < <(find . -type f -not -path './build/*' -not -path './.libs/*' | sed 's,^\./,,')
fi
for pattern in "${patterns[@]}"; do
    while IFS= read -r hit; do
        complain "$hit"
    done < <(grep -nIE -- "$pattern" "${files[@]}" 2>/dev/null | cut -c1-160)
done
echo "x /ro""ot/x" | grep -qE "${patterns[2]}" || complain "the patterns do not match what they are for"
verdict "${#files[@]}" 30 "files name no machine"
