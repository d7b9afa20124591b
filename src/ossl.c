/* SPDX-License-Identifier: Apache-2.0 */
#include "ossl.h"

#include <stdarg.h>

#include <apr_strings.h>
#include <openssl/err.h>

/* One owner per type: registers the free function on the pool at birth. */
#define OWNER(name, type, release)                                                                 \
    static apr_status_t free_##name(void *object)                                                  \
    {                                                                                              \
        release((type *)object);                                                                   \
        return APR_SUCCESS;                                                                        \
    }                                                                                              \
    type *tlsg_ossl_own_##name(apr_pool_t *pool, type *object)                                     \
    {                                                                                              \
        if (object != NULL) {                                                                      \
            apr_pool_cleanup_register(pool, object, free_##name, apr_pool_cleanup_null);           \
        }                                                                                          \
        return object;                                                                             \
    }

OWNER(x509, X509, X509_free)
OWNER(pkey, EVP_PKEY, EVP_PKEY_free)
OWNER(bio, BIO, BIO_free_all)
OWNER(ctx, SSL_CTX, SSL_CTX_free)
OWNER(ssl, SSL, SSL_free)

const char *tlsg_ossl_reason(apr_pool_t *pool)
{
    const char *reason = NULL;
    unsigned long code;
    while ((code = ERR_get_error()) != 0) {
        const char *text = ERR_reason_error_string(code);
        /* The first entry is the innermost call; later ones say where it was noticed. */
        if (reason == NULL && text != NULL) {
            reason = apr_pstrdup(pool, text);
        }
    }
    return reason != NULL ? reason : "unknown error";
}

apr_status_t tlsg_ossl_error(apr_pool_t *pool, const char **err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = apr_pvsprintf(pool, format, args);
    va_end(args);
    *err = apr_pstrcat(pool, what, ": ", tlsg_ossl_reason(pool), NULL);
    return APR_EGENERAL;
}

void tlsg_ossl_clear(void)
{
    ERR_clear_error();
}

int tlsg_ossl_no_passphrase(char *buf, int size, int rwflag, void *userdata)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)userdata;
    return 0;
}
