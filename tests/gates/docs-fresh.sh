#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is generated (docs/rules/, docs/directives.md, conf/tlsguard.conf) is what `make docs` would write now.
. "$(dirname "$0")/gate.inc"

fresh=$(mktemp -d) || exit 2
trap 'rm -rf "$fresh"' EXIT
pages=0
if "$B/tlsguard-rules" --write "$fresh"; then
    while read -r page; do
        pages=$((pages + 1))
        cmp -s "$fresh/$page" "docs/$page" || complain "docs/$page is stale: run 'make docs' and commit it"
    done < <(cd "$fresh" && find . -name '*.md' -printf '%P\n' | sort)
    while read -r page; do
        [ -e "$fresh/$page" ] || complain "docs/$page belongs to no rule: run 'make docs' and commit"
    done < <(cd docs && find rules -name '*.md' | sort)
else
    complain "$B/tlsguard-rules does not run"
fi
"$B/tlsguard-rules" --conf | cmp -s - conf/tlsguard.conf || complain "conf/tlsguard.conf is stale: run 'make docs' and commit it"
pages=$((pages + 1))
verdict "$pages" 30 "generated pages are fresh"
