/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_store.h"

#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "ossl.h"
#include "pin_set.h"
#include "text.h"

/* Bytes of a scheme's name that are shown: the registered ones have up to 37. */
enum {
    SCHEME_MAX = 40
};

static int add_info(tlsg_pin_reader_t *reader, const OSSL_STORE_INFO *info)
{
    switch (OSSL_STORE_INFO_get_type(info)) {
    case OSSL_STORE_INFO_CERT:
        return tlsg_pin_set_add_x509(reader->pool, reader->entries, OSSL_STORE_INFO_get0_CERT(info),
                                     0, reader->source);
    case OSSL_STORE_INFO_PKEY:
        return tlsg_pin_set_add_pkey(reader->pool, reader->entries, OSSL_STORE_INFO_get0_PKEY(info),
                                     TLSG_PIN_PRIVATE_KEY, reader->source);
    case OSSL_STORE_INFO_PUBKEY:
        return tlsg_pin_set_add_pkey(reader->pool, reader->entries,
                                     OSSL_STORE_INFO_get0_PUBKEY(info), TLSG_PIN_PUBLIC_KEY,
                                     reader->source);
    default:
        return 1; /* names, parameters, revocation lists: no key */
    }
}

static int read_all(tlsg_pin_reader_t *reader, OSSL_STORE_CTX *store)
{
    int before = reader->entries->nelts;
    while (!OSSL_STORE_eof(store)) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        if (info == NULL) {
            /* A store that has nothing more may flag an error without saying one. */
            if (OSSL_STORE_eof(store) && ERR_peek_error() == 0) {
                break;
            }
            return tlsg_pin_read_failed(reader, "cannot be loaded");
        }
        int done = add_info(reader, info);
        OSSL_STORE_INFO_free(info);
        if (!done) {
            return tlsg_pin_read_failed(reader, "key without a public half");
        }
    }
    if (reader->entries->nelts == before) {
        if (ERR_peek_error() != 0 || reader->pass->missing) {
            return tlsg_pin_read_failed(reader, "cannot be loaded");
        }
        reader->err = "holds no key or certificate";
        return 0;
    }
    return 1;
}

/* file: URIs reach open() inside OpenSSL, which a named pipe would hold forever. */
static int is_harmless(tlsg_pin_reader_t *reader, const char *uri)
{
    struct stat info;
    if (!tlsg_text_has_prefix_nocase(uri, "file:")) {
        return 1;
    }
    const char *path = uri + strlen("file:");
    if (strncmp(path, "//", 2) == 0) {
        path = strchr(path + 2, '/');
    }
    if (path == NULL || stat(path, &info) != 0) {
        reader->err = "no such file";
        return 0;
    }
    if (!S_ISREG(info.st_mode)) {
        reader->err = "is not a regular file";
        return 0;
    }
    return 1;
}

/* OpenSSL's releases have different words for a scheme that no provider and no engine serves. */
static int open_failed(tlsg_pin_reader_t *reader, const char *uri)
{
    unsigned long last = ERR_peek_last_error();
    if (ERR_GET_REASON(last) == ERR_R_UNSUPPORTED ||
        (ERR_GET_LIB(last) == ERR_LIB_OSSL_STORE &&
         ERR_GET_REASON(last) == OSSL_STORE_R_UNREGISTERED_SCHEME)) {
        const char *end = strchr(uri, ':');
        size_t len = end != NULL ? (size_t)(end - uri) : strlen(uri);
        reader->err =
            apr_psprintf(reader->pool, "no provider of this OpenSSL opens '%s:' addresses",
                         tlsg_text_printable(reader->pool, uri, len, SCHEME_MAX));
        return 0;
    }
    return tlsg_pin_read_failed(reader, "cannot be opened");
}

int tlsg_pin_store_read(tlsg_pin_reader_t *reader, const char *uri)
{
    if (!is_harmless(reader, uri)) {
        return 0;
    }
    tlsg_ossl_clear();
    UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(tlsg_pin_pass_callback, 0);
    OSSL_STORE_CTX *store = OSSL_STORE_open(uri, ui, reader->pass, NULL, NULL);
    int done = store != NULL ? read_all(reader, store) : open_failed(reader, uri);
    OSSL_STORE_close(store);
    UI_destroy_method(ui);
    tlsg_ossl_clear();
    return done;
}
