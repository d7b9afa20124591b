/* SPDX-License-Identifier: Apache-2.0 */
/* What is judged: the server, its virtual hosts, what their directives say (declared facts, each
 * with its origin) and what OpenSSL does with them (effective facts). Plain data. Collectors build
 * it, then it is const; rules only read it. Everything lives in the pool of the model. */
#ifndef TLSG_MODEL_H
#define TLSG_MODEL_H

#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <openssl/types.h>

#include "policy.h"

struct tlsg_certfile_t; /* certfile.h: one parsed certificate file, shared by all its users */
struct tlsg_keyfile_t;  /* keyfile.h: one judged private key file */
struct tlsg_certcache_t;
struct tlsg_trust_t;
struct tlsg_http_cache_t;
struct tlsg_chain_t;  /* chain.h: what is sent with a certificate, judged */
struct tlsg_secret_t; /* secret.h: who can read a secret file */

/* Where a fact comes from. file == NULL: not from configuration. */
typedef struct tlsg_origin_t {
    const char *file;      /* as httpd names it; absolute unless from -C/-c */
    int line;              /* physical line on which the directive ends */
    const char *directive; /* its name, "<VirtualHost" for a container */
    const char *use_file;  /* the Use line when the directive stands in a macro, else NULL */
    int use_line;
} tlsg_origin_t;

/* A container other than <VirtualHost>: <Directory>, <Location>, <If>, <Files>, <Proxy>, <Limit>
 * ... */
typedef struct tlsg_section_t tlsg_section_t;
struct tlsg_section_t {
    const char *kind;             /* lower case without "<": "directory", "locationmatch", "if" */
    const char *arg;              /* rest of the line, quotes kept, without the final ">" */
    const tlsg_section_t *parent; /* enclosing container or NULL */
    tlsg_origin_t origin;
};

/* One active directive, as httpd stored it after <If...>, Define, Include and macros. Virtual hosts
 * that inherit it share the record, so equal pointers mean equal cause. */
typedef struct tlsg_directive_t {
    const char *name; /* the owner's spelling */
    const char *args; /* rest of the line, quotes kept */
    int argc;
    const char *const *argv;       /* words, quotes and their escapes removed; argv[argc] == NULL */
    const tlsg_section_t *section; /* NULL: directly in the server or virtual host */
    tlsg_origin_t origin;
} tlsg_directive_t;

/* Index of each row of ssl_directives.def. */
typedef enum tlsg_ssl_directive_t {
#define DIRECTIVE(name, merge) TLSG_##name,
#include "ssl_directives.def"
#undef DIRECTIVE
    TLSG_SSL_DIRECTIVES
} tlsg_ssl_directive_t;

/* mod_ssl's settings of one server after the merge. */
typedef struct tlsg_settings_t {
    /* Last directive that counts, NULL when unset. The BY_INDEX and APPEND rows are NULL here. */
    const tlsg_directive_t *set[TLSG_SSL_DIRECTIVES];
    apr_array_header_t *certs; /* const tlsg_directive_t *: SSLCertificateFile by index */
    apr_array_header_t *keys;  /* const tlsg_directive_t *: SSLCertificateKeyFile by index */
    apr_array_header_t
        *confcmds; /* const tlsg_directive_t *: SSLOpenSSLConfCmd in order of effect */
} tlsg_settings_t;

typedef struct tlsg_address_t {
    const char *ip; /* numeric text, "*" for any */
    int port;       /* 0: any port */
} tlsg_address_t;

typedef struct tlsg_listener_t {
    tlsg_address_t address;
    const char *protocol; /* "https" or "http", as httpd derives it */
} tlsg_listener_t;

/* A name a virtual host answers to: ServerName or one word of a ServerAlias. */
typedef struct tlsg_name_t {
    const char *text;                  /* as written, without scheme and port for ServerName */
    const tlsg_directive_t *directive; /* NULL when httpd derived the name */
} tlsg_name_t;

typedef enum tlsg_tls_t {
    TLSG_TLS_OFF = 0,
    TLSG_TLS_ON,       /* SSLEngine on */
    TLSG_TLS_IMPLICIT, /* no SSLEngine, but an https listener and certificates (mod_ssl 2.4.42+) */
    TLSG_TLS_OPTIONAL, /* SSLEngine optional: accepted, means off (2.4.64+) */
} tlsg_tls_t;

/* Bits of a set of protocol versions. */
enum {
    TLSG_SSL3 = 1,
    TLSG_TLS1 = 2,
    TLSG_TLS11 = 4,
    TLSG_TLS12 = 8,
    TLSG_TLS13 = 16,
};

struct tlsg_suite_t;       /* cipher.h: a classified cipher suite */
struct tlsg_dh_identity_t; /* dh.h: what is known about a group */

/* Whether a client as browsers and OpenSSL's own programs are today gets an answer. */
typedef enum tlsg_usual_t {
    TLSG_USUAL_UNKNOWN = 0, /* not measured: a live context, or nothing can be negotiated at all */
    TLSG_USUAL_ANSWERED,
    TLSG_USUAL_NO_VERSION, /* only TLS 1.1 or older is left */
    TLSG_USUAL_NO_GROUP,   /* it would be answered if it had other groups */
    TLSG_USUAL_NO_SCHEME,  /* ... other signature schemes */
    TLSG_USUAL_NO_SUITE,   /* ... other suites */
    TLSG_USUAL_REFUSED,    /* for several reasons at once */
} tlsg_usual_t;

/* The DH group of a DHE handshake. */
typedef struct tlsg_dh_fact_t {
    int bits;          /* 0: DHE cannot be negotiated */
    int is_auto;       /* OpenSSL picks an RFC 3526 group by key size */
    int params_bits;   /* of the parameters in the first certificate file, 0 without any */
    int params_used;   /* OpenSSL accepted them */
    int params_are_ec; /* an EC PARAMETERS block, which mod_ssl takes for DH parameters */
    const char *curve; /* that block's curve, NULL */
    EVP_PKEY *group;   /* the group in use; NULL: none, or automatic and not measured */
    const struct tlsg_dh_identity_t *identity; /* of that group; NULL: none, or not readable */
} tlsg_dh_fact_t;

/* What OpenSSL does for a connection that reaches `vhost` through the default virtual host of an
 * address. Shared between virtual hosts whose settings and kind of certificate are equal. */
typedef struct tlsg_effective_t {
    int id;              /* number of the distinct configuration, from 1 */
    unsigned enabled;    /* versions that min, max and options leave on */
    unsigned negotiable; /* versions that a handshake completes with */
    tlsg_usual_t usual;
    int security_level;
    unsigned long long options; /* SSL_OP_ bits in effect */
    int server_order;
    int tickets; /* session tickets are issued (TLS 1.2) */
    int compression;
    int unsafe_renegotiation;
    apr_array_header_t *suites; /* const struct tlsg_suite_t *: negotiable with the certificates, in
                                   order, TLS <= 1.2 */
    apr_array_header_t *suites13; /* const struct tlsg_suite_t *: TLS 1.3 */
    apr_array_header_t
        *dead_suites; /* const struct tlsg_suite_t *: configured, but no certificate fits */
    apr_array_header_t *groups; /* const char *: key exchange groups that work; NULL: not known */
    tlsg_dh_fact_t dh;
    unsigned declared;   /* versions that SSLProtocol asks for */
    unsigned cert_auth;  /* TLSG_AUTH_ bits of the certificates; 0: not known */
    int verify_client;   /* SSL_VERIFY_ bits of the server level */
    int entry_refuses;   /* the default virtual host breaks off every connection before it reads the
                          name: nothing is negotiable here either */
    int status_callback; /* live: some module set a callback for stapling; 0 under -t */
    int is_live;         /* read from mod_ssl's own context */
} tlsg_effective_t;

/* mod_ssl would refuse to start here. */
typedef struct tlsg_fault_t {
    const char *kind;                  /* what a rule selects by: see fault.h */
    const char *message;               /* what OpenSSL or mod_ssl says, in words */
    const tlsg_directive_t *directive; /* the line to change; NULL: an absence */
} tlsg_fault_t;

/* A certificate of a virtual host, with the lines that named it. */
typedef struct tlsg_vhost_cert_t {
    const char *path; /* absolute path, or a store URI */
    const tlsg_directive_t
        *cert; /* SSLCertificateFile; NULL when it came from elsewhere (mod_md, ConfCmd) */
    const tlsg_directive_t
        *key; /* SSLCertificateKeyFile; NULL: the key is in the certificate file */
    const struct tlsg_certfile_t *file;   /* NULL: not readable here (see unknown) */
    const struct tlsg_chain_t *chain;     /* NULL when the file is */
    const struct tlsg_keyfile_t *keyfile; /* NULL: not judged (see unknown) */
    const char *unknown; /* why the certificate could not be judged, NULL when it could */
    int is_live;         /* read from the running server's context */
    int is_fallback;     /* what mod_md serves until it has a certificate; then file is NULL */
} tlsg_vhost_cert_t;

typedef struct tlsg_vhost_t tlsg_vhost_t;

/* One way to reach a virtual host: the default virtual host of an address and what a client then
 * gets. */
typedef struct tlsg_pair_t {
    const tlsg_vhost_t *default_vhost; /* == the virtual host itself when it is the default */
    const tlsg_address_t *address;
    const tlsg_effective_t *effective; /* NULL: not evaluated (tlsg_vhost_t.unknown says why) */
} tlsg_pair_t;

struct tlsg_vhost_t {
    int index; /* position in the model, configuration order; 0 is the main server */
    int is_main;
    const char *name;              /* server_hostname */
    int port;                      /* of the first address, of the Listen for "*" */
    const char *label;             /* "name:port" */
    tlsg_origin_t origin;          /* the <VirtualHost> line; file NULL for the main server */
    apr_array_header_t *addresses; /* const tlsg_address_t * */
    tlsg_name_t server_name;
    apr_array_header_t *aliases; /* tlsg_name_t */
    const char *listens; /* protocol of the listener with an equal address; NULL: derive it */
    int is_default;      /* of at least one address */
    int serves; /* a listener can reach it (main server: only what no virtual host takes) */

    tlsg_tls_t tls;
    const tlsg_directive_t *engine; /* the SSLEngine (or Protocol) line that decides, NULL */
    tlsg_settings_t ssl;            /* after the merge with the main server */
    apr_array_header_t
        *directives;        /* const tlsg_directive_t *: own ones in configuration order, sections
                               included;        the main server's are in model->main->directives */
    const char *managed_by; /* MDomain that covers it (text of the directive), NULL */
    const tlsg_directive_t *managed; /* that directive */

    apr_array_header_t *certs;              /* tlsg_vhost_cert_t, in mod_ssl's order */
    apr_array_header_t *replaced;           /* tlsg_vhost_cert_t: configured, and never served as a
                                               later one has the same kind of key; NULL: none */
    apr_array_header_t *pairs;              /* tlsg_pair_t; the first is the usual one */
    const struct tlsg_secret_t *ticket_key; /* SSLSessionTicketKeyFile, NULL: not looked at */
    apr_array_header_t *faults; /* const tlsg_fault_t *: why the server will not start */
    const char *unknown;        /* why the effective facts are not known, NULL when they are */

    const tlsg_policy_t *policy;
    int mode;             /* tlsg_mode_t of settings.h */
    int is_ignored;       /* TLSGuardMode off: nothing is judged here */
    int fail_on;          /* tlsg_severity_t of report.h */
    unsigned cookie_adds; /* TLSG_COOKIE_ bits of header_value.h that the module adds to cookies */
    const void *conf;     /* the module's own settings (settings.h: tlsg_conf_t), NULL in tests */
};

typedef enum tlsg_stage_t {
    TLSG_STAGE_CONFIG_TEST, /* httpd -t: probes */
    TLSG_STAGE_START,       /* mod_ssl's own contexts */
} tlsg_stage_t;

typedef struct tlsg_model_t {
    apr_pool_t *pool;
    tlsg_stage_t stage;
    apr_time_t now;            /* an input, so that tests can set it */
    const char *httpd_version; /* "2.4.71" */
    const char *openssl_build; /* version the module was compiled against */
    const char *openssl_run;   /* version that is loaded */
    const char *server_root;
    int default_level;             /* OpenSSL's security level without any setting of ours */
    apr_hash_t *modules;           /* "mod_ssl.c" -> non-NULL for each loaded module */
    apr_array_header_t *listeners; /* tlsg_listener_t */
    tlsg_vhost_t *main;
    apr_hash_t *main_lines;     /* lower-case name -> apr_array_header_t * of the main server's
                                   const tlsg_directive_t *; NULL: not made */
    apr_array_header_t *vhosts; /* tlsg_vhost_t *: [0] is main, then configuration order */
    int configurations;         /* number of distinct TLS configurations */
    const char *other_tls;      /* "mod_tls" or "mod_gnutls" when one of them serves TLS, NULL */
    struct tlsg_certcache_t *certs;  /* certfile.h: every certificate file, read once */
    struct tlsg_trust_t *trust;      /* trust.h: the system's roots, loaded when first needed */
    struct tlsg_http_cache_t **http; /* http_facts.h keeps its answers there; NULL: elsewhere */
} tlsg_model_t;

/* 1 when httpd loaded that module; `name` as in "mod_headers.c". */
int tlsg_model_has_module(const tlsg_model_t *model, const char *name);

/* A file name as httpd completes it, with ServerRoot; absolute names and those without a ServerRoot
 * pass through. Lives in the model's pool. */
const char *tlsg_model_path(const tlsg_model_t *model, const char *name);

/* 1 when the virtual host speaks TLS. */
int tlsg_vhost_is_tls(const tlsg_vhost_t *vhost);

/* 1 when the virtual host speaks TLS and a listener can reach it. */
int tlsg_vhost_serves_tls(const tlsg_vhost_t *vhost);

/* Number of virtual hosts that serve TLS. */
int tlsg_model_count_tls(const tlsg_model_t *model);

/* 1 when only this machine can reach the virtual host: every address or listener of it is
 * loopback. */
int tlsg_vhost_is_local(const tlsg_model_t *model, const tlsg_vhost_t *vhost);

/* The usual pair's effective facts, NULL when they are not known. */
const tlsg_effective_t *tlsg_vhost_effective(const tlsg_vhost_t *vhost);

/* First word of a setting, or `fallback` when it is unset. */
const char *tlsg_vhost_setting(const tlsg_vhost_t *vhost, tlsg_ssl_directive_t which,
                               const char *fallback);

/* 1 when the setting is the word "on" (any case), 0 when it is another; `fallback` when it is
 * unset. */
int tlsg_vhost_setting_is_on(const tlsg_vhost_t *vhost, tlsg_ssl_directive_t which, int fallback);

/* Calls visit() for each directive in force for a virtual host, the main server's first, then its
 * own, in configuration order, sections included; stops when it returns non-zero and returns that.
 * `name` limits the walk to one directive (any case), NULL means all. */
typedef int tlsg_directive_visit_fn(void *baton, const tlsg_directive_t *directive, int is_own);
int tlsg_vhost_walk(const tlsg_model_t *model, const tlsg_vhost_t *vhost, const char *name,
                    tlsg_directive_visit_fn *visit, void *baton);

#endif
