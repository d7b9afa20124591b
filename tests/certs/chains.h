/* SPDX-License-Identifier: Apache-2.0 */
/* What a generated chain is made from: a draft that is sound, and what is then wrong with it or
 * merely unusual. Part of the program tests/certs/chains.c. */
#ifndef TLSG_CHAINS_H
#define TLSG_CHAINS_H

#include "unit/support_cert.h"

#define DAY 86400L /* seconds */

/* Intermediates, and certificates sent, that a draft has room for. */
#define DEPTH_MAX 3
#define SENT_MAX 12

/* Who is at the top. All but the private ones are in roots.pem, and all are in all.pem. */
/* Who is at the top. All but the private one are in roots.pem, and all are in all.pem. */
typedef enum root_t {
    ROOT_ANY = 0, /* A, B or the private one */
    ROOT_A,
    ROOT_B,
    ROOT_PRIVATE,
    ROOT_EXPIRED, /* trusted, and out of time */
    ROOT_SHORT,   /* trusted, with an RSA key of 1024 bits */
    ROOTS,
    ROOT_ITSELF, /* the leaf is self-signed */
} root_t;

typedef enum role_t {
    LEAF = 0,
    CA,
    ROLES
} role_t;

#define RSA_SIZES 4 /* 1024 to 4096 bits */

typedef struct maker_t {
    apr_pool_t *pool;
    unsigned long long seed;
    EVP_PKEY *rsa[ROLES][RSA_SIZES];             /* by role_t; NULL: not needed yet */
    support_spec_t specs[ROOTS][DEPTH_MAX + 1];  /* what the authorities are made from */
    support_cert_t *certs[ROOTS][DEPTH_MAX + 1]; /* root, then each below the one before */
} maker_t;

typedef struct draft_t {
    int number;
    root_t root;
    int depth;         /* intermediates */
    const char *host;  /* ServerName */
    const char *asked; /* the name that a client holds against the certificate */
    support_spec_t leaf;
    const char *leaf_key;
    support_spec_t
        ca[DEPTH_MAX + 1]; /* from 1, below the root, to `depth`, which issues the leaf */
    const char *ca_key[DEPTH_MAX + 1];          /* NULL: that of the usual authority */
    int is_own[DEPTH_MAX + 1];                  /* not the usual authority */
    const support_cert_t *certs[DEPTH_MAX + 2]; /* root, intermediates, leaf */
    const support_cert_t *sent[SENT_MAX];       /* leaf first */
    int sent_count;
    const char *words; /* what it is, for people and for the test */
} draft_t;

/* "#" in the texts stands for the number of the chain, "@" for the same as two octets. Members that are set replace what a sound
 * chain has. */
typedef struct fault_t {
    const char *name;
    int depth; /* fewest intermediates */
    root_t root;
    const char *host;
    const char *asked; /* NULL: as `host` */
    const char *san;   /* "": none */
    support_spec_t leaf;
    const char *leaf_key;
    int leaf_forged; /* signed by somebody else */
    enum {
        SOME_CA = 0,
        LOWEST,
        TOPMOST
    } which; /* intermediate that `ca` is about */
    support_spec_t ca;
    const char *ca_key;
    int ca_forged;
    /* Changes what is sent; `other` is for it. NULL: nothing. */
    void (*send)(maker_t *maker, draft_t *draft, root_t other);
    root_t other;
} fault_t;

extern const fault_t chain_faults[];

/* 0 up to `below`, without it. */
int chain_random(maker_t *maker, int below);

#endif
