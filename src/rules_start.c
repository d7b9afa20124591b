/* SPDX-License-Identifier: Apache-2.0 */
/* TG142-TG149: what keeps the server from starting, or from answering, and belongs to no other
 * family. */
#include "fault.h"
#include "rules.h"

static void check_confcmd(const tlsg_rule_t *self, const tlsg_model_t *model,
                          const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "confcmd",
                      "The server will not start: OpenSSL refuses this command");
    tlsg_fault_report(self, vhost, out, "context",
                      "The server will not start: OpenSSL cannot make a context");
}

static const tlsg_rule_t confcmd_refused = {
    .id = "TG140",
    .name = "confcmd-refused",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "OpenSSL refuses an SSLOpenSSLConfCmd: the server will not start",
    .why = "httpd's own -t checks the command's name only; its value is tried at start, which then "
           "ends with AH02407.",
    .fix = "Correct the value; SSL_CONF_cmd(3) lists what each command takes.",
    .bad = "SSLOpenSSLConfCmd MinProtocol TLSv1.9\n",
    .good = "SSLOpenSSLConfCmd MinProtocol TLSv1.2\n",
    .refs = { "SSL_CONF_cmd(3)" },
    .check = check_confcmd,
};

static void check_fips(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "fips", "The server will not start");
}

static const tlsg_rule_t fips_missing = {
    .id = "TG141",
    .name = "fips-provider-missing",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "SSLFIPS is on without a FIPS provider: the server will not start",
    .why =
        "With SSLFIPS on every algorithm must come from OpenSSL's FIPS provider. Without one the "
        "start fails, although httpd -t accepts the configuration.",
    .fix = "Install and activate the FIPS provider in openssl.cnf, or remove SSLFIPS.",
    .bad = "%server\n"
           "SSLFIPS on\n",
    .good = "%server\n"
            "SSLFIPS off\n",
    .refs = { "fips_module(7)" },
    .check = check_fips,
};

static void check_cache(const tlsg_rule_t *self, const tlsg_model_t *model,
                        const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "cache", "The server will not start");
    tlsg_fault_report_unknown(self, vhost, out, "cache-unknown");
}

static const tlsg_rule_t cache_unusable = {
    .id = "TG142",
    .name = "cache-unusable",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_SERVER,
    .flags = TLSG_BLOCKS_START,
    .summary = "SSLSessionCache or SSLStaplingCache cannot be set up",
    .why = "mod_ssl sets its caches up in the second half of the start (AH01872, AH01874): httpd's "
           "own -t accepts the line, the command that starts the server reports success, and the "
           "server is gone.",
    .fix = "Write \"SSLSessionCache shmcb:ssl_scache(512000)\" (SSLStaplingCache likewise).",
    .bad = "%server\n"
           "SSLSessionCache dbm:/nonexistent-directory/ssl_scache\n",
    .good = "%server\n"
            "SSLSessionCache shmcb:/nonexistent-directory/ssl_scache(512000)\n",
    .refs = { "httpd manual: SSLSessionCache", "httpd manual: SSLStaplingCache" },
    .check = check_cache,
};

static void check_seed(const tlsg_rule_t *self, const tlsg_model_t *model,
                       const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_fault_t *fault = NULL;
    while ((fault = tlsg_fault_next(vhost, "seed-startup", fault)) != NULL) {
        tlsg_report_add(out, self, NULL, &fault->directive->origin, NULL,
                        "The server will not start: it reads %s to its end, which never comes",
                        fault->message);
    }
}

static const tlsg_rule_t seed_endless = {
    .id = "TG143",
    .name = "random-seed-endless",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_SERVER,
    .flags = TLSG_BLOCKS_START,
    .summary = "SSLRandomSeed startup reads a device that has no end",
    .why = "Without a number of bytes mod_ssl reads the whole file, and /dev/urandom has no end: "
           "the start hangs, before a port is opened and without a word.",
    .fix = "Remove the line: OpenSSL seeds itself. Or name a number: file:/dev/urandom 512.",
    .bad = "%server\n"
           "SSLRandomSeed startup file:/dev/urandom\n",
    .good = "%server\n"
            "SSLRandomSeed startup file:/dev/urandom 512\n",
    .refs = { "httpd manual: SSLRandomSeed" },
    .check = check_seed,
};

static void check_seed_connect(const tlsg_rule_t *self, const tlsg_model_t *model,
                               const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    (void)model;
    const tlsg_fault_t *fault = NULL;
    while ((fault = tlsg_fault_next(vhost, "seed-connect", fault)) != NULL) {
        tlsg_report_add(out, self, NULL, &fault->directive->origin, NULL,
                        "No client can connect: each connection reads %s to its end, which never "
                        "comes",
                        fault->message);
    }
}

static const tlsg_rule_t seed_stalls = {
    .id = "TG144",
    .name = "random-seed-stalls",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_SERVER,
    .summary = "SSLRandomSeed connect reads a device that has no end",
    .why = "Without a number of bytes mod_ssl reads the whole file before each handshake, and "
           "/dev/urandom has no end: every connection holds a thread for ever.",
    .fix = "Remove the line: OpenSSL seeds itself.",
    .bad = "%server\n"
           "SSLRandomSeed connect file:/dev/urandom\n",
    .good = "%server\n"
            "SSLRandomSeed connect file:/dev/urandom 512\n",
    .refs = { "httpd manual: SSLRandomSeed" },
    .check = check_seed_connect,
};

static void check_srp(const tlsg_rule_t *self, const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                      tlsg_report_t *out)
{
    (void)model;
    tlsg_fault_report(self, vhost, out, "srp", "The server will not start");
    tlsg_fault_report_unknown(self, vhost, out, "srp-unknown");
}

static const tlsg_rule_t srp_unusable = {
    .id = "TG145",
    .name = "srp-verifier-unusable",
    .topic = "syntax",
    .severity = TLSG_ERROR,
    .scope = TLSG_PER_TLS,
    .flags = TLSG_BLOCKS_START,
    .summary = "The SRP verifier file cannot be read: the server will not start",
    .why = "OpenSSL reads the file at start; httpd's own -t looks only whether it exists. Nobody "
           "needs SRP any more: browsers never had it.",
    .fix = "Remove SSLSRPVerifierFile, or make the file with \"openssl srp\".",
    .bad = "SSLSRPVerifierFile @rsa@\n",
    .good = "SSLHonorCipherOrder off\n",
    .refs = { "httpd manual: SSLSRPVerifierFile", "openssl-srp(1)" },
    .check = check_srp,
};

const tlsg_rule_t *const tlsg_rules_start[] = {
    &confcmd_refused, &fips_missing, &cache_unusable, &seed_endless, &seed_stalls,
    &srp_unusable,    NULL,
};
