#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the demonstration site needs, into the directory given.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
"$top/tools/mini-ca.sh" "$1" \
    "www.shop.example:rsa:www.shop.example,shop.example:ocsp" \
    "api.shop.example:ecdsa:api.shop.example" \
    "partner.shop.example:rsa:partner.shop.example"
# A published group (RFC 7919, 2048 bits): looking for a prime would take minutes.
[ -s "$1/dh2048.pem" ] || openssl genpkey -quiet -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out "$1/dh2048.pem"
