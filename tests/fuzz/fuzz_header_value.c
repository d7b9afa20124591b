/* SPDX-License-Identifier: Apache-2.0 */
/* Every header parser on any bytes: no crash, and what each result promises holds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "header_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also in builds without assert(). */
static void demand(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Texts are printable: no control characters. */
static void demand_printable(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        demand((unsigned char)*text >= 0x20 && *text != 0x7F);
    }
}

static void demand_words(const apr_array_header_t *words)
{
    demand(words->nelts <= TLSG_HEADER_LIST_MAX);
    for (int i = 0; i < words->nelts; i++) {
        demand_printable(APR_ARRAY_IDX(words, i, tlsg_header_word_t).text);
        demand_printable(APR_ARRAY_IDX(words, i, tlsg_header_word_t).hint);
    }
}

static void check_hsts(apr_pool_t *pool, const char *value)
{
    const tlsg_header_hsts_t *hsts = tlsg_header_hsts_parse(pool, value);
    demand(hsts->valid == (hsts->fault == NULL) && (!hsts->valid || hsts->max_age >= 0));
    demand_printable(hsts->fault);
    demand_words(hsts->unknown);
}

static void check_hpkp(apr_pool_t *pool, const char *value)
{
    const tlsg_header_hpkp_t *hpkp = tlsg_header_hpkp_parse(pool, value, 0);
    demand(hpkp->valid == (hpkp->fault == NULL) && hpkp->distinct_pins <= hpkp->pins->nelts);
    demand(!hpkp->valid || (hpkp->max_age >= 0 && (hpkp->distinct_pins > 0 || hpkp->max_age == 0)));
    demand_printable(hpkp->fault);
    demand_printable(hpkp->report_uri);
    demand_words(hpkp->unknown);
    tlsg_header_hpkp_parse(pool, value, 1);
}

/* Adding twice adds once; what was there stays in front. */
static void check_cookie(apr_pool_t *pool, const char *value)
{
    const unsigned add = TLSG_COOKIE_SECURE | TLSG_COOKIE_HTTPONLY | TLSG_COOKIE_SAMESITE_LAX;
    const tlsg_header_cookie_t *cookie = tlsg_header_cookie_parse(pool, value);
    const char *hardened = tlsg_header_cookie_harden(pool, value, add);
    size_t len = 0;
    demand(cookie->valid == (cookie->fault == NULL) && (!cookie->valid || cookie->parsed));
    demand((tlsg_header_cookie_name(value, &len) != NULL) == (*cookie->name != '\0'));
    demand_printable(cookie->name);
    demand_printable(cookie->value);
    if (hardened == NULL) {
        return;
    }
    const tlsg_header_cookie_t *after = tlsg_header_cookie_parse(pool, hardened);
    demand(strncmp(hardened, value, strlen(value)) == 0);
    demand(after->secure && after->http_only && after->samesite != TLSG_SAMESITE_ABSENT);
    demand(strcmp(after->name, cookie->name) == 0 && strcmp(after->value, cookie->value) == 0);
    demand(cookie->samesite == TLSG_SAMESITE_ABSENT || after->samesite == cookie->samesite);
    demand(tlsg_header_cookie_harden(pool, hardened, add) == NULL);
}

static void check_csp(apr_pool_t *pool, const char *value)
{
    const tlsg_header_csp_t *csp = tlsg_header_csp_parse(pool, value);
    demand(csp->valid == (csp->policies->nelts > 0) && (csp->valid || csp->fault != NULL));
    for (int i = 0; i < csp->policies->nelts; i++) {
        const tlsg_header_csp_policy_t *policy =
            &APR_ARRAY_IDX(csp->policies, i, tlsg_header_csp_policy_t);
        demand(policy->directives->nelts > 0 && (csp->allows & ~policy->allows) == 0);
    }
    demand_printable(csp->fault);
    demand_printable(csp->frame_ancestors);
    demand_words(csp->unknown);
    demand_words(csp->suspect);
}

static void check_words(apr_pool_t *pool, const char *value)
{
    static tlsg_header_choice_t *(*const parsers[])(apr_pool_t *, const char *) = {
        tlsg_header_xfo_parse,  tlsg_header_xcto_parse, tlsg_header_xxp_parse,
        tlsg_header_coop_parse, tlsg_header_coep_parse, tlsg_header_corp_parse,
        tlsg_header_acao_parse,
    };
    for (size_t i = 0; i < sizeof parsers / sizeof parsers[0]; i++) {
        const tlsg_header_choice_t *choice = parsers[i](pool, value);
        demand(choice->valid == (choice->fault == NULL) &&
               (!choice->valid || choice->effect != NULL));
        demand_printable(choice->fault);
        demand_printable(choice->effect);
    }
    const tlsg_header_referrer_t *referrer = tlsg_header_referrer_parse(pool, value);
    demand(!referrer->valid || referrer->effect != NULL);
    demand_words(referrer->unknown);
    const tlsg_header_permissions_t *permissions = tlsg_header_permissions_parse(pool, value);
    demand(permissions->valid || permissions->fault != NULL);
    demand(permissions->features->nelts <= TLSG_HEADER_LIST_MAX);
    demand_printable(permissions->fault);
    const tlsg_header_name_t *row = tlsg_header_name_find(value);
    demand(row == NULL || tlsg_header_name_find(row->name) == row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *parent;
    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
    }
    apr_pool_t *pool = NULL;
    apr_pool_create(&pool, parent);
    /* Allocated apart from the pool, so that the sanitizer sees a read behind the end. */
    char *value = malloc(size + 1);
    if (value == NULL) {
        abort();
    }
    memcpy(value, data, size);
    value[size] = '\0';
    check_hsts(pool, value);
    check_hpkp(pool, value);
    check_cookie(pool, value);
    check_csp(pool, value);
    check_words(pool, value);
    free(value);
    apr_pool_destroy(pool);
    return 0;
}
