/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_httpd.h"

#include <string.h>
#include <sys/stat.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <jansson.h>

#include "pin.h"
#include "pin_run.h"
#include "pin_set.h"

int tlsg_pin_httpd_is_config(const char *path)
{
    struct stat info;
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".conf") == 0 && stat(path, &info) == 0 &&
           S_ISREG(info.st_mode);
}

/* ---- Reading the report ---------------------------------------------------------------------- */

static const char *text_of(apr_pool_t *pool, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? apr_pstrdup(pool, text) : NULL;
}

/* The pins of one certificate file. Returns 0 when something is not as the report's schema says. */
static int add_pins(apr_pool_t *pool, const json_t *pins, const char *source,
                    apr_array_header_t *entries)
{
    for (size_t i = 0; i < json_array_size(pins); i++) {
        const json_t *pin = json_array_get(pins, i);
        unsigned char digest[TLSG_PIN_BYTES];
        tlsg_pin_entry_t entry = {
            .pin = text_of(pool, pin, "pin"),
            .kind = TLSG_PIN_CERTIFICATE,
            .role = text_of(pool, pin, "role"),
            .subject = text_of(pool, pin, "subject"),
            .source = source,
        };
        if (entry.pin == NULL || !tlsg_pin_decode(entry.pin, digest) || entry.role == NULL) {
            return 0;
        }
        /* An RSA and an ECDSA certificate usually share their issuers. */
        if (!tlsg_pin_set_has(entries, entry.pin, 1)) {
            APR_ARRAY_PUSH(entries, tlsg_pin_entry_t) = entry;
        }
    }
    return 1;
}

/* One virtual host, if it has certificates. Returns 0 as above. */
static int add_site(apr_pool_t *pool, const json_t *vhost, const char *source,
                    apr_array_header_t *sites)
{
    const json_t *certs = json_object_get(vhost, "certificates");
    const char *name = text_of(pool, vhost, "name");
    json_int_t port = json_integer_value(json_object_get(vhost, "port"));
    tlsg_pin_site_t site = { NULL, apr_array_make(pool, 4, sizeof(tlsg_pin_entry_t)) };
    if (name == NULL) {
        return 0;
    }
    site.name = apr_psprintf(pool, "%s:%d", name, (int)port);
    for (size_t i = 0; i < json_array_size(certs); i++) {
        const json_t *cert = json_array_get(certs, i);
        const char *path = text_of(pool, cert, "path");
        if (!add_pins(pool, json_object_get(cert, "pins"), path != NULL ? path : source,
                      site.entries)) {
            return 0;
        }
    }
    if (site.entries->nelts > 0) {
        APR_ARRAY_PUSH(sites, tlsg_pin_site_t) = site;
    }
    return 1;
}

static int add_report(apr_pool_t *pool, const json_t *report, const char *source,
                      apr_array_header_t *sites, const char **err)
{
    const char *schema = json_string_value(json_object_get(report, "schema"));
    const json_t *vhosts = json_object_get(report, "vhosts");
    int before = sites->nelts;
    if (schema == NULL || strcmp(schema, "tlsguard-report/1") != 0 || !json_is_array(vhosts)) {
        *err = "httpd's report is not a tlsguard-report/1";
        return 0;
    }
    for (size_t i = 0; i < json_array_size(vhosts); i++) {
        if (!add_site(pool, json_array_get(vhosts, i), source, sites)) {
            *err = "httpd's report has a virtual host whose pins cannot be understood";
            return 0;
        }
    }
    if (sites->nelts == before) {
        *err = "has no virtual host with a certificate that can be read";
        return 0;
    }
    return 1;
}

int tlsg_pin_httpd_read(apr_pool_t *pool, const tlsg_pin_httpd_t *how, const char *path,
                        apr_array_header_t *sites, const char **err)
{
    const char *httpd = how->httpd != NULL ? how->httpd : tlsg_pin_run_find_httpd(pool);
    const char *module = how->module != NULL ? how->module : tlsg_pin_run_find_module(pool);
    char *full = NULL;
    tlsg_pin_run_t output;
    if (httpd == NULL) {
        *err = "neither apache2 nor httpd found; give --httpd";
        return 0;
    }
    if (apr_filepath_merge(&full, NULL, path, 0, pool) != APR_SUCCESS) {
        *err = "is no path";
        return 0;
    }
    /* Without a report the configuration does not load the module, or is broken; a second run
     * tells. */
    if (!tlsg_pin_run_httpd(pool, httpd, NULL, full, &output, err) ||
        (output.len == 0 && module != NULL &&
         !tlsg_pin_run_httpd(pool, httpd, module, full, &output, err))) {
        return 0;
    }
    if (output.len == 0) {
        *err = strstr(output.complaint, "Syntax OK") != NULL
                   ? "does not load mod_tlsguard, and it is not in the usual places; give --module"
                   : apr_pstrcat(pool, "httpd: ", output.complaint, NULL);
        return 0;
    }
    json_error_t json_err;
    json_t *report = json_loadb(output.bytes, output.len, 0, &json_err);
    if (report == NULL) {
        *err = apr_psprintf(pool, "httpd's report is not JSON: %s", json_err.text);
        return 0;
    }
    int done = add_report(pool, report, path, sites, err);
    json_decref(report);
    return done;
}
