/* SPDX-License-Identifier: Apache-2.0 */
#include "lifetime.h"

#define DAY apr_time_from_sec(86400)

/* A sixth of the lifetime, at most 30 days; see the header. */
#define EXPIRING_FRACTION 6
#define EXPIRING_MAX_DAYS 30

/* UTC seconds of the first certificate under each cap. Baseline Requirements section 6.3.2 and the
 * ballots that changed it, newest first. */
static const struct {
    long long from;
    int days;
} caps[] = {
    { 1868227200LL, 47 },   /* 2029-03-15, ballot SC-081v3 */
    { 1805068800LL, 100 },  /* 2027-03-15, SC-081v3 */
    { 1773532800LL, 200 },  /* 2026-03-15, SC-081v3 */
    { 1598918400LL, 398 },  /* 2020-09-01, section 6.3.2 (browsers' root programmes) */
    { 1519862400LL, 825 },  /* 2018-03-01, ballot 193 */
    { 1427846400LL, 1187 }, /* 2015-04-01, 39 months */
    { 1341100800LL, 1826 }, /* 2012-07-01, 60 months */
};

int tlsg_lifetime_cap(apr_time_t issued)
{
    for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
        if (issued >= apr_time_from_sec(caps[i].from)) {
            return caps[i].days;
        }
    }
    return 0;
}

int tlsg_lifetime_days(const tlsg_cert_t *cert)
{
    apr_time_t span = cert->not_after - cert->not_before;
    if (span < 0) {
        return 0;
    }
    /* notAfter itself still counts: one second more than the difference. */
    span += apr_time_from_sec(1);
    return (int)((span + DAY - 1) / DAY);
}

tlsg_lifetime_state_t tlsg_lifetime_state(const tlsg_cert_t *cert, apr_time_t now)
{
    if (now > cert->not_after) {
        return TLSG_LIFETIME_EXPIRED;
    }
    if (now < cert->not_before) {
        return TLSG_LIFETIME_NOT_YET;
    }
    apr_time_t warn = (cert->not_after - cert->not_before) / EXPIRING_FRACTION;
    if (warn > EXPIRING_MAX_DAYS * DAY) {
        warn = EXPIRING_MAX_DAYS * DAY;
    }
    return cert->not_after - now < warn ? TLSG_LIFETIME_EXPIRING : TLSG_LIFETIME_FINE;
}
