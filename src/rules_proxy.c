/* SPDX-License-Identifier: Apache-2.0 */
/* TG70x: whether an https backend is reached at all, and what backends learn about the client's
 * connection. Verification is in rules_proxy_verify.c, what is offered in rules_proxy_offer.c. */
#include "rules.h"

#include <string.h>

#include "backend.h"
#include "scope.h"
#include "text.h"

static apr_array_header_t *backends_of(const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                                       tlsg_report_t *out)
{
    return tlsg_backend_collect(tlsg_report_pool(out), model, vhost);
}

/* ---- https backend without SSLProxyEngine --------------------------------------- */

static void check_engine_off(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const apr_array_header_t *backends = backends_of(model, vhost, out);
    for (int i = 0; i < backends->nelts; i++) {
        const tlsg_backend_t *backend = &APR_ARRAY_IDX(backends, i, tlsg_backend_t);
        int maybe = 0;
        if (!backend->is_tls ||
            tlsg_scope_says(tlsg_backend_setting(tlsg_report_pool(out), model, vhost, backend,
                                                 TLSG_SSLProxyEngine, &maybe),
                            "on")) {
            continue;
        }
        if (model->other_tls != NULL) {
            tlsg_report_unknown(out, self, vhost, "%s may speak TLS to backends", model->other_tls);
            return;
        }
        if (maybe) {
            tlsg_report_unknown(out, self, vhost,
                                "a <Proxy> section with SSLProxyEngine covers some backends only");
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add(
            out, self, vhost, &backend->directive->origin, NULL,
            "Every request to %s ends in 500: it needs TLS and SSLProxyEngine is off "
            "here",
            backend->url);
        const tlsg_directive_t *engine = vhost->ssl.set[TLSG_SSLProxyEngine];
        if (engine != NULL) {
            tlsg_finding_relate(out, finding, &engine->origin, "switched off here");
        }
    }
}

static const tlsg_rule_t engine_off = {
    .id = "TG701",
    .name = "proxy-engine-off",
    .topic = "proxy",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .summary = "An https backend in a virtual host where SSLProxyEngine is off",
    .why = "mod_proxy speaks TLS to a backend only where SSLProxyEngine is on. It is off by "
           "default and is not inherited from another virtual host; requests fail with AH01961 "
           "and 500.",
    .fix = "Add \"SSLProxyEngine on\" to the virtual host or to a <Proxy> section of the backend.",
    .bad = "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .refs = { "httpd manual: SSLProxyEngine" },
    .check = check_engine_off,
};

/* ---- Plain backends ------------------------------------------------------------- */

static int is_plain_http(const tlsg_backend_t *backend)
{
    return strcmp(backend->scheme, "http") == 0 || strcmp(backend->scheme, "h2c") == 0;
}

/* 1 when a header of that name tells an application that the client used TLS. */
static int tells_scheme(const char *header)
{
    return tlsg_text_find_nocase(header, "proto") != NULL ||
           tlsg_text_find_nocase(header, "scheme") != NULL ||
           tlsg_text_find_nocase(header, "https") != NULL ||
           tlsg_text_find_nocase(header, "ssl") != NULL ||
           tlsg_text_eq_nocase(header, "Forwarded") || tlsg_text_eq_nocase(header, "Forwarded:");
}

static int sets_scheme(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)baton;
    (void)is_own;
    int at = directive->argc > 0 && tlsg_text_eq_nocase(directive->argv[0], "early") ? 1 : 0;
    return directive->argc > at + 1 && !tlsg_text_eq_nocase(directive->argv[at], "unset") &&
           tells_scheme(directive->argv[at + 1]);
}

static void check_no_scheme(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const apr_array_header_t *backends = backends_of(model, vhost, out);
    for (int i = 0; i < backends->nelts; i++) {
        const tlsg_backend_t *backend = &APR_ARRAY_IDX(backends, i, tlsg_backend_t);
        if (!is_plain_http(backend)) {
            continue;
        }
        if (tlsg_vhost_walk(model, vhost, "RequestHeader", sets_scheme, NULL) == 0) {
            tlsg_report_add(out, self, vhost, &backend->directive->origin, NULL,
                            "The application behind %s is not told that clients use "
                            "https",
                            backend->url);
        }
        return;
    }
}

static const tlsg_rule_t no_scheme = {
    .id = "TG702",
    .name = "forwarded-proto-missing",
    .topic = "proxy",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "No X-Forwarded-Proto for a backend behind plain HTTP",
    .why = "mod_proxy passes the client's address and host on, but not the scheme. An application "
           "that believes it is reached by http redirects to https for ever, sets cookies without "
           "Secure and builds http:// links. What a client sends under the same name must be "
           "overwritten.",
    .fix = "Add \"RequestHeader set X-Forwarded-Proto \\\"https\\\"\".",
    .bad = "ProxyPass \"/\" \"http://127.0.0.1:8080/\"\n",
    .good = "RequestHeader set X-Forwarded-Proto \"https\"\n"
            "ProxyPass \"/\" \"http://127.0.0.1:8080/\"\n",
    .refs = { "RFC 7239", "httpd manual: mod_proxy" },
    .check = check_no_scheme,
};

static void check_plain_remote(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const apr_array_header_t *backends = backends_of(model, vhost, out);
    for (int i = 0; i < backends->nelts; i++) {
        const tlsg_backend_t *backend = &APR_ARRAY_IDX(backends, i, tlsg_backend_t);
        if (!backend->is_tls && backend->place == TLSG_BACKEND_REMOTE) {
            tlsg_report_add(out, self, vhost, &backend->directive->origin, NULL,
                            "What clients send by TLS goes on to %s in the clear", backend->host);
        }
    }
}

static const tlsg_rule_t plain_remote = {
    .id = "TG703",
    .name = "plaintext-backend",
    .topic = "proxy",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A TLS virtual host passes requests to another host without TLS",
    .why = "TLS ends at this server; between it and the backend passwords and cookies can be read "
           "and changed by whoever is on the network. That may be a container on the same "
           "machine, which the configuration does not tell.",
    .fix = "Use an https backend with SSLProxyEngine and SSLProxyVerify require, or a private "
           "link.",
    .bad = "RequestHeader set X-Forwarded-Proto \"https\"\n"
           "ProxyPass \"/\" \"http://backend.example.net:8080/\"\n",
    .good = "RequestHeader set X-Forwarded-Proto \"https\"\n"
            "ProxyPass \"/\" \"http://127.0.0.1:8080/\"\n",
    .refs = { "NIST SP 800-52r2" },
    .check = check_plain_remote,
};

const tlsg_rule_t *const tlsg_rules_proxy[] = {
    &engine_off,
    &no_scheme,
    &plain_remote,
    NULL,
};
