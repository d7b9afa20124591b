/* SPDX-License-Identifier: Apache-2.0 */
/* The report as one JSON document: server, findings, what was not evaluated, summary. The
 * virtual hosts' own facts are made in render_json_vhost.c. */
#include <string.h>

#include <apr_strings.h>

#include "json.h"
#include "place.h"
#include "render.h"
#include "render_json_vhost.h"
#include "rule.h"
#include "version.h"

typedef struct builder_t {
    apr_pool_t *pool;
    const tlsg_model_t *model;
    const tlsg_report_t *report;
    tlsg_places_t *places;
    int failed;
} builder_t;

static void set(builder_t *builder, json_t *object, const char *key, json_t *value)
{
    tlsg_json_set(object, key, value, &builder->failed);
}

static void set_text(builder_t *builder, json_t *object, const char *key, const char *text)
{
    set(builder, object, key, tlsg_json_text(builder->pool, text));
}

static void push(builder_t *builder, json_t *array, json_t *value)
{
    tlsg_json_push(array, value, &builder->failed);
}

static json_t *make_tool(builder_t *builder)
{
    json_t *tool = json_object();
    set_text(builder, tool, "name", "mod_tlsguard");
    set_text(builder, tool, "version", TLSG_VERSION);
    return tool;
}

static json_t *make_server(builder_t *builder)
{
    const tlsg_model_t *model = builder->model;
    json_t *server = json_object();
    set_text(builder, server, "httpd", model->httpd_version);
    set_text(builder, server, "openssl_build", model->openssl_build);
    set_text(builder, server, "openssl_run", model->openssl_run);
    set_text(builder, server, "stage", model->stage == TLSG_STAGE_START ? "start" : "config-test");
    set_text(builder, server, "tls_module",
             model->other_tls != NULL                    ? model->other_tls
             : tlsg_model_has_module(model, "mod_ssl.c") ? "mod_ssl"
                                                         : NULL);
    return server;
}

static void set_place(builder_t *builder, json_t *object, const char *file, int line)
{
    set_text(builder, object, "file", file);
    set(builder, object, "line",
        file != NULL ? json_integer(tlsg_place_first_line(builder->places, file, line))
                     : json_null());
}

/* Names of the virtual hosts concerned, each once though two may have it, ["*"] for the server as a
 * whole. */
static json_t *make_names(builder_t *builder, const apr_array_header_t *vhosts)
{
    json_t *names = json_array();
    apr_pool_t *pool;
    apr_pool_create(&pool, builder->pool);
    apr_hash_t *known = apr_hash_make(pool);
    for (int i = 0; i < vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(vhosts, i, const tlsg_vhost_t *);
        if (apr_hash_get(known, vhost->label, APR_HASH_KEY_STRING) != NULL) {
            continue;
        }
        apr_hash_set(known, vhost->label, APR_HASH_KEY_STRING, vhost);
        push(builder, names, tlsg_json_text(builder->pool, vhost->label));
    }
    apr_pool_destroy(pool);
    if (vhosts->nelts == 0) {
        push(builder, names, json_string("*"));
    }
    return names;
}

static void push_related(builder_t *builder, json_t *array, const char *file, int line,
                         const char *message)
{
    json_t *related = json_object();
    set_place(builder, related, file, line);
    set_text(builder, related, "message", message);
    push(builder, array, related);
}

static json_t *make_related(builder_t *builder, const tlsg_finding_t *finding)
{
    json_t *array = json_array();
    if (finding->origin.use_file != NULL) {
        push_related(builder, array, finding->origin.use_file, finding->origin.use_line,
                     "the macro is used here");
    }
    for (int i = 0; i < finding->related->nelts; i++) {
        const tlsg_related_t *related = &APR_ARRAY_IDX(finding->related, i, tlsg_related_t);
        push_related(builder, array, related->origin.file, related->origin.line, related->message);
    }
    return array;
}

static json_t *make_finding(builder_t *builder, const tlsg_finding_t *finding)
{
    const tlsg_rule_t *rule = finding->rule;
    json_t *object = json_object();
    set_text(builder, object, "rule", rule->id);
    set_text(builder, object, "name", rule->name);
    set_text(builder, object, "topic", rule->topic);
    set_text(builder, object, "severity", tlsg_severity_name(finding->severity));
    set_text(builder, object, "message", finding->message);
    set_text(builder, object, "fix", finding->fix != NULL ? finding->fix : "");
    set_place(builder, object, finding->origin.file, finding->origin.line);
    set(builder, object, "vhosts", make_names(builder, finding->vhosts));
    set(builder, object, "related", make_related(builder, finding));
    json_t *refs = json_array();
    for (int i = 0; rule->refs[i] != NULL; i++) {
        push(builder, refs, tlsg_json_text(builder->pool, rule->refs[i]));
    }
    set(builder, object, "refs", refs);
    set(builder, object, "waived", json_null());
    return object;
}

static json_t *make_findings(builder_t *builder)
{
    const apr_array_header_t *findings = tlsg_report_findings(builder->report);
    json_t *array = json_array();
    for (int i = 0; i < findings->nelts; i++) {
        push(builder, array,
             make_finding(builder, APR_ARRAY_IDX(findings, i, const tlsg_finding_t *)));
    }
    return array;
}

static json_t *make_unknowns(builder_t *builder)
{
    const apr_array_header_t *unknowns = tlsg_report_unknowns(builder->report);
    json_t *array = json_array();
    for (int i = 0; i < unknowns->nelts; i++) {
        const tlsg_unknown_t *unknown = APR_ARRAY_IDX(unknowns, i, const tlsg_unknown_t *);
        json_t *object = json_object();
        set_text(builder, object, "rule", unknown->rule->id);
        set(builder, object, "vhosts", make_names(builder, unknown->vhosts));
        set_text(builder, object, "reason", unknown->reason);
        push(builder, array, object);
    }
    return array;
}

/* As many as the "vhosts" list has. */
static int count_vhosts(const tlsg_model_t *model)
{
    int count = 0;
    for (int i = 0; i < model->vhosts->nelts; i++) {
        count += APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *)->serves != 0;
    }
    return count;
}

static json_t *make_summary(builder_t *builder)
{
    const tlsg_report_t *report = builder->report;
    json_t *summary = json_object();
    set(builder, summary, "error", json_integer(tlsg_report_count(report, TLSG_ERROR)));
    set(builder, summary, "warning", json_integer(tlsg_report_count(report, TLSG_WARNING)));
    set(builder, summary, "notice", json_integer(tlsg_report_count(report, TLSG_NOTICE)));
    set(builder, summary, "waived", json_integer(0));
    set(builder, summary, "vhosts", json_integer(count_vhosts(builder->model)));
    set(builder, summary, "tls_vhosts", json_integer(tlsg_model_count_tls(builder->model)));
    set(builder, summary, "configurations", json_integer(builder->model->configurations));
    return summary;
}

static json_t *make_document(builder_t *builder)
{
    json_t *document = json_object();
    set_text(builder, document, "schema", "tlsguard-report/1");
    set(builder, document, "tool", make_tool(builder));
    set(builder, document, "server", make_server(builder));
    set(builder, document, "startable", json_boolean(tlsg_report_is_startable(builder->report)));
    set(builder, document, "findings", make_findings(builder));
    set(builder, document, "not_evaluated", make_unknowns(builder));
    set(builder, document, "vhosts",
        tlsg_render_json_vhosts(builder->pool, builder->model, builder->places, &builder->failed));
    set(builder, document, "summary", make_summary(builder));
    return document;
}

#define BUFFER_SIZE                                                                                \
    65536 /* bytes; jansson hands out single characters, and a sink may be a system call */

typedef struct output_t {
    tlsg_sink_fn *sink;
    void *baton;
    char *buffer;
    size_t used;
} output_t;

static int flush(output_t *output)
{
    size_t len = output->used;
    output->used = 0;
    return len > 0 ? output->sink(output->baton, output->buffer, len) : 0;
}

static int write_part(const char *data, size_t len, void *baton)
{
    output_t *output = baton;
    if (len > BUFFER_SIZE - output->used && flush(output) != 0) {
        return -1;
    }
    if (len > BUFFER_SIZE) {
        return output->sink(output->baton, data, len);
    }
    memcpy(output->buffer + output->used, data, len);
    output->used += len;
    return 0;
}

int tlsg_render_json(apr_pool_t *pool, const tlsg_model_t *model, const tlsg_report_t *report,
                     tlsg_sink_fn *sink, void *baton)
{
    builder_t builder = { .pool = pool, .model = model, .report = report };
    output_t output = { .sink = sink, .baton = baton };
    builder.places = tlsg_places_make(pool);
    output.buffer = apr_palloc(pool, BUFFER_SIZE);
    json_t *document = make_document(&builder);
    int failed = builder.failed || document == NULL ||
                 json_dump_callback(document, write_part, &output, JSON_INDENT(1)) != 0 ||
                 write_part("\n", 1, &output) != 0 || flush(&output) != 0;
    json_decref(document);
    return failed ? -1 : 0;
}
