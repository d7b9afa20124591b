#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test, cheap ones first, goes on after a failure and ends with one line that counts. `make check` calls it.
#
# usage: tests/check.sh        everything that fits into a quarter of an hour on two cores
#        tests/check.sh long   the sanitizers, valgrind and the long variants of the same tests
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

make=${MAKE:-make}
strict=WERROR=-Werror
passed=0
failed=0
failures=()
log=build/check.log
mkdir -p build

count() { # PASSED FAILED NAME
    passed=$((passed + $1))
    failed=$((failed + $2))
    if [ "$2" != 0 ]; then failures+=("$3"); fi
}

# step NAME COMMAND...: shows what the command prints and keeps it in $log for counting. Without a `count_NAME`
# function the step counts as one.
step() {
    local name=$1 began=$SECONDS status=0
    shift
    echo "== $name"
    "$@" </dev/null 2>&1 | tee "$log" || status=$?
    if declare -F "count_${name%% *}" >/dev/null; then
        "count_${name%% *}" "$status" "$name"
    else
        count $((status == 0)) $((status != 0)) "$name"
    fi
    echo "-- $name: $([ "$status" = 0 ] && echo passed || echo FAILED), $((SECONDS - began)) s"
    return "$status"
}

sum() { awk '{n += $1} END {print n + 0}'; }

# A program that dies counts as one failure even when its log counts none.
count_unit() {
    local ok bad
    ok=$(cat "$unit_dir"/*.log 2>/dev/null | sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' | sum)
    bad=$(cat "$unit_dir"/*.log 2>/dev/null | sed -n 's/^\[  FAILED  \] .*: \([0-9]*\) test.*/\1/p' | sum)
    if [ "$1" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    count "$ok" "$bad" "$2"
}

count_gates() {
    local bad
    bad=$(grep -c '^gate .*: FAILED' "$log")
    if [ "$1" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    count "$(grep -c '^gate .*(floor [0-9]*)$' "$log")" "$bad" "$2"
}

# prove: "Files=3, Tests=40, ..." and "Failed 2/17 subtests" for each file.
count_t() {
    local all bad
    all=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$log" | sum)
    bad=$(sed -n 's/^ *Failed \([0-9]*\)\/[0-9]* subtests.*/\1/p' "$log" | sum)
    if [ "$1" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ "$all" -lt "$bad" ]; then all=$bad; fi
    count $((all - bad)) "$bad" "$2"
}

# A place that is not there is said so and counts as nothing.
count_cases() {
    if grep -q '^cases: skipped' "$log"; then return; fi
    count $(($1 == 0)) $(($1 != 0)) "$2"
}

quick_tests() {
    unit_dir=build/unit
    step "build with gcc" "$make" -s -j2 all $strict || return
    step "build with clang" "$make" -s -j2 objects CC=clang B=build/clang $strict
    step unit "$make" -s -j2 unit $strict
    step gates "$make" -s gates $strict
    step "fuzz replay" "$make" -s fuzz-replay $strict
    if grep -q '^docs-check:' Makefile; then step "documents are fresh" "$make" -s docs-check $strict; fi
    step t "$make" -s t $strict
    step cases "$make" -s cases $strict
}

long_tests() {
    local preload
    export TLSGUARD_LONG=1 ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
    unit_dir=build/asan/unit
    step "build with sanitizers" "$make" -s -j2 all SAN=1 B=build/asan $strict || return
    step "unit (sanitizers)" "$make" -s -j2 unit SAN=1 B=build/asan $strict
    step "fuzz replay (sanitizers)" "$make" -s fuzz-replay SAN=1 B=build/asan $strict
    step "build what makes chains" "$make" -s -j2 certs $strict
    preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    step "t (sanitizers)" env TLSGUARD_PRELOAD="$preload" TLSGUARD_MODULE="$PWD/build/asan/.libs/mod_tlsguard.so" \
        TLSGUARD_PATIENCE=120 prove -j2 --timer t
    step "build with ThreadSanitizer" "$make" -s -j2 module SAN=thread B=build/tsan $strict
    # What httpd and APR do is not instrumented, so their locks that are atomic operations are unknown; ours is seen whole.
    step "t (ThreadSanitizer)" env TLSGUARD_PRELOAD="$(gcc -print-file-name=libtsan.so)" TLSGUARD_PATIENCE=120 \
        TSAN_OPTIONS="ignore_noninstrumented_modules=1 report_signal_unsafe=0" \
        TLSGUARD_MODULE="$PWD/build/tsan/.libs/mod_tlsguard.so" prove --timer t/5[0-35-7]-*.t
    step "build with gcc" "$make" -s -j2 all $strict
    step "t (a million requests)" env TLSGUARD_REQUESTS=1000000 prove --timer -v t/55-memory.t
    step valgrind "$make" -s valgrind $strict
    step analyze "$make" -s analyze
}

case ${1:-} in
'') quick_tests ;;
long) long_tests ;;
*) echo "check.sh: unknown argument '$1'" >&2 && exit 2 ;;
esac

echo
if [ ${#failures[@]} != 0 ]; then printf 'FAILED: %s\n' "${failures[@]}"; fi
if [ "$passed" = 0 ]; then
    echo "nothing was tested"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
