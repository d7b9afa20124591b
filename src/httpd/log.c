/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "catalogue.h"
#include "face.h"
#include "render.h"
#include "rule.h"

APLOG_USE_MODULE(tlsguard);

static int write_out(void *baton, const char *data, size_t len)
{
    apr_size_t written;
    return apr_file_write_full(baton, data, len, &written) == APR_SUCCESS ? 0 : -1;
}

static const char *working_directory(apr_pool_t *pool)
{
    char *path = NULL;
    return apr_filepath_get(&path, 0, pool) == APR_SUCCESS ? path : NULL;
}

/* Bytes for one write(): a terminal is not buffered, and there may be tens of thousands of lines.
 */
#define BLOCK_BYTES 16384

static void write_lines(apr_pool_t *pool, const tlsg_model_t *model, const tlsg_report_t *report,
                        apr_file_t *out)
{
    const apr_array_header_t *lines =
        tlsg_render_text(pool, model, report, working_directory(pool));
    char block[BLOCK_BYTES];
    size_t used = 0;
    for (int i = 0; i < lines->nelts; i++) {
        const char *text = APR_ARRAY_IDX(lines, i, tlsg_line_t).text;
        size_t len = strlen(text);
        if (used + len + 1 > sizeof block) {
            write_out(out, block, used);
            used = 0;
        }
        if (len + 1 > sizeof block) {
            write_out(out, text, len);
            len = 0;
            text = "";
        }
        memcpy(block + used, text, len);
        used += len;
        block[used++] = '\n';
    }
    write_out(out, block, used);
    apr_file_flush(out);
}

int tlsg_log_dump(const tlsg_model_t *model, const tlsg_report_t *report)
{
    int as_json = ap_exists_config_define("DUMP_TLSGUARD_JSON");
    int as_text = ap_exists_config_define("DUMP_TLSGUARD");
    apr_file_t *out;
    if ((!as_json && !as_text) || apr_file_open_stdout(&out, model->pool) != APR_SUCCESS) {
        return 0;
    }
    if (as_json) {
        tlsg_render_json(model->pool, model, report, write_out, out);
    }
    else {
        write_lines(model->pool, model, report, out);
    }
    apr_file_flush(out);
    return 1;
}

int tlsg_log_rules(apr_pool_t *pool)
{
    apr_file_t *out;
    if (!ap_exists_config_define("DUMP_TLSGUARD_RULES") ||
        apr_file_open_stdout(&out, pool) != APR_SUCCESS) {
        return 0;
    }
    apr_file_puts(tlsg_catalogue_text(pool), out);
    apr_file_flush(out);
    return 1;
}

void tlsg_log_terminal(const tlsg_model_t *model, const tlsg_report_t *report)
{
    apr_file_t *out;
    if (apr_file_open_stderr(&out, model->pool) == APR_SUCCESS) {
        write_lines(model->pool, model, report, out);
    }
}

/* ---- Error log
 * ----------------------------------------------------------------------------------- */

static int log_level(tlsg_severity_t severity)
{
    return severity == TLSG_ERROR     ? APLOG_ERR
           : severity == TLSG_WARNING ? APLOG_WARNING
                                      : APLOG_NOTICE;
}

/* What was logged at the previous start or reload; lives in the process pool. */
typedef struct memory_t {
    apr_pool_t *pool;
    apr_hash_t *seen; /* text of a finding -> non-NULL */
} memory_t;

/* Carries the layout's number: a reload may bring a newer build of the module. */
static const char memory_key[] = "tlsguard-findings-1";

static memory_t *memory_of(apr_pool_t *process_pool)
{
    void *memory = NULL;
    apr_pool_userdata_get(&memory, memory_key, process_pool);
    return memory;
}

/* Replaces what is remembered by `seen`; each generation has its own pool, so that reloads do not
 * add up. */
static void remember(apr_pool_t *process_pool, apr_hash_t *seen)
{
    memory_t *old = memory_of(process_pool);
    apr_pool_t *pool;
    if (apr_pool_create(&pool, process_pool) != APR_SUCCESS) {
        return;
    }
    memory_t *memory = apr_pcalloc(pool, sizeof *memory);
    memory->pool = pool;
    memory->seen = apr_hash_make(pool);
    for (apr_hash_index_t *at = apr_hash_first(NULL, seen); at != NULL; at = apr_hash_next(at)) {
        apr_hash_set(memory->seen, apr_pstrdup(pool, apr_hash_this_key(at)), APR_HASH_KEY_STRING,
                     memory);
    }
    /* Not setn: a reload unloads the module, and with it the key's own text. */
    apr_pool_userdata_set(memory, memory_key, NULL, process_pool);
    if (old != NULL) {
        apr_pool_destroy(old->pool);
    }
}

/* Lines of a finding belong together: logged when its first line is new. */
static int log_findings(const apr_array_header_t *lines, server_rec *s, const memory_t *before,
                        apr_hash_t *seen)
{
    int logged = 0;
    int is_new = 0;
    for (int i = 0; i < lines->nelts; i++) {
        const tlsg_line_t *line = &APR_ARRAY_IDX(lines, i, tlsg_line_t);
        if (line->kind == TLSG_LINE_FINDING) {
            is_new = before == NULL ||
                     apr_hash_get(before->seen, line->text, APR_HASH_KEY_STRING) == NULL;
            apr_hash_set(seen, line->text, APR_HASH_KEY_STRING, line);
            logged += is_new;
        }
        else if (line->kind != TLSG_LINE_DETAIL) {
            continue;
        }
        if (is_new) {
            ap_log_error(APLOG_MARK, log_level(line->severity) | APLOG_NOERRNO, 0, s,
                         "TLSGuard: %s", line->text);
        }
    }
    return logged;
}

void tlsg_log_server(const tlsg_model_t *model, const tlsg_report_t *report, server_rec *s,
                     apr_pool_t *process_pool)
{
    apr_pool_t *pool = model->pool;
    const memory_t *before = memory_of(process_pool);
    apr_hash_t *seen = apr_hash_make(pool);
    int logged = log_findings(tlsg_render_text(pool, model, report, NULL), s, before, seen);
    const char *summary = tlsg_render_summary(pool, model, report);
    if (before == NULL) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, "TLSGuard: %s", summary);
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, "TLSGuard: reloaded: %s; %s", summary,
                     logged == 0 ? "no new findings" : apr_psprintf(pool, "%d new", logged));
    }
    remember(process_pool, seen);
}

/* ---- A refused start
 * --------------------------------------------------------------------------------- */

static const char terminal_key[] = "tlsguard-terminal";

void tlsg_log_keep_terminal(apr_pool_t *pconf)
{
    int copy = dup(STDERR_FILENO);
    if (copy < 0) {
        return;
    }
    apr_os_file_t descriptor = copy;
    apr_file_t *terminal = NULL;
    /* Registered for cleanup with the pool, so that neither pass 2 nor a child keeps it open. */
    if (apr_os_file_put(&terminal, &descriptor, APR_FOPEN_WRITE, pconf) == APR_SUCCESS) {
        apr_pool_userdata_setn(terminal, terminal_key, NULL, pconf);
        apr_pool_cleanup_register(pconf, terminal, (apr_status_t(*)(void *))apr_file_close,
                                  apr_pool_cleanup_null);
    }
}

static apr_file_t *terminal_of(const server_rec *s)
{
    void *terminal = NULL;
    apr_pool_userdata_get(&terminal, terminal_key, s->process->pconf);
    return terminal;
}

void tlsg_log_refused(const server_rec *s, const char *text)
{
    apr_file_t *terminal = terminal_of(s);
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "%s", text);
    if (terminal != NULL) {
        apr_file_printf(terminal, "%s\n", text);
    }
}

void tlsg_log_refusal(const tlsg_model_t *model, const tlsg_report_t *report, int count,
                      const server_rec *s)
{
    apr_file_t *terminal = terminal_of(s);
    if (terminal != NULL) {
        write_lines(model->pool, model, report, terminal);
    }
    tlsg_log_refused(s, apr_psprintf(model->pool,
                                     "TLSGuard: the start is refused by TLSGuardMode enforce: %d "
                                     "finding%s at or above TLSGuardFailOn",
                                     count, count == 1 ? "" : "s"));
}
