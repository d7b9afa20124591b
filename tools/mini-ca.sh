#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A throw-away certification authority for the demonstration site and the tests. Nothing it makes is secret or trusted
# by anyone, and nothing is ever committed: give it a directory below build/.
#
# usage: tools/mini-ca.sh DIR NAME:TYPE:DNS[,DNS...][:OPTION...] ...
#
# TYPE is rsa (2048 bits), rsaN, ecdsa (P-256) or as-NAME (the key of NAME, made before). For each NAME three files are
# made: NAME.pem (the certificate, then the intermediate), NAME.key (mode 0600) and NAME-all.pem (both, mode 0600).
# Options: self (self-signed), ocsp (names an OCSP responder, on loopback), crl (names a revocation list), encrypted (a key with
# the pass phrase "secret"), and the faults that tests need: see extensions(), sign() and chain().
# ca.pem is the root, clientca.pem a copy, crl.pem its revocation list, crlold.pem an outdated one. What exists and stays valid for a week is kept.
set -eu

dir=$1
shift
mkdir -p "$dir"
cd "$dir"
umask 077

# Tests run side by side: one makes, the others wait and find it made.
exec 9>lock
flock 9

keep_seconds=$((7 * 24 * 3600))
leaf_days=90 # what public authorities issue at present

new_key() { # FILE TYPE
    case $2 in
    ecdsa) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null ;;
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null ;;
    as-*) cp "${2#as-}.key" "$1" ;;
    rsa[0-9]*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1" 2>/dev/null ;;
    *) echo "mini-ca.sh: unknown key type '$2'" >&2 && exit 2 ;;
    esac
}

# The machine's openssl.cnf may add extensions of its own; this one adds none.
printf '[req]\ndistinguished_name=dn\n[dn]\n' >req.cnf

authority() { # FILE SUBJECT [ISSUER]
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' >ext.cnf
    new_key "$1.key" ecdsa
    openssl req -new -config req.cnf -key "$1.key" -subj "$2" -out "$1.csr"
    if [ $# = 2 ]; then
        openssl x509 -req -in "$1.csr" -signkey "$1.key" -days 3650 -extfile ext.cnf -out "$1.pem" 2>/dev/null
    else
        openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days 1825 -extfile ext.cnf \
            -out "$1.pem" 2>/dev/null
    fi
}

is_fresh() { [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend $keep_seconds >/dev/null 2>&1; }

if ! is_fresh ca.pem || ! is_fresh intermediate.pem; then
    authority ca "/O=Throw-away/CN=Throw-away root"
    authority intermediate "/O=Throw-away/CN=Throw-away intermediate" ca
    # The same root as the authority for client certificates, with an empty list of what it revoked.
    cp ca.pem clientca.pem
    printf '[ca]\ndefault_ca=own\n[own]\ndatabase=revoked\ndefault_md=sha256\n' >crl.cnf
    : >revoked
    openssl ca -config crl.cnf -gencrl -keyfile ca.key -cert ca.pem -crldays 3650 -out crl.pem 2>/dev/null
    rm -f crl.cnf revoked*
fi
if [ ! -s crlold.pem ] || [ ca.pem -nt crlold.pem ]; then
    printf '[ca]\ndefault_ca=own\n[own]\ndatabase=revoked\ndefault_md=sha256\n' >crl.cnf
    : >revoked
    openssl ca -config crl.cnf -gencrl -keyfile ca.key -cert ca.pem -crl_lastupdate 20240101000000Z \
        -crl_nextupdate 20240201000000Z -out crlold.pem 2>/dev/null
    rm -f crl.cnf revoked*
fi

# What everybody may read must lie where everybody may look, wherever this directory is.
open=${TMPDIR:-/tmp}/tlsguard-fixtures-$(id -u)-$(pwd | cksum | cut -d" " -f1)
mkdir -p "$open"
chmod 755 "$open"

has() { case ":$options:" in *":$1:"*) return 0 ;; esac; return 1; }

# Signs x.csr with dates of its own: FILE ISSUER START END EXTENSIONS
sign_dated() {
    rm -rf db && mkdir db && : >db/index && echo 1000 >db/serial
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=db/index\nserial=db/serial\nnew_certs_dir=db\ndefault_md=sha256\npolicy=p\n[p]\norganizationName=optional\ncommonName=supplied\n' >db/ca.cnf
    openssl ca -batch -config db/ca.cnf -cert "$2.pem" -keyfile "$2.key" -in x.csr -startdate "$3" -enddate "$4" \
        -extfile "$5" -notext -out "$1" 2>/dev/null
    rm -rf db
}

day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

# The certificate's extensions, by type and options.
extensions() {
    if has ca; then echo "basicConstraints=critical,CA:TRUE"; else echo "basicConstraints=critical,CA:FALSE"; fi
    case $type in
    rsa*) echo "keyUsage=critical,digitalSignature,keyEncipherment" ;;
    *) if has ca; then echo "keyUsage=critical,digitalSignature,keyCertSign"; else echo "keyUsage=critical,digitalSignature"; fi ;;
    esac
    if has clientonly; then echo "extendedKeyUsage=clientAuth"; else echo "extendedKeyUsage=serverAuth"; fi
    echo "subjectKeyIdentifier=hash"
    has nosan || echo "subjectAltName=DNS:${names//,/,DNS:}"
    if has ocsp; then echo "authorityInfoAccess=OCSP;URI:http://127.0.0.1:9/"; fi
    if has crl; then echo "crlDistributionPoints=URI:http://127.0.0.1:9/list.crl"; fi
    if has muststaple; then echo "tlsfeature=status_request"; fi
    has self || echo "authorityKeyIdentifier=keyid"
}

sign() {
    local days=$leaf_days digest=sha256
    if has sha1; then digest=sha1; fi
    if has self; then
        openssl x509 -req -in x.csr -signkey "$name.key" -days "$days" -extfile ext.cnf -out "$name.pem" 2>/dev/null
    elif has expired; then
        sign_dated "$name.pem" intermediate "$(day '100 days ago')" "$(day '10 days ago')" ext.cnf
    elif has expiring; then
        sign_dated "$name.pem" intermediate "$(day '85 days ago')" "$(day '5 days')" ext.cnf
    else
        openssl x509 -req -in x.csr -CA intermediate.pem -CAkey intermediate.key -CAcreateserial "-$digest" \
            -days "$days" -extfile ext.cnf -out "$name.pem" 2>/dev/null
    fi
}

# What stands behind the certificate.
chain() {
    if has self || has bare; then return; fi
    if has expiredint; then
        printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' >int.cnf
        openssl req -new -config req.cnf -key intermediate.key -subj "/O=Throw-away/CN=Throw-away intermediate" -out x.csr
        sign_dated old.pem ca 20200101000000Z 20210101000000Z int.cnf
        cat old.pem
        rm -f old.pem int.cnf
    elif has badchain; then
        # The right name and key identifier, another key: its signature over the leaf does not hold.
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out wrong.key 2>/dev/null
        id=$(openssl x509 -in intermediate.pem -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' :')
        printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=%s\n' "$id" >int.cnf
        openssl req -new -config req.cnf -key wrong.key -subj "/O=Throw-away/CN=Throw-away intermediate" -out x.csr
        openssl x509 -req -in x.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 90 -extfile int.cnf 2>/dev/null
        cat ca.pem
        rm -f wrong.key int.cnf
    else
        cat intermediate.pem
        if has withroot; then cat ca.pem; fi
    fi
}

for spec in "$@"; do
    IFS=: read -r name type names options <<<"$spec"
    if [ "$(cat "$name.spec" 2>/dev/null)" = "$spec" ] && { has expired || is_fresh "$name.pem"; }; then
        if [ "${type#as-}" = "$type" ] || cmp -s "${type#as-}.key" "$name.key"; then continue; fi
    fi
    new_key "$name.key" "$type"
    extensions >ext.cnf
    openssl req -new -config req.cnf -key "$name.key" -subj "/CN=${names%%,*}" -out x.csr
    sign
    chain >>"$name.pem"
    if has encrypted; then
        openssl pkcs8 -topk8 -in "$name.key" -passout pass:secret -out x.key 2>/dev/null
        mv x.key "$name.key"
    fi
    cat "$name.pem" "$name.key" >"$name-all.pem"
    chmod 644 "$name.pem"
    if has open; then
        cp "$name.key" "$open/$name.key"
        chmod 644 "$open/$name.key"
        ln -sfn "$open/$name.key" "$name.key"
    fi
    echo "$spec" >"$name.spec"
done
rm -f -- *.csr ext.cnf req.cnf
chmod 644 ca.pem intermediate.pem clientca.pem crl.pem crlold.pem

# Session ticket keys: one that only its owner reads, one for everybody, one that is too short.
[ -s ticket.key ] || openssl rand -out ticket.key 48
[ -s "$open/ticket.key" ] || openssl rand -out "$open/ticket.key" 48
chmod 644 "$open/ticket.key"
ln -sfn "$open/ticket.key" ticketopen.key
printf short >short.key

# Parameters, alone and behind a certificate: a group everybody knows to be weak (RFC 2409's second Oakley group, RFC
# 5114), a good one, and the block that "openssl ecparam -genkey" leaves.
if [ ! -s ecparams-all.pem ] && [ -s rsa-all.pem ] && [ -s ecdsa-all.pem ]; then
    cat >dh1024.params <<'PEM'
-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
PEM
    openssl genpkey -genparam -algorithm DH -pkeyopt dh_rfc5114:2 -out dhweak.params 2>/dev/null
    openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dhparams.pem 2>/dev/null
    cat rsa-all.pem dh1024.params >dh1024-all.pem
    cat rsa-all.pem dhweak.params >dhweak-all.pem
    { openssl ecparam -name prime256v1; cat ecdsa-all.pem; } >ecparams-all.pem
fi
