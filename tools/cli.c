/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "text.h"
#include "version.h"

#define SCREEN_COLUMNS 80 /* a terminal whose width cannot be asked */
#define MESSAGE_MAX 4096  /* bytes of a message; a longer one is cut, it may quote hostile input */
#define SUGGEST_DISTANCE 3U /* edits; a name farther away is not what was meant */

/* Rows of the table. */
static int row_count(const tlsg_cli_option_t *options)
{
    int n = 0;
    while (options[n].name != NULL) {
        n++;
    }
    return n;
}

static int row_of_key(const tlsg_cli_t *cli, int key)
{
    const tlsg_cli_option_t *options = cli->program->options;
    for (int i = 0; options[i].name != NULL; i++) {
        if (options[i].key == key) {
            return i;
        }
    }
    abort();
}

/* The row called so, or -1. */
static int row_of_name(const tlsg_cli_option_t *options, const char *name, size_t len)
{
    for (int i = 0; options[i].name != NULL; i++) {
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0) {
            return i;
        }
    }
    return -1;
}

static int row_of_letter(const tlsg_cli_option_t *options, char letter)
{
    for (int i = 0; options[i].name != NULL; i++) {
        if (options[i].key == (unsigned char)letter) {
            return i;
        }
    }
    return -1;
}

/* ---- Help ------------------------------------------------------------------------------------ */

static const char *option_heading(apr_pool_t *pool, const tlsg_cli_option_t *option)
{
    const char *letter =
        option->key > 0 && option->key < 256 ? apr_psprintf(pool, "-%c, ", option->key) : "    ";
    return apr_pstrcat(pool, letter, "--", option->name, option->metavar != NULL ? " " : "",
                       option->metavar != NULL ? option->metavar : "", NULL);
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* Sections stand in a column of their own, so that two dozen options fit a screen. */
static void print_help(apr_pool_t *pool, const tlsg_cli_program_t *program)
{
    int section_width = 0;
    int heading_width = (int)strlen("-h, --help");
    for (const tlsg_cli_option_t *o = program->options; o->name != NULL; o++) {
        section_width = max_int(section_width, o->section != NULL ? (int)strlen(o->section) : 0);
        heading_width = max_int(heading_width, (int)strlen(option_heading(pool, o)));
    }
    printf("Usage: %s %s\n%s", program->name, program->synopsis, program->summary);
    for (const tlsg_cli_option_t *o = program->options; o->name != NULL; o++) {
        printf("%-*s %-*s %s\n", section_width, o->section != NULL ? o->section : "", heading_width,
               option_heading(pool, o), o->help);
    }
    printf("%-*s %-*s %s\n", section_width, "", heading_width, "-h, --help",
           "this text; --version: the version");
}

/* ---- Parsing --------------------------------------------------------------------------------- */

/* Notes one use of an option. Returns 1, or 0 after a report. */
static int take(tlsg_cli_t *cli, int row, const char *value)
{
    const tlsg_cli_option_t *option = &cli->program->options[row];
    if (cli->values[row] == NULL) {
        cli->values[row] = apr_array_make(cli->pool, 1, sizeof(const char *));
    }
    else if ((option->flags & TLSG_CLI_REPEAT) == 0) {
        tlsg_cli_usage(cli, "--%s is given twice", option->name);
        return 0;
    }
    APR_ARRAY_PUSH(cli->values[row], const char *) = value;
    return 1;
}

static void report_unknown(tlsg_cli_t *cli, const char *name, size_t len)
{
    const char *given = apr_pstrmemdup(cli->pool, name, len);
    const char *nearest = NULL;
    unsigned best = SUGGEST_DISTANCE + 1;
    for (const tlsg_cli_option_t *o = cli->program->options; o->name != NULL; o++) {
        unsigned distance = tlsg_text_distance(given, o->name);
        if (distance < best) {
            best = distance;
            nearest = o->name;
        }
    }
    if (nearest != NULL) {
        tlsg_cli_usage(cli, "unknown option --%s; did you mean --%s?", given, nearest);
        return;
    }
    tlsg_cli_usage(cli, "unknown option --%s", given);
}

/* Parses "--name", "--name=value" or "--name" "value". Returns the arguments used, 0 after a
 * report. */
static int parse_long(tlsg_cli_t *cli, const char *text, const char *next)
{
    const char *equals = strchr(text, '=');
    size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
    int row = row_of_name(cli->program->options, text, len);
    if (row < 0) {
        report_unknown(cli, text, len);
        return 0;
    }
    const tlsg_cli_option_t *option = &cli->program->options[row];
    if (option->metavar == NULL) {
        if (equals != NULL) {
            tlsg_cli_usage(cli, "--%s takes no value", option->name);
            return 0;
        }
        return take(cli, row, "");
    }
    if (equals != NULL) {
        return take(cli, row, equals + 1);
    }
    if (next == NULL) {
        tlsg_cli_usage(cli, "--%s needs a value: %s", option->name, option->metavar);
        return 0;
    }
    return take(cli, row, next) ? 2 : 0;
}

/* Parses "-a", "-abc", "-ovalue" or "-o" "value". Returns the arguments used, 0 after a report. */
static int parse_letters(tlsg_cli_t *cli, const char *letters, const char *next)
{
    for (; *letters != '\0'; letters++) {
        int row = row_of_letter(cli->program->options, *letters);
        if (row < 0) {
            tlsg_cli_usage(cli, "unknown option -%c", *letters);
            return 0;
        }
        if (cli->program->options[row].metavar != NULL) {
            if (letters[1] != '\0') {
                return take(cli, row, letters + 1);
            }
            if (next == NULL) {
                tlsg_cli_usage(cli, "-%c needs a value: %s", *letters,
                               cli->program->options[row].metavar);
                return 0;
            }
            return take(cli, row, next) ? 2 : 0;
        }
        if (!take(cli, row, "")) {
            return 0;
        }
    }
    return 1;
}

/* Returns 1 to go on; 0 when the run ends here with *status. */
static int parse(tlsg_cli_t *cli, int argc, const char *const *argv, tlsg_exit_t *status)
{
    int options_end = 0;
    for (int i = 1; i < argc;) {
        const char *arg = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        int used = 1;
        if (options_end || arg[0] != '-' || arg[1] == '\0') {
            APR_ARRAY_PUSH(cli->operands, const char *) = arg;
        }
        else if (strcmp(arg, "--") == 0) {
            options_end = 1;
        }
        else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            print_help(cli->pool, cli->program);
            *status = TLSG_EXIT_DONE;
            return 0;
        }
        else if (strcmp(arg, "--version") == 0) {
            printf("%s %s\n", cli->program->name, TLSG_VERSION);
            *status = TLSG_EXIT_DONE;
            return 0;
        }
        else {
            used =
                arg[1] == '-' ? parse_long(cli, arg + 2, next) : parse_letters(cli, arg + 1, next);
        }
        if (used == 0) {
            *status = TLSG_EXIT_USAGE;
            return 0;
        }
        i += used;
    }
    return 1;
}

tlsg_cli_t *tlsg_cli_start(const tlsg_cli_program_t *program, int argc, const char *const *argv,
                           tlsg_exit_t *status)
{
    apr_pool_t *pool = NULL;
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        fprintf(stderr, "%s: out of memory\n", program->name);
        *status = TLSG_EXIT_USAGE;
        return NULL;
    }
    /* A file size limit shall be an error that write() reports, not the end of the process. */
    signal(SIGXFSZ, SIG_IGN);
    tlsg_cli_t *cli = apr_pcalloc(pool, sizeof *cli);
    cli->pool = pool;
    cli->program = program;
    cli->operands = apr_array_make(pool, 4, sizeof(const char *));
    cli->values =
        apr_pcalloc(pool, ((size_t)row_count(program->options) + 1) * sizeof cli->values[0]);
    if (!parse(cli, argc, argv, status)) {
        *status = (tlsg_exit_t)tlsg_cli_finish(cli, *status);
        return NULL;
    }
    return cli;
}

int tlsg_cli_finish(tlsg_cli_t *cli, tlsg_exit_t status)
{
    if (cli == NULL) {
        return (int)status;
    }
    tlsg_cli_progress_end(cli);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        tlsg_cli_complain(cli, NULL, "standard output: %s", strerror(errno));
        status = TLSG_EXIT_USAGE;
    }
    apr_pool_destroy(cli->pool);
    apr_terminate();
    return (int)status;
}

int tlsg_cli_given(const tlsg_cli_t *cli, int key)
{
    return cli->values[row_of_key(cli, key)] != NULL;
}

const char *tlsg_cli_value(const tlsg_cli_t *cli, int key)
{
    const apr_array_header_t *values = cli->values[row_of_key(cli, key)];
    return values != NULL ? APR_ARRAY_IDX(values, values->nelts - 1, const char *) : NULL;
}

const apr_array_header_t *tlsg_cli_values(const tlsg_cli_t *cli, int key)
{
    const apr_array_header_t *values = cli->values[row_of_key(cli, key)];
    return values != NULL ? values : apr_array_make(cli->pool, 1, sizeof(const char *));
}

int tlsg_cli_number(tlsg_cli_t *cli, int key, long min, long max, long *number)
{
    const char *text = tlsg_cli_value(cli, key);
    if (text == NULL) {
        return 1;
    }
    char *end = NULL;
    errno = 0;
    long n = strtol(text, &end, 10);
    /* strtol() also takes blanks and signs, which no option wants. */
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < min || n > max) {
        tlsg_cli_usage(cli, "--%s: '%s' is not a number from %ld to %ld",
                       cli->program->options[row_of_key(cli, key)].name, text, min, max);
        return 0;
    }
    *number = n;
    return 1;
}

/* ---- Messages -------------------------------------------------------------------------------- */

static const char *printable(apr_pool_t *pool, const char *text)
{
    return tlsg_text_printable(pool, text, strlen(text), MESSAGE_MAX);
}

tlsg_exit_t tlsg_cli_usage(tlsg_cli_t *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = apr_pvsprintf(cli->pool, format, args);
    va_end(args);
    tlsg_cli_progress_end(cli);
    fprintf(stderr, "%s: %s\nTry '%s --help'.\n", cli->program->name, printable(cli->pool, text),
            cli->program->name);
    return TLSG_EXIT_USAGE;
}

void tlsg_cli_complain(tlsg_cli_t *cli, const char *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = apr_pvsprintf(cli->pool, format, args);
    va_end(args);
    tlsg_cli_progress_end(cli);
    fprintf(stderr, "%s: %s%s%s\n", cli->program->name,
            file != NULL ? printable(cli->pool, file) : "", file != NULL ? ": " : "",
            printable(cli->pool, text));
}

int tlsg_cli_is_tty(int fd)
{
    return isatty(fd);
}

static int screen_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) {
        return size.ws_col;
    }
    return SCREEN_COLUMNS;
}

void tlsg_cli_progress(tlsg_cli_t *cli, const char *format, ...)
{
    if (!tlsg_cli_is_tty(STDERR_FILENO)) {
        return;
    }
    char text[SCREEN_COLUMNS * 4];
    va_list args;
    va_start(args, format);
    apr_vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* The last column stays free: writing there makes some terminals wrap. */
    fprintf(stderr, "\r%.*s\033[K", screen_columns() - 1, text);
    fflush(stderr);
    cli->progress_shown = 1;
}

void tlsg_cli_progress_end(tlsg_cli_t *cli)
{
    if (cli->progress_shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        cli->progress_shown = 0;
    }
}
