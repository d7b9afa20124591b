/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#define REPORT_MAX (256U << 20) /* bytes; 10,000 virtual hosts need some 40 MB */
#define FIRST_ROOM 65536U       /* bytes; the report of a dozen virtual hosts */
#define REASON_MAX 600          /* bytes at the end of httpd's stderr, where the reason stands */

/* Where Linux distributions and httpd's own build put things. */
static const char *const PROGRAMS[] = { "apache2", "httpd" };
static const char *const PROGRAM_DIRS[] = { "/usr/sbin", "/usr/local/sbin",
                                            "/usr/local/apache2/bin" };
static const char *const MODULE_DIRS[] = {
    "/usr/lib/apache2/modules", "/usr/lib64/httpd/modules",   "/usr/lib/httpd/modules",
    "/usr/libexec/apache2",     "/usr/local/apache2/modules",
};

static const char *program_in(apr_pool_t *pool, const char *dir, const char *name)
{
    const char *path = apr_pstrcat(pool, dir[0] != '\0' ? dir : ".", "/", name, NULL);
    return access(path, X_OK) == 0 ? path : NULL;
}

const char *tlsg_pin_run_find_httpd(apr_pool_t *pool)
{
    const char *search = getenv("PATH");
    const char *found = NULL;
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof PROGRAMS[0] && found == NULL; i++) {
        char *rest = apr_pstrdup(pool, search != NULL ? search : "");
        char *last = NULL;
        for (char *dir = apr_strtok(rest, ":", &last); dir != NULL && found == NULL;
             dir = apr_strtok(NULL, ":", &last)) {
            found = program_in(pool, dir, PROGRAMS[i]);
        }
        for (size_t k = 0; k < sizeof PROGRAM_DIRS / sizeof PROGRAM_DIRS[0] && found == NULL; k++) {
            found = program_in(pool, PROGRAM_DIRS[k], PROGRAMS[i]);
        }
    }
    return found;
}

const char *tlsg_pin_run_find_module(apr_pool_t *pool)
{
    for (size_t i = 0; i < sizeof MODULE_DIRS / sizeof MODULE_DIRS[0]; i++) {
        const char *path = apr_pstrcat(pool, MODULE_DIRS[i], "/mod_tlsguard.so", NULL);
        if (access(path, R_OK) == 0) {
            return path;
        }
    }
    return NULL;
}

/* Reads stdout to its end. Returns 0 when it is larger than any report. */
static int read_report(apr_pool_t *pool, apr_file_t *from, tlsg_pin_run_t *output)
{
    size_t room = FIRST_ROOM;
    char *bytes = apr_palloc(pool, room);
    for (;;) {
        apr_size_t n = room - output->len;
        if (n == 0) {
            /* Doubling in a pool leaves at most as much again behind. */
            char *bigger = apr_palloc(pool, room * 2);
            memcpy(bigger, bytes, room);
            bytes = bigger;
            n = room;
            room *= 2;
        }
        if (apr_file_read(from, bytes + output->len, &n) != APR_SUCCESS) {
            output->bytes = bytes;
            return 1;
        }
        output->len += n;
        if (output->len > REPORT_MAX) {
            return 0;
        }
    }
}

static const char *last_line(apr_pool_t *pool, FILE *errors)
{
    char text[REASON_MAX];
    if (fseek(errors, -REASON_MAX, SEEK_END) != 0) {
        rewind(errors);
    }
    size_t len = fread(text, 1, sizeof text, errors);
    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    size_t start = len;
    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    return apr_pstrmemdup(pool, text + start, len - start);
}

static const char *const *arguments(apr_pool_t *pool, const char *httpd, const char *module,
                                    const char *path)
{
    enum {
        ARGUMENTS_MAX = 16
    };
    const char **args = apr_pcalloc(pool, ARGUMENTS_MAX * sizeof *args);
    const char *dir = apr_pstrmemdup(pool, path, (apr_size_t)(strrchr(path, '/') - path));
    const char *envvars = apr_pstrcat(pool, dir, "/envvars", NULL);
    int n = 0;
    /* Debian's configurations need the variables that apache2ctl sets from this file. */
    if (access(envvars, R_OK) == 0 && getenv("APACHE_RUN_DIR") == NULL) {
        args[n++] = "/bin/sh";
        args[n++] = "-c";
        args[n++] = ". \"$0\"; exec \"$@\"";
        args[n++] = envvars;
    }
    args[n++] = httpd;
    args[n++] = "-t";
    args[n++] = "-D";
    args[n++] = "DUMP_TLSGUARD_JSON";
    if (module != NULL) {
        args[n++] = "-C";
        args[n++] = apr_pstrcat(pool, "LoadModule tlsguard_module \"", module, "\"", NULL);
    }
    args[n++] = "-f";
    args[n++] = path;
    return args;
}

/* Starts the program with stdout in a pipe and stderr in `errors`: with two pipes, reading one
 * to its end could leave the program waiting on the other. */
static apr_status_t start(apr_pool_t *pool, const char *const *args, FILE *errors, apr_proc_t *proc)
{
    apr_procattr_t *attr = NULL;
    apr_file_t *to = NULL;
    apr_os_file_t fd = fileno(errors);
    apr_status_t rv = apr_os_file_put(&to, &fd, APR_FOPEN_WRITE, pool);
    if (rv != APR_SUCCESS || (rv = apr_procattr_create(&attr, pool)) != APR_SUCCESS) {
        return rv;
    }
    apr_procattr_io_set(attr, APR_NO_FILE, APR_FULL_BLOCK, APR_NO_PIPE);
    apr_procattr_child_err_set(attr, to, NULL);
    apr_procattr_cmdtype_set(attr, APR_PROGRAM_ENV);
    apr_procattr_error_check_set(attr, 1);
    return apr_proc_create(proc, args[0], args, NULL, attr, pool);
}

int tlsg_pin_run_httpd(apr_pool_t *pool, const char *httpd, const char *module, const char *path,
                       tlsg_pin_run_t *output, const char **err)
{
    char why[128];
    apr_proc_t proc;
    int complete = 0;
    FILE *errors = tmpfile();
    memset(output, 0, sizeof *output);
    output->complaint = "";
    if (errors == NULL) {
        *err = "no temporary file for httpd's messages";
        return 0;
    }
    apr_status_t rv = start(pool, arguments(pool, httpd, module, path), errors, &proc);
    if (rv != APR_SUCCESS) {
        *err = apr_psprintf(pool, "%s cannot be run: %s", httpd, apr_strerror(rv, why, sizeof why));
    }
    else {
        complete = read_report(pool, proc.out, output);
        *err = apr_pstrcat(pool, httpd, ": report larger than 256 MB", NULL);
        apr_file_close(proc.out);
        apr_proc_wait(&proc, NULL, NULL, APR_WAIT);
        output->complaint = last_line(pool, errors);
    }
    (void)fclose(errors);
    return complete;
}
