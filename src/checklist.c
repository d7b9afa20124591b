/* SPDX-License-Identifier: Apache-2.0 */
#include "checklist.h"

#include <apr_strings.h>

#include "certfile.h"
#include "chain.h"
#include "cipher.h"
#include "compress.h"
#include "dh.h"
#include "stapling.h"

#define SUITES_NAMED 1 /* an example is enough here; the finding has more */

static const struct {
    const char *key;
    const char *label;
} items[] = {
#define ITEM(id, json, label) { json, label },
    TLSG_CHECKLIST(ITEM)
#undef ITEM
};

const char *tlsg_checklist_key(tlsg_check_item_t item)
{
    return items[item].key;
}

const char *tlsg_checklist_label(tlsg_check_item_t item)
{
    return items[item].label;
}

const char *tlsg_checklist_state(tlsg_check_state_t state)
{
    switch (state) {
    case TLSG_CHECK_OK:
        return "ok";
    case TLSG_CHECK_NO:
        return "no";
    case TLSG_CHECK_NOT_APPLICABLE:
        return "not-applicable";
    case TLSG_CHECK_UNKNOWN:
        break;
    }
    return "unknown";
}

static tlsg_check_t answer(tlsg_check_state_t state, const char *why)
{
    tlsg_check_t check = { .state = state, .why = why };
    return check;
}

static tlsg_check_t check_forward_secrecy(apr_pool_t *pool, const tlsg_effective_t *effective)
{
    int count = 0;
    const char *without = tlsg_cipher_names(pool, effective->suites, TLSG_SUITE_FORWARD_SECRECY, 1,
                                            SUITES_NAMED, &count);
    /* Every TLS 1.3 suite has it. */
    if (count == 0 || (effective->negotiable & ~(unsigned)TLSG_TLS13) == 0) {
        return answer(TLSG_CHECK_OK, NULL);
    }
    return answer(TLSG_CHECK_NO, apr_pstrcat(pool, "not with ", without, NULL));
}

static tlsg_check_t check_sslv3(const tlsg_effective_t *effective)
{
    return (effective->negotiable & TLSG_SSL3) != 0 ? answer(TLSG_CHECK_NO, "negotiable")
                                                    : answer(TLSG_CHECK_OK, NULL);
}

static tlsg_check_t check_dh_group(apr_pool_t *pool, const tlsg_vhost_t *vhost,
                                   const tlsg_effective_t *effective)
{
    const tlsg_dh_fact_t *dh = &effective->dh;
    const tlsg_dh_identity_t *group = dh->identity;
    if (dh->bits == 0) {
        return answer(TLSG_CHECK_NOT_APPLICABLE, "DHE cannot be negotiated");
    }
    if (dh->is_auto) {
        return answer(TLSG_CHECK_NO,
                      apr_psprintf(pool, "OpenSSL's RFC 3526 group of %d bits", dh->bits));
    }
    if (group == NULL) {
        return answer(TLSG_CHECK_UNKNOWN, "the group in use could not be read");
    }
    if (group->kind != TLSG_DH_CUSTOM) {
        return answer(TLSG_CHECK_NO,
                      apr_psprintf(pool, "%s, %d bits",
                                   group->name != NULL ? group->name : "weak group", dh->bits));
    }
    return dh->bits < vhost->policy->dh_min_bits
               ? answer(TLSG_CHECK_NO, apr_psprintf(pool, "only %d bits", dh->bits))
               : answer(TLSG_CHECK_OK, NULL);
}

/* Why no certificate of the virtual host names a responder; NULL when one does. *is_unknown:
 * that cannot be said. */
static const char *without_responder(const tlsg_vhost_t *vhost, int *is_unknown)
{
    const char *unread = "no certificate";
    *is_unknown = vhost->certs->nelts == 0;
    for (int i = 0; i < vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *entry = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
        if (entry->file == NULL || entry->file->leaf == NULL) {
            *is_unknown = 1;
            unread = entry->unknown != NULL ? entry->unknown : "a certificate could not be read";
            continue;
        }
        if (tlsg_stapling_has_responder(vhost, entry)) {
            *is_unknown = 0;
            return NULL;
        }
    }
    return *is_unknown ? unread : "the certificate names no responder";
}

/* 1 when a certificate with a responder lacks its issuer, so that nobody can ask for it. */
static int lacks_issuer(const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *entry = &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t);
        if (entry->file != NULL && entry->file->leaf != NULL && entry->chain != NULL &&
            entry->chain->issuer == NULL && tlsg_stapling_has_responder(vhost, entry)) {
            return 1;
        }
    }
    return 0;
}

static tlsg_check_t check_stapling(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    int is_unknown = 0;
    const char *why = without_responder(vhost, &is_unknown);
    if (why != NULL) {
        return answer(is_unknown ? TLSG_CHECK_UNKNOWN : TLSG_CHECK_NOT_APPLICABLE, why);
    }
    if (tlsg_stapling_by(model, vhost) == TLSG_STAPLER_NONE) {
        return answer(TLSG_CHECK_NO, "off");
    }
    return lacks_issuer(vhost) ? answer(TLSG_CHECK_NO, "the issuer's certificate is not configured")
                               : answer(TLSG_CHECK_OK, NULL);
}

/* Suites and groups depend on the kind of certificate. */
static const char *certificate_unknown(const tlsg_vhost_t *vhost)
{
    int is_unknown = 0;
    const char *why = without_responder(vhost, &is_unknown);
    return is_unknown ? why : "the kind of certificate is not known";
}

static tlsg_check_t check_header(tlsg_answer_t found)
{
    switch (found.state) {
    case TLSG_ANSWER_OK:
        return answer(TLSG_CHECK_OK, NULL);
    case TLSG_ANSWER_NO:
        return answer(TLSG_CHECK_NO, found.why);
    case TLSG_ANSWER_NOT_APPLICABLE:
        return answer(TLSG_CHECK_NOT_APPLICABLE, found.why);
    case TLSG_ANSWER_UNKNOWN:
        break;
    }
    return answer(TLSG_CHECK_UNKNOWN, found.why);
}

tlsg_checklist_t *tlsg_checklist_make(apr_pool_t *pool, const tlsg_model_t *model,
                                      const tlsg_vhost_t *vhost)
{
    tlsg_checklist_t *list = apr_pcalloc(pool, sizeof *list);
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    const char *unknown = vhost->unknown != NULL ? vhost->unknown : certificate_unknown(vhost);
    for (int i = 0; i < TLSG_CHECK_ITEMS; i++) {
        list->items[i] = answer(TLSG_CHECK_UNKNOWN, unknown);
    }
    list->items[TLSG_CHECK_HSTS] = check_header(tlsg_header_answer_hsts(model, vhost));
    list->items[TLSG_CHECK_HPKP] = check_header(tlsg_header_answer_hpkp(model, vhost));
    list->items[TLSG_CHECK_GZIP] = check_header(tlsg_compress_answer(model, vhost));
    if (effective != NULL && effective->cert_auth != 0) {
        list->items[TLSG_CHECK_FORWARD_SECRECY] = check_forward_secrecy(pool, effective);
        list->items[TLSG_CHECK_SSLV3] = check_sslv3(effective);
        list->items[TLSG_CHECK_DH_GROUP] = check_dh_group(pool, vhost, effective);
    }
    if (effective != NULL) {
        list->items[TLSG_CHECK_STAPLING] = check_stapling(model, vhost);
    }
    return list;
}
