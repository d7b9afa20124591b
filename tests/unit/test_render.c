/* SPDX-License-Identifier: Apache-2.0 */
/* What people and programs read, compared with golden files; hostile bytes; 10,000 virtual
 * hosts. The JSON files are validated against docs/report.schema.json by a gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "certfile.h"
#include "cipher.h"
#include "render.h"
#include "rule.h"
#include "support_golden.h"
#include "support_model.h"

static const tlsg_rule_t legacy = { .id = "TG101",
                                    .name = "legacy-protocol",
                                    .topic = "protocol",
                                    .severity = TLSG_WARNING,
                                    .why = "Both rest on SHA-1. Nobody needs them.",
                                    .fix = "Write SSLProtocol -all +TLSv1.2 +TLSv1.3",
                                    .refs = { "RFC 8996", "RFC 9325 section 3.1.1" } };
static const tlsg_rule_t unstartable = { .id = "TG201",
                                         .name = "cipher-string-empty",
                                         .topic = "cipher",
                                         .severity = TLSG_ERROR,
                                         .flags = TLSG_BLOCKS_START,
                                         .refs = { "openssl-ciphers(1)" } };
static const tlsg_rule_t hsts = { .id = "TG401",
                                  .name = "hsts-missing",
                                  .topic = "hsts",
                                  .severity = TLSG_WARNING,
                                  .fix = "Add Header always set Strict-Transport-Security "
                                         "\"max-age=63072000\"",
                                  .refs = { "RFC 6797" } };
static const tlsg_rule_t stapling = { .id = "TG390",
                                      .name = "stapling-off",
                                      .topic = "stapling",
                                      .severity = TLSG_NOTICE,
                                      .fix = "Write SSLUseStapling on",
                                      .refs = { "RFC 6066 section 8" } };
static const tlsg_rule_t tokens = { .id = "TG530",
                                    .name = "server-tokens",
                                    .topic = "disclosure",
                                    .severity = TLSG_NOTICE,
                                    .scope = TLSG_PER_SERVER,
                                    .fix = "Write ServerTokens Prod",
                                    .refs = { "CIS 8.1" } };

static const tlsg_suite_t aes13 = { .name = "TLS_AES_256_GCM_SHA384" };
static const tlsg_suite_t gcm = { .name = "ECDHE-RSA-AES128-GCM-SHA256",
                                  .flags = TLSG_SUITE_FORWARD_SECRECY | TLSG_SUITE_ECDHE };
static const tlsg_suite_t rsa = { .name = "AES128-SHA", .flags = TLSG_SUITE_STATIC_RSA };

typedef struct fixture_t {
    apr_pool_t *pool;
    tlsg_model_t *model;
    tlsg_report_t *report;
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    fixture_t *fixture = apr_pcalloc(pool, sizeof *fixture);
    fixture->pool = pool;
    fixture->model = support_model(pool);
    fixture->report = tlsg_report_make(pool);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(((fixture_t *)*state)->pool);
    return 0;
}

static const char *as_text(const fixture_t *fixture)
{
    const apr_array_header_t *lines =
        tlsg_render_text(fixture->pool, fixture->model, fixture->report, "/srv/www");
    const char *text = "";
    for (int i = 0; i < lines->nelts; i++) {
        const tlsg_line_t *line = &APR_ARRAY_IDX(lines, i, tlsg_line_t);
        assert_null(strchr(line->text, '\n'));
        text = apr_pstrcat(fixture->pool, text, line->text, "\n", NULL);
    }
    return text;
}

typedef struct buffer_t {
    char *bytes;
    size_t len;
    size_t room;
} buffer_t;

static int collect(void *baton, const char *data, size_t len)
{
    buffer_t *buffer = baton;
    if (buffer->len + len > buffer->room) {
        buffer->room = (buffer->len + len) * 2;
        buffer->bytes = realloc(buffer->bytes, buffer->room);
        assert_non_null(buffer->bytes);
    }
    memcpy(buffer->bytes + buffer->len, data, len);
    buffer->len += len;
    return 0;
}

static buffer_t as_json(const fixture_t *fixture)
{
    buffer_t buffer = { NULL, 0, 0 };
    assert_int_equal(
        tlsg_render_json(fixture->pool, fixture->model, fixture->report, collect, &buffer), 0);
    return buffer;
}

static void compare(const fixture_t *fixture, const char *name)
{
    const char *text = as_text(fixture);
    support_golden(apr_pstrcat(fixture->pool, name, ".txt", NULL), text, strlen(text));
    buffer_t json = as_json(fixture);
    support_golden(apr_pstrcat(fixture->pool, name, ".json", NULL), json.bytes, json.len);
    free(json.bytes);
}

static void a_server_without_tls_has_a_report(void **state)
{
    compare(*state, "report-empty");
}

static void add_certificate(const fixture_t *f, tlsg_vhost_t *vhost)
{
    tlsg_cert_t *issuer = apr_pcalloc(f->pool, sizeof *issuer);
    issuer->subject = "CN = Example Issuing CA";
    issuer->is_ca = 1;
    issuer->pin = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    const tlsg_cert_t **chain = apr_palloc(f->pool, sizeof *chain);
    chain[0] = issuer;
    tlsg_cert_t *leaf = apr_pcalloc(f->pool, sizeof *leaf);
    leaf->subject = "CN = www.example.com";
    leaf->issuer = issuer->subject;
    leaf->not_before = apr_time_from_sec(1764547200);
    leaf->not_after = apr_time_from_sec(1772323199);
    leaf->key.name = "EC";
    leaf->key.bits = 256;
    leaf->key.curve = "P-256";
    leaf->pin = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    tlsg_certfile_t *file = apr_pcalloc(f->pool, sizeof *file);
    file->path = "/srv/www/tls/www.pem";
    file->leaf = leaf;
    file->chain_count = 1;
    file->chain = chain;
    tlsg_vhost_cert_t *entry = apr_array_push(vhost->certs);
    entry->path = file->path;
    entry->file = file;
}

/* Three virtual hosts, two configurations, every kind of line. */
static void make_shop(fixture_t *f)
{
    tlsg_model_t *model = f->model;
    tlsg_vhost_t *www = support_vhost(model, "www.example.com", "sites/www.conf", 3);
    tlsg_vhost_t *shop = support_vhost(model, "shop.example.com", "sites/shop.conf", 5);
    tlsg_vhost_t *old = support_vhost(model, "old.example.com", "sites/shop.conf", 40);
    tlsg_vhost_t *managed = support_vhost(model, "acme.example.com", "sites/acme.conf", 1);
    tlsg_effective_t *good = support_effective(model);
    APR_ARRAY_PUSH(good->suites13, const tlsg_suite_t *) = &aes13;
    APR_ARRAY_PUSH(good->suites, const tlsg_suite_t *) = &gcm;
    support_use(www, good);
    support_use(shop, APR_ARRAY_IDX(www->pairs, 0, tlsg_pair_t).effective);
    tlsg_effective_t *weak = support_effective(model);
    weak->negotiable = TLSG_SSL3 | TLSG_TLS1 | TLSG_TLS12;
    weak->dh.bits = 2048;
    weak->dh.is_auto = 1;
    APR_ARRAY_PUSH(weak->suites, const tlsg_suite_t *) = &rsa;
    weak->groups = NULL;
    support_use(old, weak);
    managed->unknown = "certificate comes from mod_md at start";
    add_certificate(f, www);

    tlsg_origin_t line = support_origin(model, "sites/shop.conf", 47);
    line.use_file = "/srv/www/conf/sites/use.conf";
    line.use_line = 2;
    tlsg_finding_t *finding =
        tlsg_report_add(f->report, &legacy, old, &line, NULL, "TLS 1.0 can be negotiated");
    tlsg_origin_t base = support_origin(model, "ssl.conf", 3);
    tlsg_finding_relate(f->report, finding, &base, "sets the security level that lets it in");

    tlsg_origin_t suite = support_origin(model, "sites/shop.conf", 9);
    finding = tlsg_report_add(f->report, &unstartable, shop, &suite, "HIHG",
                              "cipher string \"%s\" matches no suite", "HIHG");
    tlsg_finding_fix(f->report, finding, "Write HIGH instead of HIHG");

    tlsg_report_add_absent(f->report, &hsts, www, NULL, NULL, "no Strict-Transport-Security");
    tlsg_report_add_absent(f->report, &hsts, shop, NULL, NULL, "no Strict-Transport-Security");
    tlsg_report_add(f->report, &tokens, model->main, NULL, NULL,
                    "the Server header names the version");
    tlsg_report_unknown(f->report, &stapling, managed, "%s", managed->unknown);
    tlsg_report_unknown(f->report, &legacy, managed, "%s", managed->unknown);
    tlsg_report_unknown(f->report, &stapling, old, "no certificate could be read");
    tlsg_report_sort(f->report);
}

static void a_small_site_reads_well(void **state)
{
    fixture_t *f = *state;
    make_shop(f);
    compare(f, "report-shop");
}

static void hostile_bytes_break_neither_lines_nor_json(void **state)
{
    fixture_t *f = *state;
    tlsg_vhost_t *vhost = support_vhost(f->model, "x\n\x1b[31m\xff.example", "a\nb\xfe.conf", 7);
    vhost->unknown = "reason with \xc3\x28 and \x07";
    tlsg_finding_t *finding =
        tlsg_report_add(f->report, &legacy, vhost, &vhost->origin, NULL,
                        "caf\xc3\xa9 \"quoted\" back\\slash \xed\xa0\x80 \r\n2nd line");
    tlsg_finding_fix(f->report, finding, "fix\n\xff");
    tlsg_origin_t there = support_origin(f->model, "\xff\xff", 1);
    tlsg_finding_relate(f->report, finding, &there, "\x80here");
    tlsg_report_unknown(f->report, &hsts, vhost, "%s", vhost->unknown);
    compare(f, "report-hostile");
    buffer_t json = as_json(f);
    json_error_t error;
    json_t *document = json_loadb(json.bytes, json.len, 0, &error);
    assert_non_null(document);
    json_decref(document);
    free(json.bytes);
}

static void many_virtual_hosts_stay_few_lines(void **state)
{
    fixture_t *f = *state;
    const tlsg_effective_t *shared = support_effective(f->model);
    tlsg_origin_t line = support_origin(f->model, "ssl.conf", 3);
    for (int i = 0; i < 10000; i++) {
        tlsg_vhost_t *vhost = support_vhost(f->model, apr_psprintf(f->pool, "h%04d.example", i),
                                            "many.conf", i * 20 + 1);
        support_use(vhost, shared);
        tlsg_report_add(f->report, &legacy, vhost, &line, NULL, "TLS 1.0 can be negotiated");
        if (i % 2 == 0) {
            tlsg_report_add_absent(f->report, &hsts, vhost, NULL, NULL, "no HSTS");
        }
        tlsg_report_unknown(f->report, &stapling, vhost, "mod_md");
    }
    tlsg_report_sort(f->report);
    const char *text = as_text(f);
    support_golden("report-many.txt", text, strlen(text));
    buffer_t json = as_json(f);
    json_t *document = json_loadb(json.bytes, json.len, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(document, "vhosts")), 10000);
    json_t *first = json_array_get(json_object_get(document, "findings"), 0);
    assert_int_equal(json_array_size(json_object_get(first, "related")), 4999);
    json_decref(document);
    free(json.bytes);
}

static int refuse(void *baton, const char *data, size_t len)
{
    (void)data;
    (void)len;
    return --*(int *)baton < 0;
}

static void a_sink_that_stops_is_an_error(void **state)
{
    fixture_t *f = *state;
    int parts_taken = 0;
    assert_int_equal(tlsg_render_json(f->pool, f->model, f->report, refuse, &parts_taken), -1);
}

static void the_summary_counts_and_says_when_it_will_not_start(void **state)
{
    fixture_t *f = *state;
    assert_string_equal(
        tlsg_render_summary(f->pool, f->model, f->report),
        "0 virtual hosts with TLS, 0 configurations: 0 errors, 0 warnings, 0 notices");
    tlsg_vhost_t *vhost = support_vhost(f->model, "a.example", "a.conf", 1);
    support_use(vhost, support_effective(f->model));
    tlsg_report_add(f->report, &tokens, NULL, NULL, NULL, "x");
    assert_string_equal(tlsg_render_summary(f->pool, f->model, f->report),
                        "1 virtual host with TLS, 1 configuration: 0 errors, 0 warnings, 1 notice");
    tlsg_report_add(f->report, &unstartable, vhost, NULL, NULL, "x");
    tlsg_report_add(f->report, &legacy, vhost, NULL, "1", "x");
    tlsg_report_add(f->report, &legacy, vhost, NULL, "2", "x");
    assert_string_equal(tlsg_render_summary(f->pool, f->model, f->report),
                        "1 virtual host with TLS, 1 configuration: 1 error, 2 warnings, 1 notice; "
                        "the server will not start");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_server_without_tls_has_a_report),
        TEST(a_small_site_reads_well),
        TEST(hostile_bytes_break_neither_lines_nor_json),
        TEST(many_virtual_hosts_stay_few_lines),
        TEST(a_sink_that_stops_is_an_error),
        TEST(the_summary_counts_and_says_when_it_will_not_start),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
