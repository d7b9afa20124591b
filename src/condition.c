/* SPDX-License-Identifier: Apache-2.0 */
/* A recursive descent over ap_expr's grammar: or, and, not, comparison. An operand is a text or
 * "not known". */
#include "condition.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "text.h"

#define DEPTH_MAX 32 /* nested parentheses and negations; nobody writes more by hand */

typedef struct reader_t {
    tlsg_condition_t *condition;
    const char *at;
    int depth;
    int broken; /* not the grammar known here: the whole expression is undecided */
} reader_t;

int tlsg_condition_is_forwarded(const char *header)
{
    static const char *const names[] = {
        "X-Forwarded-Proto", "X-Forwarded-Protocol",
        "X-Forwarded-Ssl",   "X-Forwarded-Scheme",
        "X-Url-Scheme",      "X-Forwarded-Port",
        "Front-End-Https",   "Forwarded",
        "X-Scheme",          "CloudFront-Forwarded-Proto",
        "CF-Visitor",        "X-SSL",
        "X-HTTPS",           "X-ARR-SSL",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (tlsg_text_eq_nocase(names[i], header)) {
            return 1;
        }
    }
    return 0;
}

static const char *request_header(tlsg_condition_t *condition, const char *name)
{
    condition->mentions |= tlsg_condition_is_forwarded(name) ? (unsigned)TLSG_MENTIONS_FORWARDED
                                                             : (unsigned)TLSG_MENTIONS_REQUEST;
    return NULL;
}

static const char *environment(tlsg_condition_t *condition, const char *name)
{
    condition->mentions |= TLSG_MENTIONS_ENV;
    const char *value = NULL;
    if (condition->env == NULL) {
        return NULL;
    }
    tlsg_tri_t is_set = condition->env(condition->baton, name, &value);
    return is_set == TLSG_NO ? "" : is_set == TLSG_YES ? value : NULL;
}

/* name(argument) and %{name:argument} are the same functions. */
static const char *call(tlsg_condition_t *condition, const char *function, const char *argument)
{
    static const char *const of_request[] = { "req", "http", "req_novary" };
    static const char *const of_env[] = { "env", "reqenv" };
    for (size_t i = 0; i < sizeof of_request / sizeof of_request[0]; i++) {
        if (tlsg_text_eq_nocase(function, of_request[i])) {
            return request_header(condition, argument);
        }
    }
    for (size_t i = 0; i < sizeof of_env / sizeof of_env[0]; i++) {
        if (tlsg_text_eq_nocase(function, of_env[i])) {
            return environment(condition, argument);
        }
    }
    if (tlsg_text_eq_nocase(function, "SSL")) {
        return tlsg_condition_variable(condition, argument);
    }
    condition->mentions |= TLSG_MENTIONS_REQUEST;
    return NULL;
}

static void add_port(int ports[TLSG_CONDITION_PORTS], int *count, int port)
{
    for (int i = 0; i < *count; i++) {
        if (ports[i] == port) {
            return;
        }
    }
    if (port > 0 && *count < TLSG_CONDITION_PORTS) {
        ports[(*count)++] = port;
    }
}

static int port_in_name(const tlsg_vhost_t *vhost)
{
    const tlsg_directive_t *directive = vhost->server_name.directive;
    const char *colon = directive != NULL ? strrchr(directive->argv[0], ':') : NULL;
    return colon != NULL && strchr(colon, ']') == NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
}

int tlsg_condition_ports(const tlsg_vhost_t *vhost, int ports[TLSG_CONDITION_PORTS])
{
    int count = 0;
    int named = port_in_name(vhost);
    ports[0] = 0;
    add_port(ports, &count, vhost->port);
    add_port(ports, &count, named > 0 ? named : tlsg_vhost_is_tls(vhost) ? 443 : 80);
    for (int i = 0; i < vhost->addresses->nelts; i++) {
        add_port(ports, &count, APR_ARRAY_IDX(vhost->addresses, i, const tlsg_address_t *)->port);
    }
    return count > 0 ? count : 1;
}

const char *tlsg_condition_variable(tlsg_condition_t *condition, const char *name)
{
    const char *colon = strchr(name, ':');
    if (colon != NULL) {
        return call(condition, apr_pstrmemdup(condition->pool, name, (apr_size_t)(colon - name)),
                    colon + 1);
    }
    if (tlsg_text_eq_nocase(name, "HTTPS")) {
        condition->mentions |= TLSG_MENTIONS_TLS;
        return condition->is_tls ? "on" : "off";
    }
    if (tlsg_text_eq_nocase(name, "REQUEST_SCHEME")) {
        condition->mentions |= TLSG_MENTIONS_TLS;
        return condition->is_tls ? "https" : "http";
    }
    if (tlsg_text_eq_nocase(name, "SERVER_PORT") && condition->port > 0) {
        condition->mentions |= TLSG_MENTIONS_TLS;
        condition->asks_port = 1;
        return apr_itoa(condition->pool, condition->port);
    }
    if (tlsg_text_has_prefix_nocase(name, "SSL_")) {
        condition->mentions |= TLSG_MENTIONS_TLS;
        return condition->is_tls ? NULL : "";
    }
    condition->mentions |= TLSG_MENTIONS_REQUEST;
    return NULL;
}

static void skip_blanks(reader_t *reader)
{
    while (apr_isspace(*reader->at)) {
        reader->at++;
    }
}

/* Takes `token` when it comes next; one that ends in a letter must not run on. */
static int take(reader_t *reader, const char *token)
{
    skip_blanks(reader);
    size_t len = strlen(token);
    if (!tlsg_text_has_prefix_nocase(reader->at, token) ||
        (apr_isalpha(token[len - 1]) && (apr_isalnum(reader->at[len]) || reader->at[len] == '_'))) {
        return 0;
    }
    reader->at += len;
    return 1;
}

static const char *take_until(reader_t *reader, const char *stops)
{
    size_t len = strcspn(reader->at, stops);
    char *text = apr_pstrmemdup(reader->condition->pool, reader->at, len);
    reader->at += len;
    return text;
}

/* %{...}, the reader standing behind "%{". */
static const char *read_variable(reader_t *reader)
{
    const char *name = take_until(reader, "}");
    if (*reader->at != '}') {
        reader->broken = 1;
        return NULL;
    }
    reader->at++;
    return tlsg_condition_variable(reader->condition, name);
}

/* A quoted text with variables in it; *known is cleared when one of them is not known. */
static const char *read_quoted(reader_t *reader, char quote, int *known)
{
    const char *text = "";
    while (*reader->at != '\0' && *reader->at != quote) {
        const char *piece;
        if (reader->at[0] == '%' && reader->at[1] == '{') {
            reader->at += 2;
            piece = read_variable(reader);
        }
        else if (reader->at[0] == '\\' && reader->at[1] != '\0') {
            piece = apr_pstrmemdup(reader->condition->pool, reader->at + 1, 1);
            reader->at += 2;
        }
        else {
            const char stops[] = { quote, '%', '\\', '\0' };
            size_t len = 1 + strcspn(reader->at + 1, stops);
            piece = apr_pstrmemdup(reader->condition->pool, reader->at, len);
            reader->at += len;
        }
        if (piece == NULL) {
            *known = 0;
            piece = "";
        }
        text = apr_pstrcat(reader->condition->pool, text, piece, NULL);
    }
    if (*reader->at != quote) {
        reader->broken = 1;
        return "";
    }
    reader->at++;
    return text;
}

/* A word: text, number, variable, function call. NULL when its value is not known. */
static const char *read_operand(reader_t *reader)
{
    int known = 1;
    skip_blanks(reader);
    char first = *reader->at;
    if (first == '\'' || first == '"') {
        reader->at++;
        const char *text = read_quoted(reader, first, &known);
        return known ? text : NULL;
    }
    if (first == '%' && reader->at[1] == '{') {
        reader->at += 2;
        return read_variable(reader);
    }
    size_t len = 0;
    while (apr_isalnum(reader->at[len]) || reader->at[len] == '_' || reader->at[len] == '.') {
        len++;
    }
    if (len == 0) {
        reader->broken = 1;
        return NULL;
    }
    const char *word = apr_pstrmemdup(reader->condition->pool, reader->at, len);
    reader->at += len;
    if (!take(reader, "(")) {
        return word;
    }
    const char *argument = ++reader->depth > DEPTH_MAX ? NULL : read_operand(reader);
    if (reader->depth-- > DEPTH_MAX || !take(reader, ")")) {
        reader->broken = 1;
        return NULL;
    }
    return argument == NULL ? NULL : call(reader->condition, word, argument);
}

/* m#...#flags or /.../flags behind =~ and !~. */
static tlsg_tri_t read_regex(reader_t *reader, const char *left)
{
    skip_blanks(reader);
    char delimiter = *reader->at;
    if (delimiter == 'm') {
        delimiter = *++reader->at;
    }
    if (delimiter == '\0' || apr_isalnum(delimiter)) {
        reader->broken = 1;
        return TLSG_MAYBE;
    }
    const char stops[] = { delimiter, '\0' };
    reader->at++;
    const char *pattern = take_until(reader, stops);
    if (*reader->at != delimiter) {
        reader->broken = 1;
        return TLSG_MAYBE;
    }
    int nocase = 0;
    for (reader->at++; apr_isalpha(*reader->at); reader->at++) {
        nocase |= *reader->at == 'i';
    }
    return left == NULL ? TLSG_MAYBE
                        : tlsg_pattern_match(reader->condition->pool, pattern, nocase, left, NULL);
}

static tlsg_tri_t compare_text(const char *left, const char *right)
{
    return left == NULL || right == NULL ? TLSG_MAYBE
           : strcmp(left, right) == 0    ? TLSG_YES
                                         : TLSG_NO;
}

static tlsg_tri_t compare_number(const char *left, const char *right)
{
    return left == NULL || right == NULL           ? TLSG_MAYBE
           : apr_atoi64(left) == apr_atoi64(right) ? TLSG_YES
                                                   : TLSG_NO;
}

static tlsg_tri_t read_comparison(reader_t *reader)
{
    if (take(reader, "-n")) {
        const char *text = read_operand(reader);
        return text == NULL ? TLSG_MAYBE : text[0] != '\0' ? TLSG_YES : TLSG_NO;
    }
    if (take(reader, "-z")) {
        const char *text = read_operand(reader);
        return text == NULL ? TLSG_MAYBE : text[0] == '\0' ? TLSG_YES : TLSG_NO;
    }
    if (take(reader, "-T")) {
        const char *text = read_operand(reader);
        return text == NULL ? TLSG_MAYBE
               : text[0] == '\0' || strcmp(text, "0") == 0 || tlsg_text_eq_nocase(text, "off") ||
                       tlsg_text_eq_nocase(text, "false") || tlsg_text_eq_nocase(text, "no")
                   ? TLSG_NO
                   : TLSG_YES;
    }
    if (take(reader, "true")) {
        return TLSG_YES;
    }
    if (take(reader, "false")) {
        return TLSG_NO;
    }
    const char *left = read_operand(reader);
    if (take(reader, "=~")) {
        return read_regex(reader, left);
    }
    if (take(reader, "!~")) {
        return tlsg_tri_not(read_regex(reader, left));
    }
    if (take(reader, "==") || take(reader, "=")) {
        return compare_text(left, read_operand(reader));
    }
    if (take(reader, "!=")) {
        return tlsg_tri_not(compare_text(left, read_operand(reader)));
    }
    if (take(reader, "-eq") || take(reader, "eq")) {
        return compare_number(left, read_operand(reader));
    }
    if (take(reader, "-ne") || take(reader, "ne")) {
        return tlsg_tri_not(compare_number(left, read_operand(reader)));
    }
    reader->broken = 1;
    return TLSG_MAYBE;
}

static tlsg_tri_t read_or(reader_t *reader);

static tlsg_tri_t read_not(reader_t *reader)
{
    tlsg_tri_t result;
    if (++reader->depth > DEPTH_MAX) {
        reader->broken = 1;
        return TLSG_MAYBE;
    }
    if (take(reader, "!")) {
        result = tlsg_tri_not(read_not(reader));
    }
    else if (take(reader, "(")) {
        result = read_or(reader);
        if (!take(reader, ")")) {
            reader->broken = 1;
        }
    }
    else {
        result = read_comparison(reader);
    }
    reader->depth--;
    return result;
}

static tlsg_tri_t read_and(reader_t *reader)
{
    tlsg_tri_t result = read_not(reader);
    while (!reader->broken && (take(reader, "&&") || take(reader, "and"))) {
        result = tlsg_tri_and(result, read_not(reader));
    }
    return result;
}

static tlsg_tri_t read_or(reader_t *reader)
{
    tlsg_tri_t result = read_and(reader);
    while (!reader->broken && (take(reader, "||") || take(reader, "or"))) {
        result = tlsg_tri_or(result, read_and(reader));
    }
    return result;
}

tlsg_tri_t tlsg_condition_eval(tlsg_condition_t *condition, const char *text)
{
    reader_t reader = { .condition = condition, .at = text };
    tlsg_tri_t result = read_or(&reader);
    skip_blanks(&reader);
    if (!reader.broken && *reader.at == '\0') {
        return result;
    }
    /* Unknown grammar behind the point reached may mention anything. */
    condition->mentions |= TLSG_MENTIONS_REQUEST;
    return TLSG_MAYBE;
}
