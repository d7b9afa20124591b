#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The module exports exactly one symbol, so that it cannot collide with another module.
. "$(dirname "$0")/gate.inc"

module=$(make_value MODULE)
if [ ! -f mod_tlsguard.c ]; then
    echo "gate $GATE: no module source"
    exit 0
fi
[ -f "$module" ] || complain "$module is missing (build first)"
symbols=$(nm -D --defined-only "$module" | awk '{print $NF}' | sed 's/@.*//' | grep -vE '^(_init|_fini|__bss_start|_edata|_end|__asan_|__odr_asan)')
for symbol in $symbols; do
    [ "$symbol" = tlsguard_module ] || complain "$module exports $symbol"
done
verdict "$(echo "$symbols" | grep -cx tlsguard_module)" 1 "symbol is all that the module exports"
