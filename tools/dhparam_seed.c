/* SPDX-License-Identifier: Apache-2.0 */
#include "dhparam_seed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/sha.h>

#include "cli_bytes.h"
#include "dh.h"
#include "dh_search.h"
#include "dhparam_group.h"
#include "text.h"

#define SEED_FILE_MAX 4096U /* bytes; ours have some 600 */

static const char *hex(apr_pool_t *pool, const unsigned char *bytes, size_t len)
{
    char *text = apr_palloc(pool, 2 * len + 1);
    for (size_t i = 0; i < len; i++) {
        apr_snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return text;
}

static const char *digest_of(apr_pool_t *pool, const BIGNUM *p)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    size_t len = (size_t)BN_num_bytes(p);
    unsigned char *bytes = apr_palloc(pool, len + 1);
    BN_bn2bin(p, bytes);
    SHA256(bytes, len, digest);
    return hex(pool, digest, sizeof digest);
}

const char *tlsg_dhparam_seed_text(apr_pool_t *pool, const tlsg_dh_origin_t *origin,
                                   const BIGNUM *p)
{
    return apr_psprintf(pool,
                        "# Origin of a Diffie-Hellman prime. From the seed the places that were "
                        "searched follow, so\n"
                        "# whoever made the prime could not choose it. Check it with:\n"
                        "#   tlsguard-dhparam --verify-seed THIS-FILE [GROUP-FILE]\n"
                        "# q0 is SHAKE256(\"tlsguard-dhparam 1 start\", 0, bits, window, seed), "
                        "numbers in 32 bits, cut to\n"
                        "# bits-1 bits, top bit set, raised to 11 mod 12; q = q0 + 12 * offset; p "
                        "= 2q + 1.\n"
                        "method tlsguard-dhparam-1\n"
                        "bits %d\n"
                        "seed %s\n"
                        "window %u\n"
                        "offset %u\n"
                        "sha256 %s\n",
                        origin->bits, hex(pool, origin->seed, sizeof origin->seed), origin->window,
                        origin->offset, digest_of(pool, p));
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What a seed file says, as text. */
typedef struct {
    const char *method, *bits, *seed, *window, *offset, *sha256;
} seed_words_t;

static int number(const char *text, unsigned long min, unsigned long max, unsigned long *out)
{
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return 0;
    }
    errno = 0;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && errno == 0 && *out >= min && *out <= max;
}

static int unhex(const char *text, unsigned char *out, size_t len)
{
    if (text == NULL || strlen(text) != 2 * len) {
        return 0;
    }
    for (size_t i = 0; i < 2 * len; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = strchr(digits, text[i]);
        if (digit == NULL) {
            return 0;
        }
        out[i / 2] = (unsigned char)(out[i / 2] << 4 | (digit - digits));
    }
    return 1;
}

/* Takes one line "name value". Returns NULL, or what is wrong with it. */
static const char *take_line(apr_pool_t *pool, const char *line, seed_words_t *words)
{
    const struct {
        const char *name;
        const char **value;
    } rows[] = {
        { "method", &words->method }, { "bits", &words->bits },     { "seed", &words->seed },
        { "window", &words->window }, { "offset", &words->offset }, { "sha256", &words->sha256 },
    };
    const char *blank = strchr(line, ' ');
    for (size_t i = 0; blank != NULL && i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = (size_t)(blank - line);
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, line, len) == 0) {
            if (*rows[i].value != NULL) {
                return apr_psprintf(pool, "'%s' is given twice", rows[i].name);
            }
            *rows[i].value = tlsg_text_trim(pool, blank + 1, line + strlen(line));
            return NULL;
        }
    }
    return apr_psprintf(pool, "not a line of a seed file: '%.40s'", line);
}

static int parse(apr_pool_t *pool, char *text, tlsg_dh_origin_t *origin, const char **sha256,
                 const char **err)
{
    seed_words_t words = { 0 };
    unsigned long bits;
    unsigned long window;
    unsigned long offset;
    char *last = NULL;
    for (char *line = apr_strtok(text, "\r\n", &last); line != NULL;
         line = apr_strtok(NULL, "\r\n", &last)) {
        *err = line[0] == '#' ? NULL : take_line(pool, line, &words);
        if (*err != NULL) {
            return 0;
        }
    }
    memset(origin, 0, sizeof *origin);
    if (words.method == NULL || strcmp(words.method, "tlsguard-dhparam-1") != 0) {
        *err = "is no seed file: 'method tlsguard-dhparam-1' is missing";
        return 0;
    }
    if (!number(words.bits, TLSG_DH_SEARCH_BITS_MIN, TLSG_DH_BITS_MAX, &bits) ||
        !number(words.window, 0, UINT32_MAX, &window) ||
        !number(words.offset, 0, UINT32_MAX, &offset) ||
        !unhex(words.seed, origin->seed, sizeof origin->seed)) {
        *err = "bits, seed, window or offset is missing or out of range";
        return 0;
    }
    origin->bits = (int)bits;
    origin->window = (uint32_t)window;
    origin->offset = (uint32_t)offset;
    *sha256 = words.sha256;
    return 1;
}

static int read_seed(apr_pool_t *pool, const char *path, tlsg_dh_origin_t *origin,
                     const char **sha256, const char **err)
{
    tlsg_cli_bytes_t bytes;
    if (!tlsg_cli_bytes_read(&bytes, pool, path, err)) {
        return 0;
    }
    int done = 0;
    if (bytes.len > SEED_FILE_MAX || memchr(bytes.data, 0, bytes.len) != NULL) {
        *err = "is no seed file";
    }
    else {
        char *text = apr_pstrmemdup(pool, (const char *)bytes.data, bytes.len);
        done = parse(pool, text, origin, sha256, err);
    }
    tlsg_cli_bytes_wipe(&bytes);
    return done;
}

/* ---- Verifying ------------------------------------------------------------------------------- */

static tlsg_exit_t refute(const char *name, const char *why)
{
    printf("%s: NO: %s\n", name, why);
    return TLSG_EXIT_NEGATIVE;
}

tlsg_exit_t tlsg_dhparam_seed_verify(tlsg_cli_t *cli, const char *path, const char *group_path)
{
    apr_pool_t *pool = cli->pool;
    const char *err;
    const char *sha256 = NULL;
    tlsg_dh_origin_t origin;
    tlsg_dhparam_group_t group = { NULL, NULL };
    if (!read_seed(pool, path, &origin, &sha256, &err)) {
        tlsg_cli_complain(cli, path, "%s", err);
        return TLSG_EXIT_INPUT;
    }
    if (group_path != NULL && !tlsg_dhparam_read(pool, group_path, &group, &err)) {
        tlsg_cli_complain(cli, group_path, "%s", err);
        return TLSG_EXIT_INPUT;
    }
    const char *name = tlsg_text_printable(pool, group_path != NULL ? group_path : path,
                                           strlen(group_path != NULL ? group_path : path), 4096);
    BIGNUM *two = tlsg_dhparam_own(pool, BN_new());
    BIGNUM *p = tlsg_dhparam_own(pool, BN_new());
    tlsg_dh_proof_t proof;
    if (two == NULL || p == NULL || !BN_set_word(two, 2)) {
        tlsg_cli_complain(cli, NULL, "out of memory");
        return TLSG_EXIT_USAGE;
    }
    int computed = tlsg_dh_seed_prime(&origin, p);
    if (computed < 0) {
        return refute(name, "the seed names a place that the method never searches");
    }
    if (group.p != NULL && BN_cmp(group.p, p) != 0) {
        return refute(name, "another prime follows from the seed");
    }
    if (sha256 != NULL && strcmp(sha256, digest_of(pool, p)) != 0) {
        return refute(name, "another prime follows from the seed than its sha256 line says");
    }
    if (!computed || !tlsg_dh_check(p, group.g != NULL ? group.g : two, &proof)) {
        tlsg_cli_complain(cli, NULL, "out of memory");
        return TLSG_EXIT_USAGE;
    }
    if (proof.safe != TLSG_DH_YES || proof.order == TLSG_DH_ORDER_TRIVIAL) {
        return refute(name, "what follows from the seed is not a sound group");
    }
    printf("%s: %d-bit safe prime, proved; it follows from the seed (window %u, offset %u)\n", name,
           origin.bits, origin.window, origin.offset);
    return TLSG_EXIT_DONE;
}
