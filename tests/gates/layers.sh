#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layers: httpd only at the face; rules see the model, the report and helpers; renderers see the report and the rule
# records; the engine neither logs nor exits.
. "$(dirname "$0")/gate.inc"

checked=0

# includes FILE...: "FILE NAME" for each name included.
includes() {
    [ $# = 0 ] || grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' "$@" |
        sed -n 's/^\([^:]*\):[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]\([^>"]*\)[>"].*/\1 \2/p'
}

# 1. httpd's headers: what this httpd installs, APR's own excepted.
httpd_dir=$(make_value HTTPD_INCLUDEDIR)
[ -f "$httpd_dir/httpd.h" ] || complain "no httpd.h in '$httpd_dir'"
mapfile -t files < <(engine_files; tool_files; test_files)
checked=$((checked + ${#files[@]}))
while read -r file name; do
    case $name in
    apr*.h | apu*.h) ;;
    httpd/* | ../*) complain "$file includes $name: the engine and the tools do not know the face" ;;
    *) if [ -f "$httpd_dir/$name" ]; then complain "$file includes <$name>, a header of httpd"; fi ;;
    esac
done < <(includes "${files[@]}")

# 2. What the engine's objects call.
mapfile -t objects < <(engine_objects)
prints='exit|_exit|abort|(__)?v?printf(_chk)?|puts|putchar|perror|stdout|stderr|v?syslog|apr_file_open_std(out|err)|apr_terminate'
while read -r object symbol; do
    complain "$object uses $symbol: the engine knows no httpd, never prints and never exits"
done < <(nm -A -u "${objects[@]}" | sed 's/: *U / /; s/@.*//' | grep -E " (ap_[a-z0-9_]+|$prints)\$")

# 3. Rules: not the settings, the collectors, the probe, the renderers or another family. A helper header of the own
# family (rules_cert_x.h for rules_cert*.c) is allowed.
mapfile -t rules < <(ls src/rules_*.c)
while read -r file name; do
    family=$(basename "$file" .c | cut -d_ -f1-2)
    case $name in
    rules.h | "$family"*.h) ;;
    rules_*.h) complain "$file includes $name: families do not see each other" ;;
    settings.h | settings.def | probe*.h | collect*.h | render*.h | explain*.h | inject*.h | json*.h)
        complain "$file includes $name: rules see the model, the report and helpers"
        ;;
    esac
done < <(includes "${rules[@]}")
# A harden function may touch a context; a check may not.
touch='\bSSL(_CTX)?[[:space:]]*\*|\bSSL_(CTX_)?(new|get|set|ctrl|free)[A-Za-z_0-9]*[[:space:]]*\('
for file in $(grep -lE "$touch" "${rules[@]}"); do
    if without_comments "$file" | grep -qE "$touch"; then complain "$file touches an SSL or SSL_CTX: rules judge facts"; fi
done

# 4. Renderers and explanations.
mapfile -t renderers < <(ls src/render*.c src/explain*.c 2>/dev/null)
while read -r file name; do
    case $name in
    rules_*.h | probe*.h | collect*.h | inject*.h | ssl_directives.def)
        complain "$file includes $name: renderers read the report and the rule records"
        ;;
    esac
done < <(includes "${renderers[@]}")

# 5. Nobody includes a C file.
mapfile -t files < <(every_c_file)
while read -r file name; do
    complain "$file includes $name"
done < <(includes "${files[@]}" | grep '\.c$')

[ "${#objects[@]}" -ge 10 ] || complain "looked at ${#objects[@]} engine objects, expected at least 10 (build first)"
[ "${#rules[@]}" -ge 7 ] || complain "looked at ${#rules[@]} rule families, expected at least 7"
verdict "$checked" 20 "files, ${#objects[@]} engine objects and ${#rules[@]} rule families keep to their layer"
