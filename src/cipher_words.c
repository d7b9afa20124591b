/* SPDX-License-Identifier: Apache-2.0 */
/* Cipher strings word by word: which words match nothing, and what was probably meant. OpenSSL
 * ignores such words in silence as long as one matches (ciphers(1), "CIPHER LIST FORMAT"). */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/ssl.h>

#include "cipher.h"
#include "ossl.h"
#include "text.h"

/* Keywords of this and older versions; words made of them are not typing errors.
 * Current ones first: of two that are as near, the first is suggested. */
static const char *const historic[] = {
    "ECDHE",     "kECDHE",   "DHE",         "RSA",         "kRSA",     "aRSA",     "ECDSA",
    "aECDSA",    "LOW",      "EXP",         "EXPORT",      "EXPORT40", "EXPORT56", "SSLv2",
    "SSLV2",     "SSLv3",    "RC4",         "RC2",         "IDEA",     "SEED",     "DES",
    "3DES",      "MD5",      "DSS",         "aDSS",        "kDHr",     "kDHd",     "kDH",
    "DH",        "aDH",      "ADH",         "AECDH",       "kECDHr",   "kECDHe",   "kECDH",
    "aECDH",     "ECDH",     "KRB5",        "kKRB5",       "aKRB5",    "kFZA",     "aFZA",
    "eFZA",      "FZA",      "GOST",        "aGOST",       "aGOST01",  "kGOST",    "GOST94",
    "GOST89MAC", "CAMELLIA", "CAMELLIA128", "CAMELLIA256", "ARIA",     "ARIA128",  "ARIA256",
    "SRP",       "kSRP",     "aSRP",        "MEDIUM",      "eNULL",    "NULL",     "aNULL",
    "PSK",       "kPSK",     "aPSK",        "SHA",         "SHA1",     "TLSv1",    "TLSv1.0",
    "CHACHA20",  "AESCCM",   "AESCCM8",     "AESGCM",      "kDHE",     "kEDH",     "EDH",
    "EECDH",     "kEECDH",   "AES",         "AES128",      "AES256",   "HIGH",
};

/* What parts suite names of older OpenSSL versions have that no current suite has. */
static const char *const historic_parts[] = {
    "RC4",  "RC2",  "DES-CBC", "EXP",   "EXPORT", "IDEA",   "SEED",     "DSS",        "KRB5",
    "FZA",  "NULL", "ADH",     "AECDH", "DH-RSA", "DH-DSS", "ECDH-RSA", "ECDH-ECDSA", "CAMELLIA",
    "GOST", "SRP",  "PSK",     "ARIA",  "MD5",    "CCM",    "CHACHA20",
};

static int is_historic(const char *word)
{
    for (size_t i = 0; i < sizeof historic / sizeof historic[0]; i++) {
        if (strcmp(word, historic[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A full suite name that this build lacks, such as RC4-SHA, rather than a misspelt one. */
static int is_historic_suite(const char *word)
{
    if (strchr(word, '-') == NULL) {
        return 0;
    }
    for (size_t i = 0; i < sizeof historic_parts / sizeof historic_parts[0]; i++) {
        if (strstr(word, historic_parts[i]) != NULL) {
            return 1;
        }
    }
    return 0;
}

/* Number of TLS 1.2 suites a cipher string selects, without what a context adds by itself. */
static int matches(SSL_CTX *scratch, const char *list)
{
    int ok = SSL_CTX_set_cipher_list(scratch, list);
    tlsg_ossl_clear();
    return ok;
}

/* Does the element (words joined by "+") match any suite that exists in this build? Level 0, so
 * that a security level does not make a good name look wrong. */
static int word_matches(apr_pool_t *pool, SSL_CTX *scratch, const char *word)
{
    return matches(scratch, apr_pstrcat(pool, word, ":@SECLEVEL=0", NULL));
}

static const SSL_CIPHER *find_by(const STACK_OF(SSL_CIPHER) * all, const char *word, int by_iana)
{
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);
        const char *name = by_iana ? SSL_CIPHER_standard_name(cipher) : SSL_CIPHER_get_name(cipher);
        if (name != NULL && tlsg_text_eq_nocase(name, word)) {
            return cipher;
        }
    }
    return NULL;
}

/* Nearest suite or keyword to one word without "+", NULL when nothing is near: a third of the
 * letters may differ, at most four. */
static const char *nearest(const STACK_OF(SSL_CIPHER) * all, const char *word)
{
    unsigned limit = (unsigned)strlen(word) / 3;
    unsigned best = limit < 4 ? limit + 1 : 5;
    const char *found = NULL;
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const char *name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
        unsigned distance = tlsg_text_distance(name, word);
        if (distance < best) {
            best = distance;
            found = name;
        }
    }
    for (size_t i = 0; i < sizeof historic / sizeof historic[0]; i++) {
        unsigned distance = tlsg_text_distance(historic[i], word);
        if (distance < best) {
            best = distance;
            found = historic[i];
        }
    }
    return found;
}

typedef struct reader_t {
    apr_pool_t *pool;
    SSL_CTX *scratch;
    const STACK_OF(SSL_CIPHER) * all; /* every suite of this build */
    apr_array_header_t *dead;         /* tlsg_cipher_word_t */
    apr_array_header_t *killed;       /* const char *: words after "!" */
} reader_t;

static void note(reader_t *reader, const char *word, int kind, const char *near)
{
    for (int i = 0; i < reader->dead->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(reader->dead, i, tlsg_cipher_word_t).word, word) == 0) {
            return;
        }
    }
    tlsg_cipher_word_t *dead = apr_array_push(reader->dead);
    memset(dead, 0, sizeof *dead);
    dead->word = word;
    dead->nearest = near;
    switch (kind) {
    case TLSG_WORD_IANA:
        dead->kind = TLSG_WORD_IANA;
        break;
    case TLSG_WORD_TLS13:
        dead->kind = TLSG_WORD_TLS13;
        break;
    case TLSG_WORD_HISTORIC:
        dead->kind = TLSG_WORD_HISTORIC;
        break;
    case TLSG_WORD_KILLED:
        dead->kind = TLSG_WORD_KILLED;
        break;
    case TLSG_WORD_OLDER:
        dead->kind = TLSG_WORD_OLDER;
        break;
    default:
        dead->kind = TLSG_WORD_UNKNOWN;
    }
}

/* The same for words joined by "+": each part that matches nothing is replaced by the nearest. NULL
 * also when the result would select nothing. */
static const char *nearest_joined(const reader_t *reader, const char *word)
{
    if (strchr(word, '+') == NULL) {
        return nearest(reader->all, word);
    }
    const char *found = NULL;
    char *copy = apr_pstrdup(reader->pool, word);
    char *state = NULL;
    for (char *part = apr_strtok(copy, "+", &state); part != NULL;
         part = apr_strtok(NULL, "+", &state)) {
        const char *name = part;
        if (!word_matches(reader->pool, reader->scratch, part)) {
            name = nearest(reader->all, part);
        }
        if (name == NULL) {
            return NULL;
        }
        found = found == NULL ? name : apr_pstrcat(reader->pool, found, "+", name, NULL);
    }
    return found != NULL && word_matches(reader->pool, reader->scratch, found) ? found : NULL;
}

/* Every part of "kRSA+RC4" is known to some OpenSSL. */
static int parts_are_historic(apr_pool_t *pool, const reader_t *reader, const char *word)
{
    char *copy = apr_pstrdup(pool, word);
    char *state = NULL;
    for (char *part = apr_strtok(copy, "+", &state); part != NULL;
         part = apr_strtok(NULL, "+", &state)) {
        if (!is_historic(part) && find_by(reader->all, part, 0) == NULL &&
            !word_matches(pool, reader->scratch, part)) {
            return 0;
        }
    }
    return 1;
}

static void judge_unmatched(reader_t *reader, const char *word, char operator)
{
    const SSL_CIPHER *by_iana = find_by(reader->all, word, 1);
    const SSL_CIPHER *by_name = find_by(reader->all, word, 0);
    const SSL_CIPHER *known = by_name != NULL ? by_name : by_iana;
    if (known != NULL && SSL_CIPHER_get_kx_nid(known) == NID_kx_any) {
        note(reader, word, TLSG_WORD_TLS13, NULL);
    }
    else if (by_iana != NULL) {
        note(reader, word, TLSG_WORD_IANA, SSL_CIPHER_get_name(by_iana));
    }
    else if (by_name != NULL) {
        note(reader, word, TLSG_WORD_UNKNOWN, SSL_CIPHER_get_name(by_name));
    }
    else if (parts_are_historic(reader->pool, reader, word) || is_historic_suite(word)) {
        /* Taking away what is not there is how careful lists are written. */
        if (operator== '\0') {
            note(reader, word, TLSG_WORD_HISTORIC, NULL);
        }
    }
    else {
        note(reader, word, TLSG_WORD_UNKNOWN, nearest_joined(reader, word));
    }
}

/* A word that is added after "!" took it away: everything it would add is gone for good. */
static int is_killed(const reader_t *reader, const char *word)
{
    for (int i = 0; i < reader->killed->nelts; i++) {
        const char *list =
            apr_pstrcat(reader->pool, word, ":!", APR_ARRAY_IDX(reader->killed, i, const char *),
                        ":@SECLEVEL=0", NULL);
        if (!matches(reader->scratch, list)) {
            return 1;
        }
    }
    return 0;
}

static void read_word(reader_t *reader, const char *word)
{
    char operator= '\0';
    if (*word == '!' || *word == '-' || *word == '+') {
        operator= * word++;
    }
    if (*word == '\0' || *word == '@') {
        return;
    }
    static const char *const whole[] = { "DEFAULT", "ALL", "COMPLEMENTOFALL",
                                         "COMPLEMENTOFDEFAULT" };
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(word, whole[i]) == 0) {
            return;
        }
    }
    if (!word_matches(reader->pool, reader->scratch, word)) {
        judge_unmatched(reader, word, operator);
    }
    else if (operator== '\0' && is_killed(reader, word)) {
        note(reader, word, TLSG_WORD_KILLED, NULL);
    }
    if (operator== '!') {
        APR_ARRAY_PUSH(reader->killed, const char *) = word;
    }
}

/* A context with every suite of this build: the caller frees it. NULL without memory. */
static SSL_CTX *context_with_everything(void)
{
    SSL_CTX *everything = SSL_CTX_new(TLS_server_method());
    if (everything == NULL ||
        SSL_CTX_set_cipher_list(everything, "ALL:COMPLEMENTOFALL:@SECLEVEL=0") != 1) {
        SSL_CTX_free(everything);
        return NULL;
    }
    /* SSL_CTX_set_cipher_list() fails only when no TLS 1.2 suite matches, whatever TLS 1.3 has. */
    SSL_CTX_set_ciphersuites(everything, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                         "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
                                         "TLS_AES_128_CCM_8_SHA256");
    return everything;
}

apr_array_header_t *tlsg_cipher_dead_words(apr_pool_t *pool, const char *list)
{
    reader_t reader = { .pool = pool };
    reader.dead = apr_array_make(pool, 2, sizeof(tlsg_cipher_word_t));
    reader.killed = apr_array_make(pool, 4, sizeof(const char *));
    reader.scratch = SSL_CTX_new(TLS_server_method());
    SSL_CTX *everything = context_with_everything();
    if (reader.scratch != NULL && everything != NULL) {
        reader.all = SSL_CTX_get_ciphers(everything);
        char *copy = apr_pstrdup(pool, list);
        char *state = NULL;
        for (char *word = apr_strtok(copy, ":, ;", &state); word != NULL;
             word = apr_strtok(NULL, ":, ;", &state)) {
            read_word(&reader, word);
        }
    }
    SSL_CTX_free(everything);
    SSL_CTX_free(reader.scratch);
    tlsg_ossl_clear();
    return reader.dead;
}

apr_array_header_t *tlsg_cipher_dead_words13(apr_pool_t *pool, const char *list)
{
    reader_t reader = { .pool = pool };
    reader.dead = apr_array_make(pool, 2, sizeof(tlsg_cipher_word_t));
    reader.scratch = SSL_CTX_new(TLS_server_method());
    SSL_CTX *everything = context_with_everything();
    char *copy = apr_pstrdup(pool, list);
    char *state = NULL;
    char *word = NULL;
    if (reader.scratch == NULL || everything == NULL) {
        goto out;
    }
    reader.all = SSL_CTX_get_ciphers(everything);
    while ((word = apr_strtok(word == NULL ? copy : NULL, ":", &state)) != NULL) {
        apr_collapse_spaces(word, word);
        if (*word == '\0' || SSL_CTX_set_ciphersuites(reader.scratch, word) == 1) {
            continue;
        }
        const SSL_CIPHER *by_iana = find_by(reader.all, word, 1);
        int is_older = by_iana != NULL || find_by(reader.all, word, 0) != NULL;
        note(&reader, word, is_older ? TLSG_WORD_OLDER : TLSG_WORD_UNKNOWN, NULL);
    }
out:
    SSL_CTX_free(everything);
    SSL_CTX_free(reader.scratch);
    tlsg_ossl_clear();
    return reader.dead;
}

int tlsg_cipher_seclevel(const char *list)
{
    int level = -1;
    static const char command[] = "@SECLEVEL=";
    for (const char *at = list; (at = strstr(at, command)) != NULL;) {
        at += sizeof command - 1;
        if (apr_isdigit(*at)) {
            level = *at - '0';
        }
    }
    return level;
}
