/* SPDX-License-Identifier: Apache-2.0 */
/* Judges configuration texts by one rule, from a table. */
#ifndef TLSG_SUPPORT_JUDGE_H
#define TLSG_SUPPORT_JUDGE_H

#include <stddef.h>

#include "report.h"

typedef struct support_case_t {
    const char *what;         /* shown when it fails */
    tlsg_severity_t severity; /* of the worst finding of the rule, TLSG_OFF: there must be none */
    int line;                 /* of that finding, 0: not asked */
    const char *conf;
} support_case_t;

/* A TLS virtual host, on *:443 or another address. */
#define SUPPORT_TLS_AT(address, name, lines)                                                       \
    "<VirtualHost " address ">\nServerName " name                                                  \
    "\nSSLEngine on\nSSLCertificateFile @rsa@\n" lines "</VirtualHost>\n"
#define SUPPORT_TLS(name, lines) SUPPORT_TLS_AT("*:443", name, lines)
#define SUPPORT_LISTEN "Listen 443\nListen 80\nSSLProtocol -all +TLSv1.2 +TLSv1.3\n"

/* Fails the running test when a case is not judged as the table says; the last row has no conf. */
void support_judge(const char *rule, const support_case_t *cases);

/* Lines put into tests/rules/frame.conf, and how bad the worst finding of a rule is. */
typedef struct support_line_case_t {
    const char *conf;
    const char *rule;         /* "TG40x": any whose id starts with TG40 */
    tlsg_severity_t severity; /* TLSG_OFF: there must be none */
} support_line_case_t;

/* Fails the running test with the first case that is not judged as the table says. */
void support_judge_lines(const support_line_case_t *cases, size_t count);
#define SUPPORT_JUDGE_LINES(cases) support_judge_lines(cases, sizeof(cases) / sizeof((cases)[0]))

/* The worst finding of the rule about a whole configuration, in `pool`; NULL when there is none. */
const tlsg_finding_t *support_judge_worst(apr_pool_t *pool, const char *rule, const char *conf);

/* Number of virtual hosts that the worst finding of the rule names, -1 without one. */
int support_judge_vhosts(const char *rule, const char *conf);

#endif
