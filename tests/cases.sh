#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scores the module on the sample configurations: cases.sh DIR MODULE [ARGUMENT ...], the arguments being those of DIR/run.
# A sample whose fault this OpenSSL no longer has is left out, and that is said: a newer OpenSSL starts with it.
set -eu

dir=$1
module=$2
shift 2
if [ ! -x "$dir/run" ]; then
    echo "cases: skipped, $dir/run is not here"
    exit 0
fi
if [ $# -gt 0 ]; then
    exec "$dir/run" --module "$module" "$@"
fi

# Each prints the sample that has no fault here.
cured() {
    if openssl ciphers TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 >/dev/null 2>&1; then
        echo 051-cipher-iana-names-only
    fi
    if openssl list -kem-algorithms | grep -q X25519MLKEM768; then
        echo 104-groups-unknown-to-this-openssl
    fi
}

kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
for one in "$(cd "$dir" && pwd)"/configs/*; do
    ln -s "$one" "$kept"
done
for name in $(cured); do
    rm -f "$kept/$name"
    echo "cases: $name left out, this OpenSSL serves it"
done
"$dir/run" --module "$module" --cases "$kept" -v
