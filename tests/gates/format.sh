#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# C sources are as .clang-format wants them (`make format` puts them right); no line is longer than 100 columns; files
# stay small enough to be read. The layout of another clang-format differs in details, so only version 14, Debian 12's,
# is asked.
. "$(dirname "$0")/gate.inc"

columns=100     # .clang-format and .editorconfig
longest_file=600 # lines: "about 500", with room for the last one that lands

mapfile -t files < <(every_c_file)
formatter=$(command -v clang-format-14 || command -v clang-format)
version=$($formatter --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" = 14 ]; then
    while read -r file; do
        complain "$file is not formatted: run 'make format'"
    done < <(printf '%s\n' "${files[@]}" | grep '\.c$' | xargs -r "$formatter" --dry-run -Werror 2>&1 |
        sed -n 's/^\([^:]*\):.*code should be clang-formatted.*/\1/p' | sort -u)
    formatted="formatted and "
else
    formatted="(clang-format is ${version:-missing}, not 14: layout not judged) "
fi

while IFS= read -r hit; do
    complain "$hit"
done < <(awk -v max=$columns 'length($0) > max && !/https?:\/\// {print FILENAME ":" FNR ": " length($0) " columns"}' \
    $(printf '%s\n' "${files[@]}" | grep '\.c$'))
while IFS= read -r hit; do
    complain "$hit"
done < <(wc -l "${files[@]}" | awk -v max=$longest_file '$2 != "total" && $1 > max {print $2 ": " $1 " lines, more than " max}')
for file in $(git ls-files '*.c' '*.h' '*.sh' '*.t' '*.pm' Makefile 2>/dev/null); do
    if [ -e "$file" ] && grep -nE '[[:space:]]$' "$file" | grep -q .; then complain "$file: white space at a line's end"; fi
done
verdict "${#files[@]}" 20 "C files are ${formatted}within limits"
