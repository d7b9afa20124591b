/* SPDX-License-Identifier: Apache-2.0 */
/* TG615 to TG617: addresses of virtual hosts: which connections can reach them at all. */
#include <string.h>

#include "rules.h"
#include "scope.h"

static int is_loopback(const char *ip)
{
    return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0;
}

static void check_address_split(const tlsg_rule_t *self, const tlsg_model_t *model,
                                const tlsg_vhost_t *vhost, tlsg_report_t *out)
{
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        const tlsg_address_t *own = APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *);
        tlsg_address_t any = { "*", own->port };
        if (tlsg_scope_same_address(own, &any) || is_loopback(own->ip)) {
            continue;
        }
        const tlsg_vhost_t *other = tlsg_scope_default(model, &any);
        if (other == NULL || !tlsg_vhost_is_tls(other)) {
            continue;
        }
        tlsg_finding_t *finding = tlsg_report_add_absent(
            out, self, vhost, NULL, NULL,
            "Connections to %s see only the virtual hosts of that address, not those of *:%d",
            tlsg_scope_address_text(tlsg_report_pool(out), own), own->port);
        tlsg_finding_relate(out, finding, &other->origin, "first virtual host of *:%d", own->port);
        return;
    }
}

static const tlsg_rule_t address_split = {
    .id = "TG615",
    .name = "address-split",
    .topic = "vhost",
    .severity = TLSG_NOTICE,
    .scope = TLSG_PER_TLS,
    .summary = "Virtual hosts of one port are spread over * and a numeric address",
    .why =
        "httpd picks the most specific address first and looks for the name only among its "
        "virtual hosts. On a machine whose only address is the numeric one, the virtual hosts of "
        "* are never reached, and their names get the certificate of another site.",
    .fix = "Use the same address in every <VirtualHost> of the port, usually *.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost 192.0.2.7:443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: An In-Depth Discussion of Virtual Host Matching" },
    .check = check_address_split,
};

/* 1 when some Listen opens a port of the virtual host, whatever the address. */
static int has_open_port(const tlsg_model_t *model, const tlsg_vhost_t *vhost)
{
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        int port = APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *)->port;
        for (int l = 0; l < model->listeners->nelts; l++) {
            if (port == 0 ||
                APR_ARRAY_IDX(model->listeners, l, tlsg_listener_t).address.port == port) {
                return 1;
            }
        }
    }
    return 0;
}

static void check_no_listener(const tlsg_rule_t *self, const tlsg_model_t *model,
                              const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (!vhost->is_main && tlsg_vhost_is_tls(vhost) && model->listeners->nelts > 0 &&
            vhost->addresses->nelts > 0 && !vhost->serves) {
            const tlsg_address_t *first =
                APR_ARRAY_IDX(vhost->addresses, 0, const tlsg_address_t *);
            if (has_open_port(model, vhost)) {
                tlsg_report_add(out, self, vhost, &vhost->origin, NULL,
                                "%s is never reached: no Listen opens port %d on %s", vhost->name,
                                first->port, first->ip);
            }
            else {
                tlsg_report_add(out, self, vhost, &vhost->origin, NULL,
                                "%s is never reached: no Listen opens port %d", vhost->name,
                                first->port);
            }
        }
    }
}

static const tlsg_rule_t no_listener = {
    .id = "TG616",
    .name = "no-listener",
    .topic = "vhost",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_SERVER,
    .summary = "A TLS virtual host whose port no Listen opens",
    .why = "<VirtualHost> does not open a port: without a Listen for it httpd starts without a "
           "message, and clients cannot connect.",
    .fix = "Add a Listen for the port.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost *:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n"
           "<VirtualHost *:9443>\n"
           "    ServerName app.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "Listen 9443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n"
            "<VirtualHost *:9443>\n"
            "    ServerName app.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: Listen" },
    .check = check_no_listener,
};

static void check_unresolved(const tlsg_rule_t *self, const tlsg_model_t *model,
                             const tlsg_vhost_t *unused, tlsg_report_t *out)
{
    (void)unused;
    for (int i = 0; i < model->vhosts->nelts; i++) {
        const tlsg_vhost_t *vhost = APR_ARRAY_IDX(model->vhosts, i, const tlsg_vhost_t *);
        if (!vhost->is_main && tlsg_vhost_is_tls(vhost) && vhost->addresses->nelts == 0) {
            tlsg_report_add(out, self, vhost, &vhost->origin, NULL,
                            "%s is never reached: its <VirtualHost> line names a host that has no "
                            "address here, and httpd goes on without it",
                            vhost->name);
        }
    }
}

static const tlsg_rule_t address_unresolved = {
    .id = "TG617",
    .name = "address-unresolved",
    .topic = "vhost",
    .severity = TLSG_WARNING,
    .scope = TLSG_PER_SERVER,
    .summary = "A TLS virtual host whose <VirtualHost> line names a host without an address",
    .why = "A name in <VirtualHost> is looked up when the configuration is read: when that fails, "
           "as it does at boot before the network is up, httpd starts without the virtual host and "
           "another one answers in its place. Addresses do not depend on that.",
    .fix = "Write <VirtualHost *:443>; ServerName says which requests it takes.",
    .bad = "%bare\n"
           "Listen 443\n"
           "<VirtualHost www.example.invalid:443>\n"
           "    ServerName www.example.com\n"
           "    SSLEngine on\n"
           "    SSLCertificateFile @rsa@\n"
           "</VirtualHost>\n",
    .good = "%bare\n"
            "Listen 443\n"
            "<VirtualHost *:443>\n"
            "    ServerName www.example.com\n"
            "    SSLEngine on\n"
            "    SSLCertificateFile @rsa@\n"
            "</VirtualHost>\n",
    .refs = { "httpd manual: Issues Regarding DNS and Apache HTTP Server" },
    .check = check_unresolved,
};

const tlsg_rule_t *const tlsg_rules_vhost_address[] = {
    &address_split,
    &no_listener,
    &address_unresolved,
    NULL,
};
