/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual hosts in the JSON report: what a client gets, with which certificates, and the
 * checklist. Lists of one TLS configuration are made once and shared by its virtual hosts. */
#include "render_json_vhost.h"

#include <apr_hash.h>
#include <apr_time.h>

#include "certfile.h"
#include "chain.h"
#include "checklist.h"
#include "cipher.h"
#include "dh.h"
#include "json.h"
#include "settings.h"
#include "stapling.h"

typedef struct builder_t {
    apr_pool_t *pool; /* cleared after each virtual host */
    const tlsg_model_t *model;
    tlsg_places_t *places;
    apr_hash_t *facts; /* tlsg_effective_t * -> json_t *: what its virtual hosts share */
    int *failed;
} builder_t;

static void set(const builder_t *builder, json_t *object, const char *key, json_t *value)
{
    tlsg_json_set(object, key, value, builder->failed);
}

static void set_text(const builder_t *builder, json_t *object, const char *key, const char *text)
{
    set(builder, object, key, tlsg_json_text(builder->pool, text));
}

static void push(const builder_t *builder, json_t *array, json_t *value)
{
    tlsg_json_push(array, value, builder->failed);
}

static json_t *make_protocols(const builder_t *builder, unsigned versions)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        { TLSG_SSL3, "SSLv3" },    { TLSG_TLS1, "TLSv1" },    { TLSG_TLS11, "TLSv1.1" },
        { TLSG_TLS12, "TLSv1.2" }, { TLSG_TLS13, "TLSv1.3" },
    };
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((versions & names[i].bit) != 0) {
            push(builder, array, json_string(names[i].name));
        }
    }
    return array;
}

static json_t *make_groups(const builder_t *builder, const apr_array_header_t *groups)
{
    if (groups == NULL) {
        return json_null();
    }
    json_t *array = json_array();
    for (int i = 0; i < groups->nelts; i++) {
        push(builder, array, tlsg_json_text(builder->pool, APR_ARRAY_IDX(groups, i, const char *)));
    }
    return array;
}

/* OpenSSL's names, TLS 1.3 first, as clients see them. */
static json_t *make_suites(const builder_t *builder, const tlsg_effective_t *effective)
{
    const apr_array_header_t *const lists[] = { effective->suites13, effective->suites };
    json_t *array = json_array();
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
        for (int i = 0; i < lists[l]->nelts; i++) {
            const tlsg_suite_t *suite = APR_ARRAY_IDX(lists[l], i, const tlsg_suite_t *);
            push(builder, array, tlsg_json_text(builder->pool, suite->name));
        }
    }
    return array;
}

static json_t *make_dh(const builder_t *builder, const tlsg_effective_t *effective)
{
    const tlsg_dh_fact_t *dh = &effective->dh;
    const tlsg_dh_identity_t *group = dh->identity;
    json_t *object = json_object();
    set(builder, object, "bits", json_integer(dh->bits));
    set_text(builder, object, "group", group != NULL ? group->name : NULL);
    set(builder, object, "auto", json_boolean(dh->bits > 0 && dh->is_auto));
    set(builder, object, "custom", json_boolean(group != NULL && group->kind == TLSG_DH_CUSTOM));
    set(builder, object, "weak", json_boolean(group != NULL && group->kind == TLSG_DH_WEAK));
    return object;
}

/* The members that depend on the TLS configuration alone. */
static json_t *make_facts(const builder_t *builder, const tlsg_effective_t *effective)
{
    json_t *object = json_object();
    set(builder, object, "configuration", json_integer(effective->id));
    set(builder, object, "protocols", make_protocols(builder, effective->negotiable));
    set(builder, object, "groups", make_groups(builder, effective->groups));
    /* Both depend on the kind of certificate. */
    int has_certificate = effective->cert_auth != 0;
    set(builder, object, "cipher_suites",
        has_certificate ? make_suites(builder, effective) : json_null());
    set(builder, object, "dh", has_certificate ? make_dh(builder, effective) : json_null());
    set(builder, object, "security_level", json_integer(effective->security_level));
    set(builder, object, "tickets", json_boolean(effective->tickets));
    set(builder, object, "server_order", json_boolean(effective->server_order));
    return object;
}

/* Borrowed; the hash owns it. */
static json_t *find_facts(const builder_t *builder, const tlsg_effective_t *effective)
{
    json_t *facts = apr_hash_get(builder->facts, &effective, sizeof effective);
    if (facts == NULL) {
        apr_pool_t *lasting = apr_hash_pool_get(builder->facts);
        const tlsg_effective_t **key = apr_palloc(lasting, sizeof *key);
        *key = effective;
        facts = make_facts(builder, effective);
        if (facts == NULL) {
            *builder->failed = 1;
            return NULL;
        }
        apr_hash_set(builder->facts, key, sizeof *key, facts);
    }
    return facts;
}

static void set_facts(const builder_t *builder, json_t *object, const tlsg_vhost_t *vhost)
{
    static const char *const keys[] = { "configuration", "protocols",   "cipher_suites",
                                        "groups",        "dh",          "security_level",
                                        "tickets",       "server_order" };
    const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
    json_t *facts = effective != NULL ? find_facts(builder, effective) : NULL;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *value = json_object_get(facts, keys[i]);
        set(builder, object, keys[i], value != NULL ? json_incref(value) : json_null());
    }
    set(builder, object, "stapling",
        effective != NULL
            ? json_boolean(tlsg_stapling_by(builder->model, vhost) != TLSG_STAPLER_NONE)
            : json_null());
    set_text(builder, object, "unknown", effective == NULL ? vhost->unknown : NULL);
}

/* RFC 3339, UTC, whole seconds. */
static json_t *make_time(apr_time_t time)
{
    apr_time_exp_t at;
    char text[32]; /* "2026-01-02T03:04:05Z" and room for years of more digits */
    apr_size_t len = 0;
    if (apr_time_exp_gmt(&at, time) != APR_SUCCESS ||
        apr_strftime(text, &len, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &at) != APR_SUCCESS) {
        return json_null();
    }
    return json_string(text);
}

static json_t *make_key(const builder_t *builder, const tlsg_pubkey_t *key)
{
    json_t *object = json_object();
    set_text(builder, object, "type", key->name);
    set(builder, object, "bits", json_integer(key->bits));
    set_text(builder, object, "curve", key->curve);
    return object;
}

static void push_pin(const builder_t *builder, json_t *pins, const tlsg_cert_t *cert,
                     const char *role)
{
    json_t *object = json_object();
    set_text(builder, object, "pin", cert->pin);
    set_text(builder, object, "subject", cert->subject);
    set_text(builder, object, "role", role);
    push(builder, pins, object);
}

static const char *role_of(const tlsg_cert_t *cert, int i)
{
    return i == 0 ? "leaf" : cert->is_self_issued ? "root" : "intermediate";
}

/* What is sent, wherever it comes from. */
static json_t *make_pins(const builder_t *builder, const tlsg_vhost_cert_t *entry)
{
    const tlsg_certfile_t *file = entry->file;
    const tlsg_chain_t *chain = entry->chain;
    json_t *pins = json_array();
    if (chain != NULL) {
        for (int i = 0; i < chain->link_count; i++) {
            push_pin(builder, pins, chain->links[i].cert, role_of(chain->links[i].cert, i));
        }
        return pins;
    }
    for (int i = -1; file != NULL && file->leaf != NULL && i < file->chain_count; i++) {
        const tlsg_cert_t *cert = i < 0 ? file->leaf : file->chain[i];
        push_pin(builder, pins, cert, role_of(cert, i + 1));
    }
    return pins;
}

static json_t *make_certificate(const builder_t *builder, const tlsg_vhost_cert_t *entry)
{
    const tlsg_certfile_t *file = entry->file;
    const tlsg_cert_t *leaf = file != NULL ? file->leaf : NULL;
    json_t *object = json_object();
    set_text(builder, object, "path", entry->path);
    set_text(builder, object, "subject", leaf != NULL ? leaf->subject : NULL);
    set_text(builder, object, "issuer", leaf != NULL ? leaf->issuer : NULL);
    set(builder, object, "not_before", leaf != NULL ? make_time(leaf->not_before) : json_null());
    set(builder, object, "not_after", leaf != NULL ? make_time(leaf->not_after) : json_null());
    set(builder, object, "key", leaf != NULL ? make_key(builder, &leaf->key) : json_null());
    set_text(builder, object, "trust",
             entry->chain != NULL ? tlsg_chain_trust_name(entry->chain->trust) : NULL);
    set(builder, object, "pins", make_pins(builder, entry));
    set_text(builder, object, "unknown", entry->unknown);
    return object;
}

static json_t *make_certificates(const builder_t *builder, const tlsg_vhost_t *vhost)
{
    json_t *array = json_array();
    for (int i = 0; vhost->certs != NULL && i < vhost->certs->nelts; i++) {
        push(builder, array,
             make_certificate(builder, &APR_ARRAY_IDX(vhost->certs, i, tlsg_vhost_cert_t)));
    }
    return array;
}

static void set_checklist(const builder_t *builder, json_t *object, const tlsg_vhost_t *vhost)
{
    const tlsg_checklist_t *list = tlsg_checklist_make(builder->pool, builder->model, vhost);
    json_t *states = json_object();
    json_t *reasons = json_object();
    for (int i = 0; i < TLSG_CHECK_ITEMS; i++) {
        const char *key = tlsg_checklist_key((tlsg_check_item_t)i);
        set_text(builder, states, key, tlsg_checklist_state(list->items[i].state));
        if (list->items[i].why != NULL) {
            set_text(builder, reasons, key, list->items[i].why);
        }
    }
    set(builder, object, "checklist", states);
    set(builder, object, "checklist_why", reasons);
}

static const char *mode_word(apr_pool_t *pool, int mode)
{
    const tlsg_setting_t *row;
    for (int i = 0; (row = tlsg_settings_at(i)) != NULL; i++) {
        if (row->offset == offsetof(tlsg_conf_t, mode)) {
            return tlsg_settings_word(pool, row, mode);
        }
    }
    return NULL;
}

static json_t *make_vhost(const builder_t *builder, const tlsg_vhost_t *vhost)
{
    const tlsg_origin_t *origin = &vhost->origin;
    int is_tls = tlsg_vhost_is_tls(vhost);
    json_t *object = json_object();
    set_text(builder, object, "name", vhost->name);
    set(builder, object, "port", json_integer(vhost->port));
    set_text(builder, object, "file", origin->file);
    set(builder, object, "line",
        origin->file != NULL
            ? json_integer(tlsg_place_first_line(builder->places, origin->file, origin->line))
            : json_null());
    set(builder, object, "tls", json_boolean(is_tls));
    set_text(builder, object, "policy", vhost->policy != NULL ? vhost->policy->name : NULL);
    set_text(builder, object, "mode", mode_word(builder->pool, vhost->mode));
    if (is_tls) {
        set_checklist(builder, object, vhost);
        set_facts(builder, object, vhost);
        set(builder, object, "certificates", make_certificates(builder, vhost));
    }
    return object;
}

json_t *tlsg_render_json_vhosts(apr_pool_t *scratch, const tlsg_model_t *model,
                                tlsg_places_t *places, int *failed)
{
    builder_t builder = { .model = model, .places = places, .failed = failed };
    builder.facts = apr_hash_make(scratch);
    json_t *array = json_array();
    if (apr_pool_create(&builder.pool, scratch) != APR_SUCCESS) {
        *failed = 1;
        return array;
    }
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (vhost->serves) {
            push(&builder, array, make_vhost(&builder, vhost));
            apr_pool_clear(builder.pool);
        }
    }
    apr_pool_destroy(builder.pool);
    for (apr_hash_index_t *at = apr_hash_first(scratch, builder.facts); at != NULL;
         at = apr_hash_next(at)) {
        json_decref(apr_hash_this_val(at));
    }
    return array;
}
