/* SPDX-License-Identifier: Apache-2.0 */
#include "privkey.h"

#include <string.h>

/* Tags of the elements that occur (X.690 section 8). */
enum {
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_OCTET_STRING = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_EXPLICIT_0 = 0xA0,
    TAG_EXPLICIT_1 = 0xA1,
};

/* RSAPrivateKey of two primes: version, n, e, and six numbers that are secret. */
#define RSA_PUBLIC_NUMBERS 2
#define RSA_SECRET_NUMBERS 6

/* Bytes of the longest header written here: tag and a length of up to four bytes. */
#define HEADER_MAX 6

typedef struct span_t {
    const unsigned char *at;
    const unsigned char *end;
} span_t;

static size_t left(const span_t *in)
{
    return (size_t)(in->end - in->at);
}

/* Takes one element with that tag from `in`; its content becomes *content (may be NULL). 0 when
 * there is none. */
static int take(span_t *in, unsigned char tag, span_t *content)
{
    if (left(in) < 2 || in->at[0] != tag) {
        return 0;
    }
    size_t length = in->at[1];
    size_t header = 2;
    if (length >= 0x80) {
        size_t count = length & 0x7F;
        if (count == 0 || count > 4 || left(in) < header + count) {
            return 0;
        }
        length = 0;
        for (size_t i = 0; i < count; i++) {
            length = length << 8 | in->at[header + i];
        }
        header += count;
    }
    if (length > left(in) - header) {
        return 0;
    }
    if (content != NULL) {
        content->at = in->at + header;
        content->end = content->at + length;
    }
    in->at += header + length;
    return 1;
}

/* Takes an INTEGER below 128 and returns it, -1 when there is none. */
static int take_small(span_t *in)
{
    span_t number;
    return take(in, TAG_INTEGER, &number) && left(&number) == 1 && number.at[0] < 0x80
               ? number.at[0]
               : -1;
}

static size_t put_header(unsigned char *out, unsigned char tag, size_t length)
{
    size_t at = 0;
    out[at++] = tag;
    if (length < 0x80) {
        out[at++] = (unsigned char)length;
        return at;
    }
    unsigned count = length > 0xFFFFFF ? 4 : length > 0xFFFF ? 3 : length > 0xFF ? 2 : 1;
    out[at++] = (unsigned char)(0x80U | count);
    while (count-- > 0) {
        out[at++] = (unsigned char)(length >> (8 * count));
    }
    return at;
}

/* SEQUENCE { `algorithm`, BIT STRING } where the bit string is `key`, as a whole element when
 * `is_element`, else as the content of a SEQUENCE in it. */
static void build(apr_pool_t *pool, const span_t *algorithm, const span_t *key, int is_element,
                  const unsigned char **spki, size_t *spki_size)
{
    unsigned char sequence[HEADER_MAX];
    unsigned char bits[HEADER_MAX + 1];
    unsigned char outer[HEADER_MAX];
    size_t sequence_size = 0;
    size_t bits_size = 0;
    if (!is_element) {
        sequence_size = put_header(sequence, TAG_SEQUENCE, left(key));
        bits_size = put_header(bits, TAG_BIT_STRING, 1 + sequence_size + left(key));
        bits[bits_size++] = 0; /* no unused bits */
    }
    size_t content = left(algorithm) + bits_size + sequence_size + left(key);
    size_t outer_size = put_header(outer, TAG_SEQUENCE, content);
    unsigned char *out = apr_palloc(pool, outer_size + content);
    *spki = out;
    *spki_size = outer_size + content;
    const struct {
        const unsigned char *bytes;
        size_t size;
    } parts[] = {
        { outer, outer_size },  { algorithm->at, left(algorithm) },
        { bits, bits_size },    { sequence, sequence_size },
        { key->at, left(key) },
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        memcpy(out, parts[i].bytes, parts[i].size);
        out += parts[i].size;
    }
}

/* The elements n and e of an RSAPrivateKey, side by side. */
static int rsa_public(span_t in, span_t *numbers)
{
    span_t key;
    if (!take(&in, TAG_SEQUENCE, &key) || left(&in) != 0 || take_small(&key) != 0) {
        return 0;
    }
    numbers->at = key.at;
    for (int i = 0; i < RSA_PUBLIC_NUMBERS; i++) {
        if (!take(&key, TAG_INTEGER, NULL)) {
            return 0;
        }
    }
    numbers->end = key.at;
    for (int i = 0; i < RSA_SECRET_NUMBERS; i++) {
        if (!take(&key, TAG_INTEGER, NULL)) {
            return 0;
        }
    }
    return left(&key) == 0;
}

/* The BIT STRING element with the point of an ECPrivateKey; its curve, an OID element, where it
 * names one. */
static int ec_public(span_t in, span_t *point, span_t *curve)
{
    span_t key;
    span_t secret;
    if (!take(&in, TAG_SEQUENCE, &key) || left(&in) != 0 || take_small(&key) != 1 ||
        !take(&key, TAG_OCTET_STRING, &secret) || left(&secret) == 0) {
        return 0;
    }
    curve->at = curve->end = NULL;
    take(&key, TAG_EXPLICIT_0, curve);
    return take(&key, TAG_EXPLICIT_1, point) && left(&key) == 0 && left(point) > 3 &&
           point->at[0] == TAG_BIT_STRING;
}

static int is_oid(span_t algorithm, const unsigned char *oid, size_t size)
{
    span_t content;
    span_t found;
    return take(&algorithm, TAG_SEQUENCE, &content) && take(&content, TAG_OID, &found) &&
           left(&found) == size && memcmp(found.at, oid, size) == 0;
}

/* rsaEncryption and id-RSASSA-PSS (RFC 8017 appendix C), id-ecPublicKey (RFC 5480 section 2.1.1).
 */
static const unsigned char oid_rsa[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01 };
static const unsigned char oid_pss[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A };
static const unsigned char oid_ec[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01 };

/* PKCS#8: the algorithm is there already, the key inside is one of the other two forms. */
static int from_pkcs8(apr_pool_t *pool, span_t key, const unsigned char **spki, size_t *spki_size)
{
    span_t algorithm = { .at = key.at };
    span_t inner;
    span_t public_key;
    span_t curve;
    if (!take(&key, TAG_SEQUENCE, NULL)) {
        return 0;
    }
    algorithm.end = key.at;
    if (!take(&key, TAG_OCTET_STRING, &inner)) {
        return 0;
    }
    if ((is_oid(algorithm, oid_rsa, sizeof(oid_rsa)) ||
         is_oid(algorithm, oid_pss, sizeof(oid_pss))) &&
        rsa_public(inner, &public_key)) {
        build(pool, &algorithm, &public_key, 0, spki, spki_size);
        return 1;
    }
    if (is_oid(algorithm, oid_ec, sizeof(oid_ec)) && ec_public(inner, &public_key, &curve)) {
        build(pool, &algorithm, &public_key, 1, spki, spki_size);
        return 1;
    }
    return 0;
}

static int from_pkcs1(apr_pool_t *pool, span_t whole, const unsigned char **spki, size_t *spki_size)
{
    static const unsigned char rsa[] = { TAG_SEQUENCE, 13,   TAG_OID, 9,    0x2A, 0x86, 0x48, 0x86,
                                         0xF7,         0x0D, 0x01,    0x01, 0x01, 0x05, 0x00 };
    span_t algorithm = { .at = rsa, .end = rsa + sizeof(rsa) };
    span_t numbers;
    if (!rsa_public(whole, &numbers)) {
        return 0;
    }
    build(pool, &algorithm, &numbers, 0, spki, spki_size);
    return 1;
}

static int from_sec1(apr_pool_t *pool, span_t whole, const unsigned char **spki, size_t *spki_size)
{
    span_t point;
    span_t curve;
    unsigned char algorithm_bytes[64]; /* bytes; an OID of a curve has up to 10 */
    size_t fixed = 2 + sizeof(oid_ec);
    if (!ec_public(whole, &point, &curve) || curve.at == NULL || curve.at[0] != TAG_OID ||
        fixed + left(&curve) > sizeof(algorithm_bytes) - 2) {
        return 0;
    }
    size_t at = put_header(algorithm_bytes, TAG_SEQUENCE, fixed + left(&curve));
    at += put_header(algorithm_bytes + at, TAG_OID, sizeof(oid_ec));
    memcpy(algorithm_bytes + at, oid_ec, sizeof(oid_ec));
    memcpy(algorithm_bytes + at + sizeof(oid_ec), curve.at, left(&curve));
    span_t algorithm = { .at = algorithm_bytes,
                         .end = algorithm_bytes + at + sizeof(oid_ec) + left(&curve) };
    build(pool, &algorithm, &point, 1, spki, spki_size);
    return 1;
}

int tlsg_privkey_spki(apr_pool_t *pool, const unsigned char *der, size_t size,
                      const unsigned char **spki, size_t *spki_size)
{
    span_t whole = { .at = der, .end = der + size };
    span_t rest = whole;
    span_t key;
    if (!take(&rest, TAG_SEQUENCE, &key) || left(&rest) != 0 || left(&key) < 4) {
        return 0;
    }
    int version = take_small(&key);
    if ((version == 0 || version == 1) && key.at < key.end && key.at[0] == TAG_SEQUENCE) {
        return from_pkcs8(pool, key, spki, spki_size);
    }
    return version == 0   ? from_pkcs1(pool, whole, spki, spki_size)
           : version == 1 ? from_sec1(pool, whole, spki, spki_size)
                          : 0;
}
