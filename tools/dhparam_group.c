/* SPDX-License-Identifier: Apache-2.0 */
#include "dhparam_group.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "cli_bytes.h"
#include "dh.h"
#include "ossl.h"
#include "pem.h"

static apr_status_t free_number(void *number)
{
    BN_free(number);
    return APR_SUCCESS;
}

BIGNUM *tlsg_dhparam_own(apr_pool_t *pool, BIGNUM *number)
{
    if (number != NULL) {
        apr_pool_cleanup_register(pool, number, free_number, apr_pool_cleanup_null);
    }
    return number;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static BIGNUM *integer_at(apr_pool_t *pool, const ASN1_SEQUENCE_ANY *seq, int index)
{
    const ASN1_TYPE *value = index < sk_ASN1_TYPE_num(seq) ? sk_ASN1_TYPE_value(seq, index) : NULL;
    if (value == NULL || ASN1_TYPE_get(value) != V_ASN1_INTEGER) {
        return NULL;
    }
    return tlsg_dhparam_own(pool, ASN1_INTEGER_to_BN(value->value.integer, NULL));
}

/* SEQUENCE { p, g, ... }: PKCS#3 and X9.42 start alike. Decoded by hand, because OpenSSL's own
 * reader refuses some of the groups that shall be judged, and takes trailing bytes. */
static int read_der(apr_pool_t *pool, const unsigned char *der, size_t len,
                    tlsg_dhparam_group_t *group, const char **err)
{
    const unsigned char *at = der;
    ASN1_SEQUENCE_ANY *seq = d2i_ASN1_SEQUENCE_ANY(NULL, &at, (long)len);
    tlsg_ossl_clear();
    if (seq == NULL) {
        *err = "no Diffie-Hellman parameters: not a DER sequence";
        return 0;
    }
    group->p = integer_at(pool, seq, 0);
    group->g = integer_at(pool, seq, 1);
    sk_ASN1_TYPE_pop_free(seq, ASN1_TYPE_free);
    if (group->p == NULL || group->g == NULL) {
        *err = "no Diffie-Hellman parameters: two integers, p and g, are expected first";
        return 0;
    }
    if (at != der + len) {
        *err = apr_psprintf(pool, "%ld bytes follow the parameters", (long)(der + len - at));
        return 0;
    }
    return 1;
}

static int is_dh(const tlsg_pem_block_t *block)
{
    return strcmp(block->label, "DH PARAMETERS") == 0 ||
           strcmp(block->label, "X9.42 DH PARAMETERS") == 0;
}

static const tlsg_pem_block_t *first_of(const apr_array_header_t *blocks, tlsg_pem_kind_t kind)
{
    for (int i = 0; i < blocks->nelts; i++) {
        const tlsg_pem_block_t *block = &APR_ARRAY_IDX(blocks, i, tlsg_pem_block_t);
        if (block->kind == kind) {
            return block;
        }
    }
    return NULL;
}

static int read_pem(apr_pool_t *pool, const apr_array_header_t *blocks, tlsg_dhparam_group_t *group,
                    const char **err)
{
    const tlsg_pem_block_t *block = first_of(blocks, TLSG_PEM_PARAMS);
    if (block == NULL) {
        *err = "no DH PARAMETERS block in it";
        return 0;
    }
    if (!is_dh(block)) {
        *err = apr_psprintf(pool,
                            "line %d: the first parameters are %s; mod_ssl takes them for its "
                            "group, and DHE handshakes fail",
                            block->line, block->label);
        return 0;
    }
    if (block->flaw != TLSG_PEM_SOUND) {
        *err = apr_psprintf(pool, "line %d: the %s block is damaged", block->line, block->label);
        return 0;
    }
    return read_der(pool, block->der, block->der_len, group, err);
}

int tlsg_dhparam_read(apr_pool_t *pool, const char *path, tlsg_dhparam_group_t *group,
                      const char **err)
{
    tlsg_cli_bytes_t bytes;
    unsigned notes = 0;
    apr_pool_t *scratch;
    memset(group, 0, sizeof *group);
    if (!tlsg_cli_bytes_read(&bytes, pool, path, err)) {
        return 0;
    }
    apr_pool_create(&scratch, pool);
    const apr_array_header_t *blocks = tlsg_pem_split(scratch, bytes.data, bytes.len, &notes);
    int done = blocks->nelts > 0 ? read_pem(pool, blocks, group, err)
                                 : read_der(pool, bytes.data, bytes.len, group, err);
    apr_pool_destroy(scratch);
    tlsg_cli_bytes_wipe(&bytes);
    return done;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static EVP_PKEY *key_of(const tlsg_dhparam_group_t *group)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    int length = tlsg_dh_private_bits(BN_num_bits(group->p));
    if (build == NULL || ctx == NULL ||
        !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, group->p) ||
        !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, group->g) ||
        (length > 0 && !OSSL_PARAM_BLD_push_int(build, OSSL_PKEY_PARAM_DH_PRIV_LEN, length)) ||
        (params = OSSL_PARAM_BLD_to_param(build)) == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) <= 0) {
        key = NULL;
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

const char *tlsg_dhparam_pem(apr_pool_t *pool, const tlsg_dhparam_group_t *group)
{
    EVP_PKEY *key = tlsg_ossl_own_pkey(pool, key_of(group));
    BIO *bio = tlsg_ossl_own_bio(pool, BIO_new(BIO_s_mem()));
    char *text = NULL;
    const char *pem = NULL;
    if (key != NULL && bio != NULL && PEM_write_bio_Parameters(bio, key)) {
        long len = BIO_get_mem_data(bio, &text);
        pem = apr_pstrmemdup(pool, text, (apr_size_t)len);
    }
    tlsg_ossl_clear();
    return pem;
}

/* RFC 7919 appendix A. OpenSSL has the numbers. */
static const char *const NAMES[] = { "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
                                     "ffdhe8192" };

const char *tlsg_dhparam_names(apr_pool_t *pool)
{
    const char *list = NAMES[0];
    for (size_t i = 1; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        list = apr_pstrcat(pool, list, ", ", NAMES[i], NULL);
    }
    return list;
}

int tlsg_dhparam_named(apr_pool_t *pool, const char *name, tlsg_dhparam_group_t *group)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    const char *known = NULL;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        known = strcmp(name, NAMES[i]) == 0 ? NAMES[i] : known;
    }
    memset(group, 0, sizeof *group);
    if (known == NULL) {
        return 0;
    }
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, apr_pstrdup(pool, known), 0),
        OSSL_PARAM_construct_end(),
    };
    int made = ctx != NULL && EVP_PKEY_paramgen_init(ctx) > 0 &&
               EVP_PKEY_CTX_set_params(ctx, params) > 0 && EVP_PKEY_generate(ctx, &key) > 0 &&
               EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &group->p) &&
               EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &group->g);
    tlsg_dhparam_own(pool, group->p);
    tlsg_dhparam_own(pool, group->g);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    tlsg_ossl_clear();
    return made;
}
