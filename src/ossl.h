/* SPDX-License-Identifier: Apache-2.0 */
/* Pool-owned OpenSSL objects and the error queue as text. Everything that comes out of OpenSSL and
 * must be freed passes through here, so that no caller needs a cleanup ladder. */
#ifndef TLSG_OSSL_H
#define TLSG_OSSL_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/bio.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Each: registers the object for freeing when `pool` is cleared and returns it; NULL passes
 * through. */
X509 *tlsg_ossl_own_x509(apr_pool_t *pool, X509 *x);
EVP_PKEY *tlsg_ossl_own_pkey(apr_pool_t *pool, EVP_PKEY *pkey);
BIO *tlsg_ossl_own_bio(apr_pool_t *pool, BIO *bio);
SSL_CTX *tlsg_ossl_own_ctx(apr_pool_t *pool, SSL_CTX *ctx);
SSL *tlsg_ossl_own_ssl(apr_pool_t *pool, SSL *ssl);

/* Drains the thread's OpenSSL error queue and returns its most specific reason in words ("ee key
 * too small"), "unknown error" when the queue is empty. Lives in `pool`. */
const char *tlsg_ossl_reason(apr_pool_t *pool);

/* Sets *err to the formatted text, ": " and tlsg_ossl_reason(); returns APR_EGENERAL. */
apr_status_t tlsg_ossl_error(apr_pool_t *pool, const char **err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Forgets whatever is in the thread's error queue; mod_ssl must not trip over our entries. */
void tlsg_ossl_clear(void);

/* pem_password_cb that never has a pass phrase: an encrypted key fails to load instead of asking.
 */
int tlsg_ossl_no_passphrase(char *buf, int size, int rwflag, void *userdata);

#endif
