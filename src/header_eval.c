/* SPDX-License-Identifier: Apache-2.0 */
/* Plays mod_headers through in every "world": one way of answering the questions that the
 * configuration leaves open (an expression about the request, a variable set by a pattern). What
 * holds in all worlds is certain. */
#include "header_eval.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "condition.h"
#include "env.h"
#include "header_module.h"
#include "header_value.h"
#include "htaccess.h"
#include "redirect.h"
#include "text.h"

#define ATOMS_MAX 5  /* open questions followed up: 32 worlds; beyond that everything is "maybe" */
#define FIELDS_MAX 8 /* fields of one name in one table; more are as wrong as eight */

typedef struct world_t {
    const char *keys[ATOMS_MAX];
    int count;
    unsigned answers; /* bit i answers keys[i] */
    int overflow;     /* there were more questions */
} world_t;

typedef struct table_t {
    tlsg_header_field_t fields[FIELDS_MAX];
    int count;
    const tlsg_header_line_t *unset; /* took the last one away */
} table_t;

typedef struct entry_t {
    const tlsg_header_line_t *line;
    int rank;      /* early, server, directory, ... */
    size_t length; /* of a directory's path: shorter ones come first */
    int order;
} entry_t;

typedef struct eval_t {
    apr_pool_t *pool;    /* of the outcome */
    apr_pool_t *scratch; /* gone when the outcome is made */
    tlsg_http_facts_t *facts;
    const char *name;
    apr_array_header_t *entries; /* entry_t, in order of effect */
    tlsg_header_outcome_t *out;
    world_t world;
} eval_t;

#define HSTS "Strict-Transport-Security"

/* Lists start as the shared empty one: most virtual hosts need none of their own. */
static void put(eval_t *eval, apr_array_header_t **list, const tlsg_header_line_t *line)
{
    if (*list == eval->facts->empty) {
        *list = apr_array_make(eval->pool, 2, sizeof line);
    }
    APR_ARRAY_PUSH(*list, const tlsg_header_line_t *) = line;
}

static tlsg_tri_t resolve(void *baton, const char *key)
{
    world_t *world = baton;
    for (int i = 0; i < world->count; i++) {
        if (strcmp(world->keys[i], key) == 0) {
            return (world->answers >> i & 1U) != 0 ? TLSG_YES : TLSG_NO;
        }
    }
    if (world->count == ATOMS_MAX) {
        world->overflow = 1;
        return TLSG_NO;
    }
    world->keys[world->count] = key;
    return (world->answers >> world->count++ & 1U) != 0 ? TLSG_YES : TLSG_NO;
}

/* ---- Order of effect ---- */

static int by_effect(const void *left, const void *right)
{
    const entry_t *a = left;
    const entry_t *b = right;
    if (a->rank != b->rank) {
        return a->rank - b->rank;
    }
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    return a->order - b->order;
}

static void add_entry(eval_t *eval, const tlsg_header_line_t *line)
{
    const tlsg_section_t *section = line->directive->section;
    if (line->table == TLSG_TABLE_REQUEST || !tlsg_text_eq_nocase(line->name, eval->name)) {
        return;
    }
    entry_t *entry = apr_array_push(eval->entries);
    entry->line = line;
    entry->rank = line->cond == TLSG_COND_EARLY ? -1 : tlsg_reach_rank(section);
    entry->length = entry->rank == 1 && section != NULL ? strlen(section->arg) : 0;
    entry->order = eval->entries->nelts;
}

static void gather(eval_t *eval)
{
    const tlsg_header_line_t *line;
    for (int at = 0; (line = tlsg_http_facts_line(eval->facts, &at)) != NULL;) {
        add_entry(eval, line);
    }
    const tlsg_htaccess_t *htaccess = tlsg_htaccess_get(eval->facts);
    for (int i = 0; i < htaccess->lines->nelts; i++) {
        add_entry(eval, APR_ARRAY_IDX(htaccess->lines, i, const tlsg_header_line_t *));
    }
    qsort(eval->entries->elts, (size_t)eval->entries->nelts, sizeof(entry_t), by_effect);
    eval->out->htaccess_unknown = htaccess->unknown != NULL;
    for (int i = 0; i < eval->entries->nelts; i++) {
        put(eval, &eval->out->lines, APR_ARRAY_IDX(eval->entries, i, entry_t).line);
    }
}

/* ---- One line on one table ---- */

static void push_field(table_t *table, const char *value, const tlsg_header_line_t *line,
                       int is_always)
{
    if (table->count < FIELDS_MAX) {
        table->fields[table->count++] = (tlsg_header_field_t){ value, line, line, is_always, NULL };
    }
}

static int list_holds(apr_pool_t *pool, const char *list, const char *word)
{
    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        if (strcmp(tlsg_text_trim(pool, list, list + len), word) == 0) {
            return 1;
        }
        list += len + (list[len] == ',');
    }
    return 0;
}

/* apr_table_mergen() joins with the first field of the name. */
static void join_field(eval_t *eval, table_t *table, const tlsg_header_line_t *line,
                       const char *value)
{
    tlsg_header_field_t *field = &table->fields[0];
    int is_merge = line->action == TLSG_HEADER_MERGE;
    if (is_merge && field->value != NULL && value != NULL &&
        list_holds(eval->scratch, field->value, value)) {
        return;
    }
    field->value = field->value == NULL || value == NULL
                       ? NULL
                       : apr_pstrcat(eval->pool, field->value, ", ", value, NULL);
    field->line = line;
}

static void edit_fields(eval_t *eval, table_t *table, const tlsg_header_line_t *line)
{
    for (int i = 0; i < table->count; i++) {
        tlsg_header_field_t *field = &table->fields[i];
        if (field->value != NULL &&
            tlsg_pattern_match(eval->scratch, line->value, 0, field->value, NULL) == TLSG_NO) {
            continue;
        }
        field->value = NULL;
        field->line = line;
    }
}

static void apply(eval_t *eval, table_t *table, const tlsg_header_line_t *line)
{
    const char *value = tlsg_header_line_literal(eval->pool, line);
    int is_always = line->table == TLSG_TABLE_ALWAYS;
    switch (line->action) {
    case TLSG_HEADER_SET:
        table->count = 0;
        push_field(table, value, line, is_always);
        break;
    case TLSG_HEADER_SETIFEMPTY:
        if (table->count == 0) {
            push_field(table, value, line, is_always);
        }
        break;
    case TLSG_HEADER_ADD:
        push_field(table, value, line, is_always);
        break;
    case TLSG_HEADER_APPEND:
    case TLSG_HEADER_MERGE:
        if (table->count == 0) {
            push_field(table, value, line, is_always);
        }
        else {
            join_field(eval, table, line, value);
        }
        break;
    case TLSG_HEADER_UNSET:
        table->unset = table->count > 0 ? line : table->unset;
        table->count = 0;
        break;
    case TLSG_HEADER_EDIT:
    case TLSG_HEADER_EDIT_ALL:
        edit_fields(eval, table, line);
        break;
    case TLSG_HEADER_ECHO: /* repeats a header of the request: not a setting of the server */
    case TLSG_HEADER_NOTE:
        break;
    }
}

/* ---- Conditions ---- */

static tlsg_tri_t condition_holds(tlsg_reach_t *scope, const tlsg_header_line_t *line,
                                  tlsg_response_t response)
{
    switch (line->cond) {
    case TLSG_COND_ENV: {
        int negated = line->cond_text[0] == '!';
        tlsg_tri_t set = tlsg_env_is_set(scope, line->cond_text + negated, response, NULL, NULL);
        return negated ? tlsg_tri_not(set) : set;
    }
    case TLSG_COND_EXPR:
        return tlsg_reach_condition(scope, line->cond_text, response);
    case TLSG_COND_EARLY:
        return line->directive->section == NULL ? TLSG_YES : TLSG_NO;
    case TLSG_COND_NONE:
        break;
    }
    return TLSG_YES;
}

static tlsg_tri_t applies(tlsg_reach_t *scope, const tlsg_header_line_t *line,
                          tlsg_response_t response)
{
    /* Both questions are asked in every world, so that a world never meets a new one half way. */
    tlsg_tri_t covers = tlsg_reach_covers(scope, line->directive->section, response);
    return tlsg_tri_and(covers, condition_holds(scope, line, response));
}

/* ---- One world ---- */

/* What is in the tables before mod_headers starts. */
static void others_fields(eval_t *eval, table_t *onsuccess, tlsg_response_t response)
{
    if (response == TLSG_RESPONSE_PAGE && eval->out->backend &&
        resolve(&eval->world, "the backend sends it") == TLSG_YES) {
        push_field(onsuccess, NULL, NULL, 0);
    }
    if (response != TLSG_RESPONSE_REDIRECT && eval->out->managed != NULL && onsuccess->count == 0) {
        push_field(onsuccess, "max-age=15768000", NULL, 0); /* mod_md's fixed value */
    }
}

static void play(eval_t *eval, tlsg_response_t response, table_t *always, table_t *onsuccess)
{
    tlsg_reach_t scope = {
        .facts = eval->facts, .pool = eval->scratch, .resolve = resolve, .baton = &eval->world
    };
    memset(always, 0, sizeof *always);
    memset(onsuccess, 0, sizeof *onsuccess);
    others_fields(eval, onsuccess, response);
    for (int i = 0; i < eval->entries->nelts; i++) {
        const tlsg_header_line_t *line = APR_ARRAY_IDX(eval->entries, i, entry_t).line;
        if (applies(&scope, line, response) == TLSG_YES) {
            apply(eval, line->table == TLSG_TABLE_ALWAYS ? always : onsuccess, line);
        }
    }
    if (response != TLSG_RESPONSE_PAGE) {
        onsuccess->count = 0;
    }
}

static int same_value(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void note_field(eval_t *eval, const tlsg_header_field_t *field)
{
    apr_array_header_t *fields = eval->out->fields;
    for (int i = 0; i < fields->nelts; i++) {
        const tlsg_header_field_t *known = &APR_ARRAY_IDX(fields, i, tlsg_header_field_t);
        if (known->line == field->line && known->is_always == field->is_always &&
            same_value(known->value, field->value)) {
            return;
        }
    }
    if (fields == eval->facts->empty) {
        eval->out->fields = fields = apr_array_make(eval->pool, 1, sizeof *field);
    }
    if (fields->nelts < FIELDS_MAX * FIELDS_MAX) {
        APR_ARRAY_PUSH(fields, tlsg_header_field_t) = *field;
    }
}

static void note_doubled(eval_t *eval, const table_t *always, const table_t *onsuccess)
{
    const tlsg_header_line_t *line[2] = { NULL, NULL };
    int count = 0;
    const table_t *tables[] = { always, onsuccess };
    for (int t = 0; t < 2; t++) {
        for (int i = 0; i < tables[t]->count && count < 2; i++) {
            line[count++] = tables[t]->fields[i].line;
        }
    }
    eval->out->doubled_first = line[0] != NULL ? line[0] : line[1];
    eval->out->doubled_second = line[0] != NULL ? line[1] : NULL;
}

typedef struct tally_t {
    unsigned worlds;
    unsigned sent[TLSG_RESPONSES]; /* number of worlds */
    unsigned doubled;
    const tlsg_header_line_t *unset;
} tally_t;

static void count_response(eval_t *eval, tally_t *tally, tlsg_response_t response)
{
    table_t always;
    table_t onsuccess;
    play(eval, response, &always, &onsuccess);
    int count = always.count + onsuccess.count;
    tally->sent[response] += count > 0;
    for (int i = 0; i < always.count; i++) {
        note_field(eval, &always.fields[i]);
    }
    for (int i = 0; i < onsuccess.count; i++) {
        note_field(eval, &onsuccess.fields[i]);
    }
    if (response != TLSG_RESPONSE_PAGE) {
        return;
    }
    if (count > 1) {
        note_doubled(eval, &always, &onsuccess);
        tally->doubled++;
    }
    if (count == 0) {
        tally->unset = always.unset != NULL      ? always.unset
                       : onsuccess.unset != NULL ? onsuccess.unset
                                                 : tally->unset;
    }
}

static tlsg_sent_t share(const eval_t *eval, unsigned part, unsigned all)
{
    if (eval->world.overflow) {
        return TLSG_SENT_MAYBE;
    }
    return part == 0 ? TLSG_SENT_NO : part == all ? TLSG_SENT_YES : TLSG_SENT_MAYBE;
}

static void play_worlds(eval_t *eval)
{
    tally_t tally = { 0 };
    for (unsigned answers = 0; answers < 1U << eval->world.count || answers == 0; answers++) {
        eval->world.answers = answers;
        tally.worlds++;
        for (int response = 0; response < TLSG_RESPONSES; response++) {
            count_response(eval, &tally, (tlsg_response_t)response);
        }
    }
    for (int response = 0; response < TLSG_RESPONSES; response++) {
        eval->out->sent[response] = share(eval, tally.sent[response], tally.worlds);
    }
    eval->out->doubled = tally.doubled == 0                                       ? TLSG_SENT_NO
                         : tally.doubled == tally.worlds && !eval->world.overflow ? TLSG_SENT_YES
                                                                                  : TLSG_SENT_MAYBE;
    eval->out->unset = eval->out->sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_NO ? tally.unset : NULL;
}

/* ---- Why a line does not do what was meant ---- */

static int is_in_htaccess(const eval_t *eval, const tlsg_header_line_t *line)
{
    const tlsg_htaccess_t *htaccess = tlsg_htaccess_get(eval->facts);
    return htaccess->path != NULL && line->directive->origin.file != NULL &&
           strcmp(line->directive->origin.file, htaccess->path) == 0;
}

/* <If "%{HTTPS} == 'off'"> around a virtual host's own line, where TLS is on: no request gets in.
 * What depends on the request, or is inherited, may be meant for others. */
static int is_shut_out(const eval_t *eval, const tlsg_reach_t *scope, const tlsg_directive_t *line)
{
    return strcmp(line->section->kind, "if") == 0 && line->section->parent == NULL &&
           (scope->mentions & ~(unsigned)TLSG_MENTIONS_TLS) == 0 &&
           !tlsg_http_facts_is_inherited(eval->facts, line);
}

static void classify(eval_t *eval, const tlsg_header_line_t *line)
{
    tlsg_header_outcome_t *out = eval->out;
    const tlsg_section_t *section = line->directive->section;
    tlsg_reach_t scope = { .facts = eval->facts, .pool = eval->scratch };
    tlsg_tri_t on_page = tlsg_reach_covers(&scope, section, TLSG_RESPONSE_PAGE);
    if (on_page == TLSG_NO) {
        if (scope.is_part) {
            put(eval, &out->partial, line);
        }
        else if (is_shut_out(eval, &scope, line->directive)) {
            put(eval, &out->never, line);
        }
        return;
    }
    tlsg_tri_t on_redirect = tlsg_reach_covers(&scope, section, TLSG_RESPONSE_REDIRECT);
    tlsg_tri_t holds = condition_holds(&scope, line, TLSG_RESPONSE_PAGE);
    if (holds == TLSG_NO) {
        put(eval, &out->never, line);
        return;
    }
    out->in_htaccess |= is_in_htaccess(eval, line);
    if (holds == TLSG_MAYBE || on_page == TLSG_MAYBE) {
        put(eval, &out->optional, line);
    }
    if (on_redirect == TLSG_NO) {
        put(eval, &out->sectioned, line);
    }
    else if (condition_holds(&scope, line, TLSG_RESPONSE_REDIRECT) == TLSG_NO) {
        put(eval, &out->late, line);
    }
}

static void find_others(eval_t *eval)
{
    const tlsg_directive_t *directive;
    const tlsg_vhost_t *vhost = eval->facts->vhost;
    const tlsg_directive_t *backend = tlsg_reach_backend(eval->facts);
    eval->out->backend = backend != NULL;
    if (vhost->managed == NULL || !tlsg_vhost_is_tls(vhost) ||
        !tlsg_text_eq_nocase(eval->name, HSTS)) {
        return;
    }
    for (int at = 0;
         (directive = tlsg_http_facts_next(eval->facts, TLSG_HTTP_MANAGED, &at)) != NULL;) {
        int is_other = directive->section != NULL &&
                       strstr(vhost->managed->args, directive->section->arg) == NULL;
        if (!is_other && directive->argc > 0) {
            eval->out->managed =
                tlsg_text_eq_nocase(directive->argv[0], "permanent") ? directive : NULL;
        }
    }
}

/* An unconditional unset outside of sections stops the module. */
static int module_adds(const eval_t *eval)
{
    int adds = tlsg_header_module_adds(eval->scratch, eval->facts, NULL, eval->name);
    for (int i = 0; adds && i < eval->entries->nelts; i++) {
        const tlsg_header_line_t *line = APR_ARRAY_IDX(eval->entries, i, entry_t).line;
        if (line->action == TLSG_HEADER_UNSET && line->cond == TLSG_COND_NONE &&
            line->table != TLSG_TABLE_REQUEST && line->directive->section == NULL) {
            return 0;
        }
    }
    return adds;
}

/* What the module adds is judged like a Header line. */
static void note_module(eval_t *eval)
{
    tlsg_header_outcome_t *out = eval->out;
    const tlsg_sent_t *sent = out->sent;
    int is_on_all = sent[TLSG_RESPONSE_PAGE] == TLSG_SENT_YES &&
                    sent[TLSG_RESPONSE_ERROR] == TLSG_SENT_YES &&
                    sent[TLSG_RESPONSE_REDIRECT] == TLSG_SENT_YES;
    out->by_module = module_adds(eval);
    out->module_line = out->by_module ? tlsg_header_module_line(eval->facts, eval->name) : NULL;
    const tlsg_header_line_t *line =
        tlsg_header_module_stand_in(eval->pool, eval->facts, out->module_line, eval->name);
    if (line != NULL && !is_on_all) {
        note_field(eval, &(tlsg_header_field_t){ line->value, line, line, 1, NULL });
    }
}

static void clear_outcome(tlsg_header_outcome_t *out, apr_array_header_t *empty)
{
    memset(out, 0, sizeof *out);
    out->lines = out->never = out->late = out->partial = empty;
    out->sectioned = out->optional = out->fields = empty;
}

/* Most names are in no line: those share one outcome per model. */
static const tlsg_header_outcome_t *keep_outcome(const eval_t *eval)
{
    static const char nobody[] = ""; /* no header has this name */
    const tlsg_header_outcome_t *out = eval->out;
    tlsg_http_facts_t *facts = eval->facts;
    int is_nothing = out->lines->nelts == 0 && !out->backend && out->managed == NULL &&
                     !out->htaccess_unknown && !out->by_module;
    tlsg_http_facts_t *owner =
        is_nothing ? tlsg_http_facts_get(facts->model, facts->model->main) : facts;
    const char *key = is_nothing ? nobody : eval->name;
    const tlsg_header_outcome_t *kept =
        apr_hash_get(owner->answers->outcomes, key, APR_HASH_KEY_STRING);
    if (kept == NULL) {
        kept = apr_pmemdup(eval->pool, out, sizeof *out);
        apr_hash_set(owner->answers->outcomes, key, APR_HASH_KEY_STRING, kept);
    }
    if (is_nothing) {
        apr_hash_set(facts->answers->outcomes, eval->name, APR_HASH_KEY_STRING, kept);
    }
    return kept;
}

/* Every rule about HSTS asks what the value says. */
static void read_values(eval_t *eval)
{
    if (!tlsg_text_eq_nocase(eval->name, HSTS)) {
        return;
    }
    for (int i = 0; i < eval->out->fields->nelts; i++) {
        tlsg_header_field_t *field = &APR_ARRAY_IDX(eval->out->fields, i, tlsg_header_field_t);
        if (field->value != NULL) {
            field->hsts = tlsg_header_hsts_parse(eval->pool, field->value);
        }
    }
}

static void work_out(eval_t *eval)
{
    tlsg_header_outcome_t *out = eval->out;
    gather(eval);
    find_others(eval);
    play_worlds(eval);
    for (int i = 0; i < eval->entries->nelts; i++) {
        const tlsg_header_line_t *line = APR_ARRAY_IDX(eval->entries, i, entry_t).line;
        if (tlsg_header_line_puts(line)) {
            classify(eval, line);
        }
        out->backend_removed |=
            out->backend && line->table == TLSG_TABLE_ONSUCCESS &&
            (line->action == TLSG_HEADER_UNSET || line->action == TLSG_HEADER_SET);
    }
    note_module(eval);
    read_values(eval);
}

static const tlsg_header_outcome_t *evaluate(tlsg_http_facts_t *facts, const char *name)
{
    tlsg_header_outcome_t out;
    clear_outcome(&out, facts->empty);
    eval_t eval = { .pool = facts->model->pool,
                    .scratch = tlsg_http_facts_scratch(facts->model, TLSG_SCRATCH_QUESTION),
                    .facts = facts,
                    .name = name,
                    .out = &out };
    eval.entries = apr_array_make(eval.scratch, 4, sizeof(entry_t));
    work_out(&eval);
    return keep_outcome(&eval);
}

const tlsg_header_outcome_t *tlsg_header_eval(const tlsg_model_t *model, const tlsg_vhost_t *vhost,
                                              const char *name)
{
    tlsg_http_facts_t *facts = tlsg_http_facts_get(model, vhost);
    tlsg_http_answers_t *answers = facts->answers;
    if (answers->last_name == name) { /* a name lives as long as the model */
        return answers->last_outcome;
    }
    const tlsg_header_outcome_t *known = apr_hash_get(answers->outcomes, name, APR_HASH_KEY_STRING);
    if (known == NULL) {
        known = evaluate(facts, name);
    }
    answers->last_name = name;
    answers->last_outcome = known;
    return known;
}
