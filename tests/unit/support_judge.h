/* SPDX-License-Identifier: Apache-2.0 */
/* Judges configuration texts by one rule, from a table. */
#ifndef TLSG_SUPPORT_JUDGE_H
#define TLSG_SUPPORT_JUDGE_H

#include "policy.h"

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

/* Number of virtual hosts that the worst finding of the rule names, -1 without one. */
int support_judge_vhosts(const char *rule, const char *conf);

#endif
