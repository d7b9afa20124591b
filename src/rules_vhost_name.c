/* SPDX-License-Identifier: Apache-2.0 */
/* TG61x: names of virtual hosts as httpd matches them. Whether a certificate covers a name is
 * not asked here. */
#include "rules.h"

#include <string.h>

#include <apr_fnmatch.h>
#include <apr_strings.h>

#include "scope.h"
#include "text.h"

/* ---- Names that an earlier virtual host of the address has taken ---------------- */

/* Who answers to what on one address, in configuration order. */
typedef struct address_names_t {
    apr_hash_t *names;            /* lower-case name or pattern -> const tlsg_vhost_t * */
    apr_array_header_t *patterns; /* pattern_t */
} address_names_t;

typedef struct pattern_t {
    const char *text;
    const tlsg_vhost_t *vhost;
} pattern_t;

static int is_pattern(const char *name)
{
    return strpbrk(name, "*?") != NULL;
}

static const tlsg_vhost_t *taken_by(const address_names_t *known, apr_pool_t *pool,
                                    const char *name)
{
    const tlsg_vhost_t *owner =
        apr_hash_get(known->names, tlsg_text_lower(pool, name), APR_HASH_KEY_STRING);
    for (int i = 0; owner == NULL && !is_pattern(name) && i < known->patterns->nelts; i++) {
        const pattern_t *pattern = &APR_ARRAY_IDX(known->patterns, i, pattern_t);
        if (apr_fnmatch(pattern->text, name, APR_FNM_CASE_BLIND) == APR_SUCCESS) {
            owner = pattern->vhost;
        }
    }
    return owner;
}

static void take(address_names_t *known, apr_pool_t *pool, const tlsg_vhost_t *vhost,
                 const char *name)
{
    const char *key = tlsg_text_lower(pool, name);
    if (apr_hash_get(known->names, key, APR_HASH_KEY_STRING) != NULL) {
        return;
    }
    apr_hash_set(known->names, key, APR_HASH_KEY_STRING, vhost);
    if (is_pattern(name)) {
        pattern_t *pattern = apr_array_push(known->patterns);
        pattern->text = key;
        pattern->vhost = vhost;
    }
}

typedef struct shadow_t {
    const tlsg_vhost_t *owner;
    const tlsg_name_t *name;
    int all; /* no name of the virtual host is left */
} shadow_t;

/* The first name of `vhost` that is taken, the server name before aliases. */
static shadow_t find_shadow(const address_names_t *known, apr_pool_t *pool,
                            const tlsg_vhost_t *vhost)
{
    shadow_t shadow = { NULL, NULL, 1 };
    if (vhost->server_name.directive != NULL) {
        shadow.owner = taken_by(known, pool, vhost->server_name.text);
        shadow.name = shadow.owner != NULL ? &vhost->server_name : NULL;
        shadow.all = shadow.owner != NULL;
    }
    else {
        shadow.all = 0;
    }
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        const tlsg_name_t *alias = &APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t);
        /* "ServerAlias" of the own ServerName is common and harmless. */
        if (tlsg_text_eq_nocase(alias->text, vhost->server_name.text)) {
            continue;
        }
        const tlsg_vhost_t *owner = taken_by(known, pool, alias->text);
        if (owner == NULL) {
            shadow.all = 0;
        }
        else if (shadow.owner == NULL) {
            shadow.owner = owner;
            shadow.name = alias;
        }
    }
    return shadow;
}

static void report_shadow(const tlsg_rule_t *self, const tlsg_vhost_t *vhost,
                          const shadow_t *shadow, const char *address, tlsg_report_t *out)
{
    int is_tls = tlsg_vhost_is_tls(vhost) || tlsg_vhost_is_tls(shadow->owner);
    const tlsg_directive_t *line = shadow->name->directive;
    tlsg_finding_t *finding =
        tlsg_report_add_as(out, self, is_tls ? self->severity : TLSG_NOTICE, vhost,
                           line != NULL ? &line->origin : &vhost->origin, NULL,
                           "%s on %s is answered by the earlier virtual host %s: %s",
                           shadow->name->text, address, shadow->owner->label,
                           shadow->all ? "this one is unreachable and its settings have no effect"
                                       : "this one never sees requests for that name");
    tlsg_finding_relate(out, finding, &shadow->owner->origin, "this one comes first");
}

static void check_duplicate_name(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    apr_pool_t *pool = tlsg_report_pool(out);
    apr_hash_t *addresses = apr_hash_make(pool);
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (vhost->is_main || !vhost->serves) {
            continue;
        }
        for (int a = 0; a < vhost->addresses->nelts; a++) {
            const char *address = tlsg_scope_address_text(
                pool, APR_ARRAY_IDX(vhost->addresses, a, const tlsg_address_t *));
            address_names_t *known = apr_hash_get(addresses, address, APR_HASH_KEY_STRING);
            if (known == NULL) {
                known = apr_pcalloc(pool, sizeof *known);
                known->names = apr_hash_make(pool);
                known->patterns = apr_array_make(pool, 1, sizeof(pattern_t));
                apr_hash_set(addresses, address, APR_HASH_KEY_STRING, known);
            }
            shadow_t shadow = find_shadow(known, pool, vhost);
            if (shadow.owner != NULL && shadow.owner != vhost) {
                report_shadow(self, vhost, &shadow, address, out);
            }
            if (vhost->server_name.directive != NULL) {
                take(known, pool, vhost, vhost->server_name.text);
            }
            for (int n = 0; n < vhost->aliases->nelts; n++) {
                take(known, pool, vhost, APR_ARRAY_IDX(vhost->aliases, n, tlsg_name_t).text);
            }
        }
    }
}

static const tlsg_rule_t duplicate_name = {
    .id = "TG611",
    .name = "duplicate-server-name",
    .topic = "order",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_SERVER,
    .summary = "An earlier virtual host of the same address already answers to the name",
    .why =
        "On one address httpd takes the first virtual host, in configuration order, whose "
        "ServerName or ServerAlias matches. A later one with the same name is never used and "
        "httpd does not say so: certificates, protocols and headers that are changed there change "
        "nothing. A wildcard alias in an earlier virtual host has the same effect.",
    .fix =
        "Remove one of the two, or give each name to one virtual host only; put wildcard aliases "
        "last.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
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
    .refs = { "httpd manual: Name-based Virtual Host Support" },
    .check = check_duplicate_name,
};

/* ---- Names that no request can carry -------------------------------------------- */

/* httpd compares names with the host of a request, which has neither port nor final dot. */
static const char *why_never(const char *name)
{
    if (strstr(name, "://") != NULL) {
        return "it holds a scheme";
    }
    if (strchr(name, ',') != NULL) {
        return "names are separated by blanks, the comma is part of the name";
    }
    if (strchr(name, '/') != NULL) {
        return "it holds a path";
    }
    const char *colon = strchr(name, ':');
    if (colon != NULL && name[0] != '[' && strchr(colon + 1, ':') == NULL) {
        return "it holds a port";
    }
    if (name[0] == '[' && strstr(name, "]:") != NULL) {
        return "it holds a port";
    }
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80) {
            return "clients send the punycode form (xn--...) of such a name";
        }
    }
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == '.') {
        return "httpd strips the final dot from the request's name first";
    }
    return NULL;
}

static void check_name_never_matches(const tlsg_rule_t *self, const tlsg_model_t *model,
                                     const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    apr_pool_t *pool = tlsg_report_pool(out);
    if (vhost->server_name.directive != NULL && !vhost->is_main) {
        const char *why = why_never(vhost->server_name.text);
        if (why != NULL) {
            const char *name = tlsg_text_printable(pool, vhost->server_name.text,
                                                   strlen(vhost->server_name.text), 80);
            tlsg_report_add(out, self, vhost, &vhost->server_name.directive->origin, name,
                            "ServerName \"%s\" never matches a request: %s", name, why);
        }
    }
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        const tlsg_name_t *alias = &APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t);
        const char *why = why_never(alias->text);
        if (why == NULL) {
            continue;
        }
        const char *name = tlsg_text_printable(pool, alias->text, strlen(alias->text), 80);
        tlsg_report_add(out, self, vhost,
                        alias->directive != NULL ? &alias->directive->origin : &vhost->origin, name,
                        "ServerAlias \"%s\" never matches a request: %s", name, why);
    }
}

static const tlsg_rule_t name_never_matches = {
    .id = "TG612",
    .name = "name-never-matches",
    .topic = "sni",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_VHOST,
    .summary = "A ServerName or ServerAlias is written so that no request can match it",
    .why =
        "A port, a scheme, a comma or a final dot becomes part of the name, which then equals no "
        "name that a client sends: requests for it fall to the default virtual host, with the "
        "wrong certificate. ServerAlias takes bare host names, separated by blanks, with * and ? "
        "as wildcards.",
    .fix = "Write the bare host name.",
    .bad = "ServerAlias www.example.net:443\n",
    .good = "ServerAlias www.example.net\n",
    .refs = { "httpd manual: ServerAlias" },
    .check = check_name_never_matches,
};

/* ---- Virtual hosts without a name, default virtual hosts ------------------------ */

static void check_no_server_name(const tlsg_rule_t *self, const tlsg_model_t *model,
                                 const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (vhost->is_main || vhost->server_name.directive != NULL) {
        return;
    }
    const tlsg_vhost_t *other = tlsg_scope_other_default(model, vhost);
    if (other != NULL && vhost->aliases->nelts == 0) {
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, TLSG_WARNING, vhost, &vhost->origin, NULL,
            "This virtual host has no ServerName and is not the first of its address: requests go "
            "to %s instead",
            other->label);
        tlsg_finding_relate(out, finding, &other->origin, "the default virtual host");
        return;
    }
    tlsg_report_add_absent(
        out, self, vhost, NULL, NULL,
        "No ServerName: httpd derived \"%s\" from the machine, and certificate and "
        "redirects are judged by that",
        vhost->name);
}

static const tlsg_rule_t no_server_name = {
    .id = "TG613",
    .name = "server-name-missing",
    .topic = "vhost",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "A TLS virtual host has no ServerName",
    .why =
        "The name decides which virtual host answers and which certificate is sent. Without "
        "ServerName httpd guesses one from the machine's own name, which differs between "
        "machines; a virtual host that is not the first of its address is then practically never "
        "chosen.",
    .fix = "Add a ServerName.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: ServerName" },
    .check = check_no_server_name,
};

/* A first virtual host that was made to catch strangers: it says so by its name or refuses
 * everything. */
static int is_catch_all(const tlsg_vhost_t *vhost)
{
    static const char *const hints[] = {
        "default", "catch", "invalid", "localhost", "fallback", "_"
    };
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (tlsg_text_find_nocase(vhost->name, hints[i]) != NULL) {
            return 1;
        }
    }
    for (int i = 0; i < vhost->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->directives, i, const tlsg_directive_t *);
        if (tlsg_text_eq_nocase(directive->name, "Require") && directive->argc == 2 &&
            tlsg_text_eq_nocase(directive->argv[0], "all") &&
            tlsg_text_eq_nocase(directive->argv[1], "denied")) {
            return 1;
        }
        if (tlsg_text_eq_nocase(directive->name, "Redirect") && directive->argc > 1 &&
            directive->argv[0][0] == '4') {
            return 1;
        }
    }
    return 0;
}

static void check_default_is_site(const tlsg_rule_t *self, const tlsg_model_t *model,
                                  const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_t *other = tlsg_scope_other_default(model, vhost);
    if (other == NULL || !tlsg_vhost_is_tls(other) || is_catch_all(other) ||
        tlsg_text_eq_nocase(other->name, vhost->name)) {
        return;
    }
    tlsg_report_add(
        out, self, other, &other->origin, NULL,
        "%s is the first virtual host of its address: clients without a name or with an "
        "unknown one get this site and its certificate",
        other->name);
}

static const tlsg_rule_t default_is_site = {
    .id = "TG614",
    .name = "default-is-a-site",
    .topic = "sni",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Requests for unknown names are answered by a real site",
    .why =
        "Of several TLS virtual hosts on an address, the first one answers whatever matches none. "
        "A forgotten name, a renamed host or a scanner then gets the certificate and the content "
        "of an unrelated site, which also eases attacks across protocols and names.",
    .fix = "Put a virtual host first that refuses everything (Require all denied).",
    .bad = "%bare\n"
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
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName catch-all.invalid\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "    <Location \"/\">\n"
            "        Require all denied\n"
            "    </Location>\n"
            "</VirtualHost>\n"
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
    .refs = { "RFC 9325 section 3.7" },
    .check = check_default_is_site,
};

const tlsg_rule_t *const tlsg_rules_vhost_name[] = {
    &duplicate_name, &name_never_matches, &no_server_name, &default_is_site, NULL,
};
