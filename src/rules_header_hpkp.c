/* SPDX-License-Identifier: Apache-2.0 */
/* TG42x: Public-Key-Pins (RFC 7469). Browsers dropped it in 2018 to 2019, other clients still
 * read it; what is sent must be right or be gone. */
#include <string.h>

#include "certfile.h"
#include "chain.h"
#include "header_value.h"
#include "pin.h"
#include "redirect.h"
#include "rules_header.h"
#include "text.h"

#define MAX_AGE_LOW 2592000 /* seconds, 30 days: a shorter memory protects hardly any visit */
#define MAX_AGE_HIGH                                                                               \
    5184000 /* seconds, 60 days: RFC 7469 section 4.1 calls more too long to be stuck */

typedef struct judged_t {
    apr_pool_t *pool; /* gone when the rule is done */
    const tlsg_rule_t *self;
    const tlsg_model_t *model;
    const tlsg_vhost_t *vhost;
    tlsg_report_t *out;
    const tlsg_header_field_t *field;
    const tlsg_header_hpkp_t *hpkp;
} judged_t;

typedef void judge_fn(const judged_t *judged);

static void judge_values(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out, judge_fn *judge)
{
    const apr_array_header_t *fields = tlsg_header_eval(model, vhost, "Public-Key-Pins")->fields;
    apr_pool_t *pool = tlsg_http_facts_scratch(model, TLSG_SCRATCH_RULE);
    for (int i = 0; i < fields->nelts; i++) {
        const tlsg_header_field_t *field = &APR_ARRAY_IDX(fields, i, tlsg_header_field_t);
        if (field->line != NULL && field->value != NULL) {
            const tlsg_header_hpkp_t *hpkp = tlsg_header_hpkp_parse(pool, field->value, 0);
            judged_t judged = { pool, self, model, vhost, out, field, hpkp };
            judge(&judged);
        }
    }
}

/* 1 when the value pins something, so that the pins are worth judging. */
static int pins_something(const judged_t *judged)
{
    return judged->hpkp->valid && !judged->hpkp->empty && judged->hpkp->max_age != 0;
}

/* ---- The served chains ---- */

/* Is the pin of a certificate that is sent with `cert`? */
static int chain_has_pin(const tlsg_vhost_cert_t *cert, const char *pin)
{
    const tlsg_chain_t *chain = cert->chain;
    for (int i = 0; chain != NULL && i < chain->link_count; i++) {
        if (chain->links[i].cert->pin != NULL && strcmp(chain->links[i].cert->pin, pin) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Does the chain that is served end in a root, so that no pin of a root that is not sent can be
 * meant? */
static int chain_is_whole(const tlsg_vhost_cert_t *cert)
{
    const tlsg_chain_t *chain = cert->chain;
    return chain != NULL && chain->path[chain->path_count - 1]->is_self_signed;
}

static const tlsg_header_pin_t *pin_at(const judged_t *judged, int i)
{
    return &APR_ARRAY_IDX(judged->hpkp->pins, i, tlsg_header_pin_t);
}

/* Valid pins inside the chain of `cert`, and outside of it. */
static void count_pins(const judged_t *judged, const tlsg_vhost_cert_t *cert, int *inside,
                       int *outside)
{
    *inside = *outside = 0;
    for (int i = 0; i < judged->hpkp->pins->nelts; i++) {
        const tlsg_header_pin_t *pin = pin_at(judged, i);
        if (pin->valid) {
            int is_inside = chain_has_pin(cert, pin->text);
            *inside += is_inside;
            *outside += !is_inside;
        }
    }
}

/* The pin that is the digest of a whole certificate, NULL when none is. */
static const char *fingerprint_pin(const judged_t *judged)
{
    apr_pool_t *pool = judged->pool;
    for (int c = 0; c < judged->vhost->certs->nelts; c++) {
        const tlsg_certfile_t *file =
            APR_ARRAY_IDX(judged->vhost->certs, c, tlsg_vhost_cert_t).file;
        for (int k = -1; file != NULL && file->leaf != NULL && k < file->chain_count; k++) {
            const tlsg_cert_t *cert = k < 0 ? file->leaf : file->chain[k];
            const char *digest = tlsg_pin_of_certificate_digest(pool, cert->x509);
            for (int i = 0; digest != NULL && i < judged->hpkp->pins->nelts; i++) {
                if (strcmp(pin_at(judged, i)->text, digest) == 0) {
                    return digest;
                }
            }
        }
    }
    return NULL;
}

/* ---- TG420 ---- */

static const char present_text[] =
    "Public-Key-Pins is sent: browsers dropped it, other clients may "
    "still be locked out by it";

static void judge_present(const judged_t *judged)
{
    if (!judged->hpkp->empty) {
        tlsg_report_add(judged->out, judged->self, judged->vhost,
                        tlsg_rules_header_place(judged->field), NULL, present_text);
    }
}

static void present_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *outcome = tlsg_header_eval(model, vhost, "Public-Key-Pins");
    judge_values(self, model, vhost, out, judge_present);
    if (outcome->by_module && outcome->module_line != NULL) {
        tlsg_report_add(out, self, vhost, &outcome->module_line->origin, NULL, present_text);
    }
}

const tlsg_rule_t tlsg_rule_hpkp_present = {
    .id = "TG420",
    .name = "hpkp-present",
    .topic = "hpkp",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Public-Key-Pins is sent, which browsers no longer read",
    .why =
        "Chrome 72 and Firefox 72 removed HPKP, since a lost key shut sites off for months. The "
        "header costs bytes, gives browsers nothing, and still binds the few clients that read it.",
    .fix = "Remove it; use CAA records and certificate transparency monitoring, TLSA records where "
           "clients read them, and pins inside your own apps.",
    .bad = "Header always set Public-Key-Pins "
           "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; max-age=600\"\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469" },
    .check = present_check,
};

/* ---- TG421 ---- */

static void judge_malformed(const judged_t *judged)
{
    if (judged->hpkp->empty) {
        tlsg_report_add_as(judged->out, judged->self, TLSG_NOTICE, judged->vhost,
                           tlsg_rules_header_place(judged->field), NULL,
                           "Public-Key-Pins is sent empty, which does nothing");
        return;
    }
    if (!judged->hpkp->valid) {
        tlsg_report_add(judged->out, judged->self, judged->vhost,
                        tlsg_rules_header_place(judged->field), NULL,
                        "clients discard Public-Key-Pins: %s", judged->hpkp->fault);
        return;
    }
    for (int i = 0; i < judged->hpkp->pins->nelts; i++) {
        if (!pin_at(judged, i)->valid) {
            tlsg_report_add(
                judged->out, judged->self, judged->vhost, tlsg_rules_header_place(judged->field),
                NULL, "\"%s\" is no pin: not the base64 form of 32 bytes", pin_at(judged, i)->text);
            return;
        }
    }
}

static void malformed_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_malformed);
}

const tlsg_rule_t tlsg_rule_hpkp_malformed = {
    .id = "TG421",
    .name = "hpkp-malformed",
    .topic = "hpkp",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .summary = "Clients discard the Public-Key-Pins header",
    .why =
        "A value that breaks the grammar of RFC 7469, lacks max-age, or holds a placeholder where "
        "a pin should be protects nobody. A pin is the base64 form of a SHA-256 digest: 44 "
        "characters that end in \"=\".",
    .fix = "Remove the header, or compute the pins with tlsguard-pin.",
    .bad =
        "Header always set Public-Key-Pins \"pin-sha256=\\\"base64+primary==\\\"; max-age=600\"\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 2.1" },
    .check = malformed_check,
};

/* ---- TG422 ---- */

static void judge_no_backup(const judged_t *judged)
{
    if (!pins_something(judged) || fingerprint_pin(judged) != NULL) {
        return;
    }
    if (judged->hpkp->distinct_pins < 2) {
        tlsg_report_add(judged->out, judged->self, judged->vhost,
                        tlsg_rules_header_place(judged->field), NULL,
                        "Public-Key-Pins has no backup pin: clients ignore it");
        return;
    }
    for (int i = 0; i < judged->vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(judged->vhost->certs, i, tlsg_vhost_cert_t);
        int inside;
        int outside;
        if (cert->file == NULL || cert->file->leaf == NULL) {
            continue;
        }
        count_pins(judged, cert, &inside, &outside);
        if (outside == 0) {
            tlsg_report_add(judged->out, judged->self, judged->vhost,
                            tlsg_rules_header_place(judged->field), NULL,
                            "every pin belongs to the served chain: there is no backup pin, and "
                            "clients ignore the header");
            return;
        }
    }
}

static void no_backup_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                            const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_no_backup);
}

const tlsg_rule_t tlsg_rule_hpkp_no_backup = {
    .id = "TG422",
    .name = "hpkp-no-backup",
    .topic = "hpkp",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "Public-Key-Pins lacks a backup pin outside the served chain",
    .why =
        "RFC 7469 makes clients ignore the header unless one pin is of a key that the chain does "
        "not use. Were it obeyed, losing the key would lock every visitor out with no way back.",
    .fix = "Make a second key, keep it offline, and add its pin (tlsguard-pin KEY); or remove the "
           "header.",
    .bad = "Header always set Public-Key-Pins "
           "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; max-age=2592000\"\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 2.5", "RFC 7469 section 4.3" },
    .check = no_backup_check,
};

/* ---- TG423 ---- */

static void judge_not_in_chain(const judged_t *judged)
{
    const char *fingerprint = fingerprint_pin(judged);
    if (fingerprint != NULL) {
        tlsg_report_add(judged->out, judged->self, judged->vhost,
                        tlsg_rules_header_place(judged->field), NULL,
                        "\"%s\" is the fingerprint of the certificate, not the pin of its key: it "
                        "never matches",
                        fingerprint);
        return;
    }
    if (!pins_something(judged) || judged->hpkp->distinct_pins == 0) {
        return;
    }
    for (int i = 0; i < judged->vhost->certs->nelts; i++) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(judged->vhost->certs, i, tlsg_vhost_cert_t);
        int inside;
        int outside;
        if (cert->file == NULL || cert->file->leaf == NULL) {
            continue;
        }
        count_pins(judged, cert, &inside, &outside);
        if (inside == 0) {
            int is_sure = chain_is_whole(cert);
            tlsg_report_add_as(judged->out, judged->self, is_sure ? TLSG_ERROR : TLSG_WARNING,
                               judged->vhost, tlsg_rules_header_place(judged->field), NULL,
                               "no pin belongs to the served chain of %s%s", cert->path,
                               is_sure ? ": clients discard the header"
                                       : ": unless one is of the root, clients discard the header");
            return;
        }
    }
}

static void not_in_chain_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_not_in_chain);
}

const tlsg_rule_t tlsg_rule_hpkp_not_in_chain = {
    .id = "TG423",
    .name = "hpkp-not-in-chain",
    .topic = "hpkp",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "No pin of Public-Key-Pins belongs to the served certificate chain",
    .why =
        "Clients note pins only from a connection that satisfies them. Pins that belong to no "
        "certificate of the chain, after a renewal with a new key for example, are discarded; and "
        "clients that noted the old ones refuse the new certificate. A pin is the digest of the "
        "public key alone; the fingerprint of a certificate matches nothing.",
    .fix = "Replace the pins by those that tlsguard-pin prints for the certificate, or remove the "
           "header.",
    .bad = "Header always set Public-Key-Pins "
           "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; "
           "pin-sha256=\\\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; max-age=2592000\"\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 2.5" },
    .check = not_in_chain_check,
};

/* ---- TG425 ---- */

static void judge_max_age(const judged_t *judged)
{
    apr_int64_t age = judged->hpkp->max_age;
    if (pins_something(judged) && (age < MAX_AGE_LOW || age > MAX_AGE_HIGH)) {
        tlsg_report_add(judged->out, judged->self, judged->vhost,
                        tlsg_rules_header_place(judged->field), NULL,
                        "max-age=%" APR_INT64_T_FMT " of Public-Key-Pins is %s", age,
                        age < MAX_AGE_LOW ? "below 30 days: most visits are not protected"
                                          : "above 60 days: a mistake lasts that long");
    }
}

static void max_age_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_max_age);
}

const tlsg_rule_t tlsg_rule_hpkp_max_age = {
    .id = "TG425",
    .name = "hpkp-max-age",
    .topic = "hpkp",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "max-age of Public-Key-Pins is out of the useful range",
    .why = "Pins are remembered for max-age after the last visit. RFC 7469 suggests 60 days as a "
           "balance: much less protects hardly any visit, much more turns a lost key into a "
           "long outage.",
    .fix = "Use max-age=5184000 (60 days), or remove the header.",
    .bad = "Header always set Public-Key-Pins "
           "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; "
           "pin-sha256=\\\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; max-age=600\"\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 4.1" },
    .check = max_age_check,
};

/* ---- TG426 ---- */

static void judge_words(const judged_t *judged)
{
    for (int i = 0; !judged->hpkp->empty && i < judged->hpkp->unknown->nelts; i++) {
        const tlsg_header_word_t *word =
            &APR_ARRAY_IDX(judged->hpkp->unknown, i, tlsg_header_word_t);
        tlsg_report_add(judged->out, judged->self, judged->vhost,
                        tlsg_rules_header_place(judged->field), word->text,
                        "Public-Key-Pins has no directive \"%s\": %s", word->text,
                        word->hint != NULL ? word->hint : "clients skip it");
    }
}

static void unknown_word_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    judge_values(self, model, vhost, out, judge_words);
}

const tlsg_rule_t tlsg_rule_hpkp_unknown_word = {
    .id = "TG426",
    .name = "hpkp-unknown-directive",
    .topic = "hpkp",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Public-Key-Pins holds a directive that clients do not know",
    .why =
        "Clients skip directives that they do not know: a misspelt one has no effect and nothing "
        "tells.",
    .fix = "The directives are pin-sha256, max-age, includeSubDomains and report-uri.",
    .bad = "Header always set Public-Key-Pins "
           "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; "
           "max-age=2592000; ncludeSubDomains\"\n",
    .good = "Header always unset Public-Key-Pins\n",
    .refs = { "RFC 7469 section 2.1" },
    .check = unknown_word_check,
};

/* ---- TG427 ---- */

static void missing_check(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_header_outcome_t *hpkp = tlsg_header_eval(model, vhost, "Public-Key-Pins");
    if (tlsg_redirect_serves_nothing(tlsg_http_facts_get(model, vhost)) || hpkp->by_module) {
        return;
    }
    if (hpkp->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_MAYBE) {
        tlsg_report_unknown(out, self, vhost,
                            "whether Public-Key-Pins is sent depends on the "
                            "request or the backend");
    }
    else if (hpkp->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_NO) {
        tlsg_report_add_absent(out, self, vhost, NULL, NULL,
                               "Public-Key-Pins is missing, which the classic policy demands");
    }
}

const tlsg_rule_t tlsg_rule_hpkp_missing = {
    .id = "TG427",
    .name = "hpkp-missing",
    .topic = "hpkp",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "No Public-Key-Pins header is sent (policy classic)",
    .why = "The checklist of 2015 asked for pins. Browsers no longer read them; the default policy "
           "does not ask.",
    .fix =
        "Use the default policy, or send the pin of the certificate and of an offline backup key.",
    .bad = "Header always unset Public-Key-Pins\n",
    .good = "Header always set Public-Key-Pins "
            "\"pin-sha256=\\\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; "
            "pin-sha256=\\\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\\"; max-age=2592000\"\n",
    .refs = { "RFC 7469" },
    .policy = "classic",
    .check = missing_check,
};
