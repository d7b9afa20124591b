/* SPDX-License-Identifier: Apache-2.0 */
/* TG71x: whether an https backend is who it claims to be. Only the declared settings are
 * judged; the backend's certificate is not asked for. */
#include "rules.h"

#include "backend.h"
#include "scope.h"
#include "text.h"

/* The settings that decide about one backend. */
typedef struct trust_t {
    const tlsg_directive_t *engine;
    const tlsg_directive_t *verify;
    const tlsg_directive_t *ca_file;
    const tlsg_directive_t *ca_path;
    const tlsg_directive_t *name;
    const tlsg_directive_t *cn;
    const tlsg_directive_t *expire;
    int maybe; /* a section might say otherwise */
} trust_t;

static trust_t trust_of(apr_pool_t *pool, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                        const tlsg_backend_t *backend)
{
    trust_t trust = { .maybe = 0 };
    const struct {
        const tlsg_directive_t **to;
        tlsg_ssl_directive_t row;
    } settings[] = {
        { &trust.engine, TLSG_SSLProxyEngine },
        { &trust.verify, TLSG_SSLProxyVerify },
        { &trust.ca_file, TLSG_SSLProxyCACertificateFile },
        { &trust.ca_path, TLSG_SSLProxyCACertificatePath },
        { &trust.name, TLSG_SSLProxyCheckPeerName },
        { &trust.cn, TLSG_SSLProxyCheckPeerCN },
        { &trust.expire, TLSG_SSLProxyCheckPeerExpire },
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        *settings[i].to =
            tlsg_backend_setting(pool, model, vhost, backend, settings[i].row, &trust.maybe);
    }
    return trust;
}

static int verifies(const trust_t *trust)
{
    return tlsg_scope_says(trust->verify, "require") || tlsg_scope_says(trust->verify, "on") ||
           tlsg_scope_says(trust->verify, "optional");
}

/* ssl_io_filter_handshake (mod_ssl): the name is compared unless SSLProxyCheckPeerName is off,
 * or it is unset and SSLProxyCheckPeerCN off; with the first off and the second on, the
 * subject's CN is. */
typedef enum compared_t {
    COMPARES_NOTHING,
    COMPARES_CN,
    COMPARES_NAME,
} compared_t;

static compared_t compares(const trust_t *trust)
{
    if (tlsg_scope_says(trust->name, "on") ||
        (trust->name == NULL && !tlsg_scope_says(trust->cn, "off"))) {
        return COMPARES_NAME;
    }
    return tlsg_scope_says(trust->cn, "on") ? COMPARES_CN : COMPARES_NOTHING;
}

/* The line that switches the comparison off. */
static const tlsg_directive_t *comparison_line(const trust_t *trust)
{
    return trust->name != NULL ? trust->name : trust->cn;
}

typedef void judge_fn(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                      const tlsg_backend_t *backend, const trust_t *trust, tlsg_report_t *out);

/* Calls judge() for each backend that is reached by TLS. */
static void each_backend(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out, judge_fn *judge)
{
    apr_pool_t *pool = tlsg_report_pool(out);
    const apr_array_header_t *backends = tlsg_backend_collect(pool, model, vhost);
    for (int i = 0; i < backends->nelts; i++) {
        const tlsg_backend_t *backend = &APR_ARRAY_IDX(backends, i, tlsg_backend_t);
        if (!backend->is_tls) {
            continue;
        }
        trust_t trust = trust_of(pool, model, vhost, backend);
        if (trust.maybe) {
            tlsg_report_unknown(out, self, vhost,
                                "a <Proxy> section whose pattern may or may not fit the backend "
                                "sets SSLProxy* directives");
        }
        else if (tlsg_scope_says(trust.engine, "on")) {
            judge(self, vhost, backend, &trust, out);
        }
    }
}

/* ---- Not verified at all -------------------------------------------------------- */

static void judge_unverified(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                             const tlsg_backend_t *backend, const trust_t *trust,
                             tlsg_report_t *out)
{
    if (verifies(trust)) {
        return;
    }
    if (backend->place == TLSG_BACKEND_DYNAMIC) {
        tlsg_report_unknown(out, self, vhost,
                            "the host in %s is known only at run "
                            "time",
                            backend->url);
        return;
    }
    int is_local = backend->place == TLSG_BACKEND_LOCAL;
    const tlsg_directive_t *line = trust->verify != NULL ? trust->verify : trust->engine;
    compared_t compared = compares(trust);
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, is_local ? TLSG_NOTICE : self->severity, vhost, &line->origin, NULL,
        "The certificate of %s is not verified (SSLProxyVerify %s): %s",
        *backend->host != '\0' ? backend->host : backend->url,
        trust->verify != NULL ? trust->verify->argv[0] : "is unset, which means none",
        is_local ? "the traffic stays on this host"
        : compared == COMPARES_NOTHING
            ? "whoever answers in its place is believed"
            : "whoever answers in its place with a self-made certificate of that name is believed");
    tlsg_finding_relate(out, finding, &backend->directive->origin, "the backend");
    tlsg_finding_relate(out, finding, &trust->engine->origin,
                        "TLS to backends is switched on "
                        "here");
    if (compared == COMPARES_NOTHING) {
        tlsg_finding_relate(out, finding, &comparison_line(trust)->origin,
                            "the name is not compared either");
    }
    if (tlsg_scope_says(trust->expire, "off")) {
        tlsg_finding_relate(out, finding, &trust->expire->origin, "nor is the date");
    }
}

static void check_unverified(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    each_backend(self, model, vhost, out, judge_unverified);
}

static const tlsg_rule_t unverified = {
    .id = "TG711",
    .name = "proxy-unverified",
    .topic = "proxy",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "The certificate of an https backend on another host is not verified",
    .why = "SSLProxyVerify is none by default: mod_ssl encrypts the connection to the backend and "
           "accepts any certificate, also a self-made one. Somebody on the network between the "
           "two can read and change everything.",
    .fix = "Set \"SSLProxyVerify require\" and SSLProxyCACertificateFile with the backend's "
           "authority.",
    .bad = "SSLProxyEngine on\n"
           "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyVerify require\n"
            "SSLProxyCACertificateFile @clientca@\n"
            "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n",
    .refs = { "httpd manual: SSLProxyVerify", "CWE-295" },
    .check = check_unverified,
};

/* ---- Verified against nothing --------------------------------------------------- */

static void judge_without_ca(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                             const tlsg_backend_t *backend, const trust_t *trust,
                             tlsg_report_t *out)
{
    if (!verifies(trust) || trust->ca_file != NULL || trust->ca_path != NULL) {
        return;
    }
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, &trust->verify->origin, NULL,
        "Every request to %s ends in 500: its certificate must be verified, but there is no "
        "SSLProxyCACertificateFile",
        backend->host);
    tlsg_finding_relate(out, finding, &backend->directive->origin, "the backend");
}

static void check_without_ca(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    each_backend(self, model, vhost, out, judge_without_ca);
}

static const tlsg_rule_t without_ca = {
    .id = "TG712",
    .name = "proxy-verify-without-ca",
    .topic = "proxy",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLProxyVerify without an authority to verify against",
    .why = "mod_ssl has no default authorities for backends, the system's bundle included. Without "
           "SSLProxyCACertificateFile or SSLProxyCACertificatePath no certificate can be verified "
           "and each request fails.",
    .fix = "Set SSLProxyCACertificateFile, for instance to /etc/ssl/certs/ca-certificates.crt.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyVerify require\n"
           "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyVerify require\n"
            "SSLProxyCACertificateFile @clientca@\n"
            "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n",
    .refs = { "httpd manual: SSLProxyCACertificateFile" },
    .check = check_without_ca,
};

/* ---- Verified, but for anybody -------------------------------------------------- */

static void judge_name(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                       const tlsg_backend_t *backend, const trust_t *trust, tlsg_report_t *out)
{
    compared_t compared = compares(trust);
    if (!verifies(trust) || compared == COMPARES_NAME) {
        return;
    }
    int is_mild = compared == COMPARES_CN || backend->place == TLSG_BACKEND_LOCAL;
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, is_mild ? TLSG_NOTICE : self->severity, vhost, &comparison_line(trust)->origin,
        NULL,
        compared == COMPARES_CN
            ? "The certificate of %s is compared by its subject CN only, which current ones may "
              "lack"
            : "The certificate of %s is verified, but for no name: any other one of the same "
              "authority is accepted",
        backend->place == TLSG_BACKEND_DYNAMIC ? "each backend" : backend->host);
    tlsg_finding_relate(out, finding, &backend->directive->origin, "the backend");
}

static void check_name(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    each_backend(self, model, vhost, out, judge_name);
}

static const tlsg_rule_t name_unchecked = {
    .id = "TG713",
    .name = "proxy-name-unchecked",
    .topic = "proxy",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "The backend's certificate is not compared with its name",
    .why = "Without the comparison every certificate of the authority is as good as the backend's "
           "own. SSLProxyCheckPeerCN off alone also switches it off, unless SSLProxyCheckPeerName "
           "on is written out.",
    .fix = "Remove SSLProxyCheckPeerName off and SSLProxyCheckPeerCN off, and give the backend a "
           "certificate for the name in ProxyPass.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyVerify require\n"
           "SSLProxyCACertificateFile @clientca@\n"
           "SSLProxyCheckPeerName off\n"
           "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "SSLProxyVerify require\n"
            "SSLProxyCACertificateFile @clientca@\n"
            "SSLProxyCheckPeerCN off\n"
            "SSLProxyCheckPeerName on\n"
            "ProxyPass \"/\" \"https://backend.example.net:8443/\"\n",
    .refs = { "httpd manual: SSLProxyCheckPeerName", "RFC 9525" },
    .check = check_name,
};

static void judge_expiry(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                         const tlsg_backend_t *backend, const trust_t *trust, tlsg_report_t *out)
{
    if (!tlsg_scope_says(trust->expire, "off")) {
        return;
    }
    tlsg_report_add(out, self, vhost, &trust->expire->origin, NULL,
                    verifies(trust)
                        ? "SSLProxyCheckPeerExpire off has little effect for %s: an expired "
                          "certificate already fails the verification"
                        : "An expired certificate of %s is accepted",
                    backend->place == TLSG_BACKEND_DYNAMIC ? "each backend" : backend->host);
}

static void check_expiry(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    each_backend(self, model, vhost, out, judge_expiry);
}

static const tlsg_rule_t expiry_unchecked = {
    .id = "TG714",
    .name = "proxy-expiry-unchecked",
    .topic = "proxy",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLProxyCheckPeerExpire is off",
    .why = "The check of the dates is mod_ssl's own, beside the verification of the chain. "
           "Without either, a certificate that expired years ago is as good as a new one.",
    .fix = "Remove SSLProxyCheckPeerExpire off and renew the backend's certificate.",
    .bad = "SSLProxyEngine on\n"
           "SSLProxyCheckPeerExpire off\n"
           "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .good = "SSLProxyEngine on\n"
            "ProxyPass \"/\" \"https://127.0.0.1:8443/\"\n",
    .refs = { "httpd manual: SSLProxyCheckPeerExpire" },
    .check = check_expiry,
};

const tlsg_rule_t *const tlsg_rules_proxy_verify[] = {
    &unverified, &without_ca, &name_unchecked, &expiry_unchecked, NULL,
};
