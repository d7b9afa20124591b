/* SPDX-License-Identifier: Apache-2.0 */
/* TG65x: what sections and SSLOptions make of TLS: access rules without TLS, options that cost
 * or leak. */
#include "rules.h"

#include <stdlib.h>

#include "scope.h"
#include "text.h"

#define DEEPEST_CHAIN 5 /* STIG: deeper than any client hierarchy; mod_ssl's default is 1 */

/* What a walk over directives needs to report. */
typedef struct judge_t {
    const tlsg_rule_t *self;
    const tlsg_vhost_t *vhost;
    tlsg_report_t *out;
} judge_t;

static int judge_depth(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    long depth = directive->argc > 0 ? strtol(directive->argv[0], NULL, 10) : 1;
    if (depth > DEEPEST_CHAIN) {
        tlsg_report_add(judge->out, judge->self, judge->vhost, &directive->origin, NULL,
                        "SSLVerifyDepth %ld accepts chains far longer than any authority "
                        "issues",
                        depth);
    }
    else if (depth == 0) {
        tlsg_report_add(judge->out, judge->self, judge->vhost, &directive->origin, NULL,
                        "SSLVerifyDepth 0 accepts self-signed client certificates only");
    }
    return 0;
}

static void check_depth(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, vhost, out };
    tlsg_vhost_walk(model, vhost, "SSLVerifyDepth", judge_depth, &judge);
}

static const tlsg_rule_t verify_depth = {
    .id = "TG651",
    .name = "verify-depth-extreme",
    .topic = "client-auth",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "SSLVerifyDepth is far from what client certificates need",
    .why = "The depth is the number of authorities between a client certificate and a trusted "
           "root. A large number lets unexpected intermediate authorities in; 0 refuses every "
           "certificate that an authority has issued.",
    .fix = "Set SSLVerifyDepth to the length of your own client hierarchy, usually 1 or 2.",
    .bad = "SSLVerifyDepth 10\n",
    .good = "SSLVerifyDepth 2\n",
    .refs = { "httpd manual: SSLVerifyDepth" },
    .check = check_depth,
};

/* 1 when the SSLOptions line switches that option on. */
static int has_option(const tlsg_directive_t *directive, const char *option)
{
    for (int i = 0; i < directive->argc; i++) {
        const char *word = directive->argv[i];
        if (*word != '-' && tlsg_text_eq_nocase(*word == '+' ? word + 1 : word, option)) {
            return 1;
        }
    }
    return 0;
}

static int judge_fake_auth(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    if (has_option(directive, "FakeBasicAuth")) {
        tlsg_report_add(judge->out, judge->self, judge->vhost, &directive->origin, NULL,
                        "FakeBasicAuth turns a certificate's subject into a user whose password is "
                        "public: any certificate that verifies and is listed gets in");
    }
    return 0;
}

static void check_fake_auth(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, vhost, out };
    tlsg_vhost_walk(model, vhost, "SSLOptions", judge_fake_auth, &judge);
}

static const tlsg_rule_t fake_auth = {
    .id = "TG652",
    .name = "fake-basic-auth",
    .topic = "client-auth",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "SSLOptions FakeBasicAuth is in use",
    .why = "Every user has the same well-known password, and the user file must hold its hash. "
           "Where the same user file guards a place without client certificates, whoever knows a "
           "subject gets in.",
    .fix = "Use Require ssl-verify-client or Require expr on SSL_CLIENT_S_DN instead.",
    .bad = "<Location \"/staff\">\n"
           "    SSLOptions +FakeBasicAuth\n"
           "</Location>\n",
    .good = "<Location \"/staff\">\n"
            "    Require ssl-verify-client\n"
            "</Location>\n",
    .refs = { "httpd manual: SSLOptions" },
    .check = check_fake_auth,
};

static int judge_wide_options(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const judge_t *judge = baton;
    const char *option = has_option(directive, "ExportCertData") ? "ExportCertData"
                         : has_option(directive, "StdEnvVars")   ? "StdEnvVars"
                                                                 : NULL;
    if (directive->section == NULL && option != NULL) {
        tlsg_report_add(judge->out, judge->self, judge->vhost, &directive->origin, NULL,
                        "%s is computed for every request, also for static files", option);
    }
    return 0;
}

static void check_wide_options(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_t judge = { self, vhost, out };
    tlsg_vhost_walk(model, vhost, "SSLOptions", judge_wide_options, &judge);
}

static const tlsg_rule_t wide_options = {
    .id = "TG653",
    .name = "ssl-options-everywhere",
    .topic = "vhost",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "StdEnvVars or ExportCertData for all requests",
    .why = "These options build dozens of variables, with ExportCertData whole certificates, for "
           "each request. Only CGI, SSI and proxied applications read them.",
    .fix = "Move the option into the <Directory> or <FilesMatch> of the applications.",
    .bad = "SSLOptions +StdEnvVars\n",
    .good = "<FilesMatch \"\\.cgi$\">\n"
            "    SSLOptions +StdEnvVars\n"
            "</FilesMatch>\n",
    .refs = { "httpd manual: SSLOptions" },
    .check = check_wide_options,
};

/* A redirect of the whole virtual host comes before any access check. */
static int redirects_all(const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
        if (directive->section == NULL && directive->argc > 0 &&
            (tlsg_text_has_prefix_nocase(directive->name, "Redirect") ||
             tlsg_text_eq_nocase(directive->name, "RewriteRule")) &&
            tlsg_text_find_nocase(directive->args, "https://") != NULL) {
            return 1;
        }
    }
    return 0;
}

static int covers_all(const tlsg_section_t *section)
{
    return section != NULL &&
           (tlsg_text_eq_nocase(section->arg, "\"/\"") || tlsg_text_eq_nocase(section->arg, "/"));
}

static void check_plain_require(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (tlsg_vhost_is_tls(vhost) || vhost->is_main || redirects_all(vhost) ||
        model->other_tls != NULL) {
        return;
    }
    const tlsg_vhost_t *first = tlsg_scope_other_default(model, vhost);
    if (first != NULL && tlsg_vhost_is_tls(first)) {
        return; /* its connections are TLS */
    }
    for (int i = 0; i < vhost->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
        if (tlsg_text_eq_nocase(directive->name, "SSLRequireSSL")) {
            tlsg_report_add_as(
                out, self, covers_all(directive->section) ? TLSG_WARNING : TLSG_NOTICE, vhost,
                &directive->origin, NULL,
                "SSLRequireSSL in a virtual host without TLS: everything below it is 403 "
                "Forbidden");
        }
        else if (tlsg_text_eq_nocase(directive->name, "SSLRequire")) {
            tlsg_report_add(out, self, vhost, &directive->origin, NULL,
                            "SSLRequire is not evaluated in a virtual host without TLS: access is "
                            "not restricted");
        }
        else if (tlsg_text_eq_nocase(directive->name, "SSLVerifyClient") &&
                 (tlsg_scope_says(directive, "require") || tlsg_scope_says(directive, "on"))) {
            tlsg_report_add(out, self, vhost, &directive->origin, NULL,
                            "SSLVerifyClient is not evaluated in a virtual host without TLS: no "
                            "client certificate is asked for");
        }
    }
}

static const tlsg_rule_t plain_require = {
    .id = "TG654",
    .name = "tls-access-rule-without-tls",
    .topic = "client-auth",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "A TLS access rule in a virtual host that has TLS off",
    .why = "Without TLS mod_ssl's access checks end early: SSLRequire and SSLVerifyClient are "
           "skipped, so what they were to protect is open to everybody, while SSLRequireSSL "
           "refuses everything.",
    .fix = "Switch TLS on, or redirect the virtual host to its https counterpart.",
    .bad = "%bare\n"
           "Listen 8080\n"
           "<VirtualHost *:8080>\n"
           "    ServerName www.example.com\n"
           "    <Location \"/staff\">\n"
           "        SSLVerifyClient require\n"
           "    </Location>\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 8080\n"
            "<VirtualHost *:8080>\n"
            "    ServerName www.example.com\n"
            "    Redirect permanent / https://www.example.com/\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLRequireSSL" },
    .check = check_plain_require,
};

const tlsg_rule_t *const tlsg_rules_vhost_access[] = {
    &verify_depth, &fake_auth, &wide_options, &plain_require, NULL,
};
