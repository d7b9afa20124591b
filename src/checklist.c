/* SPDX-License-Identifier: Apache-2.0 */
#include "checklist.h"

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

static tlsg_check_t check_sslv3(const tlsg_effective_t *effective)
{
    return (effective->negotiable & TLSG_SSL3) != 0 ? answer(TLSG_CHECK_NO, "negotiable")
                                                    : answer(TLSG_CHECK_OK, NULL);
}

tlsg_checklist_t *tlsg_checklist_make(apr_pool_t *pool, const tlsg_model_t *model,
                                      const tlsg_vhost_t *vhost)
{
    tlsg_checklist_t *list = apr_pcalloc(pool, sizeof *list);
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    for (int i = 0; i < TLSG_CHECK_ITEMS; i++) {
        list->items[i] =
            answer(TLSG_CHECK_UNKNOWN, vhost->unknown != NULL ? vhost->unknown : "not read here");
    }
    (void)model;
    if (effective != NULL) {
        list->items[TLSG_CHECK_SSLV3] = check_sslv3(effective);
    }
    return list;
}
