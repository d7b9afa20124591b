/* SPDX-License-Identifier: Apache-2.0 */
#include "cert.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/x509v3.h>

#include "ossl.h"
#include "pin.h"
#include "text.h"

/* Bytes of one attribute or name kept; RFC 5280 allows 64 for most and DNS 253. */
#define TEXT_MAX 256

/* Entries kept of each list (names, URIs); the largest certificates in public use have 1,000 names.
 */
#define LIST_MAX 10000

static const char *string_text(apr_pool_t *pool, const ASN1_STRING *string)
{
    unsigned char *utf8 = NULL;
    int length = ASN1_STRING_to_UTF8(&utf8, string);
    if (length < 0) {
        return "";
    }
    const char *text = tlsg_text_printable(pool, (const char *)utf8, (size_t)length, TEXT_MAX);
    OPENSSL_free(utf8);
    return text;
}

static const char *object_text(apr_pool_t *pool, const ASN1_OBJECT *object)
{
    int nid = OBJ_obj2nid(object);
    if (nid != NID_undef) {
        return OBJ_nid2sn(nid);
    }
    char text[80]; /* bytes; OIDs in names are short, longer ones are cut */
    OBJ_obj2txt(text, sizeof(text), object, 1);
    return apr_pstrdup(pool, text);
}

/* "CN = a, O = b" in the order of the certificate. *cn becomes the last CN. */
static const char *name_text(apr_pool_t *pool, const X509_NAME *name, const char **cn)
{
    int count = X509_NAME_entry_count(name);
    apr_array_header_t *parts = apr_array_make(pool, count > 0 ? count : 1, sizeof(const char *));
    *cn = NULL;
    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
        const char *value = string_text(pool, X509_NAME_ENTRY_get_data(entry));
        if (OBJ_obj2nid(type) == NID_commonName) {
            *cn = value;
        }
        APR_ARRAY_PUSH(parts, const char *) =
            apr_pstrcat(pool, object_text(pool, type), " = ", value, NULL);
    }
    return tlsg_text_join(pool, parts, ", ");
}

static const char *serial_text(apr_pool_t *pool, const ASN1_INTEGER *serial)
{
    static const char hex[] = "0123456789ABCDEF";
    const unsigned char *bytes = ASN1_STRING_get0_data(serial);
    int length = ASN1_STRING_length(serial);
    char *text = apr_palloc(pool, (size_t)length * 2 + 3);
    char *at = text;
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) {
        *at++ = '-';
    }
    if (length == 0) {
        *at++ = '0';
    }
    for (int i = 0; i < length; i++) {
        *at++ = hex[bytes[i] >> 4];
        *at++ = hex[bytes[i] & 15];
    }
    *at = '\0';
    return text;
}

static apr_time_t time_of(const ASN1_TIME *time)
{
    struct tm tm;
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1) {
        return 0;
    }
    return apr_time_from_sec(timegm(&tm));
}

/* A list of texts that grows while an extension is walked. */
static const char *const *list_of(const apr_array_header_t *list, int *count)
{
    *count = list->nelts;
    return (const char *const *)(const void *)list->elts;
}

static void push_text(apr_array_header_t *list, const ASN1_STRING *string)
{
    if (list->nelts < LIST_MAX) {
        APR_ARRAY_PUSH(list, const char *) =
            tlsg_text_printable(list->pool, (const char *)ASN1_STRING_get0_data(string),
                                (size_t)ASN1_STRING_length(string), TEXT_MAX);
    }
}

static void push_address(apr_array_header_t *list, const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN];
    int length = ASN1_STRING_length(address);
    int family = length == 4 ? AF_INET : length == 16 ? AF_INET6 : AF_UNSPEC;
    if (family != AF_UNSPEC && list->nelts < LIST_MAX &&
        inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof(text)) != NULL) {
        APR_ARRAY_PUSH(list, const char *) = apr_pstrdup(list->pool, text);
    }
}

static void read_names(apr_pool_t *pool, tlsg_cert_t *cert)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
    if (names == NULL) {
        cert->has_san = X509_get_ext_by_NID(cert->x509, NID_subject_alt_name, -1) >= 0;
        return;
    }
    cert->has_san = 1;
    int total = sk_GENERAL_NAME_num(names);
    int room = total > LIST_MAX ? LIST_MAX : total;
    apr_array_header_t *dns = apr_array_make(pool, room, sizeof(const char *));
    apr_array_header_t *ips = apr_array_make(pool, 0, sizeof(const char *));
    for (int i = 0; i < total; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            push_text(dns, name->d.dNSName);
        }
        if (name->type == GEN_IPADD) {
            push_address(ips, name->d.iPAddress);
        }
    }
    cert->dns = list_of(dns, &cert->dns_count);
    cert->ips = list_of(ips, &cert->ip_count);
    GENERAL_NAMES_free(names);
}

static void read_info_access(apr_pool_t *pool, tlsg_cert_t *cert)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert->x509, NID_info_access, NULL, NULL);
    if (access == NULL) {
        return;
    }
    apr_array_header_t *ocsp = apr_array_make(pool, 1, sizeof(const char *));
    apr_array_header_t *issuers = apr_array_make(pool, 1, sizeof(const char *));
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *entry = sk_ACCESS_DESCRIPTION_value(access, i);
        int method = OBJ_obj2nid(entry->method);
        if (entry->location->type != GEN_URI) {
            continue;
        }
        if (method == NID_ad_OCSP) {
            push_text(ocsp, entry->location->d.uniformResourceIdentifier);
        }
        if (method == NID_ad_ca_issuers) {
            push_text(issuers, entry->location->d.uniformResourceIdentifier);
        }
    }
    cert->ocsp = list_of(ocsp, &cert->ocsp_count);
    cert->ca_issuers = list_of(issuers, &cert->ca_issuers_count);
    AUTHORITY_INFO_ACCESS_free(access);
}

static void read_crls(apr_pool_t *pool, tlsg_cert_t *cert)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert->x509, NID_crl_distribution_points, NULL, NULL);
    if (points == NULL) {
        return;
    }
    apr_array_header_t *uris = apr_array_make(pool, 1, sizeof(const char *));
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        if (point->distpoint == NULL || point->distpoint->type != 0) { /* 0: fullName */
            continue;
        }
        const GENERAL_NAMES *names = point->distpoint->name.fullname;
        for (int k = 0; k < sk_GENERAL_NAME_num(names); k++) {
            const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, k);
            if (name->type == GEN_URI) {
                push_text(uris, name->d.uniformResourceIdentifier);
            }
        }
    }
    cert->crls = list_of(uris, &cert->crl_count);
    CRL_DIST_POINTS_free(points);
}

static void read_must_staple(tlsg_cert_t *cert)
{
    TLS_FEATURE *features = X509_get_ext_d2i(cert->x509, NID_tlsfeature, NULL, NULL);
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++) {
        /* RFC 7633 section 4.1: the number of the TLS extension; 5 is status_request (RFC 6066). */
        cert->must_staple |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == 5;
    }
    TLS_FEATURE_free(features);
}

static void read_policies(tlsg_cert_t *cert)
{
    static const char cab_forum[] =
        "2.23.140.1."; /* .1 EV, .2.x DV OV IV: Baseline Requirements 7.1.6.1 */
    CERTIFICATEPOLICIES *policies =
        X509_get_ext_d2i(cert->x509, NID_certificate_policies, NULL, NULL);
    for (int i = 0; i < sk_POLICYINFO_num(policies); i++) {
        char oid[sizeof(cab_forum)];
        OBJ_obj2txt(oid, sizeof(oid), sk_POLICYINFO_value(policies, i)->policyid, 1);
        cert->has_cab_policy |= strcmp(oid, cab_forum) == 0;
    }
    CERTIFICATEPOLICIES_free(policies);
}

static void read_flags(tlsg_cert_t *cert)
{
    uint32_t flags = X509_get_extension_flags(cert->x509);
    cert->is_malformed = (flags & EXFLAG_INVALID) != 0;
    cert->is_v1 = (flags & EXFLAG_V1) != 0;
    cert->has_basic_constraints = (flags & EXFLAG_BCONS) != 0;
    cert->is_ca = (flags & EXFLAG_CA) != 0;
    cert->is_self_issued = (flags & EXFLAG_SI) != 0;
    cert->has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
    cert->has_eku = (flags & EXFLAG_XKUSAGE) != 0;
    if (cert->has_key_usage) {
        cert->key_usage = X509_get_key_usage(cert->x509);
    }
    if (cert->has_eku) {
        uint32_t eku = X509_get_extended_key_usage(cert->x509);
        cert->eku_server_auth = (eku & XKU_SSL_SERVER) != 0;
        cert->eku_client_auth = (eku & XKU_SSL_CLIENT) != 0;
        cert->eku_any = (eku & XKU_ANYEKU) != 0;
    }
}

static void read_signature(apr_pool_t *pool, tlsg_cert_t *cert)
{
    int digest = NID_undef;
    const X509_ALGOR *algorithm = NULL;
    X509_get_signature_info(cert->x509, &digest, NULL, &cert->sig_security_bits, NULL);
    X509_get0_signature(NULL, &algorithm, cert->x509);
    int nid = X509_get_signature_nid(cert->x509);
    cert->sig_name = nid != NID_undef ? OBJ_nid2ln(nid) : object_text(pool, algorithm->algorithm);
    cert->sig_digest = digest != NID_undef ? OBJ_nid2sn(digest) : NULL;
    if (cert->sig_security_bits < 0) {
        cert->sig_security_bits = 0;
    }
}

static void read_digests(apr_pool_t *pool, tlsg_cert_t *cert, const unsigned char *sha256)
{
    if (sha256 != NULL) {
        memcpy(cert->sha256, sha256, sizeof(cert->sha256));
    }
    else {
        X509_digest(cert->x509, EVP_sha256(), cert->sha256, NULL);
    }
    cert->pin = tlsg_pin_of_x509(pool, cert->x509);
    if (cert->pin != NULL) {
        tlsg_pin_decode(cert->pin, cert->spki_sha256);
    }
}

const tlsg_cert_t *tlsg_cert_make(apr_pool_t *pool, X509 *x509, const unsigned char *sha256)
{
    tlsg_cert_t *cert = apr_pcalloc(pool, sizeof(*cert));
    cert->x509 = tlsg_ossl_own_x509(pool, x509);
    cert->subject = name_text(pool, X509_get_subject_name(x509), &cert->subject_cn);
    cert->issuer = name_text(pool, X509_get_issuer_name(x509), &cert->issuer_cn);
    cert->serial = serial_text(pool, X509_get0_serialNumber(x509));
    cert->not_before = time_of(X509_get0_notBefore(x509));
    cert->not_after = time_of(X509_get0_notAfter(x509));
    cert->key = tlsg_cert_pubkey(pool, X509_get0_pubkey(x509));
    read_flags(cert);
    read_names(pool, cert);
    read_info_access(pool, cert);
    read_crls(pool, cert);
    read_must_staple(cert);
    read_policies(cert);
    read_signature(pool, cert);
    read_digests(pool, cert, sha256);
    cert->has_scts = X509_get_ext_by_NID(x509, NID_ct_precert_scts, -1) >= 0;
    cert->is_self_signed = cert->is_self_issued && X509_verify(x509, X509_get0_pubkey(x509)) == 1;
    tlsg_ossl_clear();
    return cert;
}

static tlsg_pubkey_type_t pubkey_type(const EVP_PKEY *pkey)
{
    static const struct {
        int nid;
        tlsg_pubkey_type_t type;
    } types[] = {
        { EVP_PKEY_RSA, TLSG_PUBKEY_RSA },     { EVP_PKEY_RSA_PSS, TLSG_PUBKEY_RSA_PSS },
        { EVP_PKEY_EC, TLSG_PUBKEY_EC },       { EVP_PKEY_ED25519, TLSG_PUBKEY_ED25519 },
        { EVP_PKEY_ED448, TLSG_PUBKEY_ED448 }, { EVP_PKEY_DSA, TLSG_PUBKEY_DSA },
    };
    int nid = EVP_PKEY_get_base_id(pkey);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].nid == nid) {
            return types[i].type;
        }
    }
    return TLSG_PUBKEY_OTHER;
}

static const char *curve_name(apr_pool_t *pool, const EVP_PKEY *pkey)
{
    char group[80]; /* bytes; OpenSSL's longest curve name has 21 */
    int is_explicit = 0;
    if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &is_explicit) == 1 &&
        is_explicit) {
        return "explicit parameters";
    }
    if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1) {
        return "unnamed curve";
    }
    int nid = OBJ_sn2nid(group);
    const char *nist = nid != NID_undef ? EC_curve_nid2nist(nid) : NULL;
    return nist != NULL ? nist : apr_pstrdup(pool, group);
}

static unsigned long rsa_exponent(const EVP_PKEY *pkey)
{
    BIGNUM *e = NULL;
    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1) {
        return 0;
    }
    unsigned long value = BN_get_word(e); /* all bits set when it does not fit: ULONG_MAX */
    BN_free(e);
    return value;
}

tlsg_pubkey_t tlsg_cert_pubkey(apr_pool_t *pool, EVP_PKEY *pkey)
{
    static const char *const names[] = {
        [TLSG_PUBKEY_RSA] = "RSA",     [TLSG_PUBKEY_RSA_PSS] = "RSA-PSS",
        [TLSG_PUBKEY_EC] = "EC",       [TLSG_PUBKEY_ED25519] = "Ed25519",
        [TLSG_PUBKEY_ED448] = "Ed448", [TLSG_PUBKEY_DSA] = "DSA",
    };
    tlsg_pubkey_t key = { .name = "unknown" };
    if (pkey == NULL) {
        return key;
    }
    key.type = pubkey_type(pkey);
    key.bits = EVP_PKEY_get_bits(pkey);
    key.security_bits = EVP_PKEY_get_security_bits(pkey);
    if (key.type != TLSG_PUBKEY_OTHER) {
        key.name = names[key.type];
    }
    else if (EVP_PKEY_get0_type_name(pkey) != NULL) {
        key.name = apr_pstrdup(pool, EVP_PKEY_get0_type_name(pkey));
    }
    if (key.type == TLSG_PUBKEY_EC) {
        key.curve = curve_name(pool, pkey);
    }
    if (key.type == TLSG_PUBKEY_RSA || key.type == TLSG_PUBKEY_RSA_PSS) {
        key.rsa_exponent = rsa_exponent(pkey);
    }
    return key;
}

int tlsg_cert_equal(const tlsg_cert_t *a, const tlsg_cert_t *b)
{
    return a == b || memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

int tlsg_cert_may_issue(const tlsg_cert_t *issuer, const tlsg_cert_t *cert)
{
    int error = X509_check_issued(issuer->x509, cert->x509);
    tlsg_ossl_clear();
    return error == X509_V_OK || error == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}
