/* SPDX-License-Identifier: Apache-2.0 */
/* Headers whose value is one word out of a few: framing, sniffing, isolation, sharing, referrers.
 * Each function follows the algorithm that browsers implement, which is often more lenient than the
 * definition of the header. */
#include <string.h>

#include <apr_strings.h>

#include "header_scan.h"
#include "header_sf.h"
#include "header_value.h"

static tlsg_header_choice_t *choice_make(apr_pool_t *pool)
{
    return apr_pcalloc(pool, sizeof(tlsg_header_choice_t));
}

static tlsg_header_choice_t *choice_done(tlsg_header_choice_t *choice)
{
    choice->valid = choice->fault == NULL;
    return choice;
}

static tlsg_header_span_t whole(const char *value)
{
    return tlsg_header_scan_trim(value, value + strlen(value));
}

/* "A, B or C" for a message. */
static const char *alternatives(apr_pool_t *pool, const char *const *words)
{
    const char *text = words[0];
    for (int i = 1; words[i] != NULL; i++) {
        text = apr_pstrcat(pool, text, words[i + 1] != NULL ? ", " : " or ", words[i], NULL);
    }
    return text;
}

/* ---- X-Frame-Options ---- */

static const char *const xfo_words[] = { "DENY", "SAMEORIGIN", NULL };

static const char *xfo_complaint(apr_pool_t *pool, tlsg_header_span_t value)
{
    if (value.len == 0) {
        return "the value is empty; browsers ignore it";
    }
    if (value.len >= 10 &&
        tlsg_header_scan_is((tlsg_header_span_t){ value.at, 10 }, "ALLOW-FROM")) {
        return "no browser obeys ALLOW-FROM any more; CSP frame-ancestors names sites instead";
    }
    const char *hint = tlsg_header_scan_hint(pool, value, xfo_words);
    return apr_psprintf(pool, "\"%s\" is neither DENY nor SAMEORIGIN; browsers ignore it%s%s",
                        tlsg_header_scan_show(pool, value), hint != NULL ? ": " : "",
                        hint != NULL ? hint : "");
}

/* HTML standard, "check a navigation response's adherence to X-Frame-Options": the distinct words
 * decide. */
tlsg_header_choice_t *tlsg_header_xfo_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_choice_t *choice = choice_make(pool);
    const char *at = value;
    tlsg_header_span_t piece;
    unsigned seen = 0; /* bits by index of xfo_words; above them: ALLOWALL, anything else */
    int pieces = 0;
    for (; tlsg_header_scan_piece(&at, ',', &piece); pieces++) {
        int which = tlsg_header_scan_index(piece, xfo_words);
        seen |= 1U << (which >= 0 ? which : tlsg_header_scan_is(piece, "ALLOWALL") ? 2 : 3);
    }
    int is_conflict = (seen & (seen - 1)) != 0;
    if (is_conflict) {
        choice->effect = (seen & 7U) != 0 ? xfo_words[0] : NULL;
        choice->fault =
            "a comma joins different words; today's browsers refuse all framing, old ones none";
    }
    else if (seen > 2) {
        choice->fault = xfo_complaint(pool, whole(value));
    }
    else {
        choice->effect = xfo_words[seen == 1 ? 0 : 1];
        if (pieces > 1) {
            choice->fault =
                apr_psprintf(pool,
                             "the word is given %d times; one is allowed, and browsers that do not "
                             "fold equal words ignore the header",
                             pieces);
        }
    }
    return choice_done(choice);
}

/* ---- X-Content-Type-Options ---- */

/* Fetch standard, "determine nosniff": the first word of the list decides. */
tlsg_header_choice_t *tlsg_header_xcto_parse(apr_pool_t *pool, const char *value)
{
    static const char *const words[] = { "nosniff", NULL };
    tlsg_header_choice_t *choice = choice_make(pool);
    const char *at = value;
    tlsg_header_span_t first;
    tlsg_header_scan_piece(&at, ',', &first);
    int is_list = at != NULL;
    if (tlsg_header_scan_is(first, words[0])) {
        choice->effect = words[0];
        choice->fault =
            is_list ? "it is a list; browsers take the nosniff at its front, one is enough" : NULL;
    }
    else if (first.len == 0 && !is_list) {
        choice->fault = "the value is empty; browsers ignore it";
    }
    else {
        choice->fault =
            apr_psprintf(pool, "\"%s\" is not nosniff, the one allowed value; browsers ignore it",
                         tlsg_header_scan_show(pool, whole(value)));
    }
    return choice_done(choice);
}

/* ---- X-XSS-Protection ---- */

tlsg_header_choice_t *tlsg_header_xxp_parse(apr_pool_t *pool, const char *value)
{
    static const char *const words[] = { "0", "1", NULL };
    tlsg_header_choice_t *choice = choice_make(pool);
    const char *at = value;
    tlsg_header_part_t part;
    if (!tlsg_header_scan_part(&at, &part) || part.has_value ||
        tlsg_header_scan_index(part.name, words) < 0) {
        choice->fault =
            apr_psprintf(pool, "\"%s\" starts neither with 0 nor with 1; browsers ignore it",
                         tlsg_header_scan_show(pool, whole(value)));
        return choice;
    }
    choice->effect = words[tlsg_header_scan_index(part.name, words)];
    while (choice->fault == NULL && tlsg_header_scan_part(&at, &part)) {
        int is_mode =
            tlsg_header_scan_is(part.name, "mode") && tlsg_header_scan_is(part.value, "block");
        int is_report = tlsg_header_scan_is(part.name, "report") && part.value.len > 0;
        if (part.syntax != TLSG_SYNTAX_EMPTY && !is_mode && !is_report) {
            choice->fault = apr_psprintf(pool, "\"%s\" is neither mode=block nor report=...",
                                         tlsg_header_scan_show(pool, part.whole));
        }
    }
    return choice_done(choice);
}

/* ---- Cross-origin isolation ---- */

static const char *word_complaint(apr_pool_t *pool, tlsg_header_span_t value,
                                  const char *const *words)
{
    if (value.len == 0) {
        return "the value is empty; browsers ignore it";
    }
    if (tlsg_header_scan_index(value, words) >= 0) {
        return apr_psprintf(pool, "\"%s\" must be lower case; browsers ignore it",
                            tlsg_header_scan_show(pool, value));
    }
    if (memchr(value.at, ',', value.len) != NULL) {
        return "a comma joins two values, one is allowed; browsers ignore it";
    }
    return apr_psprintf(pool, "\"%s\" is not %s; browsers ignore it",
                        tlsg_header_scan_show(pool, value), alternatives(pool, words));
}

static int exact_index(tlsg_header_span_t span, const char *const *words)
{
    int which = tlsg_header_scan_index(span, words);
    return which >= 0 && memcmp(span.at, words[which], span.len) == 0 ? which : -1;
}

/* A token of structured fields, which are case-sensitive, with parameters (report-to). */
static tlsg_header_choice_t *token_parse(apr_pool_t *pool, const char *value,
                                         const char *const *words)
{
    tlsg_header_choice_t *choice = choice_make(pool);
    tlsg_sf_item_t item;
    int is_good = tlsg_header_sf_field_item(value, &item) && item.kind == TLSG_SF_TOKEN;
    int which = is_good ? exact_index(item.text, words) : -1;
    if (which >= 0) {
        choice->effect = words[which];
    }
    else {
        choice->fault = word_complaint(pool, is_good ? item.text : whole(value), words);
    }
    return choice_done(choice);
}

tlsg_header_choice_t *tlsg_header_coop_parse(apr_pool_t *pool, const char *value)
{
    static const char *const words[] = {
        "same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none", NULL,
    };
    return token_parse(pool, value, words);
}

tlsg_header_choice_t *tlsg_header_coep_parse(apr_pool_t *pool, const char *value)
{
    static const char *const words[] = { "require-corp", "credentialless", "unsafe-none", NULL };
    return token_parse(pool, value, words);
}

tlsg_header_choice_t *tlsg_header_corp_parse(apr_pool_t *pool, const char *value)
{
    static const char *const words[] = { "same-origin", "same-site", "cross-origin", NULL };
    tlsg_header_choice_t *choice = choice_make(pool);
    tlsg_header_span_t span = whole(value);
    int which = exact_index(span, words);
    if (which >= 0) {
        choice->effect = words[which];
    }
    else {
        choice->fault = word_complaint(pool, span, words);
    }
    return choice_done(choice);
}

/* ---- Access-Control-Allow-Origin ---- */

/* What keeps it from being equal to the Origin that browsers send (scheme://host[:port]). */
static const char *origin_complaint(tlsg_header_span_t origin)
{
    const char *end = origin.at + origin.len;
    if (origin.len == 0) {
        return "the value is empty; browsers refuse access";
    }
    if (memchr(origin.at, ',', origin.len) != NULL || memchr(origin.at, ' ', origin.len) != NULL) {
        return "it names several origins; browsers accept one and refuse access otherwise";
    }
    if (memchr(origin.at, '*', origin.len) != NULL) {
        return "* works alone only; browsers compare the rest letter by letter";
    }
    const char *colon = memchr(origin.at, ':', origin.len);
    if (colon == NULL || end - colon < 4 || memcmp(colon, "://", 3) != 0) {
        return "it is no origin (scheme://host[:port]); browsers refuse access";
    }
    if (memchr(colon + 3, '/', (size_t)(end - colon - 3)) != NULL) {
        return "an origin has no path and no slash at its end; browsers refuse access";
    }
    return NULL;
}

tlsg_header_choice_t *tlsg_header_acao_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_choice_t *choice = choice_make(pool);
    tlsg_header_span_t origin = whole(value);
    int is_word = origin.len > 0 && (tlsg_header_scan_is(origin, "*") ||
                                     (origin.len == 4 && memcmp(origin.at, "null", 4) == 0));
    choice->fault = is_word ? NULL : origin_complaint(origin);
    if (choice->fault == NULL) {
        choice->effect = tlsg_header_scan_copy(pool, origin);
    }
    return choice_done(choice);
}

/* ---- Clear-Site-Data ---- */

tlsg_header_choice_t *tlsg_header_csd_parse(apr_pool_t *pool, const char *value)
{
    static const char *const words[] = {
        "cache",          "cookies",           "storage", "clientHints", "prefetchCache",
        "prerenderCache", "executionContexts", "*",       NULL
    };
    tlsg_header_choice_t *choice = choice_make(pool);
    const char *at = value;
    tlsg_header_span_t piece;
    while (choice->fault == NULL && tlsg_header_scan_piece(&at, ',', &piece)) {
        int is_quoted = piece.len > 2 && piece.at[0] == '"' && piece.at[piece.len - 1] == '"';
        tlsg_header_span_t word =
            is_quoted ? (tlsg_header_span_t){ piece.at + 1, piece.len - 2 } : piece;
        int which = tlsg_header_scan_index(word, words);
        if (is_quoted && which >= 0) {
            choice->effect = choice->effect != NULL ? choice->effect : words[which];
        }
        else if (which >= 0) {
            choice->fault =
                apr_psprintf(pool, "%s stands without double quotes; browsers ignore it",
                             tlsg_header_scan_show(pool, piece));
        }
    }
    if (choice->fault == NULL && choice->effect == NULL) {
        choice->fault = "it names nothing that browsers can delete";
    }
    return choice_done(choice);
}

/* ---- Referrer-Policy ---- */

static const char *const referrer_words[] = {
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "origin",
    "origin-when-cross-origin",
    "unsafe-url",
    "no-referrer-when-downgrade",
    NULL,
};
static const tlsg_referrer_leak_t referrer_leaks[] = {
    TLSG_REFERRER_SAFE,   TLSG_REFERRER_SAFE,   TLSG_REFERRER_SAFE, TLSG_REFERRER_SAFE,
    TLSG_REFERRER_ORIGIN, TLSG_REFERRER_ORIGIN, TLSG_REFERRER_URL,  TLSG_REFERRER_URL,
};

/* Words of <meta name=referrer> that the header never had. */
static const char *referrer_hint(apr_pool_t *pool, tlsg_header_span_t word)
{
    if (tlsg_header_scan_is(word, "never") || tlsg_header_scan_is(word, "none")) {
        return "the word is \"no-referrer\"";
    }
    if (tlsg_header_scan_is(word, "always")) {
        return "it is a word of the Header directive, or of <meta>; here it means nothing";
    }
    return tlsg_header_scan_hint(pool, word, referrer_words);
}

tlsg_header_referrer_t *tlsg_header_referrer_parse(apr_pool_t *pool, const char *value)
{
    tlsg_header_referrer_t *referrer = apr_pcalloc(pool, sizeof *referrer);
    referrer->unknown = tlsg_header_scan_words(pool);
    tlsg_header_span_t word;
    while (tlsg_header_scan_piece(&value, ',', &word)) {
        int which = tlsg_header_scan_index(word, referrer_words);
        if (which >= 0) {
            referrer->effect = referrer_words[which];
            referrer->leak = referrer_leaks[which];
        }
        else if (word.len > 0 && !tlsg_header_scan_is_full(referrer->unknown)) {
            tlsg_header_scan_add_word(referrer->unknown, word, referrer_hint(pool, word));
        }
    }
    if (referrer->unknown->nelts > 0) {
        const tlsg_header_word_t *first = &APR_ARRAY_IDX(referrer->unknown, 0, tlsg_header_word_t);
        tlsg_header_scan_blame(pool, &referrer->fault, "\"%s\" is no policy; browsers %s",
                               first->text,
                               referrer->effect != NULL ? "skip it" : "apply their default");
    }
    else if (referrer->effect == NULL) {
        referrer->fault = "the value is empty; browsers apply their default";
    }
    referrer->valid = referrer->fault == NULL;
    return referrer;
}
