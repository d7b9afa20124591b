#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Audits a configuration with the module just built: `httpd -t` and the report. Exit status is httpd's.
#
# usage: tools/audit.sh CONF [HTTPD-ARGUMENT...]
#
# CONF is a configuration file or the directory of one. HTTPD, HTTPD_MODULES (httpd's own) and TLSGUARD_MODULE name
# other places than the usual ones.
set -euo pipefail

fail() {
    echo "audit: $*" >&2
    exit 2
}

top=$(cd "$(dirname "$0")/.." && pwd)
conf=${1:-}
[ -n "$conf" ] || fail "which configuration? usage: tools/audit.sh CONF"
shift
if [ -d "$conf" ]; then
    for name in apache2.conf httpd.conf conf/httpd.conf; do
        if [ -f "$conf/$name" ]; then
            conf=$conf/$name
            break
        fi
    done
    [ -f "$conf" ] || fail "$conf: no apache2.conf, httpd.conf or conf/httpd.conf in this directory"
fi
[ -e "$conf" ] || fail "$conf: no such file"
[ -r "$conf" ] || fail "$conf: not readable"
conf=$(cd "$(dirname "$conf")" && pwd)/$(basename "$conf")

module=${TLSGUARD_MODULE:-$top/.libs/mod_tlsguard.so}
[ -f "$module" ] || fail "$module is missing: run make first"

PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/local/apache2/bin
httpd=${HTTPD:-$(command -v apache2 || command -v httpd || true)}
[ -n "$httpd" ] || fail "neither apache2 nor httpd was found; set HTTPD"
if [ -z "${HTTPD_MODULES:-}" ]; then
    apxs=${APXS:-$(command -v apxs || command -v apxs2 || true)}
    if [ -n "$apxs" ]; then HTTPD_MODULES=$($apxs -q LIBEXECDIR); fi
fi
export HTTPD_MODULES

arguments=(-t -f "$conf")
case $conf in
"$top"/conf/demo/*)
    # The demonstration's paths are relative to its directory.
    "$top/conf/demo/make-certs.sh" "$top/build/demo"
    arguments=(-d "$(dirname "$conf")" "${arguments[@]}")
    ;;
esac

# Debian keeps the variables of its configuration in a file that apachectl reads.
envvars=$(dirname "$conf")/envvars
if [ -f "$envvars" ]; then
    set +eu
    # shellcheck disable=SC1090
    . "$envvars"
    set -eu
fi

# The module comes before the configuration: one that loads an installed module keeps this one, and httpd's remark
# that it is loaded already (AH01574) is left out.
status=0
{ "$httpd" -C "LoadModule tlsguard_module $module" "${arguments[@]}" "$@" 2>&1 >&3 3>&- |
    sed '/AH01574: module tlsguard_module is already loaded/d' >&2; } 3>&1 || status=$?
exit "$status"
