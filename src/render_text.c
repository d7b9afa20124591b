/* SPDX-License-Identifier: Apache-2.0 */
/* The report as an administrator reads it after `httpd -t`: findings in compiler style, what was
 * not evaluated, the checklist of each TLS configuration, one summary line. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "checklist.h"
#include "place.h"
#include "render.h"
#include "rule.h"
#include "text.h"

#define TEXT_MAX                                                                                   \
    2048 /* bytes of a message shown; longer ones carry somebody's whole header or list */
#define NAMES_MAX 3  /* virtual hosts named in full; above, the first and a number */
#define PLACES_MAX 3 /* related places shown */
#define RULES_MAX 8  /* rule ids named in one line; above, all but two and a number */
#define INDENT "    "

typedef struct writer_t {
    apr_pool_t *pool;
    const tlsg_model_t *model;
    const char *base;
    tlsg_places_t *places;
    apr_array_header_t *lines; /* tlsg_line_t */
    apr_hash_t *explained;     /* rules (by id) whose reason was given */
    int tls_vhosts;
} writer_t;

static void put(writer_t *writer, tlsg_line_kind_t kind, tlsg_severity_t severity, const char *text)
{
    tlsg_line_t *line = apr_array_push(writer->lines);
    line->kind = kind;
    line->severity = severity;
    line->text = text;
}

/* The text itself where that can be shown; it lives as long as the report. */
static const char *clean(const writer_t *writer, const char *text)
{
    size_t length = strlen(text);
    return tlsg_text_is_plain(text, length) && length <= TEXT_MAX
               ? text
               : tlsg_text_printable(writer->pool, text, length, TEXT_MAX);
}

static const char *plural(int count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static const char *place(const writer_t *writer, const char *file, int line)
{
    int first = tlsg_place_first_line(writer->places, file, line);
    return apr_pstrcat(writer->pool, clean(writer, tlsg_place_relative(file, writer->base)), ":",
                       apr_itoa(writer->pool, first), NULL);
}

/* "a:443", "a:443, b:443 and c:443", "a:443 and 399 more (every virtual host with TLS)". */
static const char *name_vhosts(const writer_t *writer, const apr_array_header_t *vhosts)
{
    int count = vhosts->nelts;
    const char *text = clean(writer, APR_ARRAY_IDX(vhosts, 0, const tlsg_vhost_t *)->label);
    if (count <= NAMES_MAX) {
        for (int i = 1; i < count; i++) {
            const char *label = APR_ARRAY_IDX(vhosts, i, const tlsg_vhost_t *)->label;
            text = apr_pstrcat(writer->pool, text, i == count - 1 ? " and " : ", ",
                               clean(writer, label), NULL);
        }
        return text;
    }
    int is_every = count == writer->tls_vhosts;
    for (int i = 0; i < count && is_every; i++) {
        is_every = tlsg_vhost_serves_tls(APR_ARRAY_IDX(vhosts, i, const tlsg_vhost_t *));
    }
    return apr_psprintf(writer->pool, "%s and %d more%s", text, count - 1,
                        is_every ? " (every virtual host with TLS)" : "");
}

static void put_related(writer_t *writer, const tlsg_finding_t *finding)
{
    int count = finding->related->nelts;
    /* One more place than the limit takes the line that would count it. */
    int shown = count <= PLACES_MAX + 1 ? count : PLACES_MAX;
    for (int i = 0; i < shown; i++) {
        const tlsg_related_t *related = &APR_ARRAY_IDX(finding->related, i, tlsg_related_t);
        put(writer, TLSG_LINE_DETAIL, finding->severity,
            apr_pstrcat(writer->pool, INDENT,
                        place(writer, related->origin.file, related->origin.line), ": ",
                        clean(writer, related->message), NULL));
    }
    if (shown < count) {
        put(writer, TLSG_LINE_DETAIL, finding->severity,
            apr_psprintf(writer->pool, INDENT "and %d more places", count - shown));
    }
}

/* Why it matters, with the first finding of each rule that asks for work. */
static void put_why(writer_t *writer, const tlsg_finding_t *finding)
{
    const tlsg_rule_t *rule = finding->rule;
    if (finding->severity < TLSG_WARNING || rule->why == NULL ||
        apr_hash_get(writer->explained, rule->id, APR_HASH_KEY_STRING) != NULL) {
        return;
    }
    apr_hash_set(writer->explained, rule->id, APR_HASH_KEY_STRING, rule);
    put(writer, TLSG_LINE_DETAIL, finding->severity,
        apr_pstrcat(writer->pool, INDENT "why: ", tlsg_text_sentence(writer->pool, rule->why),
                    NULL));
}

static void put_finding(writer_t *writer, const tlsg_finding_t *finding)
{
    const tlsg_origin_t *origin = &finding->origin;
    tlsg_severity_t severity = finding->severity;
    const char *where =
        origin->file != NULL ? place(writer, origin->file, origin->line) : "configuration";
    put(writer, TLSG_LINE_FINDING, severity,
        apr_pstrcat(writer->pool, where, ": ", tlsg_severity_name(severity), ": ",
                    clean(writer, finding->message), " [", finding->rule->id, " ",
                    finding->rule->name, "]", NULL));
    if (finding->vhosts->nelts > 0) {
        put(writer, TLSG_LINE_DETAIL, severity,
            apr_pstrcat(writer->pool, INDENT "for ", name_vhosts(writer, finding->vhosts), NULL));
    }
    if (origin->use_file != NULL) {
        put(writer, TLSG_LINE_DETAIL, severity,
            apr_pstrcat(writer->pool, INDENT, place(writer, origin->use_file, origin->use_line),
                        ": the macro is used here", NULL));
    }
    put_related(writer, finding);
    put_why(writer, finding);
    if (finding->fix != NULL && finding->fix[0] != '\0') {
        put(writer, TLSG_LINE_DETAIL, severity,
            apr_pstrcat(writer->pool, INDENT "fix: ", clean(writer, finding->fix), NULL));
    }
}

/* All rules that one reason kept from judging. */
typedef struct reason_t {
    const char *text;
    apr_array_header_t *rules;  /* const char *: ids */
    apr_array_header_t *vhosts; /* const tlsg_vhost_t *: each once */
    char *seen;                 /* by tlsg_vhost_t.index */
} reason_t;

static reason_t *find_reason(const writer_t *writer, apr_hash_t *by_text,
                             apr_array_header_t *reasons, const char *text)
{
    reason_t *reason = apr_hash_get(by_text, text, APR_HASH_KEY_STRING);
    if (reason == NULL) {
        reason = apr_pcalloc(writer->pool, sizeof *reason);
        reason->text = text;
        reason->rules = apr_array_make(writer->pool, 4, sizeof(const char *));
        reason->vhosts = apr_array_make(writer->pool, 4, sizeof(const tlsg_vhost_t *));
        apr_hash_set(by_text, text, APR_HASH_KEY_STRING, reason);
        APR_ARRAY_PUSH(reasons, reason_t *) = reason;
    }
    return reason;
}

static void add_unknown(const writer_t *writer, reason_t *reason, const tlsg_unknown_t *unknown)
{
    APR_ARRAY_PUSH(reason->rules, const char *) = unknown->rule->id;
    if (reason->seen == NULL && unknown->vhosts->nelts > 0) {
        reason->seen = apr_pcalloc(writer->pool, (apr_size_t)writer->model->vhosts->nelts);
    }
    for (int i = 0; i < unknown->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(unknown->vhosts, i, const tlsg_vhost_t *);
        if (!reason->seen[vhost->index]) {
            reason->seen[vhost->index] = 1;
            APR_ARRAY_PUSH(reason->vhosts, const tlsg_vhost_t *) = vhost;
        }
    }
}

static const char *name_rules(const writer_t *writer, apr_array_header_t *rules)
{
    int count = rules->nelts;
    if (count <= RULES_MAX) {
        return tlsg_text_join(writer->pool, rules, " ");
    }
    apr_array_header_t *first = apr_array_copy(writer->pool, rules);
    first->nelts = RULES_MAX - 2;
    return apr_psprintf(writer->pool, "%s and %d more rules",
                        tlsg_text_join(writer->pool, first, " "), count - first->nelts);
}

static void put_unknowns(writer_t *writer, const tlsg_report_t *report)
{
    const apr_array_header_t *unknowns = tlsg_report_unknowns(report);
    apr_hash_t *by_text = apr_hash_make(writer->pool);
    apr_array_header_t *reasons = apr_array_make(writer->pool, 4, sizeof(reason_t *));
    for (int i = 0; i < unknowns->nelts; i++) {
        const tlsg_unknown_t *unknown = APR_ARRAY_IDX(unknowns, i, const tlsg_unknown_t *);
        add_unknown(writer, find_reason(writer, by_text, reasons, unknown->reason), unknown);
    }
    for (int i = 0; i < reasons->nelts; i++) {
        const reason_t *reason = APR_ARRAY_IDX(reasons, i, const reason_t *);
        const char *whom =
            reason->vhosts->nelts == 0
                ? ""
                : apr_pstrcat(writer->pool, " for ", name_vhosts(writer, reason->vhosts), NULL);
        put(writer, TLSG_LINE_UNKNOWN, TLSG_OFF,
            apr_psprintf(writer->pool, "not evaluated%s: %s [%s]", whom,
                         clean(writer, reason->text), name_rules(writer, reason->rules)));
    }
}

/* 1 when two questions got the same answer for the same stated reason, and so share one mention. */
static int same_answer(const tlsg_check_t *a, const tlsg_check_t *b)
{
    return a->state == b->state && a->why != NULL && b->why != NULL && strcmp(a->why, b->why) == 0;
}

/* "forward secrecy: ok; SSLv3 off, stapling: unknown (certificate comes from mod_md at start)" */
static const char *answers(apr_pool_t *pool, const tlsg_checklist_t *list)
{
    const char *text = "";
    for (int i = 0; i < TLSG_CHECK_ITEMS; i++) {
        const tlsg_check_t *check = &list->items[i];
        text = apr_pstrcat(pool, text, tlsg_checklist_label((tlsg_check_item_t)i), NULL);
        if (i + 1 < TLSG_CHECK_ITEMS && same_answer(check, check + 1)) {
            text = apr_pstrcat(pool, text, ", ", NULL);
            continue;
        }
        const char *state = check->state == TLSG_CHECK_NOT_APPLICABLE
                                ? "not applicable"
                                : tlsg_checklist_state(check->state);
        const char *why = "";
        if (check->why != NULL) {
            why = tlsg_text_printable(pool, check->why, strlen(check->why), TEXT_MAX);
            why = apr_pstrcat(pool, " (", why, ")", NULL);
        }
        text =
            apr_pstrcat(pool, text, ": ", state, why, i + 1 < TLSG_CHECK_ITEMS ? "; " : "", NULL);
    }
    return text;
}

/* Virtual hosts of one TLS configuration with the same answers; headers may differ within a
 * configuration. */
typedef struct group_t {
    tlsg_checklist_t list; /* the first virtual host's */
    int configuration;     /* tlsg_effective_t.id, 0: not known */
    const char *text;
    apr_array_header_t *vhosts; /* const tlsg_vhost_t * */
} group_t;

/* 1 when a virtual host with these answers belongs to the group. */
static int is_like(const group_t *group, int configuration, const tlsg_checklist_t *list)
{
    if (group == NULL || group->configuration != configuration) {
        return 0;
    }
    for (int i = 0; i < TLSG_CHECK_ITEMS; i++) {
        const tlsg_check_t *a = &group->list.items[i];
        const tlsg_check_t *b = &list->items[i];
        if (a->state != b->state || (a->why == NULL) != (b->why == NULL) ||
            (a->why != NULL && strcmp(a->why, b->why) != 0)) {
            return 0;
        }
    }
    return 1;
}

/* The group of these answers, made when it is new; what is kept is copied from the scratch pool. */
static group_t *find_group(const writer_t *writer, apr_pool_t *scratch, apr_hash_t *by_key,
                           apr_array_header_t *groups, int configuration,
                           const tlsg_checklist_t *list)
{
    const char *text = answers(scratch, list);
    const char *key = apr_psprintf(scratch, "%d %s", configuration, text);
    group_t *group = apr_hash_get(by_key, key, APR_HASH_KEY_STRING);
    if (group != NULL) {
        return group;
    }
    group = apr_pcalloc(writer->pool, sizeof *group);
    for (int i = 0; i < TLSG_CHECK_ITEMS; i++) {
        group->list.items[i].state = list->items[i].state;
        group->list.items[i].why = apr_pstrdup(writer->pool, list->items[i].why);
    }
    group->configuration = configuration;
    group->text = apr_pstrdup(writer->pool, text);
    group->vhosts = apr_array_make(writer->pool, 1, sizeof(const tlsg_vhost_t *));
    apr_hash_set(by_key, apr_pstrdup(writer->pool, key), APR_HASH_KEY_STRING, group);
    APR_ARRAY_PUSH(groups, group_t *) = group;
    return group;
}

/* Groups (group_t *) in the order of their first virtual host. */
static apr_array_header_t *group_checklists(const writer_t *writer)
{
    apr_array_header_t *groups = apr_array_make(writer->pool, 4, sizeof(group_t *));
    apr_hash_t *by_key = apr_hash_make(writer->pool);
    apr_pool_t *scratch; /* thousands of virtual hosts give a few different texts */
    if (apr_pool_create(&scratch, writer->pool) != APR_SUCCESS) {
        return groups;
    }
    group_t *group = NULL; /* virtual hosts that follow each other are often alike */
    for (int i = 0; i < writer->model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(writer->model->vhosts, i, const tlsg_vhost_t *);
        if (!tlsg_vhost_serves_tls(vhost)) {
            continue;
        }
        const tlsg_effective_t *effective = tlsg_vhost_effective(vhost);
        int configuration = effective != NULL ? effective->id : 0;
        const tlsg_checklist_t *list = tlsg_checklist_make(scratch, writer->model, vhost);
        if (!is_like(group, configuration, list)) {
            group = find_group(writer, scratch, by_key, groups, configuration, list);
        }
        APR_ARRAY_PUSH(group->vhosts, const tlsg_vhost_t *) = vhost;
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return groups;
}

static void put_checklists(writer_t *writer)
{
    const apr_array_header_t *groups = group_checklists(writer);
    for (int i = 0; i < groups->nelts; i++) {
        const group_t *group = APR_ARRAY_IDX(groups, i, const group_t *);
        put(writer, TLSG_LINE_CHECKLIST, TLSG_OFF,
            apr_pstrcat(writer->pool, "checklist for ", name_vhosts(writer, group->vhosts), ": ",
                        group->text, NULL));
    }
}

/* "1 error, 0 warnings, 2 notices" */
static const char *count_findings(apr_pool_t *pool, const tlsg_report_t *report)
{
    static const struct {
        tlsg_severity_t severity;
        const char *one;
        const char *many;
    } kinds[] = {
        { TLSG_ERROR, "error", "errors" },
        { TLSG_WARNING, "warning", "warnings" },
        { TLSG_NOTICE, "notice", "notices" },
    };
    const char *text = "";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int count = tlsg_report_count(report, kinds[i].severity);
        text = apr_psprintf(pool, "%s%s%d %s", text, i > 0 ? ", " : "", count,
                            plural(count, kinds[i].one, kinds[i].many));
    }
    return text;
}

static int count_rules(apr_pool_t *pool, const apr_array_header_t *unknowns)
{
    apr_hash_t *ids = apr_hash_make(pool);
    for (int i = 0; i < unknowns->nelts; i++) {
        const tlsg_rule_t *rule = APR_ARRAY_IDX(unknowns, i, const tlsg_unknown_t *)->rule;
        apr_hash_set(ids, rule->id, APR_HASH_KEY_STRING, rule);
    }
    return (int)apr_hash_count(ids);
}

const char *tlsg_render_summary(apr_pool_t *pool, const tlsg_model_t *model,
                                const tlsg_report_t *report)
{
    int vhosts = tlsg_model_count_tls(model);
    int unknowns = count_rules(pool, tlsg_report_unknowns(report));
    if (!tlsg_model_has_module(model, "mod_ssl.c")) {
        return apr_psprintf(pool, "mod_ssl is not loaded: %s; %s",
                            model->other_tls != NULL
                                ? apr_pstrcat(pool, model->other_tls,
                                              " may serve TLS, which is not judged here", NULL)
                                : "this server speaks no TLS",
                            count_findings(pool, report));
    }
    const char *text = apr_psprintf(
        pool, "%d virtual %s with TLS, %d %s: %s", vhosts, plural(vhosts, "host", "hosts"),
        model->configurations, plural(model->configurations, "configuration", "configurations"),
        count_findings(pool, report));
    if (unknowns > 0) {
        text = apr_psprintf(pool, "%s; %d %s not evaluated everywhere", text, unknowns,
                            plural(unknowns, "rule", "rules"));
    }
    return tlsg_report_is_startable(report)
               ? text
               : apr_pstrcat(pool, text, "; the server will not start", NULL);
}

apr_array_header_t *tlsg_render_text(apr_pool_t *pool, const tlsg_model_t *model,
                                     const tlsg_report_t *report, const char *base)
{
    writer_t writer = { .pool = pool, .model = model, .base = base };
    const apr_array_header_t *findings = tlsg_report_findings(report);
    writer.places = tlsg_places_make(pool);
    writer.lines = apr_array_make(pool, 32, sizeof(tlsg_line_t));
    writer.explained = apr_hash_make(pool);
    writer.tls_vhosts = tlsg_model_count_tls(model);
    for (int i = 0; i < findings->nelts; i++) {
        put_finding(&writer, APR_ARRAY_IDX(findings, i, const tlsg_finding_t *));
    }
    put_unknowns(&writer, report);
    put_checklists(&writer);
    put(&writer, TLSG_LINE_SUMMARY, TLSG_OFF, tlsg_render_summary(pool, model, report));
    return writer.lines;
}
