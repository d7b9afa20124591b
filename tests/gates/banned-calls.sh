#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Calls that have a safer relative, or that start other programs.
. "$(dirname "$0")/gate.inc"

unsafe='strcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|tmpnam|tempnam|mktemp|alloca|rand|srand'
spawns='system|popen|execl|execlp|execle|execv|execvp|execve|fork|vfork|posix_spawn'
pattern="(^|[^A-Za-z0-9_.>])($unsafe|$spawns)[[:space:]]*\\("

files=0
while read -r file; do
    files=$((files + 1))
    while IFS= read -r hit; do
        # Tests and build tools may start programs, never the product.
        case $file in
        tests/*) if echo "$hit" | grep -qE "($spawns)[[:space:]]*\\("; then continue; fi ;;
        esac
        complain "$file:$hit"
    done < <(without_comments "$file" | grep -nE "$pattern")
done < <(every_c_file)

# The pattern must see what it is there for, and nothing else.
for line in 'strcpy(a, b);' '  n = atoi (x);' 'return system(cmd);'; do
    echo "$line" | grep -qE "$pattern" || complain "the pattern misses: $line"
done
for line in 'apr_strtok(a, b, &c);' 'vfs->system(x);' 'ap_sprintf(x)'; do
    if echo "$line" | grep -qE "$pattern"; then complain "the pattern takes: $line"; fi
done
verdict "$files" 20 "C files call nothing that is banned"
