#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test that exists is run: nothing is switched off by its name, its place or a forgotten list.
. "$(dirname "$0")/gate.inc"

# What make and prove will run.
run=$({ make_value UNIT_SRC; make_value FUZZ_SRC; } | tr ' ' '\n'; ls t/*.t tests/gates/*.sh 2>/dev/null)
count=0
while read -r file; do
    count=$((count + 1))
    case $file in
    t/lib/* | tests/unit/support*.[ch] | tests/fuzz/standalone.* | tests/gates/gate.inc) ;;
    t/*.t | tests/unit/*.c | tests/fuzz/*.c | tests/gates/*)
        echo "$run" | grep -qxF "$file" || complain "$file is not run by anything"
        ;;
    t/*) complain "$file: t/ holds tests (NN-name.t) and lib/" ;;
    esac
done < <(find t tests/unit tests/fuzz tests/gates -type f -not -path '*/corpus/*' 2>/dev/null | grep -vE '\.(md|dict)$' | sort)

# A test file says how many tests it has or that it is done, and does not skip itself without a reason.
for file in t/*.t; do
    [ -e "$file" ] || continue
    grep -qE '\bdone_testing\b|\btests[[:space:]]*=>' "$file" || complain "$file never says that it is done"
    if grep -nE "skip_all[[:space:]]*(=>)?[[:space:]]*;" "$file"; then complain "$file skips without a reason"; fi
done
for file in tests/unit/test_*.c; do
    [ -e "$file" ] || continue
    grep -q 'cmocka_run_group_tests' "$file" || complain "$file runs no group of tests"
    declared=$(grep -cE '^static void [a-z0-9_]+\(void \*\*' "$file")
    [ "$declared" -gt 0 ] || complain "$file holds no test"
done
verdict "$count" 10 "test files are run"
