/* SPDX-License-Identifier: Apache-2.0 */
/* TG62x: lines that a later or stronger line makes ineffective, and lines that never do
 * anything. */
#include "rules.h"

#include <string.h>

#include <apr_strings.h>

#include "cipher.h"
#include "protocol.h"
#include "scope.h"
#include "text.h"

#define WEAK_VERSIONS ((unsigned)(TLSG_SSL3 | TLSG_TLS1 | TLSG_TLS11)) /* RFC 8996 */

/* ---- A setting replaced by a later line of the same scope ----------------------- */

/* Switches whose one position is the weak one. */
static const char *weak_word(int row)
{
    switch (row) {
    case TLSG_SSLCompression:
    case TLSG_SSLInsecureRenegotiation:
        return "on";
    case TLSG_SSLEngine:
    case TLSG_SSLStrictSNIVHostCheck:
    case TLSG_SSLProxyEngine:
    case TLSG_SSLProxyCheckPeerExpire:
    case TLSG_SSLProxyCheckPeerName:
    case TLSG_SSLProxyCheckPeerCN:
        return "off";
    default:
        return NULL;
    }
}

/* Position of a setting's first word from weak to strong, -1 when it has no such order. */
static int rank_of(int row, const tlsg_directive_t *directive)
{
    static const char *const verify[] = { "none", "optional_no_ca", "optional", "require", NULL };
    static const char *const revocation[] = { "none", "leaf", "chain", NULL };
    const char *const *words = NULL;
    if (row == TLSG_SSLVerifyClient || row == TLSG_SSLProxyVerify) {
        words = verify;
    }
    else if (row == TLSG_SSLCARevocationCheck || row == TLSG_SSLProxyCARevocationCheck) {
        words = revocation;
    }
    for (int i = 0; words != NULL && words[i] != NULL; i++) {
        if (tlsg_scope_says(directive, words[i])) {
            return i;
        }
    }
    return -1;
}

static int is_weaker(int row, const tlsg_directive_t *later, const tlsg_directive_t *earlier)
{
    if (row == TLSG_SSLProtocol || row == TLSG_SSLProxyProtocol) {
        const char *replaces;
        unsigned now = tlsg_protocol_parse(later, &replaces);
        unsigned before = tlsg_protocol_parse(earlier, &replaces);
        return (now & ~before & WEAK_VERSIONS) != 0;
    }
    if (row == TLSG_SSLCipherSuite || row == TLSG_SSLProxyCipherSuite) {
        int now = later->argc > 0 ? tlsg_cipher_seclevel(later->argv[later->argc - 1]) : -1;
        int before =
            earlier->argc > 0 ? tlsg_cipher_seclevel(earlier->argv[earlier->argc - 1]) : -1;
        return now == 0 && before != 0;
    }
    if (weak_word(row) != NULL) {
        return tlsg_scope_says(later, weak_word(row)) && !tlsg_scope_says(earlier, weak_word(row));
    }
    int now = rank_of(row, later);
    return now >= 0 && now < rank_of(row, earlier);
}

/* Rows where repeating adds rather than replaces. */
static int is_list(int row)
{
    return row == TLSG_SSLCertificateFile || row == TLSG_SSLCertificateKeyFile ||
           row == TLSG_SSLOpenSSLConfCmd || row == TLSG_SSLRandomSeed ||
           row == TLSG_SSLSessionCache;
}

static int is_proxy_row(int row)
{
    return strncmp(tlsg_scope_row_name(row), "SSLProxy", sizeof "SSLProxy" - 1) == 0;
}

static void report_replaced(const tlsg_rule_t *self, const tlsg_vhost_t *scope,
                            const tlsg_vhost_t *vhost, int row, const tlsg_directive_t *earlier,
                            const tlsg_directive_t *later, tlsg_report_t *out)
{
    const char *name = tlsg_scope_row_name(row);
    int weaker = is_weaker(row, later, earlier);
    const char *what = weaker ? "a weaker one" : "another value";
    if (later->origin.file != NULL && earlier->origin.file != NULL &&
        strcmp(later->origin.file, earlier->origin.file) == 0) {
        tlsg_finding_t *finding = tlsg_report_add(out, self, vhost, &earlier->origin, name,
                                                  "This %s has no effect: line %d sets %s", name,
                                                  later->origin.line, what);
        tlsg_finding_relate(out, finding, &later->origin, "the last one counts");
        return;
    }
    /* At the included line, which many virtual hosts may share. */
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, weaker ? TLSG_WARNING : TLSG_NOTICE, vhost, &later->origin, name,
        "This file is included after %s own %s and replaces it by %s",
        scope->is_main ? "the server level's" : "the virtual host's", name, what);
    tlsg_finding_relate(out, finding, &earlier->origin, "set here, without effect");
}

/* Reports each line of the scope that `last` replaces; `vhost` is who the finding concerns. */
static void report_row(const tlsg_rule_t *self, const tlsg_vhost_t *scope,
                       const tlsg_vhost_t *vhost, int row, const tlsg_directive_t *last,
                       tlsg_report_t *out)
{
    for (int i = 0; i < scope->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(scope->directives, i, const tlsg_directive_t *);
        if (directive == last) {
            return;
        }
        if (directive->section == NULL && tlsg_scope_row(directive) == row &&
            !tlsg_scope_same_words(directive, last, row != TLSG_SSLCipherSuite)) {
            report_replaced(self, scope, vhost, row, directive, last, out);
        }
    }
}

/* Last directive of each row in a scope, and which rows occur more than once. */
typedef struct rows_t {
    const tlsg_directive_t *last[TLSG_SSL_DIRECTIVES];
    int repeated[TLSG_SSL_DIRECTIVES];
    int any;
} rows_t;

static void collect_rows(const tlsg_vhost_t *scope, rows_t *rows)
{
    memset(rows, 0, sizeof *rows);
    for (int i = 0; i < scope->directives->nelts; i++) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(scope->directives, i, const tlsg_directive_t *);
        int row = directive->section == NULL ? tlsg_scope_row(directive) : -1;
        if (row < 0 || is_list(row)) {
            continue;
        }
        rows->repeated[row] = rows->last[row] != NULL;
        rows->any |= rows->repeated[row];
        rows->last[row] = directive;
    }
}

/* A server name that a second ServerName line discards. */
static void report_lost_name(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *last = vhost->server_name.directive;
    const tlsg_directive_t *first = tlsg_scope_own(vhost, "ServerName");
    if (vhost->is_main || last == NULL || first == NULL || first == last || first->argc == 0 ||
        tlsg_scope_same_words(first, last, 1)) {
        return;
    }
    for (int i = 0; i < vhost->aliases->nelts; i++) {
        if (tlsg_text_eq_nocase(APR_ARRAY_IDX(vhost->aliases, i, tlsg_name_t).text,
                                first->argv[0])) {
            return;
        }
    }
    tlsg_finding_t *finding = tlsg_report_add_as(
        out, self, tlsg_vhost_is_tls(vhost) ? TLSG_WARNING : TLSG_NOTICE, vhost, &first->origin,
        "ServerName", "%s is not served here: a later ServerName replaces it", first->argv[0]);
    tlsg_finding_fix(out, finding, "Keep one ServerName and put further names into ServerAlias.");
    tlsg_finding_relate(out, finding, &last->origin, "the last one counts");
}

static void check_setting_replaced(const tlsg_rule_t *self, const tlsg_model_t *model,
                                   const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    rows_t base;
    collect_rows(model->main, &base);
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (!vhost->serves) {
            continue;
        }
        report_lost_name(self, vhost, out);
        rows_t own = { .any = 0 };
        if (!vhost->is_main) {
            collect_rows(vhost, &own);
        }
        int is_tls = tlsg_vhost_is_tls(vhost);
        for (int row = 0; row < TLSG_SSL_DIRECTIVES && (base.any || !vhost->is_main); row++) {
            if (!is_tls && !is_proxy_row(row)) {
                continue;
            }
            if (own.repeated[row]) {
                report_row(self, vhost, vhost, row, own.last[row], out);
            }
            if (base.repeated[row] && own.last[row] == NULL) {
                report_row(self, model->main, vhost, row, base.last[row], out);
            }
        }
    }
}

static const tlsg_rule_t setting_replaced = {
    .id = "TG621",
    .name = "setting-replaced",
    .topic = "order",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "A TLS setting is replaced by a later line of the same scope",
    .why = "Within the server level or one virtual host the last line of a directive counts, "
           "wherever it comes from. A strict setting above an Include of a file that sets the same "
           "directive is dead, and nothing says so.",
    .fix = "Keep one of the lines; put own settings after the Include.",
    .bad = "SSLProtocol -all +TLSv1.3\n"
           "SSLProtocol -all +TLSv1.2 +TLSv1.3\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
            "SSLCipherSuite ECDHE+AESGCM\n"
            "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n",
    .refs = { "httpd manual: Configuration Files" },
    .check = check_setting_replaced,
};

/* ---- SSLOpenSSLConfCmd against mod_ssl's own directives ------------------------- */

static const tlsg_directive_t *last_confcmd(const tlsg_vhost_t *vhost, const char *name)
{
    for (int i = vhost->ssl.confcmds->nelts - 1; i >= 0; i--) {
        const tlsg_directive_t *directive =
            APR_ARRAY_IDX(vhost->ssl.confcmds, i, const tlsg_directive_t *);
        if (directive->argc > 1 && tlsg_text_eq_nocase(directive->argv[0], name)) {
            return directive;
        }
    }
    return NULL;
}

static unsigned version_bit(const char *word)
{
    const tlsg_version_t *version;
    for (int i = 0; (version = tlsg_protocol_at(i)) != NULL; i++) {
        if (tlsg_text_eq_nocase(version->word, word)) {
            return version->bit;
        }
    }
    return 0;
}

static unsigned lowest(unsigned set)
{
    return set & (~set + 1u);
}

static unsigned highest(unsigned set)
{
    unsigned bit = TLSG_TLS13;
    while (bit != 0 && (set & bit) == 0) {
        bit >>= 1;
    }
    return bit;
}

static void check_range(const tlsg_rule_t *self, const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *protocol = vhost->ssl.set[TLSG_SSLProtocol];
    if (protocol == NULL) {
        return;
    }
    const char *replaces;
    unsigned set = tlsg_protocol_contiguous(tlsg_protocol_parse(protocol, &replaces));
    if (set == 0) {
        return; /* the server will not start: another rule says so */
    }
    for (int is_max = 0; is_max < 2; is_max++) {
        const char *name = is_max ? "MaxProtocol" : "MinProtocol";
        const tlsg_directive_t *cmd = last_confcmd(vhost, name);
        unsigned bit = cmd != NULL ? version_bit(cmd->argv[1]) : 0;
        unsigned end = is_max ? highest(set) : lowest(set);
        if (bit == 0 || bit == end) {
            continue;
        }
        int opens = is_max ? bit > end : bit < end;
        tlsg_finding_t *finding =
            tlsg_report_add_as(out, self, opens ? TLSG_WARNING : TLSG_NOTICE, vhost, &cmd->origin,
                               name, "%s %s overrides SSLProtocol and %s", name, cmd->argv[1],
                               opens ? "switches on versions that it leaves out"
                                     : "switches off versions that it names");
        tlsg_finding_relate(out, finding, &protocol->origin, "overridden here");
    }
}

static void check_confcmd_overrides(const tlsg_rule_t *self, const tlsg_model_t *model,
                                    const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    static const struct {
        const char *command;
        tlsg_ssl_directive_t row;
    } lists[] = {
        { "CipherString", TLSG_SSLCipherSuite },
        { "Ciphersuites", TLSG_SSLCipherSuiteTLS13 },
    };
    check_range(self, vhost, out);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const tlsg_directive_t *cmd = last_confcmd(vhost, lists[i].command);
        const tlsg_directive_t *list = vhost->ssl.set[lists[i].row];
        if (cmd == NULL || list == NULL || list->argc == 0 ||
            strcmp(cmd->argv[1], list->argv[list->argc - 1]) == 0) {
            continue;
        }
        tlsg_finding_t *finding =
            tlsg_report_add_as(out, self, TLSG_NOTICE, vhost, &cmd->origin, lists[i].command,
                               "SSLOpenSSLConfCmd %s replaces %s", lists[i].command,
                               tlsg_scope_row_name((int)lists[i].row));
        tlsg_finding_relate(out, finding, &list->origin, "without effect");
    }
}

static const tlsg_rule_t confcmd_overrides = {
    .id = "TG622",
    .name = "confcmd-overrides",
    .topic = "order",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "SSLOpenSSLConfCmd overrides SSLProtocol or SSLCipherSuite",
    .why = "mod_ssl applies SSLOpenSSLConfCmd after its own directives, wherever the lines stand: "
           "MinProtocol, MaxProtocol, CipherString and Ciphersuites win over SSLProtocol and "
           "SSLCipherSuite, also when they come from the server level and the others from the "
           "virtual host.",
    .fix = "Say it in one place: remove the SSLOpenSSLConfCmd line.",
    .bad = "SSLProtocol -all +TLSv1.3\n"
           "SSLOpenSSLConfCmd MinProtocol TLSv1.2\n",
    .good = "SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
            "SSLOpenSSLConfCmd MinProtocol TLSv1.2\n",
    .refs = { "httpd manual: SSLOpenSSLConfCmd" },
    .check = check_confcmd_overrides,
};

/* ---- Lines without any effect --------------------------------------------------- */

static void check_random_seed(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    const tlsg_directive_t *first = tlsg_scope_own(model->main, "SSLRandomSeed");
    if (first != NULL) {
        tlsg_report_add(out, self, NULL, &first->origin, NULL,
                        "SSLRandomSeed is ignored: OpenSSL seeds itself since 1.1.1");
    }
}

static const tlsg_rule_t random_seed = {
    .id = "TG623",
    .name = "random-seed-ignored",
    .topic = "syntax",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_SERVER,
    .summary = "SSLRandomSeed has no effect",
    .why = "OpenSSL 1.1.1 and later seed their generator from the operating system, and mod_ssl "
           "reads the source named here for nothing. It can mislead whoever relies on it.",
    .fix = "Remove the SSLRandomSeed lines.",
    .bad = "%server\n"
           "SSLRandomSeed startup builtin\n",
    .good = "%server\n"
            "SSLSessionCacheTimeout 300\n",
    .refs = { "httpd manual: SSLRandomSeed" },
    .check = check_random_seed,
};

static int judge_options(void *baton, const tlsg_directive_t *directive, int is_own)
{
    (void)is_own;
    const tlsg_directive_t **found = baton;
    for (int i = 1; i < directive->argc; i++) {
        char sign = directive->argv[i][0];
        if (sign != '+' && sign != '-') {
            *found = directive;
            return i;
        }
    }
    return 0;
}

static void check_options_replaced(const tlsg_rule_t *self, const tlsg_model_t *model,
                                   const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    const tlsg_directive_t *found = NULL;
    int at = tlsg_vhost_walk(model, vhost, "SSLOptions", judge_options, &found);
    if (found != NULL) {
        tlsg_report_add(out, self, vhost, &found->origin, NULL,
                        "SSLOptions %s without a sign replaces the options before it: %s is lost",
                        found->argv[at], found->argv[at - 1]);
    }
}

static const tlsg_rule_t options_replaced = {
    .id = "TG624",
    .name = "ssl-option-replaced",
    .topic = "syntax",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_TLS,
    .summary = "An SSLOptions word without + or - discards those before it",
    .why =
        "In SSLOptions a plain word starts the set anew, so that of \"StdEnvVars StrictRequire\" "
        "only the last word counts.",
    .fix = "Put + before each option.",
    .bad = "SSLOptions StdEnvVars StrictRequire\n",
    .good = "SSLOptions +StdEnvVars +StrictRequire\n",
    .refs = { "httpd manual: SSLOptions" },
    .check = check_options_replaced,
};

const tlsg_rule_t *const tlsg_rules_vhost_order[] = {
    &setting_replaced, &confcmd_overrides, &random_seed, &options_replaced, NULL,
};
