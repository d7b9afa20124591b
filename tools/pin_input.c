/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_input.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "cli_bytes.h"
#include "pin_read.h"
#include "pin_set.h"
#include "pin_store.h"
#include "pin_tls.h"

/* "scheme:" of RFC 3986 section 3.1. */
static int has_scheme(const char *text)
{
    size_t i = 0;
    if (!apr_isalpha(text[0])) {
        return 0;
    }
    while (apr_isalnum(text[i]) || text[i] == '+' || text[i] == '-' || text[i] == '.') {
        i++;
    }
    return text[i] == ':';
}

/* Reads one file or standard input into the reader's entries. */
static int read_file(tlsg_pin_reader_t *reader, const char *path)
{
    tlsg_cli_bytes_t bytes;
    if (!tlsg_cli_bytes_read(&bytes, reader->pool, path, &reader->err)) {
        return 0;
    }
    int done = tlsg_pin_read(reader, &bytes);
    tlsg_cli_bytes_wipe(&bytes);
    return done;
}

static int read_config(const tlsg_pin_input_t *input, const char *path, apr_array_header_t *sites,
                       const char **err)
{
    int before = sites->nelts;
    int done = tlsg_pin_httpd_read(input->cli->pool, &input->httpd, path, sites, err);
    if (!done) {
        sites->nelts = before;
    }
    return done;
}

tlsg_exit_t tlsg_pin_input_read(const tlsg_pin_input_t *input, const char *operand,
                                apr_array_header_t *sites)
{
    struct stat info;
    apr_pool_t *pool = input->cli->pool;
    const char *host;
    int port;
    int done;
    int own_site = 0;
    int standard_input = strcmp(operand, "-") == 0;
    int is_file = standard_input || stat(operand, &info) == 0;
    tlsg_pin_reader_t reader = {
        .pool = pool,
        .source = standard_input ? "standard input" : operand,
        .pass = input->pass,
        .entries = apr_array_make(pool, 1, sizeof(tlsg_pin_entry_t)),
    };
    input->pass->source = reader.source;
    if (is_file && tlsg_pin_httpd_is_config(operand)) {
        done = read_config(input, operand, sites, &reader.err);
    }
    else if (is_file) {
        done = read_file(&reader, operand);
    }
    else if (tlsg_pin_tls_parse(pool, operand, &host, &port)) {
        own_site = 1;
        done = tlsg_pin_tls_read(&reader, host, port, (int)input->timeout);
    }
    else if (has_scheme(operand)) {
        done = tlsg_pin_store_read(&reader, operand);
    }
    else {
        done = 0;
        reader.err = apr_pstrdup(pool, strerror(operand[0] != '\0' ? errno : ENOENT));
    }
    if (!done) {
        tlsg_cli_complain(input->cli, reader.source, "%s", reader.err);
        return TLSG_EXIT_INPUT;
    }
    if (own_site) {
        tlsg_pin_site_t site = {
            .name = apr_psprintf(pool, strchr(host, ':') != NULL ? "[%s]:%d" : "%s:%d", host, port),
            .entries = reader.entries,
        };
        APR_ARRAY_PUSH(sites, tlsg_pin_site_t) = site;
        return TLSG_EXIT_DONE;
    }
    apr_array_cat(APR_ARRAY_IDX(sites, 0, tlsg_pin_site_t).entries, reader.entries);
    return TLSG_EXIT_DONE;
}
