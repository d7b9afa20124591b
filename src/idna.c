/* SPDX-License-Identifier: Apache-2.0 */
#include "idna.h"

#include <stdint.h>
#include <string.h>

#define LABEL_MAX 63 /* bytes, RFC 1035 section 2.3.4 */

/* RFC 3492 section 5. */
enum {
    PUNY_BASE = 36,
    PUNY_TMIN = 1,
    PUNY_TMAX = 26,
    PUNY_SKEW = 38,
    PUNY_DAMP = 700,
    PUNY_INITIAL_BIAS = 72,
    PUNY_INITIAL_N = 128,
};

/* Takes one character from *text; 0 at the end, UINT32_MAX when the UTF-8 is broken (RFC 3629). */
static uint32_t next_char(const unsigned char **text)
{
    const unsigned char *s = *text;
    int more = s[0] < 0x80                    ? 0
               : s[0] >= 0xC2 && s[0] <= 0xDF ? 1
               : s[0] >= 0xE0 && s[0] <= 0xEF ? 2
               : s[0] >= 0xF0 && s[0] <= 0xF4 ? 3
                                              : -1;
    if (more < 0) {
        return UINT32_MAX;
    }
    uint32_t c = more == 0 ? s[0] : s[0] & (0x3FU >> more);
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return UINT32_MAX;
        }
        c = c << 6 | (s[i] & 0x3FU);
    }
    int overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    if (overlong || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) {
        return UINT32_MAX;
    }
    *text = s + (c != 0) + more;
    return c;
}

/* Lower case of the scripts in which people write upper case host names. */
static uint32_t fold(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || /* Latin-1 */
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {        /* Greek, Cyrillic */
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x40F) { /* Cyrillic extensions */
        return c + 0x50;
    }
    /* Latin Extended-A: pairs of upper and lower case, with the parity changing twice. */
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) {
        return c | 1;
    }
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) {
        return c + (c & 1);
    }
    return c;
}

static int is_dot(uint32_t c)
{
    /* RFC 3490 section 3.1: ideographic, fullwidth and halfwidth full stops separate labels too. */
    return c == '.' || c == 0x3002 || c == 0xFF0E || c == 0xFF61;
}

static int is_host_char(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c >= 0xA1;
}

static char puny_digit(uint32_t d)
{
    return (char)(d < 26 ? 'a' + d : '0' + (d - 26));
}

static uint32_t puny_adapt(uint32_t delta, uint32_t count, int first)
{
    delta = first ? delta / PUNY_DAMP : delta / 2;
    delta += delta / count;
    uint32_t k = 0;
    while (delta > ((PUNY_BASE - PUNY_TMIN) * PUNY_TMAX) / 2) {
        delta /= PUNY_BASE - PUNY_TMIN;
        k += PUNY_BASE;
    }
    return k + (PUNY_BASE - PUNY_TMIN + 1) * delta / (delta + PUNY_SKEW);
}

/* Writes one number in generalised variable-length form; 0 when it does not fit. */
static size_t puny_number(char *out, size_t at, uint32_t number, uint32_t bias)
{
    for (uint32_t k = PUNY_BASE;; k += PUNY_BASE) {
        uint32_t t = k <= bias ? PUNY_TMIN : k >= bias + PUNY_TMAX ? PUNY_TMAX : k - bias;
        if (at >= LABEL_MAX) {
            return 0;
        }
        if (number < t) {
            out[at++] = puny_digit(number);
            return at;
        }
        out[at++] = puny_digit(t + (number - t) % (PUNY_BASE - t));
        number = (number - t) / (PUNY_BASE - t);
    }
}

/* "xn--" and the Punycode of a label with non-ASCII characters; 0 when it does not fit. */
static size_t puny_label(char out[LABEL_MAX + 1], const uint32_t *label, size_t length)
{
    static const char prefix[] = "xn--";
    size_t at = sizeof(prefix) - 1;
    memcpy(out, prefix, at);
    for (size_t i = 0; i < length; i++) {
        if (label[i] < 128) {
            out[at++] = (char)label[i];
            if (at >= LABEL_MAX) {
                return 0;
            }
        }
    }
    uint32_t basic = (uint32_t)(at - (sizeof(prefix) - 1));
    uint32_t handled = basic;
    if (basic > 0) {
        out[at++] = '-';
    }
    uint32_t n = PUNY_INITIAL_N;
    uint32_t delta = 0;
    uint32_t bias = PUNY_INITIAL_BIAS;
    while (handled < length) {
        uint32_t next = UINT32_MAX;
        for (size_t i = 0; i < length; i++) {
            if (label[i] >= n && label[i] < next) {
                next = label[i];
            }
        }
        /* At most 63 characters below 0x110000: no overflow of 32 bits. */
        delta += (next - n) * (handled + 1);
        n = next;
        for (size_t i = 0; i < length; i++) {
            delta += label[i] < n;
            if (label[i] != n) {
                continue;
            }
            at = puny_number(out, at, delta, bias);
            if (at == 0) {
                return 0;
            }
            bias = puny_adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
    return at;
}

/* One label to `out`; 0 when it is none. */
static size_t write_label(char out[LABEL_MAX + 1], const uint32_t *label, size_t length)
{
    int is_ascii = 1;
    if (length == 1 && label[0] == '*') {
        out[0] = '*';
        return 1;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_host_char(label[i])) {
            return 0;
        }
        is_ascii &= label[i] < 128;
    }
    if (!is_ascii) {
        return puny_label(out, label, length);
    }
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)label[i];
    }
    return length;
}

size_t tlsg_idna_to_ascii(char out[TLSG_IDNA_SIZE], const char *host)
{
    const unsigned char *in = (const unsigned char *)host;
    size_t used = 0;
    uint32_t c;
    do {
        uint32_t label[LABEL_MAX];
        size_t length = 0;
        while ((c = next_char(&in)) != 0 && !is_dot(c)) {
            if (c == UINT32_MAX || length == LABEL_MAX) {
                return 0;
            }
            label[length++] = fold(c);
        }
        if (length == 0 && c == 0 && used > 0) {
            break; /* a trailing dot */
        }
        char text[LABEL_MAX + 1];
        size_t size = write_label(text, label, length);
        size_t dot = used > 0;
        if (size == 0 || used + dot + size >= TLSG_IDNA_SIZE) {
            return 0;
        }
        if (dot) {
            out[used++] = '.';
        }
        memcpy(out + used, text, size);
        used += size;
    } while (c != 0);
    out[used] = '\0';
    return used;
}
