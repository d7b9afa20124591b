/* SPDX-License-Identifier: Apache-2.0 */
/* TG428-TG429: will the pins of Public-Key-Pins still match after the next renewal or the loss of
 * this server? */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "certfile.h"
#include "chain.h"
#include "header_value.h"
#include "rules_header.h"

#define HEADER "Public-Key-Pins"

/* The pins of a field that clients obey, NULL when there are none. */
static const tlsg_header_hpkp_t *pins_of(apr_pool_t *pool, const tlsg_header_field_t *field)
{
    if (field->line == NULL || field->value == NULL) {
        return NULL;
    }
    const tlsg_header_hpkp_t *hpkp = tlsg_header_hpkp_parse(pool, field->value, 0);
    return hpkp->valid && !hpkp->empty && hpkp->max_age != 0 ? hpkp : NULL;
}

static int has_pin(const tlsg_header_hpkp_t *hpkp, const char *text)
{
    for (int i = 0; text != NULL && i < hpkp->pins->nelts; i++) {
        const tlsg_header_pin_t *pin = &APR_ARRAY_IDX(hpkp->pins, i, tlsg_header_pin_t);
        if (pin->valid && strcmp(pin->text, text) == 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- TG428 ---- */

static int see_line(void *baton, const tlsg_directive_t *directive, int is_own)
{
    const tlsg_directive_t **last = baton;
    (void)is_own;
    *last = directive;
    return 0;
}

static const tlsg_directive_t *last_line(const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                                         const char *name)
{
    const tlsg_directive_t *last = NULL;
    tlsg_vhost_walk(model, vhost, name, see_line, &last);
    return last;
}

/* mod_md renews, and makes a key each time. Files of the administrator's own stay as they are. */
static int gets_new_keys(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    return vhost->managed != NULL && vhost->ssl.certs->nelts == 0 &&
           last_line(model, vhost, "MDCertificateFile") == NULL &&
           last_line(model, vhost, "MDRenewMode") == NULL;
}

typedef enum hold_t {
    HOLD_UNKNOWN, /* no certificate to compare with */
    HOLD_LEAF,    /* only the server's own key is pinned */
    HOLD_OTHER,   /* a key of the authority's, or nothing that is sent */
} hold_t;

static hold_t what_holds(const tlsg_vhost_t *vhost, const tlsg_header_hpkp_t *hpkp)
{
    hold_t hold = HOLD_UNKNOWN;
    for (int c = 0; c < vhost->certs->nelts; c++) {
        const tlsg_chain_t *chain = APR_ARRAY_IDX(vhost->certs, c, tlsg_vhost_cert_t).chain;
        for (int i = chain != NULL ? chain->link_count - 1 : -1; i >= 0; i--) {
            if (has_pin(hpkp, chain->links[i].cert->pin)) {
                if (i > 0) {
                    return HOLD_OTHER;
                }
                hold = HOLD_LEAF;
            }
        }
        if (chain != NULL && hold == HOLD_UNKNOWN) {
            hold = HOLD_OTHER;
        }
    }
    return hold;
}

static void add_renewed(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out,
                        const tlsg_origin_t *origin)
{
    tlsg_finding_t *finding = tlsg_report_add(
        out, self, vhost, origin, NULL,
        "mod_md makes a new key for each renewal: clients that remember the pin of the old one are "
        "locked out then");
    tlsg_finding_relate(out, finding, &vhost->managed->origin, "mod_md manages the certificate");
}

static void renewed_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    if (!gets_new_keys(model, vhost)) {
        return;
    }
    const tlsg_header_outcome_t *outcome = tlsg_header_eval(model, vhost, HEADER);
    const tlsg_directive_t *own = last_line(model, vhost, "TLSGuardPins");
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    if (outcome->by_module && own != NULL) {
        add_renewed(self, vhost, out, &own->origin);
    }
    for (int i = 0; i < outcome->fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(outcome->fields, i, tlsg_header_field_t);
        const tlsg_header_hpkp_t *hpkp = pins_of(pool, field);
        hold_t hold = hpkp != NULL ? what_holds(vhost, hpkp) : HOLD_OTHER;
        if (hold == HOLD_LEAF) {
            add_renewed(self, vhost, out, tlsg_rules_header_place(field));
        }
        else if (hold == HOLD_UNKNOWN) {
            tlsg_report_unknown(out, self, vhost,
                                "the certificate comes from mod_md when the server starts");
        }
    }
}

const tlsg_rule_t tlsg_rule_hpkp_renewed = {
    .id = "TG428",
    .name = "hpkp-key-renewed",
    .topic = "hpkp",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Public-Key-Pins pins a key that mod_md replaces at each renewal",
    .why = "Clients compare the new certificate with the pins that they noted before the renewal. "
           "The new key is among them only when it was announced as a backup in time, and mod_md "
           "makes it a moment before it is used.",
    .fix = "Remove the header, or pin a key of the authority's besides.",
    .bad = "%elsewhere\n" /* needs a start */
           "%bare\n"
           "Listen 443\n"
           "MDomain www.example.com\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    Header always set Public-Key-Pins "
           "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; "
           "pin-sha256=\\\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; max-age=2592000\"\n"
           "</VirtualHost>\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 4.3", "httpd manual: mod_md" },
    .check = renewed_check,
};

/* ---- TG429 ---- */

/* Pin of each certificate that this server sends -> the virtual host that sends it. */
static apr_hash_t *served_pins(apr_pool_t *pool, const tlsg_model_t *model)
{
    apr_hash_t *served = apr_hash_make(pool);
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        for (int c = 0; c < vhost->certs->nelts; c++) {
            const tlsg_certfile_t *file = APR_ARRAY_IDX(vhost->certs, c, tlsg_vhost_cert_t).file;
            if (file != NULL && file->leaf != NULL && file->leaf->pin != NULL) {
                apr_hash_set(served, file->leaf->pin, APR_HASH_KEY_STRING, vhost);
            }
        }
    }
    return served;
}

/* One of the virtual host's own certificates, chain included, has the pin. */
static int is_own(const tlsg_vhost_t *vhost, const char *pin)
{
    for (int c = 0; c < vhost->certs->nelts; c++) {
        const tlsg_chain_t *chain = APR_ARRAY_IDX(vhost->certs, c, tlsg_vhost_cert_t).chain;
        for (int i = 0; chain != NULL && i < chain->link_count; i++) {
            const char *text = chain->links[i].cert->pin;
            if (text != NULL && strcmp(text, pin) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* The virtual host whose key is the backup, NULL when a backup lies elsewhere or there is none. */
static const tlsg_vhost_t *backup_at(apr_hash_t *served, const tlsg_vhost_t *vhost,
                                     const tlsg_header_hpkp_t *hpkp)
{
    const tlsg_vhost_t *at = NULL;
    for (int i = 0; i < hpkp->pins->nelts; i++) {
        const tlsg_header_pin_t *pin = &APR_ARRAY_IDX(hpkp->pins, i, tlsg_header_pin_t);
        if (!pin->valid || is_own(vhost, pin->text)) {
            continue;
        }
        at = apr_hash_get(served, pin->text, APR_HASH_KEY_STRING);
        if (at == NULL) {
            return NULL;
        }
    }
    return at;
}

static void backup_served_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *main_server, tlsg_report_t *out)
{
    apr_hash_t *served = NULL;
    (void)main_server;
    for (int v = 0; v < model->vhosts->nelts; v++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, v, const tlsg_vhost_t *);
        if (!tlsg_vhost_serves_tls(vhost) || vhost->is_ignored) {
            continue;
        }
        const apr_array_header_t *fields = tlsg_header_eval(model, vhost, HEADER)->fields;
        for (int i = 0; i < fields->nelts; i++) {
            const tlsg_header_field_t *field = &APR_ARRAY_IDX(fields, i, tlsg_header_field_t);
            const tlsg_header_hpkp_t *hpkp = pins_of(tlsg_report_pool(out), field);
            if (hpkp == NULL) {
                continue;
            }
            served = served != NULL ? served : served_pins(tlsg_report_pool(out), model);
            const tlsg_vhost_t *at = backup_at(served, vhost, hpkp);
            if (at != NULL) {
                tlsg_report_add(out, self, vhost, tlsg_rules_header_place(field), NULL,
                                "the backup pin is that of the key of %s on this server: both are "
                                "lost together",
                                at->label);
            }
        }
    }
}

const tlsg_rule_t tlsg_rule_hpkp_backup_served = {
    .id = "TG429",
    .name = "hpkp-backup-on-this-server",
    .topic = "hpkp",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "The backup pin of Public-Key-Pins is of a key that this server uses",
    .why = "The backup is for the day on which this server's keys are stolen or lost. A key that "
           "lies next to them shares their fate.",
    .fix = "Make the backup key on another machine, keep it offline, and pin that.",
    .bad = "%elsewhere\n" /* needs the pins of two certificates */
           "SSLCertificateFile @rsa@\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 4.3" },
    .check = backup_served_check,
};
