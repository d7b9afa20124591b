#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates JSON reports against docs/report.schema.json.

usage: validate-report.py FILE ...     ("-" is standard input)

Prints the first violations of each invalid report with their place. Exit status 0 when every report is valid, 1 when
one is not, 2 when one cannot be read or the schema itself is wrong.
"""
import json, os, sys

import jsonschema

SHOWN = 5  # violations a report; the rest mostly repeats them


def main(names):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../docs/report.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    status = 0
    for name in names:
        data = sys.stdin.buffer.read() if name == "-" else open(name, "rb").read()
        report = json.loads(data.decode("utf-8"))
        errors = sorted(validator.iter_errors(report), key=lambda e: list(map(str, e.absolute_path)))
        for error in errors[:SHOWN]:
            where = "/".join(map(str, error.absolute_path)) or "(the whole)"
            print(f"{name}: {where}: {error.message[:300]}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, jsonschema.SchemaError) as problem:
        print(f"validate-report.py: {problem}", file=sys.stderr)
        sys.exit(2)
