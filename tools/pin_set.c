/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_set.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "pin.h"

const char *tlsg_pin_set_kind(tlsg_pin_kind_t kind)
{
    switch (kind) {
    case TLSG_PIN_CERTIFICATE:
        return "certificate";
    case TLSG_PIN_PRIVATE_KEY:
        return "private key";
    case TLSG_PIN_PUBLIC_KEY:
        return "public key";
    case TLSG_PIN_REQUEST:
        return "request";
    case TLSG_PIN_GIVEN:
        break;
    }
    return "pin";
}

const char *tlsg_pin_set_rsa_name(apr_pool_t *pool, int bits)
{
    return apr_psprintf(pool, "RSA %d", bits);
}

const char *tlsg_pin_set_ec_name(apr_pool_t *pool, int curve_nid)
{
    const char *nist = EC_curve_nid2nist(curve_nid);
    const char *name = nist != NULL ? nist : OBJ_nid2sn(curve_nid);
    return apr_pstrcat(pool, "EC ", name != NULL ? name : "curve unknown", NULL);
}

const char *tlsg_pin_set_key_name(apr_pool_t *pool, const EVP_PKEY *key)
{
    char group[80];
    if (key == NULL) {
        return NULL;
    }
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
        return EVP_PKEY_is_a(key, "RSA") ? tlsg_pin_set_rsa_name(pool, EVP_PKEY_get_bits(key))
                                         : apr_psprintf(pool, "RSA-PSS %d", EVP_PKEY_get_bits(key));
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        int named = EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1;
        ERR_clear_error();
        return tlsg_pin_set_ec_name(pool, named ? OBJ_txt2nid(group) : NID_undef);
    }
    const char *type = EVP_PKEY_get0_type_name(key);
    return type != NULL ? apr_pstrdup(pool, type) : NULL;
}

/* RFC 2253 form in UTF-8; control characters are escaped by OpenSSL. */
static const char *name_text(apr_pool_t *pool, const X509_NAME *name)
{
    const char *text = NULL;
    char *bytes;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL &&
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >=
            0) {
        long len = BIO_get_mem_data(bio, &bytes);
        text = len > 0 ? apr_pstrmemdup(pool, bytes, (apr_size_t)len) : NULL;
    }
    BIO_free(bio);
    ERR_clear_error();
    return text;
}

static int add(apr_array_header_t *entries, const tlsg_pin_entry_t *entry)
{
    if (entry->pin == NULL) {
        return 0;
    }
    APR_ARRAY_PUSH(entries, tlsg_pin_entry_t) = *entry;
    return 1;
}

int tlsg_pin_set_add_x509(apr_pool_t *pool, apr_array_header_t *entries, X509 *cert, int first,
                          const char *source)
{
    tlsg_pin_entry_t entry = {
        .pin = tlsg_pin_of_x509(pool, cert),
        .kind = TLSG_PIN_CERTIFICATE,
        .role = tlsg_pin_role(cert, first),
        .key = tlsg_pin_set_key_name(pool, X509_get0_pubkey(cert)),
        .subject = name_text(pool, X509_get_subject_name(cert)),
        .cert_digest = tlsg_pin_of_certificate_digest(pool, cert),
        .source = source,
    };
    ERR_clear_error();
    return add(entries, &entry);
}

int tlsg_pin_set_add_pkey(apr_pool_t *pool, apr_array_header_t *entries, const EVP_PKEY *key,
                          tlsg_pin_kind_t kind, const char *source)
{
    tlsg_pin_entry_t entry = {
        .pin = tlsg_pin_of_pkey(pool, key),
        .kind = kind,
        .key = tlsg_pin_set_key_name(pool, key),
        .source = source,
    };
    return add(entries, &entry);
}

int tlsg_pin_set_add_request(apr_pool_t *pool, apr_array_header_t *entries, X509_REQ *request,
                             const char *source)
{
    tlsg_pin_entry_t entry = {
        .pin = tlsg_pin_of_request(pool, request),
        .kind = TLSG_PIN_REQUEST,
        .key = tlsg_pin_set_key_name(pool, X509_REQ_get0_pubkey(request)),
        .subject = name_text(pool, X509_REQ_get_subject_name(request)),
        .source = source,
    };
    ERR_clear_error();
    return add(entries, &entry);
}

int tlsg_pin_set_has(const apr_array_header_t *entries, const char *pin, int certificates_only)
{
    for (int i = 0; i < entries->nelts; i++) {
        const tlsg_pin_entry_t *e = &APR_ARRAY_IDX(entries, i, tlsg_pin_entry_t);
        if ((!certificates_only || e->kind == TLSG_PIN_CERTIFICATE) && strcmp(e->pin, pin) == 0) {
            return 1;
        }
    }
    return 0;
}

int tlsg_pin_set_has_certificate(const apr_array_header_t *entries)
{
    for (int i = 0; i < entries->nelts; i++) {
        if (APR_ARRAY_IDX(entries, i, tlsg_pin_entry_t).kind == TLSG_PIN_CERTIFICATE) {
            return 1;
        }
    }
    return 0;
}

static int among(const apr_array_header_t *pins, const char *pin)
{
    for (int i = 0; i < pins->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(pins, i, const char *), pin) == 0) {
            return 1;
        }
    }
    return 0;
}

static void push_unless_known(apr_array_header_t *pins, const char *pin,
                              const apr_array_header_t *known)
{
    if (!among(pins, pin) && (known == NULL || !among(known, pin))) {
        APR_ARRAY_PUSH(pins, const char *) = pin;
    }
}

void tlsg_pin_set_split(apr_pool_t *pool, const tlsg_pin_site_t *site,
                        const apr_array_header_t *spare, apr_array_header_t **served,
                        apr_array_header_t **backups)
{
    int certificates = tlsg_pin_set_has_certificate(site->entries);
    *served = apr_array_make(pool, 4, sizeof(const char *));
    *backups = apr_array_make(pool, 2, sizeof(const char *));
    for (int i = 0; i < site->entries->nelts; i++) {
        const tlsg_pin_entry_t *e = &APR_ARRAY_IDX(site->entries, i, tlsg_pin_entry_t);
        if (certificates ? e->kind == TLSG_PIN_CERTIFICATE : i == 0) {
            push_unless_known(*served, e->pin, NULL);
        }
    }
    const apr_array_header_t *sources[] = { site->entries, spare };
    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++) {
        for (int i = 0; i < sources[s]->nelts; i++) {
            const tlsg_pin_entry_t *e = &APR_ARRAY_IDX(sources[s], i, tlsg_pin_entry_t);
            if (e->kind != TLSG_PIN_CERTIFICATE) {
                push_unless_known(*backups, e->pin, *served);
            }
        }
    }
}
