/* SPDX-License-Identifier: Apache-2.0 */
/* The part of dhparam_group.h that puts a group into a certificate file. mod_ssl looks for one
 * in the first SSLCertificateFile of a virtual host and nowhere else. */
#include "dhparam_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "cli_bytes.h"
#include "pem.h"

/* ---- Files that somebody else writes --------------------------------------------------------- */

/* A store of certificates: DIR/<place>/NAME/file with DIR/<mark> beside. What renews it writes
 * its files anew, without the group. */
static const struct {
    const char *place;
    const char *mark;
    const char *owner;
} STORES[] = {
    { "archive", "renewal", "certbot" },
    { "live", "renewal", "certbot" },
    { "domains", "md_store.json", "mod_md" },
};

/* Cuts the last component off. Returns it, or NULL at the root. */
static char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) {
        return NULL;
    }
    *slash = '\0';
    return slash + 1;
}

/* Who renews the file, NULL: nobody known. */
static const char *renewed_by(apr_pool_t *pool, const char *path)
{
    const char *owner = NULL;
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return NULL;
    }
    const char *place = cut_last(real) != NULL && cut_last(real) != NULL ? cut_last(real) : NULL;
    for (size_t i = 0; place != NULL && i < sizeof STORES / sizeof STORES[0]; i++) {
        struct stat info;
        if (strcmp(place, STORES[i].place) == 0 &&
            stat(apr_pstrcat(pool, real, "/", STORES[i].mark, NULL), &info) == 0) {
            owner = STORES[i].owner;
        }
    }
    free(real);
    return owner;
}

static tlsg_exit_t check_place(tlsg_cli_t *cli, const char *path)
{
    struct stat info;
    const char *err;
    if (lstat(path, &info) != 0) {
        tlsg_cli_complain(cli, path, "%s", strerror(errno));
        return TLSG_EXIT_INPUT;
    }
    const char *owner = renewed_by(cli->pool, path);
    if (owner != NULL) {
        tlsg_cli_complain(cli, path,
                          "refused: %s writes this file anew at every renewal, and the group would "
                          "be gone; copy the chain to a file of your own first",
                          owner);
        return TLSG_EXIT_NEGATIVE;
    }
    if (S_ISLNK(info.st_mode)) {
        tlsg_cli_complain(cli, path,
                          "refused: is a symbolic link; name the file it points to, if "
                          "nothing renews that one");
        return TLSG_EXIT_NEGATIVE;
    }
    if (!tlsg_cli_can_write(cli->pool, path, 0, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return S_ISREG(info.st_mode) ? TLSG_EXIT_USAGE : TLSG_EXIT_INPUT;
    }
    return TLSG_EXIT_DONE;
}

/* ---- Contents -------------------------------------------------------------------------------- */

static tlsg_exit_t check_blocks(tlsg_cli_t *cli, const char *path, const apr_array_header_t *blocks)
{
    int certificates = 0;
    for (int i = 0; i < blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(blocks, i, tlsg_pem_block_t);
        if (block->flaw != TLSG_PEM_SOUND) {
            tlsg_cli_complain(cli, path, "line %d: the %s block is damaged; nothing was changed",
                              block->line, block->label);
            return TLSG_EXIT_INPUT;
        }
        if (block->kind == TLSG_PEM_PARAMS && strstr(block->label, "DH ") == NULL) {
            tlsg_cli_complain(cli, path,
                              "refused: line %d: mod_ssl would take these %s for its group; remove "
                              "them first",
                              block->line, block->label);
            return TLSG_EXIT_NEGATIVE;
        }
        certificates += block->kind == TLSG_PEM_CERT || block->kind == TLSG_PEM_TRUSTED_CERT;
    }
    if (certificates == 0) {
        tlsg_cli_complain(cli, path,
                          "no certificate in it; mod_ssl looks for a group in the first "
                          "SSLCertificateFile");
        return TLSG_EXIT_INPUT;
    }
    return TLSG_EXIT_DONE;
}

/* Copies the text without its DH PARAMETERS blocks into `out`. Returns the length; *removed
 * counts. */
static size_t copy_without_groups(unsigned char *out, const tlsg_cli_bytes_t *bytes,
                                  const apr_array_header_t *blocks, int *removed)
{
    size_t len = 0;
    size_t from = 0;
    for (int i = 0; i < blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(blocks, i, tlsg_pem_block_t);
        if (block->kind != TLSG_PEM_PARAMS) {
            continue;
        }
        memcpy(out + len, bytes->data + from, block->offset - from);
        len += block->offset - from;
        from = block->offset + block->length;
        while (from < bytes->len && (bytes->data[from] == '\n' || bytes->data[from] == '\r')) {
            from++;
        }
        *removed += 1;
    }
    memcpy(out + len, bytes->data + from, bytes->len - from);
    return len + bytes->len - from;
}

/* Reads, checks, and (with `pem`) writes. */
static tlsg_exit_t visit(tlsg_cli_t *cli, const char *path, const char *pem, int *replaced)
{
    const char *err;
    unsigned notes = 0;
    tlsg_cli_bytes_t bytes;
    apr_pool_t *scratch;
    tlsg_exit_t status = check_place(cli, path);
    if (status != TLSG_EXIT_DONE) {
        return status;
    }
    if (!tlsg_cli_bytes_read(&bytes, cli->pool, path, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return TLSG_EXIT_INPUT;
    }
    apr_pool_create(&scratch, cli->pool);
    const apr_array_header_t *blocks = tlsg_pem_split(scratch, bytes.data, bytes.len, &notes);
    status = check_blocks(cli, path, blocks);
    if (status == TLSG_EXIT_DONE && pem != NULL) {
        /* A private key may be in it. */
        size_t room = bytes.len + strlen(pem) + 1;
        unsigned char *text = apr_palloc(scratch, room);
        tlsg_pem_wipe_later(scratch, text, room);
        size_t len = copy_without_groups(text, &bytes, blocks, replaced);
        if (len > 0 && text[len - 1] != '\n') {
            text[len++] = '\n';
        }
        memcpy(text + len, pem, strlen(pem));
        if (!tlsg_cli_write(cli->pool, path, text, len + strlen(pem), 0600, TLSG_CLI_KEEP_MODE,
                            &err)) {
            tlsg_cli_complain(cli, path, "%s", err);
            status = TLSG_EXIT_USAGE;
        }
    }
    apr_pool_destroy(scratch);
    tlsg_cli_bytes_wipe(&bytes);
    return status;
}

tlsg_exit_t tlsg_dhparam_can_append(tlsg_cli_t *cli, const char *path)
{
    int replaced = 0;
    return visit(cli, path, NULL, &replaced);
}

tlsg_exit_t tlsg_dhparam_append(tlsg_cli_t *cli, const char *path, const char *pem, int *replaced)
{
    *replaced = 0;
    return visit(cli, path, pem, replaced);
}
