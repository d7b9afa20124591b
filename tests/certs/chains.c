/* SPDX-License-Identifier: Apache-2.0 */
/* Makes certificate chains of all kinds, sound and not, for tests that compare what is said of them
 * with what OpenSSL says. usage: chains DIR COUNT SEED
 *
 * Writes DIR/N.pem (as a server sends it, leaf first) and DIR/N.key for each N below COUNT, the
 * trusted roots roots.pem, and all.pem with the private root besides. Prints a line for each chain:
 * N, ServerName, the name that a client asks for, and words for what it is, separated by tabs. The
 * same seed gives the same kinds of chains; keys, serial numbers and times differ. The first chains
 * are each kind alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "chains.h"

int chain_random(maker_t *maker, int below)
{
    return (int)support_random(&maker->seed, (unsigned)below);
}

/* RSA keys take long to make: all authorities share one of each size, and so do all leaves. */
static EVP_PKEY *key_of(maker_t *maker, const char *kind, role_t role)
{
    static const char *const sizes[RSA_SIZES] = { "RSA:1024", "RSA:2048", "RSA:3072", "RSA:4096" };
    for (int i = 0; i < RSA_SIZES; i++) {
        if (strcmp(kind, sizes[i]) == 0) {
            EVP_PKEY **key = &maker->rsa[role][i];
            *key = *key != NULL ? *key : support_key(maker->pool, kind);
            return *key;
        }
    }
    return support_key(maker->pool, kind);
}

/* ---- Authorities ----------------------------------------------------------------------------- */

/* Root, then the authorities below it, with the kinds of their keys. Some names say what they are
 * and some do not, as in the world. */
static const struct {
    const char *organization;
    const char *names[DEPTH_MAX + 1];
    const char *keys[DEPTH_MAX + 1];
} authorities[ROOTS] = {
    [ROOT_A] = { "Alpha",
                 { "Alpha Root X1", "E7", "Alpha TLS CA 2", "Alpha Issuing CA 3" },
                 { "P-384", "P-256", "RSA:2048", "P-256" } },
    [ROOT_B] = { "Beta",
                 { "Beta Global Root G2", "Beta Intermediate CA", "R12", "Beta EV CA" },
                 { "RSA:2048", "RSA:3072", "P-256", "P-384" } },
    [ROOT_PRIVATE] = { "Corp",
                       { "Corp Root CA", "Corp CA 1", "Corp Servers", "Corp Lab Issuing CA" },
                       { "P-256", "P-256", "RSA:2048", "ED25519" } },
    [ROOT_EXPIRED] = { "Gamma",
                       { "Gamma Root 2001", "Gamma CA 1", "Gamma CA 2", "Gamma CA 3" },
                       { "RSA:2048", "P-256", "P-256", "P-256" } },
    [ROOT_SHORT] = { "Delta",
                     { "Delta Root 1999", "Delta CA 1", "Delta CA 2", "Delta CA 3" },
                     { "RSA:1024", "P-256", "P-256", "P-256" } },
};

static const char *digest_of(EVP_PKEY *signer, const char *wanted)
{
    return EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? "" : wanted;
}

static void make_authorities(maker_t *maker)
{
    for (int root = ROOT_A; root < ROOTS; root++) {
        for (int i = 0; i <= DEPTH_MAX; i++) {
            support_spec_t *spec = &maker->specs[root][i];
            spec->organization = authorities[root].organization;
            spec->cn = authorities[root].names[i];
            spec->key = key_of(maker, authorities[root].keys[i], CA);
            spec->issuer = i > 0 ? maker->certs[root][i - 1] : NULL;
            spec->is_ca = 1;
            spec->from = -400 * DAY;
            spec->until = root == ROOT_EXPIRED && i == 0 ? -20 * DAY : 2000 * DAY;
            spec->digest = digest_of(i > 0 ? maker->certs[root][i - 1]->key : spec->key, NULL);
            maker->certs[root][i] = support_cert(maker->pool, spec);
        }
    }
}

static void write_roots(maker_t *maker, const char *dir)
{
    const char *trusted = "";
    for (int root = ROOT_A; root < ROOTS; root++) {
        if (root != ROOT_PRIVATE) {
            trusted = apr_pstrcat(maker->pool, trusted,
                                  support_cert_pem(maker->pool, maker->certs[root][0]->x509), NULL);
        }
    }
    support_write(maker->pool, dir, "roots.pem", trusted);
    support_write(maker->pool, dir, "all.pem",
                  apr_pstrcat(maker->pool, trusted,
                              support_cert_pem(maker->pool, maker->certs[ROOT_PRIVATE][0]->x509),
                              NULL));
}

/* ---- Drafts ---------------------------------------------------------------------------------- */

/* The text with the number in place of its marks; NULL stays NULL. */
static const char *numbered(const maker_t *maker, const draft_t *draft, const char *text)
{
    const int octet = 250; /* what the lower half of an address goes up to */
    const char *mark;
    while (text != NULL && (mark = strpbrk(text, "#@")) != NULL) {
        const char *number =
            *mark == '#'
                ? apr_itoa(maker->pool, draft->number)
                : apr_psprintf(maker->pool, "%d.%d", draft->number / octet, draft->number % octet);
        text = apr_psprintf(maker->pool, "%.*s%s%s", (int)(mark - text), text, number, mark + 1);
    }
    return text;
}

/* Lays what `change` sets over `spec`. */
static void change_spec(support_spec_t *spec, const support_spec_t *change)
{
    int at = 0;
    while (at < SUPPORT_CERT_EXTENSIONS && spec->extensions[at] != NULL) {
        at++;
    }
    for (int i = 0; at < SUPPORT_CERT_EXTENSIONS && change->extensions[i] != NULL; i++) {
        spec->extensions[at++] = change->extensions[i];
    }
    spec->is_ca = change->is_ca != 0 ? change->is_ca > 0 : spec->is_ca;
    spec->pathlen = change->pathlen != 0 ? change->pathlen : spec->pathlen;
    spec->no_usage |= change->no_usage;
    spec->no_constraints |= change->no_constraints;
    spec->key_usage = change->key_usage != NULL ? change->key_usage : spec->key_usage;
    spec->purposes = change->purposes != NULL ? change->purposes : spec->purposes;
    spec->digest = change->digest != NULL ? change->digest : spec->digest;
    spec->from = change->from != 0 ? change->from : spec->from;
    spec->until = change->until != 0 ? change->until : spec->until;
}

static int is_empty(const support_spec_t *change)
{
    static const support_spec_t none;
    return memcmp(change, &none, sizeof none) == 0;
}

static void apply_leaf(maker_t *maker, draft_t *draft, const fault_t *fault)
{
    if (fault->host != NULL) {
        draft->host = numbered(maker, draft, fault->host);
        draft->asked = draft->host;
    }
    if (fault->asked != NULL) {
        draft->asked = numbered(maker, draft, fault->asked);
    }
    if (fault->san != NULL) {
        draft->leaf.san = fault->san[0] != '\0' ? numbered(maker, draft, fault->san) : NULL;
    }
    change_spec(&draft->leaf, &fault->leaf);
    draft->leaf_key = fault->leaf_key != NULL ? fault->leaf_key : draft->leaf_key;
    if (fault->leaf_forged) {
        draft->leaf.signer = support_key(maker->pool, "P-256");
    }
}

static void apply_ca(maker_t *maker, draft_t *draft, const fault_t *fault)
{
    if (draft->depth == 0 || (is_empty(&fault->ca) && fault->ca_key == NULL && !fault->ca_forged)) {
        return;
    }
    int at = fault->which == LOWEST    ? draft->depth
             : fault->which == TOPMOST ? 1
                                       : 1 + chain_random(maker, draft->depth);
    change_spec(&draft->ca[at], &fault->ca);
    draft->ca_key[at] = fault->ca_key != NULL ? fault->ca_key : draft->ca_key[at];
    if (fault->ca_forged) {
        draft->ca[at].signer = support_key(maker->pool, "P-256");
    }
    draft->is_own[at] = 1;
}

/* A sound chain as the faults need it: with a root, and with enough intermediates. */
static void draft_sound(maker_t *maker, draft_t *draft, const fault_t *const *faults)
{
    static const char *const kinds[] = { "P-256",    "P-256",    "P-256",    "P-384",
                                         "RSA:2048", "RSA:2048", "RSA:3072", "RSA:4096" };
    static const root_t roots[] = { ROOT_A, ROOT_A, ROOT_B, ROOT_B, ROOT_PRIVATE };
    static const int depths[] = { 0, 1, 1, 1, 2, 2, 3 };
    draft->root = roots[chain_random(maker, 5)];
    draft->depth = depths[chain_random(maker, 7)];
    draft->leaf_key = kinds[chain_random(maker, draft->number < 100 ? 6 : 8)];
    for (; *faults != NULL; faults++) {
        draft->root = (*faults)->root != ROOT_ANY ? (*faults)->root : draft->root;
        draft->depth = (*faults)->depth > draft->depth ? (*faults)->depth : draft->depth;
    }
    if (draft->root == ROOT_ITSELF) {
        draft->depth = 0;
    }
    draft->host = numbered(maker, draft, "n#.example.com");
    draft->asked = draft->host;
    draft->leaf.cn = draft->host;
    draft->leaf.san = apr_pstrcat(maker->pool, "DNS:", draft->host, NULL);
    if (draft->root != ROOT_PRIVATE && draft->root != ROOT_ITSELF) {
        /* What public authorities put in: their policy, and timestamps, whose content nobody here
         * looks at. */
        draft->leaf.extensions[0] = "certificatePolicies=2.23.140.1.2.1";
        draft->leaf.extensions[1] = "1.3.6.1.4.1.11129.2.4.2=DER:04020000";
    }
    for (int i = 1; i <= draft->depth; i++) {
        draft->ca[i] = maker->specs[draft->root][i];
    }
}

/* Certificates from the root down. Below a changed one all are new. */
static void make_certs(maker_t *maker, draft_t *draft)
{
    int depth = draft->depth;
    int is_own = 0;
    draft->leaf.key = key_of(maker, draft->leaf_key, LEAF);
    if (draft->root != ROOT_ITSELF) {
        draft->certs[0] = maker->certs[draft->root][0];
        draft->leaf.issuer = draft->certs[0];
    }
    for (int i = 1; i <= depth; i++) {
        is_own |= draft->is_own[i];
        draft->certs[i] = maker->certs[draft->root][i];
        if (is_own) {
            support_spec_t *spec = &draft->ca[i];
            spec->issuer = draft->certs[i - 1];
            if (draft->ca_key[i] != NULL) {
                spec->key = key_of(maker, draft->ca_key[i], CA);
            }
            else if (chain_random(maker, 2) == 0) {
                spec->key = key_of(maker, authorities[draft->root].keys[i], CA);
            }
            spec->digest =
                digest_of(spec->signer != NULL ? spec->signer : spec->issuer->key,
                          spec->digest != NULL && spec->digest[0] == '\0' ? NULL : spec->digest);
            draft->certs[i] = support_cert(maker->pool, spec);
        }
        draft->leaf.issuer = draft->certs[i];
    }
    draft->leaf.digest = digest_of(draft->leaf.signer != NULL   ? draft->leaf.signer
                                   : draft->leaf.issuer != NULL ? draft->leaf.issuer->key
                                                                : draft->leaf.key,
                                   draft->leaf.digest);
    draft->certs[depth + 1] = support_cert(maker->pool, &draft->leaf);
    for (int i = depth + 1; i > 0; i--) {
        draft->sent[draft->sent_count++] = draft->certs[i];
    }
}

/* ---- The mix --------------------------------------------------------------------------------- */

static int fault_count(void)
{
    int count = 0;
    while (chain_faults[count].name != NULL) {
        count++;
    }
    return count;
}

#define FAULTS_MAX 4 /* at once */

/* Each kind alone first; then, in half of the chains, several together. */
static void choose_faults(maker_t *maker, int number, const fault_t **faults)
{
    int kinds = fault_count();
    int count = 0;
    faults[count++] = &chain_faults[number < kinds ? number : chain_random(maker, kinds)];
    int more = number < kinds ? 0 : chain_random(maker, 2 * FAULTS_MAX) - FAULTS_MAX;
    for (; more > 0; more--) {
        faults[count++] = &chain_faults[chain_random(maker, kinds)];
    }
    faults[count] = NULL;
}

static void write_chain(maker_t *maker, const char *dir, const draft_t *draft)
{
    const char *text = "";
    for (int i = 0; i < draft->sent_count; i++) {
        text = apr_pstrcat(maker->pool, text, support_cert_pem(maker->pool, draft->sent[i]->x509),
                           NULL);
    }
    support_write(maker->pool, dir, apr_psprintf(maker->pool, "%d.pem", draft->number), text);
    support_write(maker->pool, dir, apr_psprintf(maker->pool, "%d.key", draft->number),
                  support_key_pem(maker->pool, draft->leaf.key));
    printf("%d\t%s\t%s\t%s\n", draft->number, draft->host, draft->asked, draft->words);
}

static void make_chain(maker_t *maker, const char *dir, int number)
{
    const fault_t *faults[FAULTS_MAX + 1];
    draft_t draft = { .number = number };
    choose_faults(maker, number, faults);
    draft_sound(maker, &draft, faults);
    draft.words = "";
    for (int i = 0; faults[i] != NULL; i++) {
        apply_leaf(maker, &draft, faults[i]);
        apply_ca(maker, &draft, faults[i]);
        draft.words = apr_pstrcat(maker->pool, draft.words, faults[i]->name, " ", NULL);
    }
    make_certs(maker, &draft);
    for (int i = 0; faults[i] != NULL; i++) {
        if (faults[i]->send != NULL && draft.root != ROOT_ITSELF) {
            faults[i]->send(maker, &draft, faults[i]->other);
        }
    }
    const char *top = draft.root != ROOT_ITSELF ? authorities[draft.root].organization : "itself";
    draft.words =
        apr_psprintf(maker->pool, "%s%s %s %d", draft.words, draft.leaf_key, top, draft.depth);
    write_chain(maker, dir, &draft);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: chains DIR COUNT SEED\n");
        return 2;
    }
    maker_t maker = { .seed = strtoull(argv[3], NULL, 10) };
    long count = strtol(argv[2], NULL, 10);
    umask(077);
    apr_initialize();
    apr_pool_create(&maker.pool, NULL);
    make_authorities(&maker);
    write_roots(&maker, argv[1]);
    for (int i = 0; i < count; i++) {
        make_chain(&maker, argv[1], i);
    }
    apr_pool_destroy(maker.pool);
    apr_terminate();
    return fclose(stdout) == 0 ? 0 : 1;
}
