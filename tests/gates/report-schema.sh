#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every JSON report that the unit tests expect keeps to docs/report.schema.json, and a broken one is noticed.
. "$(dirname "$0")/gate.inc"

reports=(tests/golden/report-*.json)
if out=$(python3 tests/validate-report.py "${reports[@]}" 2>&1); then :; else complain "$out"; fi
# The schema must say no to what is none.
for change in 's/"severity": "warning"/"severity": "bad"/' 's/"vhosts": \[/"vhost": [/' 's/"pin": "A/"pin": "/' \
    's/"startable": false/"startable": null/'; do
    if sed "$change" tests/golden/report-shop.json | python3 tests/validate-report.py - >/dev/null 2>&1; then
        complain "the schema accepts a report after $change"
    fi
done
verdict "${#reports[@]}" 3 "golden reports are valid, 4 broken ones are not"
