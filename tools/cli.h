/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line programs share: one option table per program (parsing and --help come from
 * it), exit statuses, messages, files that are written whole or not at all, and a progress line.
 * Knows nothing of pins or groups. Programs only; the module never links it. */
#ifndef TLSG_CLI_H
#define TLSG_CLI_H

#include <stddef.h>
#include <sys/types.h>

#include <apr_pools.h>
#include <apr_tables.h>

/* Exit status of every program. When several apply the largest is reported. */
typedef enum {
    TLSG_EXIT_DONE = 0, /* what was asked for was done; an answer is "yes" */
    TLSG_EXIT_NEGATIVE =
        1,               /* the answer is "no" (not valid, not a safe prime, refused as unsafe) */
    TLSG_EXIT_INPUT = 2, /* an input cannot be read or parsed */
    TLSG_EXIT_USAGE = 3, /* wrong use, or the environment (disk, memory, network tool) failed */
} tlsg_exit_t;

/* Flags of an option. */
#define TLSG_CLI_REPEAT 1U /* may be given more than once; otherwise a second use is an error */

/* One row of a program's option table. `--help` and `--version` are added by the parser. */
typedef struct {
    const char *name;    /* long name without dashes; NULL ends the table */
    int key;             /* the option letter, or any number above 255 when there is none */
    const char *metavar; /* name of the value in the help; NULL for a flag */
    const char *section; /* group in the help; NULL: the same as the row above */
    const char *help;    /* one line, at most ~45 columns, no full stop */
    unsigned flags;      /* TLSG_CLI_REPEAT or 0 */
} tlsg_cli_option_t;

/* A program as the help shows it. Lives as long as the program. */
typedef struct {
    const char *name;     /* "tlsguard-pin" */
    const char *synopsis; /* what follows the name in the usage line */
    const char *summary;  /* one or more lines, each ending in "\n" */
    const tlsg_cli_option_t *options;
} tlsg_cli_program_t;

/* One run of a program: what was given on the command line, and where messages go. */
typedef struct {
    apr_pool_t *pool; /* lives until tlsg_cli_finish() */
    const tlsg_cli_program_t *program;
    apr_array_header_t *operands; /* const char *, in the order given */
    apr_array_header_t **values;  /* per row of the table: const char *, or NULL when not given */
    int progress_shown;           /* a progress line stands on the terminal */
} tlsg_cli_t;

/* Starts a run: initialises APR, makes a pool, parses the arguments. Options and operands may be
 * mixed; "--" ends the options, "-" is an operand. Returns the run, or NULL when there is
 * nothing left to do: then *status is the exit status (help or version printed: TLSG_EXIT_DONE;
 * an unknown, doubled or incomplete option, already reported on stderr: TLSG_EXIT_USAGE). */
tlsg_cli_t *tlsg_cli_start(const tlsg_cli_program_t *program, int argc, const char *const *argv,
                           tlsg_exit_t *status);

/* Ends a run: flushes stdout (a failure is reported and becomes TLSG_EXIT_USAGE), releases the
 * pool. Returns the exit status for main(). NULL `cli` is allowed. */
int tlsg_cli_finish(tlsg_cli_t *cli, tlsg_exit_t status);

/* 1 when the option with this key was given. A key that is not in the table is a bug: abort(). */
int tlsg_cli_given(const tlsg_cli_t *cli, int key);

/* The option's value (the last one of a repeated option), NULL when it was not given. */
const char *tlsg_cli_value(const tlsg_cli_t *cli, int key);

/* All values of a repeatable option (const char *); an empty array when it was not given. */
const apr_array_header_t *tlsg_cli_values(const tlsg_cli_t *cli, int key);

/* Reads the option's value as a decimal number of [min, max] into *number; leaves it alone when the
 * option was not given. Returns 1, or 0 after a usage error was reported. */
int tlsg_cli_number(tlsg_cli_t *cli, int key, long min, long max, long *number);

/* Reports "program: text" and a hint to --help on stderr; returns TLSG_EXIT_USAGE. */
tlsg_exit_t tlsg_cli_usage(tlsg_cli_t *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports "program: file: text" on stderr (without "file: " when it is NULL). Bytes of the file
 * name and of the text that a terminal would act upon are shown as \xHH. Removes a progress line
 * first. */
void tlsg_cli_complain(tlsg_cli_t *cli, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 1 when the file descriptor is a terminal. */
int tlsg_cli_is_tty(int fd);

/* Shows or replaces the progress line on stderr, cut to the terminal's width; nothing when
 * stderr is not a terminal. How often is the caller's business; some four times a second reads
 * well. */
void tlsg_cli_progress(tlsg_cli_t *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the progress line, if there is one. */
void tlsg_cli_progress_end(tlsg_cli_t *cli);

/* Flags for writing. */
#define TLSG_CLI_NEW_ONLY 1U  /* never replaces anything that exists */
#define TLSG_CLI_KEEP_MODE 2U /* a file that is replaced hands down its permissions, not `mode` */

/* Says early whether tlsg_cli_write() could work: directory there and writable, target absent or
 * (without TLSG_CLI_NEW_ONLY) a regular file; symbolic links, devices and directories are never
 * replaced. Returns 1, or 0 with the reason in *err (pool). */
int tlsg_cli_can_write(apr_pool_t *pool, const char *path, unsigned flags, const char **err);

/* Writes the file whole or not at all: a random name in the same directory, fsync, rename, fsync
 * of the directory; interrupting signals wait meanwhile, so that nothing is left behind. The
 * permissions are exactly `mode` whatever the umask; a replaced file's owner and group are kept.
 * The bytes are not copied. Returns 1, or 0 with the reason in *err (pool, without the path). */
int tlsg_cli_write(apr_pool_t *pool, const char *path, const void *bytes, size_t len, mode_t mode,
                   unsigned flags, const char **err);

#endif
