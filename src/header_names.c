/* SPDX-License-Identifier: Apache-2.0 */
/* Response headers by name: what they are, which are out of date, which tell strangers too much.
 * The one list; rules, presets and the removal of leaking headers read it. */
#include <string.h>

#include "header_scan.h"
#include "header_value.h"

#define SECURITY TLSG_HEADER_SECURITY
#define DEPRECATED TLSG_HEADER_DEPRECATED
#define LEAKS TLSG_HEADER_LEAKS
#define DOCUMENT TLSG_HEADER_DOCUMENT
#define SINGLE TLSG_HEADER_SINGLE
#define STATEFUL TLSG_HEADER_STATEFUL

/* clang-format off */
static const tlsg_header_name_t table[] = {
    { "$wsep", LEAKS, "a trace of IBM WebSphere", NULL },
    { "Access-Control-Allow-Origin", SINGLE,
      "lets scripts of other sites read the response",
      NULL },
    { "Clear-Site-Data", SECURITY | STATEFUL,
      "makes browsers delete cookies, storage and cache",
      NULL },
    { "Content-Security-Policy", SECURITY | DOCUMENT,
      "limits what a page may load and who may frame it",
      NULL },
    { "Content-Security-Policy-Report-Only", DOCUMENT, "reports what a policy would block", NULL },
    { "Cross-Origin-Embedder-Policy", SECURITY | DOCUMENT | SINGLE,
      "keeps out resources that did not agree to be embedded",
      NULL },
    { "Cross-Origin-Opener-Policy", SECURITY | DOCUMENT | SINGLE,
      "separates a page from windows of other sites",
      NULL },
    { "Cross-Origin-Resource-Policy", SECURITY | SINGLE,
      "keeps other sites from embedding the response",
      NULL },
    { "Expect-CT", DEPRECATED | STATEFUL,
      "demanded certificate transparency",
      "nothing: browsers demand it of every certificate" },
    { "Feature-Policy", DEPRECATED | DOCUMENT,
      "limited the browser features a page may use",
      "Permissions-Policy" },
    { "Host-Header", LEAKS, "the name of a hosting company's machine", NULL },
    { "Integrity-Policy", SECURITY | DOCUMENT,
      "makes integrity attributes of scripts mandatory",
      NULL },
    { "K-Proxy-Request", LEAKS, "a trace of Knative", NULL },
    { "Liferay-Portal", LEAKS, "the version of Liferay", NULL },
    { "NEL", STATEFUL, "makes browsers report network errors", NULL },
    { "OracleCommerceCloud-Version", LEAKS, "the version of Oracle Commerce", NULL },
    { "P3P", DEPRECATED, "described the use of data for Internet Explorer", "nothing" },
    { "Pega-Host", LEAKS, "the name of a Pega machine", NULL },
    { "Permissions-Policy", SECURITY | DOCUMENT,
      "limits the browser features a page may use",
      NULL },
    { "Powered-By", LEAKS, "the software behind the site", NULL },
    { "Pragma", DEPRECATED, "has no defined meaning in responses", "Cache-Control" },
    { "Product", LEAKS, "the software behind the site", NULL },
    { "Public-Key-Pins", DEPRECATED | SINGLE | STATEFUL,
      "pinned public keys",
      "nothing: no browser obeys it; TLSA records or client pinning" },
    { "Public-Key-Pins-Report-Only", DEPRECATED | SINGLE,
      "reported pin violations",
      "nothing: no browser obeys it" },
    { "Referrer-Policy", SECURITY, "limits what other sites learn of addresses", NULL },
    { "Report-To", DEPRECATED | STATEFUL, "named the places for reports", "Reporting-Endpoints" },
    { "Reporting-Endpoints", 0, "names the places for reports", NULL },
    { "Server", LEAKS, "the server software", NULL },
    { "SourceMap", LEAKS, "where the source code of a script is", NULL },
    { "Strict-Transport-Security", SECURITY | SINGLE | STATEFUL,
      "makes browsers use TLS only",
      NULL },
    { "Tk", DEPRECATED, "answered the Do Not Track request", "nothing" },
    { "Via", LEAKS, "the proxies a response passed", NULL },
    { "Warning", DEPRECATED, "spoke of stale responses", "nothing: RFC 9111 dropped it" },
    { "X-AspNet-Version", LEAKS, "the version of ASP.NET", NULL },
    { "X-AspNetMvc-Version", LEAKS, "the version of ASP.NET MVC", NULL },
    { "X-Atmosphere-error", LEAKS, "an error of the Atmosphere framework", NULL },
    { "X-Atmosphere-first-request", LEAKS, "a state of the Atmosphere framework", NULL },
    { "X-Atmosphere-tracking-id", LEAKS, "an identifier of the Atmosphere framework", NULL },
    { "X-B3-ParentSpanId", LEAKS, "a trace identifier of inner services", NULL },
    { "X-B3-Sampled", LEAKS, "a trace flag of inner services", NULL },
    { "X-B3-SpanId", LEAKS, "a trace identifier of inner services", NULL },
    { "X-B3-TraceId", LEAKS, "a trace identifier of inner services", NULL },
    { "X-Backend-Server", LEAKS, "the name of an inner machine", NULL },
    { "X-BEServer", LEAKS, "the name of an Exchange machine", NULL },
    { "X-CalculatedBETarget", LEAKS, "the name of an Exchange machine", NULL },
    { "X-CF-Powered-By", LEAKS, "the software behind the site", NULL },
    { "X-CMS", LEAKS, "the content management system", NULL },
    { "X-Cocoon-Version", LEAKS, "the version of Apache Cocoon", NULL },
    { "X-Content-Encoded-By", LEAKS, "the version of Joomla", NULL },
    { "X-Content-Security-Policy", DEPRECATED | DOCUMENT,
      "was Firefox's first Content-Security-Policy",
      "Content-Security-Policy" },
    { "X-Content-Type-Options", SECURITY | SINGLE,
      "keeps browsers from guessing content types",
      NULL },
    { "X-Debug-Token", LEAKS, "the address of a Symfony debug page", NULL },
    { "X-Debug-Token-Link", LEAKS, "the address of a Symfony debug page", NULL },
    { "X-DiagInfo", LEAKS, "the name of an Exchange machine", NULL },
    { "X-Download-Options", DEPRECATED,
      "kept Internet Explorer from opening downloads",
      "nothing" },
    { "X-Drupal-Cache", LEAKS, "a cache state of Drupal", NULL },
    { "X-Drupal-Dynamic-Cache", LEAKS, "a cache state of Drupal", NULL },
    { "X-dtAgentId", LEAKS, "a trace of Dynatrace", NULL },
    { "X-dtHealthCheck", LEAKS, "a trace of Dynatrace", NULL },
    { "X-dtInjectedServlet", LEAKS, "a trace of Dynatrace", NULL },
    { "X-Envoy-Attempt-Count", LEAKS, "a trace of Envoy", NULL },
    { "X-Envoy-External-Address", LEAKS, "a trace of Envoy", NULL },
    { "X-Envoy-Internal", LEAKS, "a trace of Envoy", NULL },
    { "X-Envoy-Original-Dst-Host", LEAKS, "the address of an inner machine", NULL },
    { "X-Envoy-Upstream-Service-Time", LEAKS, "the time an inner service took", NULL },
    { "X-FEServer", LEAKS, "the name of an Exchange machine", NULL },
    { "X-Frame-Options", SECURITY | DOCUMENT | SINGLE, "limits who may frame a page", NULL },
    { "X-Framework", LEAKS, "the software behind the site", NULL },
    { "X-Generated-By", LEAKS, "the software behind the site", NULL },
    { "X-Generator", LEAKS, "the content management system", NULL },
    { "X-Jitsi-Release", LEAKS, "the version of Jitsi", NULL },
    { "X-Joomla-Version", LEAKS, "the version of Joomla", NULL },
    { "X-Kubernetes-PF-FlowSchema-UID", LEAKS, "an identifier of Kubernetes", NULL },
    { "X-Kubernetes-PF-PriorityLevel-UID", LEAKS, "an identifier of Kubernetes", NULL },
    { "X-LiteSpeed-Cache", LEAKS, "a cache state of LiteSpeed", NULL },
    { "X-Litespeed-Cache-Control", LEAKS, "a cache state of LiteSpeed", NULL },
    { "X-LiteSpeed-Purge", LEAKS, "a cache state of LiteSpeed", NULL },
    { "X-LiteSpeed-Tag", LEAKS, "a cache state of LiteSpeed", NULL },
    { "X-LiteSpeed-Vary", LEAKS, "a cache state of LiteSpeed", NULL },
    { "X-Mod-Pagespeed", LEAKS, "the version of mod_pagespeed", NULL },
    { "X-Nextjs-Cache", LEAKS, "a cache state of Next.js", NULL },
    { "X-Nextjs-Matched-Path", LEAKS, "an inner path of Next.js", NULL },
    { "X-Nextjs-Page", LEAKS, "an inner path of Next.js", NULL },
    { "X-Nextjs-Redirect", LEAKS, "an inner path of Next.js", NULL },
    { "X-Old-Content-Length", LEAKS, "a trace of a filter in front of the site", NULL },
    { "X-OneAgent-JS-Injection", LEAKS, "a trace of Dynatrace", NULL },
    { "X-OWA-Version", LEAKS, "the version of Exchange", NULL },
    { "X-Page-Speed", LEAKS, "the version of mod_pagespeed", NULL },
    { "X-Permitted-Cross-Domain-Policies", DEPRECATED, "limited Flash and PDF readers", "nothing" },
    { "X-Php-Version", LEAKS, "the version of PHP", NULL },
    { "X-Pingback", LEAKS, "the address of WordPress's XML-RPC", NULL },
    { "X-Powered-By", LEAKS, "the software behind the site", NULL },
    { "X-Powered-By-Plesk", LEAKS, "the software behind the site", NULL },
    { "X-Powered-CMS", LEAKS, "the content management system", NULL },
    { "X-Redirect-By", LEAKS, "the software that made the redirect", NULL },
    { "X-Runtime", LEAKS, "the time a Ruby application took", NULL },
    { "X-Ruxit-Apache-ServerName", LEAKS, "a trace of Dynatrace", NULL },
    { "X-Ruxit-JS-Agent", LEAKS, "a trace of Dynatrace", NULL },
    { "X-Server-Name", LEAKS, "the name of an inner machine", NULL },
    { "X-Server-Powered-By", LEAKS, "the software behind the site", NULL },
    { "X-ServerName", LEAKS, "the name of an inner machine", NULL },
    { "X-SourceFiles", LEAKS, "a path on a developer's machine", NULL },
    { "X-SourceMap", DEPRECATED | LEAKS, "where the source code of a script is", "SourceMap" },
    { "X-Turbo-Charged-By", LEAKS, "the software behind the site", NULL },
    { "X-UA-Compatible", DEPRECATED | DOCUMENT, "chose a mode of Internet Explorer", "nothing" },
    { "X-Umbraco-Version", LEAKS, "the version of Umbraco", NULL },
    { "X-Varnish", LEAKS, "request numbers of Varnish", NULL },
    { "X-Varnish-Backend", LEAKS, "the name of an inner machine", NULL },
    { "X-Varnish-Server", LEAKS, "the name of an inner machine", NULL },
    { "X-WebKit-CSP", DEPRECATED | DOCUMENT,
      "was WebKit's first Content-Security-Policy",
      "Content-Security-Policy" },
    { "X-XSS-Protection", DEPRECATED | DOCUMENT | SINGLE,
      "steered a filter that no browser has any more",
      "0, or nothing; Content-Security-Policy protects" },
};
/* clang-format on */

#define ROWS ((int)(sizeof table / sizeof table[0]))

/* Like strcmp() for the name without its colon, ASCII case-insensitive. */
static int compare(tlsg_header_span_t name, const char *row)
{
    for (size_t i = 0;; i++) {
        int a = i < name.len ? (unsigned char)name.at[i] : 0;
        int b = (unsigned char)row[i];
        a = a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a;
        b = b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
        if (a != b || b == 0) {
            return a - b;
        }
    }
}

const tlsg_header_name_t *tlsg_header_name_find(const char *name)
{
    size_t len = strlen(name);
    tlsg_header_span_t span = { name, len > 0 && name[len - 1] == ':' ? len - 1 : len };
    int low = 0;
    int high = ROWS - 1;
    while (low <= high) {
        int middle = (low + high) / 2;
        int order = compare(span, table[middle].name);
        if (order == 0) {
            return &table[middle];
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle - 1 : high;
    }
    return NULL;
}

const tlsg_header_name_t *tlsg_header_name_at(int i)
{
    return i >= 0 && i < ROWS ? &table[i] : NULL;
}
