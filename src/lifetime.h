/* SPDX-License-Identifier: Apache-2.0 */
/* Lifetimes: the CA/Browser Forum's cap by date of issue, and how far through its lifetime a
 * certificate is. The cap binds publicly trusted authorities only. */
#ifndef TLSG_LIFETIME_H
#define TLSG_LIFETIME_H

#include "cert.h"

/* Longest lifetime in days that the Baseline Requirements allow a certificate issued at that
 * moment; 0 before the first cap. */
int tlsg_lifetime_cap(apr_time_t issued);

/* Lifetime in whole days as the Baseline Requirements count (section 6.3.2: notAfter inclusive, any
 * further second is one more day). */
int tlsg_lifetime_days(const tlsg_cert_t *cert);

typedef enum tlsg_lifetime_state_t {
    TLSG_LIFETIME_FINE = 0,
    TLSG_LIFETIME_NOT_YET,  /* not valid yet */
    TLSG_LIFETIME_EXPIRING, /* renewal is overdue: see tlsg_lifetime_state() */
    TLSG_LIFETIME_EXPIRED,
} tlsg_lifetime_state_t;

/* Where `now` stands. EXPIRING when less than a sixth of the lifetime is left, at most 30 days of
 * it: ACME clients renew with a third left, so a 90-day certificate has 15 days, a 47-day one 8 and
 * a 6-day one a day when automation has failed twice. */
tlsg_lifetime_state_t tlsg_lifetime_state(const tlsg_cert_t *cert, apr_time_t now);

#endif
