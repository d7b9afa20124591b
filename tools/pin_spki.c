/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_spki.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "pin.h"
#include "pin_set.h"

#define SPKI_MAX                                                                                   \
    4352U /* bytes: an RSA key of 32,768 bits and its wrapping; longer ones are declined */

/* DER tags, X.690 section 8. */
enum {
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_OCTET_STRING = 0x04,
    TAG_NULL = 0x05,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_CONTEXT_0 = 0xA0,
    TAG_CONTEXT_1 = 0xA1,
};

static const unsigned char OID_RSA[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01 };
static const unsigned char OID_EC[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01 };

/* A stretch of DER. */
typedef struct {
    const unsigned char *at;
    size_t len;
} span_t;

/* Takes the element at the front of `in`, which must have this tag, definite and minimal length.
 * `whole` (NULL allowed) gets header and contents, `inner` the contents. Returns 1, or 0 and
 * leaves `in`. */
static int take(span_t *in, unsigned tag, span_t *whole, span_t *inner)
{
    const unsigned char *p = in->at;
    if (in->len < 2 || p[0] != tag) {
        return 0;
    }
    size_t header = 2;
    size_t length = p[1];
    if (length >= 0x80) {
        size_t octets = length & 0x7F;
        /* Three octets reach 16 MB, beyond any key. */
        if (octets == 0 || octets > 3 || in->len < 2 + octets || p[2] == 0) {
            return 0;
        }
        length = 0;
        for (size_t i = 0; i < octets; i++) {
            length = length << 8 | p[2 + i];
        }
        if (length < 0x80) {
            return 0;
        }
        header += octets;
    }
    if (in->len - header < length) {
        return 0;
    }
    if (whole != NULL) {
        *whole = (span_t){ p, header + length };
    }
    *inner = (span_t){ p + header, length };
    in->at += header + length;
    in->len -= header + length;
    return 1;
}

/* A positive INTEGER in its shortest form, as DER demands. */
static int take_positive(span_t *in, span_t *whole, span_t *inner)
{
    if (!take(in, TAG_INTEGER, whole, inner) || inner->len == 0 || inner->at[0] >= 0x80) {
        return 0;
    }
    if (inner->at[0] != 0) {
        return 1;
    }
    return inner->len > 1 && inner->at[1] >= 0x80;
}

static int take_version(span_t *in, unsigned char version)
{
    span_t inner;
    return take(in, TAG_INTEGER, NULL, &inner) && inner.len == 1 && inner.at[0] == version;
}

static int equals(span_t span, const unsigned char *bytes, size_t len)
{
    return span.len == len && memcmp(span.at, bytes, len) == 0;
}

/* Writes tag and length to `to` (at least 4 bytes). Returns the bytes used. */
static size_t put_header(unsigned char *to, unsigned tag, size_t length)
{
    to[0] = (unsigned char)tag;
    if (length < 0x80) {
        to[1] = (unsigned char)length;
        return 2;
    }
    if (length < 0x100) {
        to[1] = 0x81;
        to[2] = (unsigned char)length;
        return 3;
    }
    to[1] = 0x82;
    to[2] = (unsigned char)(length >> 8);
    to[3] = (unsigned char)length;
    return 4;
}

static size_t put(unsigned char *to, const unsigned char *bytes, size_t len)
{
    memcpy(to, bytes, len);
    return len;
}

/* SubjectPublicKeyInfo from the contents of its AlgorithmIdentifier and of its BIT STRING. */
static const char *pin_of_parts(apr_pool_t *pool, const unsigned char *algorithm,
                                size_t algorithm_len, const unsigned char *key, size_t key_len)
{
    unsigned char spki[SPKI_MAX];
    unsigned char head[8];
    if (algorithm_len + key_len > SPKI_MAX - 32) {
        return NULL;
    }
    size_t parts = put_header(head, TAG_SEQUENCE, algorithm_len) + algorithm_len +
                   put_header(head, TAG_BIT_STRING, key_len + 1) + 1 + key_len;
    size_t n = put_header(spki, TAG_SEQUENCE, parts);
    n += put_header(spki + n, TAG_SEQUENCE, algorithm_len);
    n += put(spki + n, algorithm, algorithm_len);
    n += put_header(spki + n, TAG_BIT_STRING, key_len + 1);
    spki[n++] = 0; /* no unused bits */
    n += put(spki + n, key, key_len);
    return tlsg_pin_of_spki(pool, spki, n);
}

static int bits_of(span_t integer)
{
    size_t i = integer.at[0] == 0 ? 1 : 0;
    int bits = (int)(integer.len - i) * 8;
    for (unsigned char top = integer.at[i]; (top & 0x80) == 0; top = (unsigned char)(top << 1)) {
        bits--;
    }
    return bits;
}

static const char *pin_of_rsa(apr_pool_t *pool, span_t der, const char **name)
{
    static const unsigned char null_parameters[] = { TAG_NULL, 0 };
    unsigned char algorithm[2 + sizeof OID_RSA + sizeof null_parameters];
    unsigned char key[SPKI_MAX];
    span_t body, n_whole, e_whole, modulus, rest;
    if (!take(&der, TAG_SEQUENCE, NULL, &body) || der.len != 0 || !take_version(&body, 0) ||
        !take_positive(&body, &n_whole, &modulus) || !take_positive(&body, &e_whole, &rest)) {
        return NULL;
    }
    /* d, p, q, dP, dQ, qInv: looked at so that half a key is not taken for a whole one. */
    for (int i = 0; i < 6; i++) {
        if (!take_positive(&body, NULL, &rest)) {
            return NULL;
        }
    }
    if (body.len != 0 || n_whole.len + e_whole.len > SPKI_MAX - 64) {
        return NULL;
    }
    size_t a = put_header(algorithm, TAG_OID, sizeof OID_RSA);
    a += put(algorithm + a, OID_RSA, sizeof OID_RSA);
    a += put(algorithm + a, null_parameters, sizeof null_parameters);
    size_t k = put_header(key, TAG_SEQUENCE, n_whole.len + e_whole.len);
    k += put(key + k, n_whole.at, n_whole.len);
    k += put(key + k, e_whole.at, e_whole.len);
    *name = tlsg_pin_set_rsa_name(pool, bits_of(modulus));
    return pin_of_parts(pool, algorithm, a, key, k);
}

/* Size in bytes of a coordinate of the curve, 0 for curves that are left to OpenSSL. */
static size_t coordinate_size(int nid)
{
    switch (nid) {
    case NID_X9_62_prime256v1:
        return 32;
    case NID_secp384r1:
        return 48;
    case NID_secp521r1:
        return 66;
    default:
        return 0;
    }
}

/* `curve` is the whole OBJECT IDENTIFIER from outside, or empty when only the key itself names
 * it. */
static const char *pin_of_ec(apr_pool_t *pool, span_t der, span_t curve, const char **name)
{
    unsigned char algorithm[64];
    span_t body, rest, inner, point;
    if (!take(&der, TAG_SEQUENCE, NULL, &body) || der.len != 0 || !take_version(&body, 1) ||
        !take(&body, TAG_OCTET_STRING, NULL, &rest)) {
        return NULL;
    }
    if (take(&body, TAG_CONTEXT_0, NULL, &rest)) {
        span_t named;
        if (!take(&rest, TAG_OID, &named, &inner) || rest.len != 0 ||
            (curve.len != 0 && !equals(named, curve.at, curve.len))) {
            return NULL;
        }
        curve = named;
    }
    if (curve.len == 0 || curve.len > 32 || !take(&body, TAG_CONTEXT_1, NULL, &rest) ||
        body.len != 0 || !take(&rest, TAG_BIT_STRING, NULL, &point) || rest.len != 0) {
        return NULL;
    }
    const unsigned char *p = curve.at;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &p, (long)curve.len);
    int nid = object != NULL ? OBJ_obj2nid(object) : NID_undef;
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    size_t size = coordinate_size(nid);
    /* No unused bits, then an uncompressed point (SEC 1 section 2.3.3). */
    if (size == 0 || point.len != 2 + 2 * size || point.at[0] != 0 || point.at[1] != 4) {
        return NULL;
    }
    size_t a = put_header(algorithm, TAG_OID, sizeof OID_EC);
    a += put(algorithm + a, OID_EC, sizeof OID_EC);
    a += put(algorithm + a, curve.at, curve.len);
    *name = tlsg_pin_set_ec_name(pool, nid);
    return pin_of_parts(pool, algorithm, a, point.at + 1, point.len - 1);
}

const char *tlsg_pin_spki_of_private(apr_pool_t *pool, const unsigned char *der, size_t len,
                                     const char **name)
{
    static const span_t no_curve = { NULL, 0 };
    span_t all = { der, len };
    span_t in = all;
    span_t body, algorithm, oid, key, parameters;
    if (!take(&in, TAG_SEQUENCE, NULL, &body) || in.len != 0) {
        return NULL;
    }
    if (!take_version(&body, 0)) {
        return pin_of_ec(pool, all, no_curve, name);
    }
    if (!take(&body, TAG_SEQUENCE, NULL, &algorithm)) {
        return pin_of_rsa(pool, all, name);
    }
    /* Attributes may follow the key; they say nothing about it. */
    if (!take(&algorithm, TAG_OID, NULL, &oid) || !take(&body, TAG_OCTET_STRING, NULL, &key)) {
        return NULL;
    }
    if (equals(oid, OID_RSA, sizeof OID_RSA)) {
        int ordinary = take(&algorithm, TAG_NULL, NULL, &parameters) && parameters.len == 0;
        return ordinary && algorithm.len == 0 ? pin_of_rsa(pool, key, name) : NULL;
    }
    span_t curve;
    if (equals(oid, OID_EC, sizeof OID_EC) && take(&algorithm, TAG_OID, &curve, &parameters) &&
        algorithm.len == 0) {
        return pin_of_ec(pool, key, curve, name);
    }
    return NULL;
}
