/* SPDX-License-Identifier: Apache-2.0 */
/* The seven classic questions about one virtual host, answered from the model alone. The
 * questions do not depend on the policy; whether "no" is a finding does. */
#ifndef TLSG_CHECKLIST_H
#define TLSG_CHECKLIST_H

#include <apr_pools.h>

#include "model.h"

/* Each row: enumerator, name in JSON, name for people (says what "ok" stands for). */
#define TLSG_CHECKLIST(X)                                                                          \
    X(FORWARD_SECRECY, "forward_secrecy", "forward secrecy")                                       \
    X(SSLV3, "sslv3", "SSLv3 off")                                                                 \
    X(STAPLING, "stapling", "stapling")                                                            \
    X(HSTS, "hsts", "HSTS")                                                                        \
    X(HPKP, "hpkp", "HPKP")                                                                        \
    X(DH_GROUP, "dh_group", "own DH group")                                                        \
    X(GZIP, "gzip", "gzip off")

typedef enum tlsg_check_item_t {
#define ITEM(id, json, label) TLSG_CHECK_##id,
    TLSG_CHECKLIST(ITEM)
#undef ITEM
    TLSG_CHECK_ITEMS
} tlsg_check_item_t;

typedef enum tlsg_check_state_t {
    TLSG_CHECK_UNKNOWN = 0, /* could not be decided here */
    TLSG_CHECK_OK,
    TLSG_CHECK_NO,
    TLSG_CHECK_NOT_APPLICABLE,
} tlsg_check_state_t;

typedef struct tlsg_check_t {
    tlsg_check_state_t state;
    const char *
        why; /* a few words; never NULL for unknown and not applicable, may be NULL for ok and no */
} tlsg_check_t;

typedef struct tlsg_checklist_t {
    tlsg_check_t items[TLSG_CHECK_ITEMS];
} tlsg_checklist_t;

/* Answers for a virtual host that speaks TLS, in `pool`. */
tlsg_checklist_t *tlsg_checklist_make(apr_pool_t *pool, const tlsg_model_t *model,
                                      const tlsg_vhost_t *vhost);

/* "forward_secrecy"; for people "forward secrecy". */
const char *tlsg_checklist_key(tlsg_check_item_t item);
const char *tlsg_checklist_label(tlsg_check_item_t item);

/* "ok", "no", "not-applicable", "unknown". */
const char *tlsg_checklist_state(tlsg_check_state_t state);

#endif
