/* SPDX-License-Identifier: Apache-2.0 */
/* The part of pin_read.h that opens PKCS#12 (RFC 7292). Walks the bags itself: PKCS12_parse()
 * leaves decrypted keys in freed memory, and knows only one key per file. */
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "ossl.h"
#include "pin.h"
#include "pin_read.h"
#include "pin_set.h"

#define NESTING_MAX 8 /* bags within bags; real files have none */

/* A container being walked. */
typedef struct {
    tlsg_pin_reader_t *reader; /* its entries are the certificates' while walking */
    tlsg_pin_reader_t keys;    /* collects the keys apart */
    const char *phrase;
    int phrase_len;
} walk_t;

/* Finds the phrase the container is sealed with; `room` holds it when it is asked for. Returns
 * 1, or 0 with reader->err. */
static int find_phrase(walk_t *walk, PKCS12 *p12, char *room, int size)
{
    int sealed = PKCS12_mac_present(p12);
    walk->phrase = NULL;
    walk->phrase_len = 0;
    /* "No phrase" is written as none at all or as an empty one; neither is worth a question. */
    if (sealed ? PKCS12_verify_mac(p12, NULL, 0) : !walk->reader->pass->from_file) {
        return 1;
    }
    if (sealed && PKCS12_verify_mac(p12, "", 0)) {
        walk->phrase = "";
        return 1;
    }
    tlsg_ossl_clear();
    walk->phrase = room;
    walk->phrase_len = tlsg_pin_pass_callback(room, size, 0, walk->reader->pass);
    if (walk->phrase_len >= 0 && (!sealed || PKCS12_verify_mac(p12, room, walk->phrase_len))) {
        return 1;
    }
    if (walk->reader->pass->missing) {
        return tlsg_pin_read_failed(walk->reader, "PKCS#12");
    }
    walk->reader->err = "wrong pass phrase";
    return 0;
}

static int walk_bags(walk_t *walk, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth);

static int walk_certificate(walk_t *walk, const PKCS12_SAFEBAG *bag)
{
    X509 *cert = PKCS12_SAFEBAG_get1_cert(bag);
    int done = cert != NULL && tlsg_pin_set_add_x509(walk->reader->pool, walk->reader->entries,
                                                     cert, 0, walk->reader->source);
    X509_free(cert);
    return done ? 1 : tlsg_pin_read_failed(walk->reader, "broken certificate in PKCS#12");
}

static int walk_key(walk_t *walk, PKCS8_PRIV_KEY_INFO *info)
{
    if (info == NULL) {
        return tlsg_pin_read_failed(walk->reader, "broken private key in PKCS#12");
    }
    int done = tlsg_pin_read_info(&walk->keys, info);
    walk->reader->err = walk->keys.err;
    return done;
}

static int walk_bag(walk_t *walk, const PKCS12_SAFEBAG *bag, int depth)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag: {
        /* A copy, because the reader takes over and wipes what it is given. */
        PKCS8_PRIV_KEY_INFO *info =
            ASN1_item_dup(ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO), PKCS12_SAFEBAG_get0_p8inf(bag));
        return walk_key(walk, info);
    }
    case NID_pkcs8ShroudedKeyBag:
        return walk_key(walk, PKCS12_decrypt_skey(bag, walk->phrase, walk->phrase_len));
    case NID_certBag:
        /* Other kinds of certificate (SDSI) have no SubjectPublicKeyInfo. */
        return PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate ||
               walk_certificate(walk, bag);
    case NID_safeContentsBag:
        return depth >= NESTING_MAX || walk_bags(walk, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
    default:
        return 1; /* revocation lists and secrets */
    }
}

static int walk_bags(walk_t *walk, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth)
{
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        if (!walk_bag(walk, sk_PKCS12_SAFEBAG_value(bags, i), depth)) {
            return 0;
        }
    }
    return 1;
}

static int walk_safe(walk_t *walk, PKCS7 *safe)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    if (PKCS7_type_is_data(safe)) {
        bags = PKCS12_unpack_p7data(safe);
    }
    else if (PKCS7_type_is_encrypted(safe)) {
        bags = PKCS12_unpack_p7encdata(safe, walk->phrase, walk->phrase_len);
    }
    else {
        return 1; /* sealed for someone's public key: not for us */
    }
    int done = bags != NULL ? walk_bags(walk, bags, 0)
                            : tlsg_pin_read_failed(walk->reader, "PKCS#12 cannot be opened");
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return done;
}

static int walk_all(walk_t *walk, PKCS12 *p12)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
    int done = safes != NULL ? 1 : tlsg_pin_read_failed(walk->reader, "broken PKCS#12");
    for (int i = 0; done && i < sk_PKCS7_num(safes); i++) {
        done = walk_safe(walk, sk_PKCS7_value(safes, i));
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return done;
}

/* The key's own certificate comes first, whatever the order of the bags; a key whose certificate
 * is there is no second find. */
static void put_in_order(walk_t *walk, apr_array_header_t *result)
{
    const apr_array_header_t *certs = walk->reader->entries;
    const apr_array_header_t *keys = walk->keys.entries;
    for (int own = 1; own >= 0; own--) {
        for (int i = 0; i < certs->nelts; i++) {
            const tlsg_pin_entry_t *cert = &APR_ARRAY_IDX(certs, i, tlsg_pin_entry_t);
            if (tlsg_pin_set_has(keys, cert->pin, 0) == own) {
                APR_ARRAY_PUSH(result, tlsg_pin_entry_t) = *cert;
            }
        }
    }
    for (int i = 0; i < keys->nelts; i++) {
        const tlsg_pin_entry_t *key = &APR_ARRAY_IDX(keys, i, tlsg_pin_entry_t);
        if (!tlsg_pin_set_has(certs, key->pin, 1)) {
            APR_ARRAY_PUSH(result, tlsg_pin_entry_t) = *key;
        }
    }
}

int tlsg_pin_read_pkcs12(tlsg_pin_reader_t *reader, const unsigned char *der, size_t len)
{
    char phrase[TLSG_PIN_PASS_MAX + 1];
    apr_array_header_t *result = reader->entries;
    int before = result->nelts;
    int done = 0;
    PKCS12 *p12 = d2i_PKCS12(NULL, &der, (long)len);
    if (p12 == NULL) {
        return tlsg_pin_read_failed(reader, "broken PKCS#12");
    }
    /* Older programs seal with RC2 and the like, which OpenSSL 3 keeps in a provider of its own.
     * Where there is none, such a cipher is reported as unsupported when it is met. */
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
    tlsg_ossl_clear();
    walk_t walk = { .reader = reader, .keys = *reader };
    if (find_phrase(&walk, p12, phrase, (int)sizeof phrase)) {
        reader->entries = apr_array_make(reader->pool, 4, sizeof(tlsg_pin_entry_t));
        walk.keys.entries = apr_array_make(reader->pool, 1, sizeof(tlsg_pin_entry_t));
        done = walk_all(&walk, p12);
        put_in_order(&walk, result);
        reader->entries = result;
        if (done && result->nelts == before) {
            reader->err = "PKCS#12 without key and certificate";
            done = 0;
        }
    }
    OPENSSL_cleanse(phrase, sizeof phrase);
    PKCS12_free(p12);
    OSSL_PROVIDER_unload(legacy);
    tlsg_ossl_clear();
    return done;
}
