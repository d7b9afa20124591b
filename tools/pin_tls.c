/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_tls.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <apr_network_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "ossl.h"
#include "pin.h"
#include "pin_set.h"
#include "text.h"

#define HTTPS_PORT 443 /* RFC 9110 section 4.2.2 */

/* The two kinds of leaf a server may hold, by what the ClientHello lets it sign with. Everything
 * is on offer, weak schemes included, so that no server is left out; OpenSSL skips what it does
 * not know. */
static const char *const SIGNATURES[] = {
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:ECDSA+SHA1",
    "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA1",
};

/* Port in decimal, 1 to 65535 and nothing else; 0 otherwise. */
static int parse_port(const char *text)
{
    char *end = NULL;
    long port = text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : 0;
    return port >= 1 && port <= 65535 && *end == '\0' ? (int)port : 0;
}

int tlsg_pin_tls_parse(apr_pool_t *pool, const char *text, const char **host, int *port)
{
    int url = tlsg_text_has_prefix_nocase(text, "https://");
    if (url) {
        size_t len = strcspn(text + 8, "/?#");
        text = apr_pstrmemdup(pool, text + 8, len);
    }
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL || close == text + 1 || (close[1] != ':' && (close[1] != '\0' || !url))) {
            return 0;
        }
        *host = apr_pstrmemdup(pool, text + 1, (apr_size_t)(close - text - 1));
        *port = close[1] == ':' ? parse_port(close + 2) : HTTPS_PORT;
        return *port != 0;
    }
    const char *colon = strchr(text, ':');
    if (colon == NULL) {
        *host = text;
        *port = HTTPS_PORT;
        return url && text[0] != '\0';
    }
    *host = apr_pstrmemdup(pool, text, (apr_size_t)(colon - text));
    *port = parse_port(colon + 1);
    return *port != 0 && colon != text && strcspn(*host, "/ \\") == strlen(*host);
}

/* ---- One connection -------------------------------------------------------------------------- */

typedef struct {
    tlsg_pin_reader_t *reader;
    const char *host;
    int port;
    apr_time_t deadline;
    apr_array_header_t *found; /* tlsg_pin_entry_t, of this connection */
} visit_t;

/* Milliseconds left, 0 when the time is over. */
static int left(const visit_t *visit)
{
    apr_time_t us = visit->deadline - apr_time_now();
    return us > 0 ? (int)(us / 1000) + 1 : 0;
}

/* Called with the chain as soon as it has arrived, so that it is known even when the server then
 * ends the handshake because it misses a client certificate. */
static int note_chain(X509_STORE_CTX *store, void *data)
{
    visit_t *visit = data;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        tlsg_pin_set_add_x509(visit->reader->pool, visit->found, sk_X509_value(chain, i), i == 0,
                              visit->reader->source);
    }
    return 1;
}

static SSL_CTX *make_context(visit_t *visit, const char *signatures)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL) {
        return NULL;
    }
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
    SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, note_chain, visit);
    if (SSL_CTX_set1_sigalgs_list(ctx, apr_pstrdup(visit->reader->pool, signatures)) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static apr_socket_t *dial(visit_t *visit, apr_pool_t *pool)
{
    apr_sockaddr_t *address = NULL;
    apr_socket_t *sock = NULL;
    char why[128];
    apr_status_t rv =
        apr_sockaddr_info_get(&address, visit->host, APR_UNSPEC, (apr_port_t)visit->port, 0, pool);
    if (rv != APR_SUCCESS) {
        visit->reader->err = apr_pstrcat(visit->reader->pool,
                                         "host unknown: ", apr_strerror(rv, why, sizeof why), NULL);
        return NULL;
    }
    rv = APR_TIMEUP;
    for (; address != NULL && left(visit) > 0; address = address->next) {
        rv = apr_socket_create(&sock, address->family, SOCK_STREAM, APR_PROTO_TCP, pool);
        if (rv != APR_SUCCESS) {
            continue;
        }
        apr_socket_timeout_set(sock, apr_time_from_msec(left(visit)));
        rv = apr_socket_connect(sock, address);
        if (rv == APR_SUCCESS) {
            return sock;
        }
        apr_socket_close(sock);
    }
    visit->reader->err = apr_pstrcat(visit->reader->pool,
                                     "cannot connect: ", apr_strerror(rv, why, sizeof why), NULL);
    return NULL;
}

/* Returns 1 when the handshake may go on. */
static int wait_for(visit_t *visit, SSL *ssl, int result)
{
    int want = SSL_get_error(ssl, result);
    struct pollfd p = { .fd = SSL_get_fd(ssl),
                        .events = want == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN };
    if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE) {
        return 0;
    }
    int n;
    do {
        n = poll(&p, 1, left(visit));
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        errno = ETIMEDOUT;
    }
    return n > 0;
}

/* Names go into SNI, addresses do not (RFC 6066 section 3). */
static int is_address(const char *host)
{
    return strchr(host, ':') != NULL || strspn(host, "0123456789.") == strlen(host);
}

static void handshake(visit_t *visit, SSL *ssl)
{
    int result;
    errno = 0;
    while ((result = SSL_connect(ssl)) != 1) {
        if (!wait_for(visit, ssl, result)) {
            break;
        }
    }
    if (visit->found->nelts > 0) {
        tlsg_ossl_clear();
        return;
    }
    if (ERR_peek_error() != 0) {
        tlsg_pin_read_failed(visit->reader, "no TLS handshake");
    }
    else {
        visit->reader->err = apr_pstrcat(visit->reader->pool, "no TLS handshake: ",
                                         errno != 0 ? strerror(errno) : "connection closed", NULL);
    }
}

/* One connection that accepts only leaves of one kind. Entries go to visit->found. */
static void call(visit_t *visit, const char *signatures)
{
    apr_pool_t *pool = NULL;
    apr_os_sock_t fd;
    apr_pool_create(&pool, NULL);
    tlsg_ossl_clear();
    SSL_CTX *ctx = tlsg_ossl_own_ctx(pool, make_context(visit, signatures));
    SSL *ssl = ctx != NULL ? tlsg_ossl_own_ssl(pool, SSL_new(ctx)) : NULL;
    apr_socket_t *sock = NULL;
    if (ssl == NULL) {
        tlsg_pin_read_failed(visit->reader, "TLS client");
    }
    else {
        sock = dial(visit, pool);
    }
    if (sock != NULL && apr_os_sock_get(&fd, sock) == APR_SUCCESS && SSL_set_fd(ssl, fd) == 1) {
        if (!is_address(visit->host)) {
            SSL_set_tlsext_host_name(ssl, apr_pstrdup(pool, visit->host));
        }
        handshake(visit, ssl);
    }
    apr_pool_destroy(pool);
    tlsg_ossl_clear();
}

int tlsg_pin_tls_read(tlsg_pin_reader_t *reader, const char *host, int port, int timeout)
{
    visit_t visit = { reader, host, port, apr_time_now() + apr_time_from_sec(timeout), NULL };
    int before = reader->entries->nelts;
    const char *first_err = NULL;
    for (size_t i = 0; i < sizeof SIGNATURES / sizeof SIGNATURES[0]; i++) {
        visit.found = apr_array_make(reader->pool, 4, sizeof(tlsg_pin_entry_t));
        call(&visit, SIGNATURES[i]);
        for (int k = 0; k < visit.found->nelts; k++) {
            const tlsg_pin_entry_t *e = &APR_ARRAY_IDX(visit.found, k, tlsg_pin_entry_t);
            if (!tlsg_pin_set_has(reader->entries, e->pin, 1)) {
                APR_ARRAY_PUSH(reader->entries, tlsg_pin_entry_t) = *e;
            }
        }
        if (first_err == NULL) {
            first_err = reader->err;
        }
    }
    reader->err = first_err;
    return reader->entries->nelts > before;
}
