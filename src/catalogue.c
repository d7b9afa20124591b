/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "explain.h"
#include "json.h"
#include "rules.h"
#include "settings.h"
#include "version.h"

const char *tlsg_catalogue_text(apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 128, sizeof(const char *));
    const tlsg_rule_t *rule;
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        APR_ARRAY_PUSH(parts, const char *) = i > 0 ? "\n" : "";
        APR_ARRAY_PUSH(parts, const char *) = tlsg_explain_text(pool, rule);
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

/* Heading of the family that an id belongs to, by its hundred. */
static const char *family_title(const char *id)
{
    static const char *const titles[] = {
        "Protocol versions, renegotiation, compression, session tickets",
        "Cipher suites, groups, Diffie-Hellman",
        "Keys, certificates, chains, stapling",
        "HSTS, HPKP, other response headers, cookies, redirects",
        "Compression of responses, disclosure",
        "Virtual hosts, SNI, client authentication, configuration without effect",
        "Outbound TLS",
    };
    size_t family = (size_t)(id[2] - '1');
    return family < sizeof titles / sizeof titles[0] ? titles[family] : "Others";
}

const char *tlsg_catalogue_index(apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 128, sizeof(const char *));
    APR_ARRAY_PUSH(parts, const char *) = "<!-- Made by 'make docs' from the rules' records. -->\n"
                                          "# Rules\n";
    const tlsg_rule_t *rule;
    char family = '\0';
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        if (rule->id[2] != family) {
            family = rule->id[2];
            APR_ARRAY_PUSH(parts, const char *) = apr_psprintf(
                pool, "\n## %s\n\n| Rule | Name | Severity | Finds |\n|---|---|---|---|\n",
                family_title(rule->id));
        }
        APR_ARRAY_PUSH(parts, const char *) = apr_psprintf(
            pool, "| [%s](%s.md) | %s | %s | %s |\n", rule->id, rule->id, rule->name,
            tlsg_explain_severity(pool, rule), tlsg_explain_escape(pool, rule->summary));
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

/* "SERVER" and the like of settings.def in words. */
static const char *scope_title(const char *scope)
{
    static const char *const titles[] = {
        "SERVER",   "server config, virtual host",
        "SECTION",  "server config, virtual host, directory",
        "FILEINFO", "server config, virtual host, directory, .htaccess (AllowOverride FileInfo)",
        NULL,
    };
    for (int i = 0; titles[i] != NULL; i += 2) {
        if (strcmp(titles[i], scope) == 0) {
            return titles[i + 1];
        }
    }
    return scope;
}

const char *tlsg_catalogue_directives(apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));
    APR_ARRAY_PUSH(parts, const char *) = "<!-- Made by 'make docs' from src/settings.def. -->\n"
                                          "# Directives\n";
    const tlsg_setting_t *row;
    for (int i = 0; (row = tlsg_settings_at(i)) != NULL; i++) {
        APR_ARRAY_PUSH(parts, const char *) = apr_psprintf(pool, "\n## %s\n\n", row->directive);
        APR_ARRAY_PUSH(parts, const char *) = tlsg_explain_paragraphs(pool, row->summary);
        APR_ARRAY_PUSH(parts, const char *) = apr_psprintf(
            pool, "\n* Syntax: `%s %s`\n* %s: `%s %s`\n* Context: %s\n", row->directive, row->words,
            row->parse == NULL ? "Default" : "Default: none. Example", row->directive,
            row->fallback, scope_title(row->scope));
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

/* Each line of `text` behind "# ". */
static const char *commented(apr_pool_t *pool, const char *text)
{
    apr_array_header_t *parts = apr_array_make(pool, 8, sizeof(const char *));
    char *rest = NULL;
    for (char *line = apr_strtok(apr_pstrdup(pool, text), "\n", &rest); line != NULL;
         line = apr_strtok(NULL, "\n", &rest)) {
        APR_ARRAY_PUSH(parts, const char *) = apr_pstrcat(pool, "# ", line, "\n", NULL);
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

const char *tlsg_catalogue_conf(apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));
    APR_ARRAY_PUSH(parts, const char *) =
        "# Made by 'make docs' from src/settings.def.\n"
        "#\n"
        "# mod_tlsguard audits: nothing here changes what the server does. Every directive stands\n"
        "# at its default or, where the default is to do nothing, as an example; take the \"#\"\n"
        "# away to change it.\n";
    const tlsg_setting_t *row;
    for (int i = 0; (row = tlsg_settings_at(i)) != NULL; i++) {
        APR_ARRAY_PUSH(parts, const char *) = "\n";
        APR_ARRAY_PUSH(parts, const char *) =
            commented(pool, tlsg_explain_paragraphs(pool, row->summary));
        APR_ARRAY_PUSH(parts, const char *) =
            apr_psprintf(pool, "# %s: %s\n#%s %s\n", row->parse == NULL ? "Words" : "Syntax",
                         row->words, row->directive, row->fallback);
    }
    return apr_array_pstrcat(pool, parts, '\0');
}

static void set_text(apr_pool_t *pool, json_t *object, const char *key, const char *text,
                     int *failed)
{
    tlsg_json_set(object, key, tlsg_json_text(pool, text), failed);
}

static const char *scope_word(tlsg_scope_t scope)
{
    switch (scope) {
    case TLSG_PER_TLS:
        return "tls-vhost";
    case TLSG_PER_VHOST:
        return "vhost";
    case TLSG_PER_SERVER:
        break;
    }
    return "server";
}

static json_t *make_severities(apr_pool_t *pool, const tlsg_rule_t *rule, int *failed)
{
    json_t *object = json_object();
    const tlsg_policy_t *policy;
    for (int i = 0; (policy = tlsg_policy_at(i)) != NULL; i++) {
        set_text(pool, object, policy->name, tlsg_severity_name(tlsg_policy_severity(policy, rule)),
                 failed);
    }
    return object;
}

static json_t *make_rule(apr_pool_t *pool, const tlsg_rule_t *rule, int *failed)
{
    json_t *object = json_object();
    set_text(pool, object, "id", rule->id, failed);
    set_text(pool, object, "name", rule->name, failed);
    set_text(pool, object, "topic", rule->topic, failed);
    set_text(pool, object, "severity", tlsg_severity_name(rule->severity), failed);
    tlsg_json_set(object, "severity_by_policy", make_severities(pool, rule, failed), failed);
    set_text(pool, object, "scope", scope_word(rule->scope), failed);
    tlsg_json_set(object, "blocks_start", json_boolean((rule->flags & TLSG_BLOCKS_START) != 0),
                  failed);
    tlsg_json_set(object, "time_only", json_boolean((rule->flags & TLSG_TIME_ONLY) != 0), failed);
    set_text(pool, object, "summary", rule->summary, failed);
    set_text(pool, object, "why", rule->why, failed);
    set_text(pool, object, "fix", rule->fix, failed);
    /* As the record has them, with the markers and fixture names of rule.h: the tests run them. */
    tlsg_json_set(object, "bad", json_string(rule->bad), failed);
    tlsg_json_set(object, "good", json_string(rule->good), failed);
    json_t *refs = json_array();
    for (int i = 0; rule->refs[i] != NULL; i++) {
        tlsg_json_push(refs, tlsg_json_text(pool, rule->refs[i]), failed);
    }
    tlsg_json_set(object, "refs", refs, failed);
    return object;
}

const char *tlsg_catalogue_json(apr_pool_t *pool)
{
    int failed = 0;
    json_t *document = json_object();
    json_t *rules = json_array();
    const tlsg_rule_t *rule;
    set_text(pool, document, "schema", "tlsguard-rules/1", &failed);
    set_text(pool, document, "version", TLSG_VERSION, &failed);
    for (int i = 0; (rule = tlsg_rules_at(i)) != NULL; i++) {
        tlsg_json_push(rules, make_rule(pool, rule, &failed), &failed);
    }
    tlsg_json_set(document, "rules", rules, &failed);
    char *text = failed ? NULL : json_dumps(document, JSON_INDENT(1));
    const char *result = text != NULL ? apr_pstrcat(pool, text, "\n", NULL) : NULL;
    free(text);
    json_decref(document);
    return result;
}
