/* SPDX-License-Identifier: Apache-2.0 */
/* Makes many different certificates quickly, for the benchmark only: N P-256 certificates
 * DIR/N.pem of one authority, each with its key in the same file. usage: mkcerts DIR COUNT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define LIFETIME_SECONDS (90L * 24 * 3600) /* what public authorities issue */

static int add_names(X509 *cert, int number)
{
    char name[64];
    snprintf(name, sizeof name, "s%d.test", number);
    X509_NAME *subject = X509_get_subject_name(cert);
    if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                                   0) != 1) {
        return 0;
    }
    char san[80];
    snprintf(san, sizeof san, "DNS:%s", name);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    int ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1 &&
             X509_NAME_add_entry_by_txt(X509_get_issuer_name(cert), "CN", MBSTRING_ASC,
                                        (const unsigned char *)"Bench CA", -1, -1, 0) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static int write_one(const char *dir, int number, EVP_PKEY *authority)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%d.pem", dir, number);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    FILE *out = NULL;
    int ok = key != NULL && cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(cert), number + 1L) == 1 &&
             X509_gmtime_adj(X509_getm_notBefore(cert), 0) != NULL &&
             X509_gmtime_adj(X509_getm_notAfter(cert), LIFETIME_SECONDS) != NULL &&
             X509_set_pubkey(cert, key) == 1 && add_names(cert, number) &&
             X509_sign(cert, authority, EVP_sha256()) > 0 && (out = fopen(path, "w")) != NULL &&
             PEM_write_X509(out, cert) == 1 &&
             PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (out != NULL && fclose(out) != 0) {
        ok = 0;
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: mkcerts DIR COUNT\n");
        return 2;
    }
    umask(077);
    long count = strtol(argv[2], NULL, 10);
    EVP_PKEY *authority = EVP_EC_gen("P-256");
    int made = 0;
    while (authority != NULL && made < count && write_one(argv[1], made, authority)) {
        made++;
    }
    EVP_PKEY_free(authority);
    if (made < count) {
        fprintf(stderr, "mkcerts: certificate %d was not made\n", made);
        return 1;
    }
    return 0;
}
