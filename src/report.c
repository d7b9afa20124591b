/* SPDX-License-Identifier: Apache-2.0 */
/* Groups findings by cause while they are added; see report.h. */
#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "rule.h"

/* A file in which something was found. */
typedef struct file_t {
    const char *name;
    int number;
} file_t;

struct tlsg_report_t {
    apr_pool_t *pool;
    apr_pool_t *scratch;          /* texts that are mostly known already; cleared each time */
    apr_hash_t *by_cause;         /* cause_t and subject -> tlsg_finding_t * */
    apr_hash_t *files;            /* name -> const file_t * */
    const file_t *last_file;      /* one file serves thousands of findings in a row */
    apr_array_header_t *findings; /* tlsg_finding_t * */
    apr_hash_t *by_reason;        /* key text -> tlsg_unknown_t * */
    apr_array_header_t *unknowns; /* tlsg_unknown_t * */
    tlsg_finding_t *nobody;       /* what a rule gets that its policy has switched off */
};

/* What findings have in common that are one, up to the subject, whose text follows it in a key. */
typedef struct cause_t {
    const struct tlsg_rule_t *rule;
    int severity;
    int file; /* its number; NO_PLACE, ABSENT */
    int line;
    int use_line;
} cause_t;

enum {
    NO_PLACE = 0, /* numbers of files start behind it */
    ABSENT = -1   /* the place does not count */
};

/* A cause with its subject. */
typedef struct cause_key_t {
    const void *bytes;
    apr_ssize_t length;
} cause_key_t;

/* Ends the use of what was made in the scratch pool. */
static void forget(tlsg_report_t *report)
{
    if (report->scratch != report->pool) {
        apr_pool_clear(report->scratch);
    }
}

static tlsg_finding_t *nobody(tlsg_report_t *report, const struct tlsg_rule_t *rule)
{
    tlsg_finding_t *finding = report->nobody;
    if (finding == NULL) {
        finding = report->nobody = apr_pcalloc(report->pool, sizeof *finding);
        finding->vhosts = apr_array_make(report->pool, 1, sizeof(const tlsg_vhost_t *));
        finding->related = apr_array_make(report->pool, 1, sizeof(tlsg_related_t));
        finding->message = "";
    }
    finding->rule = rule;
    apr_array_clear(finding->related);
    return finding;
}

tlsg_report_t *tlsg_report_make(apr_pool_t *pool)
{
    tlsg_report_t *report = apr_pcalloc(pool, sizeof *report);
    report->pool = pool;
    if (apr_pool_create(&report->scratch, pool) != APR_SUCCESS) {
        report->scratch = pool;
    }
    report->by_cause = apr_hash_make(pool);
    report->files = apr_hash_make(pool);
    report->findings = apr_array_make(pool, 16, sizeof(tlsg_finding_t *));
    report->by_reason = apr_hash_make(pool);
    report->unknowns = apr_array_make(pool, 4, sizeof(tlsg_unknown_t *));
    return report;
}

apr_pool_t *tlsg_report_pool(tlsg_report_t *report)
{
    return report->pool;
}

/* A virtual host is listed once; rules judge one after the other, so comparing with the last entry
 * is enough. */
static void list_vhost(apr_array_header_t *vhosts, const tlsg_vhost_t *vhost)
{
    if (vhosts->nelts > 0 &&
        APR_ARRAY_IDX(vhosts, vhosts->nelts - 1, const tlsg_vhost_t *) == vhost) {
        return;
    }
    APR_ARRAY_PUSH(vhosts, const tlsg_vhost_t *) = vhost;
}

static tlsg_severity_t asked(const struct tlsg_rule_t *rule, const tlsg_vhost_t *vhost)
{
    const tlsg_policy_t *policy =
        vhost != NULL && vhost->policy != NULL ? vhost->policy : tlsg_policy_default();
    return tlsg_policy_severity(policy, rule);
}

static tlsg_finding_t *make_finding(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                    tlsg_severity_t severity, const tlsg_origin_t *origin,
                                    const char *format, va_list args)
{
    tlsg_finding_t *finding = apr_pcalloc(report->pool, sizeof *finding);
    finding->rule = rule;
    finding->severity = severity;
    finding->message = apr_pvsprintf(report->pool, format, args);
    finding->fix = rule->fix;
    finding->vhosts = apr_array_make(report->pool, 1, sizeof(const tlsg_vhost_t *));
    finding->related = apr_array_make(report->pool, 1, sizeof(tlsg_related_t));
    if (origin != NULL) {
        finding->origin = *origin;
    }
    return finding;
}

/* A rule about the server is called with the main server, which then stands for all of it. */
static int concerns_vhost(const struct tlsg_rule_t *rule, const tlsg_vhost_t *vhost)
{
    return vhost != NULL && !(rule->scope == TLSG_PER_SERVER && vhost->is_main);
}

/* The finding of that key, made when it is new. */
static tlsg_finding_t *keep(tlsg_report_t *report, cause_key_t key, const struct tlsg_rule_t *rule,
                            tlsg_severity_t severity, const tlsg_vhost_t *vhost,
                            const tlsg_origin_t *origin, const char *format, va_list args)
{
    if (severity == TLSG_OFF) {
        return nobody(report, rule);
    }
    tlsg_finding_t *finding = apr_hash_get(report->by_cause, key.bytes, key.length);
    if (finding == NULL) {
        finding = make_finding(report, rule, severity, origin, format, args);
        finding->order = report->findings->nelts;
        apr_hash_set(report->by_cause, apr_pmemdup(report->pool, key.bytes, (apr_size_t)key.length),
                     key.length, finding);
        APR_ARRAY_PUSH(report->findings, tlsg_finding_t *) = finding;
    }
    if (concerns_vhost(rule, vhost)) {
        list_vhost(finding->vhosts, vhost);
    }
    return finding;
}

static int file_number(tlsg_report_t *report, const char *name)
{
    const file_t *known = report->last_file;
    if (known != NULL && strcmp(known->name, name) == 0) {
        return known->number;
    }
    known = apr_hash_get(report->files, name, APR_HASH_KEY_STRING);
    if (known == NULL) {
        file_t *file = apr_palloc(report->pool, sizeof *file);
        file->name = apr_pstrdup(report->pool, name);
        file->number = (int)apr_hash_count(report->files) + NO_PLACE + 1;
        apr_hash_set(report->files, file->name, APR_HASH_KEY_STRING, file);
        known = file;
    }
    report->last_file = known;
    return known->number;
}

/* In the scratch pool. */
static cause_key_t join_key(tlsg_report_t *report, const cause_t *cause, const char *subject)
{
    size_t length = subject != NULL ? strlen(subject) : 0;
    char *bytes = apr_palloc(report->scratch, sizeof *cause + length);
    memcpy(bytes, cause, sizeof *cause);
    if (length > 0) {
        memcpy(bytes + sizeof *cause, subject, length);
    }
    return (cause_key_t){ bytes, (apr_ssize_t)(sizeof *cause + length) };
}

static cause_key_t cause_key(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                             tlsg_severity_t severity, const tlsg_origin_t *origin,
                             const char *subject)
{
    cause_t cause;
    memset(&cause, 0, sizeof cause); /* padding is part of the key */
    cause.rule = rule;
    cause.severity = (int)severity;
    if (origin != NULL && origin->file != NULL) {
        cause.file = file_number(report, origin->file);
        cause.line = origin->line;
        cause.use_line = origin->use_line;
    }
    return join_key(report, &cause, subject);
}

tlsg_finding_t *tlsg_report_add(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                const tlsg_vhost_t *vhost, const tlsg_origin_t *origin,
                                const char *subject, const char *format, ...)
{
    tlsg_severity_t severity = asked(rule, vhost);
    va_list args;
    va_start(args, format);
    tlsg_finding_t *finding = keep(report, cause_key(report, rule, severity, origin, subject), rule,
                                   severity, vhost, origin, format, args);
    va_end(args);
    forget(report);
    return finding;
}

tlsg_finding_t *tlsg_report_add_as(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                   tlsg_severity_t severity, const tlsg_vhost_t *vhost,
                                   const tlsg_origin_t *origin, const char *subject,
                                   const char *format, ...)
{
    if (asked(rule, vhost) == TLSG_OFF) {
        severity = TLSG_OFF;
    }
    va_list args;
    va_start(args, format);
    tlsg_finding_t *finding = keep(report, cause_key(report, rule, severity, origin, subject), rule,
                                   severity, vhost, origin, format, args);
    va_end(args);
    forget(report);
    return finding;
}

tlsg_finding_t *tlsg_report_add_absent(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                                       const tlsg_vhost_t *vhost, const tlsg_origin_t *origin,
                                       const char *subject, const char *format, ...)
{
    tlsg_severity_t severity = asked(rule, vhost);
    if (origin == NULL && vhost != NULL) {
        origin = &vhost->origin;
    }
    cause_t cause;
    memset(&cause, 0, sizeof cause);
    cause.rule = rule;
    cause.severity = (int)severity;
    cause.file = ABSENT;
    va_list args;
    va_start(args, format);
    tlsg_finding_t *finding = keep(report, join_key(report, &cause, subject), rule, severity, vhost,
                                   origin, format, args);
    va_end(args);
    forget(report);
    if (origin != NULL && origin->file != NULL) {
        tlsg_finding_relate(report, finding, origin, "the same here");
    }
    return finding;
}

void tlsg_finding_fix(tlsg_report_t *report, tlsg_finding_t *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    finding->fix = apr_pvsprintf(report->pool, format, args);
    va_end(args);
}

static int same_place(const tlsg_origin_t *a, const tlsg_origin_t *b)
{
    return a->line == b->line && a->use_line == b->use_line && a->file != NULL && b->file != NULL &&
           strcmp(a->file, b->file) == 0;
}

void tlsg_finding_relate(tlsg_report_t *report, tlsg_finding_t *finding,
                         const tlsg_origin_t *origin, const char *format, ...)
{
    if (origin->file == NULL || same_place(&finding->origin, origin)) {
        return;
    }
    /* Absences of 10,000 virtual hosts arrive in order, so a repetition is at the end; the start
     * holds the few places that rules name themselves. */
    int count = finding->related->nelts;
    for (int i = 0; i < count; i++) {
        if (i == 8 && count > 16) { /* first and last 8 entries: bounded work per call */
            i = count - 8;
        }
        if (same_place(&APR_ARRAY_IDX(finding->related, i, tlsg_related_t).origin, origin)) {
            return;
        }
    }
    va_list args;
    va_start(args, format);
    tlsg_related_t *related = apr_array_push(finding->related);
    related->origin = *origin;
    related->message = apr_pvsprintf(report->pool, format, args);
    va_end(args);
}

void tlsg_report_unknown(tlsg_report_t *report, const struct tlsg_rule_t *rule,
                         const tlsg_vhost_t *vhost, const char *format, ...)
{
    if (asked(rule, vhost) == TLSG_OFF) {
        return;
    }
    va_list args;
    va_start(args, format);
    const char *reason = apr_pvsprintf(report->scratch, format, args);
    va_end(args);
    const char *key = apr_pstrcat(report->scratch, rule->id, " ", reason, NULL);
    tlsg_unknown_t *unknown = apr_hash_get(report->by_reason, key, APR_HASH_KEY_STRING);
    if (unknown == NULL) {
        unknown = apr_pcalloc(report->pool, sizeof *unknown);
        unknown->order = report->unknowns->nelts;
        unknown->rule = rule;
        unknown->reason = apr_pstrdup(report->pool, reason);
        unknown->vhosts = apr_array_make(report->pool, 1, sizeof(const tlsg_vhost_t *));
        apr_hash_set(report->by_reason, apr_pstrdup(report->pool, key), APR_HASH_KEY_STRING,
                     unknown);
        APR_ARRAY_PUSH(report->unknowns, tlsg_unknown_t *) = unknown;
    }
    if (concerns_vhost(rule, vhost)) {
        list_vhost(unknown->vhosts, vhost);
    }
    forget(report);
}

static int compare(const void *left, const void *right)
{
    const tlsg_finding_t *a = *(const tlsg_finding_t *const *)left;
    const tlsg_finding_t *b = *(const tlsg_finding_t *const *)right;
    if (a->severity != b->severity) {
        return a->severity > b->severity ? -1 : 1;
    }
    int by_file = strcmp(a->origin.file != NULL ? a->origin.file : "",
                         b->origin.file != NULL ? b->origin.file : "");
    if (by_file != 0) {
        return by_file;
    }
    if (a->origin.line != b->origin.line) {
        return a->origin.line < b->origin.line ? -1 : 1;
    }
    int by_rule = strcmp(a->rule->id, b->rule->id);
    if (by_rule != 0) {
        return by_rule;
    }
    int by_message = strcmp(a->message, b->message);
    return by_message != 0 ? by_message : a->order - b->order;
}

static int compare_unknowns(const void *left, const void *right)
{
    const tlsg_unknown_t *a = *(const tlsg_unknown_t *const *)left;
    const tlsg_unknown_t *b = *(const tlsg_unknown_t *const *)right;
    int by_rule = strcmp(a->rule->id, b->rule->id);
    return by_rule != 0 ? by_rule : a->order - b->order;
}

void tlsg_report_sort(tlsg_report_t *report)
{
    qsort(report->findings->elts, (size_t)report->findings->nelts, sizeof(tlsg_finding_t *),
          compare);
    qsort(report->unknowns->elts, (size_t)report->unknowns->nelts, sizeof(tlsg_unknown_t *),
          compare_unknowns);
}

const apr_array_header_t *tlsg_report_findings(const tlsg_report_t *report)
{
    return report->findings;
}

const apr_array_header_t *tlsg_report_unknowns(const tlsg_report_t *report)
{
    return report->unknowns;
}

int tlsg_report_count(const tlsg_report_t *report, tlsg_severity_t severity)
{
    int count = 0;
    for (int i = 0; i < report->findings->nelts; i++) {
        count += APR_ARRAY_IDX(report->findings, i, tlsg_finding_t *)->severity == severity;
    }
    return count;
}

int tlsg_report_is_startable(const tlsg_report_t *report)
{
    for (int i = 0; i < report->findings->nelts; i++) {
        const tlsg_finding_t *finding = APR_ARRAY_IDX(report->findings, i, tlsg_finding_t *);
        if ((finding->rule->flags & TLSG_BLOCKS_START) != 0) {
            return 0;
        }
    }
    return 1;
}
