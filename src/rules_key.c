/* SPDX-License-Identifier: Apache-2.0 */
/* TG350-TG359: private keys: who can read them, where they lie, who shares them. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "certfile.h"
#include "keyfile.h"
#include "kinship.h"
#include "rules.h"
#include "text.h"
#include "vhost_cert.h"

static void check_readable(const tlsg_rule_t *self, const tlsg_model_t *model,
                           const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_secret_t *access = cert->keyfile != NULL ? cert->keyfile->access : NULL;
        if (access == NULL) {
            continue;
        }
        const tlsg_directive_t *line = cert->key != NULL ? cert->key : cert->cert;
        if (line == NULL || cert->keyfile->key_count == 0) {
            continue;
        }
        if (access->problem != NULL) { /* it went away, or came back since */
            tlsg_report_unknown(out, self, vhost, "%s", access->problem);
            continue;
        }
        if (!access->other_readable && !access->group_readable) {
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add_as(
            out, self, access->other_readable ? TLSG_WARNING : TLSG_NOTICE, vhost, &line->origin,
            NULL, "The private key %s can be read by %s%s (mode %04o)", access->path,
            access->other_readable ? "every local user" : "the group ",
            access->other_readable  ? ""
            : access->group != NULL ? access->group
                                    : "that owns it",
            access->mode);
        tlsg_finding_fix(out, finding, "chmod 600 %s",
                         access->real_path != NULL ? access->real_path : access->path);
    }
}

static const tlsg_rule_t key_readable = {
    .id = "TG350",
    .name = "key-readable",
    .topic = "key-perm",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "Other users can read the private key",
    .why =
        "Whoever copies the key can be this server. Only root needs it: httpd reads it before it "
        "gives up its rights. A directory that others may not enter protects as well.",
    .fix = "Give the file to root with mode 0600.",
    .bad = "SSLCertificateFile @openkey@\n"
           "SSLCertificateKeyFile @openkey.key@\n",
    .good = "SSLCertificateFile @rsa@\n"
            "SSLCertificateKeyFile @rsa.key@\n",
    .refs = { "CIS 7.3", "DISA STIG V-214287" },
    .check = check_readable,
};

/* A directory that is served by some virtual host, with its line. */
typedef struct served_t {
    const char *path; /* the key file */
    const tlsg_directive_t *by;
} served_t;

/* Length of the directory that a served place starts at: of AliasMatch the part before what the
 * request fills in. 0: not known. */
static size_t root_length(const tlsg_directive_t *directive, const char *root)
{
    size_t len = strlen(root);
    if (tlsg_text_eq_nocase(directive->name, "AliasMatch")) {
        size_t fixed = strcspn(root, "$");
        while (fixed < len && fixed > 0 && root[fixed - 1] != '/') {
            fixed--;
        }
        len = fixed;
    }
    while (len > 1 && root[len - 1] == '/') {
        len--;
    }
    return len;
}

/* "Require all denied" for the key's directory, or one above it. */
static int see_denial(void *baton, const tlsg_directive_t *directive, int is_own)
{
    const char *path = baton;
    (void)is_own;
    const tlsg_section_t *section = directive->section;
    if (section == NULL || !tlsg_text_eq_nocase(section->kind, "directory") ||
        section->parent != NULL || directive->argc != 2 ||
        !tlsg_text_eq_nocase(directive->argv[0], "all") ||
        !tlsg_text_eq_nocase(directive->argv[1], "denied")) {
        return 0;
    }
    const char *dir = section->arg + (*section->arg == '"');
    size_t len = strcspn(dir, "\"");
    while (len > 1 && dir[len - 1] == '/') {
        len--;
    }
    return len > 1 && strncmp(path, dir, len) == 0 && path[len] == '/';
}

static int see_directory(void *baton, const tlsg_directive_t *directive, int is_own)
{
    served_t *served = baton;
    (void)is_own;
    int is_alias = (tlsg_text_eq_nocase(directive->name, "Alias") ||
                    tlsg_text_eq_nocase(directive->name, "AliasMatch")) &&
                   directive->argc == 2;
    if (!is_alias &&
        (!tlsg_text_eq_nocase(directive->name, "DocumentRoot") || directive->argc != 1)) {
        return 0;
    }
    const char *root = directive->argv[directive->argc - 1];
    size_t len = root_length(directive, root);
    if (len > 1 && strncmp(served->path, root, len) == 0 && served->path[len] == '/') {
        served->by = directive;
        return 1;
    }
    return 0;
}

static void check_served(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_vhost_cert_t *cert;
    for (int i = 0; (cert = tlsg_vhost_cert_at(vhost, i)) != NULL; i++) {
        const tlsg_directive_t *line = cert->key != NULL ? cert->key : cert->cert;
        served_t served = { .path = cert->keyfile != NULL ? cert->keyfile->path : NULL };
        if (line == NULL || served.path == NULL || cert->keyfile->key_count == 0 ||
            tlsg_vhost_walk(model, vhost, NULL, see_directory, &served) == 0 ||
            tlsg_vhost_walk(model, vhost, "Require", see_denial,
                            apr_pstrdup(tlsg_report_pool(out), served.path)) != 0) {
            continue;
        }
        tlsg_finding_t *finding =
            tlsg_report_add(out, self, vhost, &line->origin, NULL,
                            "The private key %s lies in a directory that is served", served.path);
        tlsg_finding_relate(out, finding, &served.by->origin, "the directory is served here");
    }
}

static const tlsg_rule_t key_served = {
    .id = "TG351",
    .name = "key-in-document-root",
    .topic = "key-perm",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .needs = TLSG_NEEDS_CERT,
    .summary = "The private key lies below a DocumentRoot or Alias",
    .why = "One wrong permission and everybody downloads it.",
    .fix = "Move the key out of the served directory.",
    .bad = "%elsewhere\n" /* needs a key inside a served directory */
           "DocumentRoot /srv/www\n"
           "SSLCertificateFile @rsa@\n"
           "SSLCertificateKeyFile @rsa.key@\n",
    .good = "DocumentRoot /srv/www/htdocs\n",
    .refs = { "CIS 7.3" },
    .check = check_served,
};

/* "a.example, b.example and 3 more": one certificate of each owner. */
static const char *owners_of(apr_pool_t *pool, const tlsg_shared_key_t *key)
{
    const int shown = 3; /* owners; the related places have all */
    const char *text = "";
    int count = key->owners->nelts;
    for (int i = 0; i < count && i < shown; i++) {
        const tlsg_key_use_t *use = APR_ARRAY_IDX(key->owners, i, const tlsg_key_use_t *);
        const char *between = i == 0 ? "" : i == count - 1 ? " and " : ", ";
        text = apr_pstrcat(pool, text, between, tlsg_vhost_cert_subject(use->cert), NULL);
    }
    return count > shown ? apr_psprintf(pool, "%s and %d more", text, count - shown) : text;
}

static void check_shared(const tlsg_rule_t *self, const tlsg_model_t *model,
                         const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    apr_pool_t *pool = tlsg_report_pool(out);
    const apr_array_header_t *keys = tlsg_kinship_shared_keys(pool, model);
    (void)vhost;
    for (int k = 0; k < keys->nelts; k++) {
        const tlsg_shared_key_t *key = &APR_ARRAY_IDX(keys, k, tlsg_shared_key_t);
        const char *owners = owners_of(pool, key);
        for (int i = 0; i < key->uses->nelts; i++) {
            const tlsg_key_use_t *use = &APR_ARRAY_IDX(key->uses, i, tlsg_key_use_t);
            const tlsg_directive_t *line =
                use->cert->key != NULL ? use->cert->key : use->cert->cert;
            tlsg_report_add_absent(
                out, self, use->vhost, line != NULL ? &line->origin : NULL, key->pin,
                "The certificates of %s have nothing in common but their private key", owners);
        }
    }
}

static const tlsg_rule_t key_shared = {
    .id = "TG352",
    .name = "key-shared",
    .topic = "key-perm",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "Certificates of unrelated names share one private key",
    .why = "Whoever gets the key of one site has those of all, and a certificate that is revoked "
           "for a lost key takes the others along. Certificates with a name, a domain or an "
           "organization in common are not meant.",
    .fix = "Make a key of its own for each site; ACME clients do so unless told otherwise.",
    .bad = "SSLCertificateFile @ecdsa@\n"
           "%server\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.not-example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @twinkey@\n"
           "</VirtualHost>\n",
    .good = "SSLCertificateFile @ecdsa@\n"
            "%server\n"
            "<VirtualHost *:443>\n"
            "    ServerName a.test\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @ecdsa@\n"
            "</VirtualHost>\n",
    .refs = { "NIST SP 800-57 part 1 section 5.2" },
    .check = check_shared,
};

const tlsg_rule_t *const tlsg_rules_key[] = {
    &key_readable,
    &key_served,
    &key_shared,
    NULL,
};
