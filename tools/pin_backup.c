/* SPDX-License-Identifier: Apache-2.0 */
#include "pin_backup.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "ossl.h"
#include "pin_set.h"
#include "text.h"

/* What public certificate authorities sign. */
static const struct {
    const char *name;
    const char *curve; /* NULL: RSA */
    size_t bits;       /* of the modulus */
} TYPES[] = {
    { "p256", "P-256", 0 },    { "p384", "P-384", 0 },    { "rsa2048", NULL, 2048 },
    { "rsa3072", NULL, 3072 }, { "rsa4096", NULL, 4096 },
};

#define TYPE_COUNT (sizeof TYPES / sizeof TYPES[0])

static size_t index_of(const char *type)
{
    size_t i = 0;
    while (i < TYPE_COUNT && strcmp(TYPES[i].name, type) != 0) {
        i++;
    }
    return i;
}

int tlsg_pin_backup_knows(const char *type)
{
    return index_of(type) < TYPE_COUNT;
}

const char *tlsg_pin_backup_types(apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, TYPE_COUNT, sizeof(const char *));
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        APR_ARRAY_PUSH(names, const char *) = TYPES[i].name;
    }
    return tlsg_text_join(pool, names, ", ");
}

tlsg_exit_t tlsg_pin_backup_make(tlsg_cli_t *cli, const char *type, const char *path,
                                 apr_array_header_t *entries)
{
    size_t i = index_of(type);
    tlsg_exit_t status = TLSG_EXIT_USAGE;
    const char *err = "no key can be made";
    char *pem = NULL;
    long len = 0;
    tlsg_ossl_clear();
    EVP_PKEY *key =
        TYPES[i].curve != NULL ? EVP_EC_gen(TYPES[i].curve) : EVP_RSA_gen(TYPES[i].bits);
    BIO *bio = BIO_new(BIO_s_secmem());
    if (key == NULL || bio == NULL ||
        !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)) {
        tlsg_cli_complain(cli, path, "%s: %s", err, tlsg_ossl_reason(cli->pool));
        goto out;
    }
    len = BIO_get_mem_data(bio, &pem);
    if (!tlsg_cli_write(cli->pool, path, pem, (size_t)len, 0600, TLSG_CLI_NEW_ONLY, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        goto out;
    }
    if (tlsg_pin_set_add_pkey(cli->pool, entries, key, TLSG_PIN_PRIVATE_KEY, path)) {
        APR_ARRAY_IDX(entries, entries->nelts - 1, tlsg_pin_entry_t).role = "backup";
        status = TLSG_EXIT_DONE;
    }
out:
    BIO_free(bio); /* secure memory is wiped when it is freed */
    EVP_PKEY_free(key);
    return status;
}
