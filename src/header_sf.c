/* SPDX-License-Identifier: Apache-2.0 */
#include "header_sf.h"

#include <string.h>

#define DIGITS_MAX 15         /* of an integer, RFC 9651 section 4.2.4 */
#define DECIMAL_DIGITS_MAX 12 /* before the point of a decimal, same section */
#define FRACTION_MAX 3        /* behind the point, same section */

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static int is_alpha(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

int tlsg_header_sf_key(const char **at, tlsg_header_span_t *key)
{
    const char *s = *at;
    if (!is_lower(*s) && *s != '*') {
        return 0;
    }
    while (is_lower(*s) || is_digit(*s) || *s == '_' || *s == '-' || *s == '.' || *s == '*') {
        s++;
    }
    key->at = *at;
    key->len = (size_t)(s - *at);
    *at = s;
    return 1;
}

static int read_number(const char **at)
{
    const char *s = *at;
    s += *s == '-' ? 1 : 0;
    size_t whole = strspn(s, "0123456789");
    s += whole;
    *at = s;
    if (whole == 0 || whole > DIGITS_MAX) {
        return 0;
    }
    if (*s != '.') {
        return 1;
    }
    size_t fraction = strspn(s + 1, "0123456789");
    *at = s + 1 + fraction;
    return whole <= DECIMAL_DIGITS_MAX && fraction >= 1 && fraction <= FRACTION_MAX;
}

/* *at stands on the opening quote. */
static int read_string(const char **at, tlsg_header_span_t *text)
{
    const char *s = *at + 1;
    text->at = s;
    for (; *s != '"'; s++) {
        int is_escape = *s == '\\' && (s[1] == '"' || s[1] == '\\');
        s += is_escape ? 1 : 0;
        if (!is_escape && ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7E || *s == '\\')) {
            *at = s;
            return 0;
        }
    }
    text->len = (size_t)(s - text->at);
    *at = s + 1;
    return 1;
}

static void read_token(const char **at)
{
    const char *s = *at;
    while (tlsg_header_scan_is_tchar(*s) || *s == ':' || *s == '/') {
        s++;
    }
    *at = s;
}

/* *at stands on the first colon. */
static int read_bytes(const char **at)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const char *s = *at + 1;
    s += strspn(s, alphabet);
    *at = s;
    if (*s != ':') {
        return 0;
    }
    *at = s + 1;
    return 1;
}

static int read_boolean(const char **at)
{
    int is_good = (*at)[1] == '0' || (*at)[1] == '1';
    *at += is_good ? 2 : 1;
    return is_good;
}

/* Chooses by the first character (section 4.2.3.1). */
static int read_item(const char **at, tlsg_sf_item_t *item)
{
    char first = **at;
    if (first == '"') {
        item->kind = TLSG_SF_STRING;
        return read_string(at, &item->text);
    }
    if (is_alpha(first) || first == '*') {
        item->kind = TLSG_SF_TOKEN;
        read_token(at);
        return 1;
    }
    if (is_digit(first) || first == '-') {
        item->kind = TLSG_SF_NUMBER;
        return read_number(at);
    }
    if (first == ':') {
        item->kind = TLSG_SF_BYTES;
        return read_bytes(at);
    }
    if (first == '?') {
        item->kind = TLSG_SF_BOOLEAN;
        return read_boolean(at);
    }
    if (first == '@') {
        item->kind = TLSG_SF_DATE;
        (*at)++;
        return read_number(at);
    }
    if (first == '%' && (*at)[1] == '"') {
        item->kind = TLSG_SF_DISPLAY;
        (*at)++;
        return read_string(at, &item->text);
    }
    return 0;
}

int tlsg_header_sf_item(const char **at, tlsg_sf_item_t *item)
{
    const char *start = *at;
    item->text.at = NULL;
    if (!read_item(at, item)) {
        return 0;
    }
    if (item->text.at == NULL) {
        item->text.at = start;
        item->text.len = (size_t)(*at - start);
    }
    return 1;
}

int tlsg_header_sf_parameters(const char **at)
{
    while (**at == ';') {
        tlsg_header_span_t key;
        (*at)++;
        *at += strspn(*at, " ");
        if (!tlsg_header_sf_key(at, &key)) {
            return 0;
        }
        if (**at == '=') {
            tlsg_sf_item_t item;
            (*at)++;
            if (!tlsg_header_sf_item(at, &item)) {
                return 0;
            }
        }
    }
    return 1;
}

int tlsg_header_sf_field_item(const char *value, tlsg_sf_item_t *item)
{
    value += strspn(value, " \t");
    if (!tlsg_header_sf_item(&value, item) || !tlsg_header_sf_parameters(&value)) {
        return 0;
    }
    return value[strspn(value, " \t")] == '\0';
}
