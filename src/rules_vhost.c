/* SPDX-License-Identifier: Apache-2.0 */
/* TG60x: which virtual hosts speak TLS at all, and which only look as if they did. */
#include "rules.h"

#include <string.h>

#include <apr_strings.h>

#include "scope.h"
#include "text.h"

#define HTTP_PORT 80   /* RFC 9110 section 4.2.1 */
#define HTTPS_PORT 443 /* RFC 9110 section 4.2.2 */

static int has_port(const tlsg_vhost_t *vhost, int port)
{
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        if (APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *)->port == port) {
            return 1;
        }
    }
    return 0;
}

/* A port of the virtual host whose listener httpd treats as https, 0. */
static int https_port(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        int port = APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *)->port;
        if (port != 0 && tlsg_scope_is_https_port(model, port)) {
            return port;
        }
    }
    return 0;
}

/* The TLS virtual host whose context the connections of a plain one get, NULL. */
static const tlsg_vhost_t *carrier(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    const tlsg_vhost_t *other = tlsg_scope_other_default(model, vhost);
    return other != NULL && tlsg_vhost_is_tls(other) ? other : NULL;
}

static int is_plain_by_omission(const tlsg_vhost_t *vhost)
{
    return vhost->tls == TLSG_TLS_OFF && vhost->engine == NULL && !vhost->is_main;
}

/* Another virtual host serves the same name with TLS: this one is the plain half of the pair. */
static int has_tls_twin(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *other = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (other->serves && tlsg_vhost_is_tls(other) &&
            tlsg_text_eq_nocase(other->name, vhost->name)) {
            return 1;
        }
    }
    return 0;
}

static void check_tls_not_enabled(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (model->other_tls != NULL || !tlsg_model_has_module(model, "mod_ssl.c")) {
        tlsg_report_unknown(
            out, self, vhost, "%s",
            model->other_tls != NULL
                ? apr_pstrcat(tlsg_report_pool(out), model->other_tls,
                              " serves TLS here, only what mod_ssl does is judged", NULL)
                : "mod_ssl is not loaded: no TLS here, and what stands in <IfModule "
                  "mod_ssl.c> was skipped");
        return;
    }
    if (!is_plain_by_omission(vhost) || carrier(model, vhost) != NULL) {
        return;
    }
    const tlsg_directive_t *cert = tlsg_scope_own(vhost, "SSLCertificateFile");
    int port = https_port(model, vhost);
    int is_meant = cert != NULL || (port != 0 && vhost->ssl.certs->nelts > 0) ||
                   (port != 0 && vhost->managed_by != NULL);
    if (!is_meant) {
        return;
    }
    const tlsg_origin_t *origin = cert != NULL ? &cert->origin : &vhost->origin;
    if (port == 0 && (has_port(vhost, HTTP_PORT) || has_tls_twin(model, vhost))) {
        tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, origin, NULL,
                           "The certificate is not used: %s serves plain HTTP here", vhost->name);
        return;
    }
    if (port != 0 && vhost->ssl.certs->nelts > 0) {
        tlsg_report_add(
            out, self, vhost, origin, NULL,
            "TLS is off for %s and plain HTTP is served on port %d: there is no "
            "SSLEngine, and the https listener's address is not the one in <VirtualHost>",
            vhost->name, port);
    }
    else if (cert != NULL) {
        tlsg_report_add(out, self, vhost, origin, NULL,
                        "TLS is off for %s and plain HTTP is served: a certificate is configured, "
                        "but SSLEngine is not on",
                        vhost->name);
    }
    else {
        tlsg_report_add(out, self, vhost, origin, NULL,
                        "TLS is off for %s and plain HTTP is served on port %d: mod_md's "
                        "certificate is used only with SSLEngine on",
                        vhost->name, port);
    }
}

static const tlsg_rule_t tls_not_enabled = {
    .id = "TG601",
    .name = "tls-not-enabled",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .summary = "A certificate is configured but the virtual host serves plain HTTP",
    .why =
        "Certificate directives do not switch TLS on. Without SSLEngine on, mod_ssl uses them "
        "only where the listener is https (port 443, or `Listen N https`) and its address equals "
        "the one in <VirtualHost>. Otherwise httpd starts without a word and speaks plain HTTP on "
        "the port: browsers show SSL_ERROR_RX_RECORD_TOO_LONG, and whoever uses http:// sends "
        "everything in the clear.",
    .fix = "Add \"SSLEngine on\" to the virtual host.",
    .bad = "%bare\n"
           "Listen 8443\n"
           "<VirtualHost *:8443>\n"
           "    ServerName www.example.com\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 8443\n"
            "<VirtualHost *:8443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLEngine" },
    .check = check_tls_not_enabled,
};

static int has_vhost_for(const tlsg_model_t *model, int port)
{
    for (int i = 1; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (has_port(vhost, port) || has_port(vhost, 0)) {
            return 1;
        }
    }
    return 0;
}

/* The Listen line that opens the port, NULL. */
static const tlsg_directive_t *listen_line(const tlsg_model_t *model, int port)
{
    const apr_array_header_t *lines = model->main->directives;
    for (int i = 0; i < lines->nelts; i++) {
        const tlsg_directive_t *line = APR_ARRAY_IDX(lines, i, const tlsg_directive_t *);
        if (tlsg_text_eq_nocase(line->name, "Listen") && line->argc > 0) {
            const char *colon = strrchr(line->argv[0], ':');
            if (apr_atoi64(colon != NULL ? colon + 1 : line->argv[0]) == port) {
                return line;
            }
        }
    }
    return NULL;
}

/* Port 443 is open and no virtual host is there: the main server answers. The usual cause is a
 * guard around the whole virtual host that is not true (<IfModule mod_ssl>). */
static void check_main_on_443(const tlsg_rule_t *self, const tlsg_model_t *model,
                              tlsg_report_t *out)
{
    for (int i = 0; i < model->listeners->nelts; i++) {
        const tlsg_listener_t *listener = &APR_ARRAY_IDX(model->listeners, i, tlsg_listener_t);
        int port = listener->address.port;
        if ((port != HTTPS_PORT && !tlsg_text_eq_nocase(listener->protocol, "https")) ||
            has_vhost_for(model, port)) {
            continue;
        }
        const tlsg_directive_t *line = listen_line(model, port);
        tlsg_finding_t *finding =
            tlsg_report_add(out, self, model->main, line != NULL ? &line->origin : NULL, NULL,
                            "No virtual host is configured for port %d: the main server answers "
                            "plain HTTP there",
                            port);
        tlsg_finding_fix(out, finding,
                         "Add a virtual host with SSLEngine on, look at the <IfModule> and "
                         "<IfDefine> around it, or remove the Listen.");
        return;
    }
}

static void check_plain_on_443(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (vhost->is_main && vhost->tls == TLSG_TLS_OFF && vhost->ssl.certs->nelts == 0 &&
        vhost->managed_by == NULL && model->other_tls == NULL) {
        check_main_on_443(self, model, out);
    }
    if (vhost->tls != TLSG_TLS_OFF || vhost->is_main || !has_port(vhost, HTTPS_PORT) ||
        tlsg_scope_own(vhost, "SSLCertificateFile") != NULL || vhost->ssl.certs->nelts > 0 ||
        vhost->managed_by != NULL || carrier(model, vhost) != NULL) {
        return;
    }
    if (model->other_tls != NULL) {
        tlsg_report_unknown(out, self, vhost, "%s may serve TLS here instead of mod_ssl",
                            model->other_tls);
        return;
    }
    if (!tlsg_model_has_module(model, "mod_ssl.c")) {
        tlsg_report_add_absent(out, self, vhost, NULL, "no-module",
                               "%s answers plain HTTP on port 443: mod_ssl is not loaded",
                               vhost->name);
    }
    else if (vhost->engine != NULL) {
        tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, &vhost->engine->origin, NULL,
                           "%s answers plain HTTP on port 443 because TLS is switched off here",
                           vhost->name);
    }
    else {
        tlsg_report_add_absent(out, self, vhost, NULL, NULL,
                               "%s answers plain HTTP on port 443: neither SSLEngine nor a "
                               "certificate is configured",
                               vhost->name);
    }
}

static const tlsg_rule_t plain_on_443 = {
    .id = "TG602",
    .name = "plain-http-on-443",
    .topic = "vhost",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "Port 443 is answered in plain HTTP",
    .why =
        "Browsers speak TLS to port 443: a virtual host there without TLS answers them with an "
        "HTTP error page in the clear, which they show as a protocol error. It usually means "
        "that the TLS directives were lost in a guard such as <IfModule mod_ssl.c> or <IfDefine>.",
    .fix =
        "Load mod_ssl and configure SSLEngine on with a certificate, or move the virtual host to "
        "port 80.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 80\n"
            "<VirtualHost *:80>\n"
            "    ServerName www.example.com\n"
            "</VirtualHost>\n",
    .refs = { "RFC 9110 section 4.2.2" },
    .check = check_plain_on_443,
};

static void check_engine_missing(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *other = carrier(model, vhost);
    if (other == NULL || vhost->tls != TLSG_TLS_OFF || vhost->is_main) {
        return;
    }
    const tlsg_directive_t *cert = tlsg_scope_own(vhost, "SSLCertificateFile");
    if (cert == NULL) {
        tlsg_finding_t *finding = tlsg_report_add_absent(
            out, self, vhost, vhost->engine != NULL ? &vhost->engine->origin : NULL, NULL,
            "%s has no SSLEngine on: its TLS connections are made with the certificate and the "
            "settings of %s",
            vhost->name, other->label);
        tlsg_finding_relate(out, finding, &other->origin, "the default virtual host");
        return;
    }
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, TLSG_WARNING, vhost, &cert->origin, NULL,
        "The certificate of %s is never sent: SSLEngine is not on here, so TLS connections get the "
        "certificate of %s",
        vhost->name, other->label);
    tlsg_finding_relate(out, finding, &other->origin, "the default virtual host");
}

static const tlsg_rule_t engine_missing = {
    .id = "TG603",
    .name = "engine-missing-beside-tls",
    .topic = "vhost",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_VHOST,
    .summary = "A virtual host without SSLEngine on shares an address with TLS ones",
    .why =
        "The default virtual host of the address decides that connections are TLS. A virtual host "
        "without SSLEngine on is served over them with the default's certificate and settings; "
        "its own TLS directives are not used, and when the order of the virtual hosts changes, "
        "the whole address falls back to plain HTTP.",
    .fix = "Add \"SSLEngine on\" and the certificate to the virtual host.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName app.example.com\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLEngine" },
    .check = check_engine_missing,
};

static void check_behind_plain_default(const tlsg_rule_t *self, const tlsg_model_t *model,
                                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (model->other_tls != NULL || vhost->is_main) {
        return;
    }
    const tlsg_vhost_t *plain = NULL;
    int reached = 0;
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        const tlsg_vhost_t *first =
            tlsg_scope_default(model, APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *));
        if (first != NULL && !tlsg_vhost_is_tls(first)) {
            plain = first;
        }
        else {
            reached++;
        }
    }
    if (plain == NULL) {
        return;
    }
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, reached > 0 ? TLSG_WARNING : TLSG_ERROR, vhost, &plain->origin, NULL,
        "%s cannot be reached by TLS: %s comes first on %s and has TLS off, so the address speaks "
        "plain HTTP",
        vhost->name, plain->label, reached > 0 ? "one of its addresses" : "the same address");
    if (vhost->engine != NULL) {
        tlsg_finding_relate(out, finding, &vhost->engine->origin, "TLS is switched on here");
    }
    tlsg_finding_relate(out, finding, &vhost->origin, "this virtual host is cut off");
}

static const tlsg_rule_t behind_plain_default = {
    .id = "TG604",
    .name = "tls-behind-plain-default",
    .topic = "vhost",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "The first virtual host of the address has TLS off, so all of it is plain HTTP",
    .why = "Whether a connection is TLS is decided before any name is known, by the first virtual "
           "host of the address. With TLS off there, a TLS handshake to any name on that address "
           "fails and the name answers plain HTTP instead.",
    .fix =
        "Switch TLS on in the first virtual host of the address, or move one of the two to another "
        "port.",
    .bad = "%bare\n"
           "Listen 8443\n"
           "<VirtualHost *:8443>\n"
           "    ServerName first.example.com\n"
           "</VirtualHost>\n"
           "<VirtualHost *:8443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 8443\n"
            "<VirtualHost *:8443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLEngine" },
    .check = check_behind_plain_default,
};

static void check_engine_optional(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (vhost->tls != TLSG_TLS_OPTIONAL || vhost->engine == NULL) {
        return;
    }
    int is_meant =
        vhost->ssl.certs->nelts > 0 || vhost->managed_by != NULL || https_port(model, vhost) != 0;
    if (is_meant && !has_port(vhost, HTTP_PORT)) {
        tlsg_report_add(out, self, vhost, &vhost->engine->origin, NULL,
                        "\"SSLEngine optional\" means off since httpd 2.4.64: %s serves plain HTTP",
                        vhost->name);
        return;
    }
    tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, &vhost->engine->origin, NULL,
                       "\"SSLEngine optional\" means off since httpd 2.4.64; connections are never "
                       "upgraded to TLS");
}

static const tlsg_rule_t engine_optional = {
    .id = "TG605",
    .name = "engine-optional",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLEngine optional is accepted and means off",
    .why =
        "The upgrade of RFC 2817 was removed from httpd 2.4.64: the word is still accepted, with "
        "a notice that few people see, and TLS is off. A server that was updated with an old "
        "configuration speaks plain HTTP on its TLS port.",
    .fix = "Write \"SSLEngine on\".",
    .bad = "SSLEngine optional\n",
    .good = "SSLEngine on\n",
    .refs = { "httpd manual: SSLEngine", "RFC 2817" },
    .check = check_engine_optional,
};

static void check_engine_off(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *cert = tlsg_scope_own(vhost, "SSLCertificateFile");
    if (vhost->is_main || vhost->tls != TLSG_TLS_OFF || vhost->engine == NULL || cert == NULL ||
        !tlsg_text_eq_nocase(vhost->engine->name, "SSLEngine") || carrier(model, vhost) != NULL) {
        return;
    }
    int is_own = tlsg_scope_is_own(vhost, vhost->engine);
    tlsg_severity_t severity = !is_own                         ? TLSG_ERROR
                               : https_port(model, vhost) != 0 ? TLSG_WARNING
                                                               : TLSG_NOTICE;
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, severity, vhost, is_own ? &vhost->engine->origin : &cert->origin, NULL,
        "%s has a certificate but SSLEngine is off%s: it serves plain HTTP", vhost->name,
        is_own ? "" : " at server level");
    tlsg_finding_relate(out, finding, is_own ? &cert->origin : &vhost->engine->origin,
                        is_own ? "the certificate that is not used" : "switched off here");
}

static const tlsg_rule_t engine_off = {
    .id = "TG606",
    .name = "engine-off-with-certificate",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_VHOST,
    .summary = "SSLEngine off in a virtual host that has a certificate",
    .why = "The virtual host was prepared for TLS and serves plain HTTP. Inherited from the server "
           "level, the off is rarely meant for it.",
    .fix = "Write \"SSLEngine on\", or remove the certificate directives.",
    .bad = "SSLEngine off\n",
    .good = "SSLEngine on\n",
    .refs = { "httpd manual: SSLEngine" },
    .check = check_engine_off,
};

/* The first redirect outside every section that sends a client to https under one of the
 * virtual host's own names: it was written for plain HTTP. */
static const tlsg_directive_t *own_https_redirect(const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
        if (directive->section != NULL ||
            !tlsg_text_has_prefix_nocase(directive->name, "Redirect") || directive->argc == 0) {
            continue;
        }
        const char *target = directive->argv[directive->argc - 1];
        if (!tlsg_text_has_prefix_nocase(target, "https://") ||
            !tlsg_text_has_prefix_nocase(target + sizeof "https://" - 1, vhost->name)) {
            continue;
        }
        /* Another port than the virtual host's own: not the loop that the redirect rules know. */
        const char *rest = target + sizeof "https://" - 1;
        while (*rest != '\0' && *rest != ':' && *rest != '/') {
            rest++;
        }
        int port = HTTPS_PORT;
        if (*rest == ':') {
            port = 0;
            for (rest++; *rest >= '0' && *rest <= '9' && port < 65536; rest++) {
                port = port * 10 + (*rest - '0');
            }
        }
        if (port != vhost->port) {
            return directive;
        }
    }
    return NULL;
}

static void check_tls_on_http_port(const tlsg_rule_t *self, const tlsg_model_t *model,
                                   const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (vhost->engine == NULL || vhost->is_main) {
        return;
    }
    int is_own = tlsg_scope_is_own(vhost, vhost->engine);
    int on_http_port = has_port(vhost, HTTP_PORT) && !tlsg_scope_is_https_port(model, HTTP_PORT);
    const tlsg_directive_t *redirect = is_own ? NULL : own_https_redirect(vhost);
    if (redirect == NULL && !on_http_port) {
        return;
    }
    tlsg_finding_t *finding =
        tlsg_report_add(out, self, vhost, is_own ? &vhost->engine->origin : &vhost->origin, NULL,
                        "%s speaks TLS on port %d%s: http:// requests get \"400 Bad Request\"",
                        vhost->name, on_http_port ? HTTP_PORT : vhost->port,
                        is_own ? "" : ", because SSLEngine is on at server level");
    if (!is_own) {
        tlsg_finding_relate(out, finding, &vhost->engine->origin, "switched on for all here");
    }
    if (redirect != NULL) {
        tlsg_finding_relate(out, finding, &redirect->origin, "this redirect is never seen");
    }
}

static const tlsg_rule_t tls_on_http_port = {
    .id = "TG607",
    .name = "tls-on-http-port",
    .topic = "vhost",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "TLS is on for a virtual host that is meant for plain HTTP",
    .why = "SSLEngine on at server level is inherited by every virtual host, also by those on port "
           "80, which then expect a TLS handshake: nobody who types http:// gets the redirect.",
    .fix =
        "Switch SSLEngine on inside the TLS virtual hosts only, or write \"SSLEngine off\" here.",
    .bad = "%bare\n"
           "Listen 80\n"
           "SSLEngine on\n"
           "SSLCertificateFile @rsa@\n"
           "<VirtualHost *:80>\n"
           "    ServerName www.example.com\n"
           "    Redirect permanent / https://www.example.com/\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 80\n"
            "<VirtualHost *:80>\n"
            "    ServerName www.example.com\n"
            "    Redirect permanent / https://www.example.com/\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: SSLEngine" },
    .check = check_tls_on_http_port,
};

const tlsg_rule_t *const tlsg_rules_vhost[] = {
    &tls_not_enabled, &plain_on_443, &engine_missing,   &behind_plain_default,
    &engine_optional, &engine_off,   &tls_on_http_port, NULL,
};
