/* SPDX-License-Identifier: Apache-2.0 */
/* What jansson lacks for documents made of untrusted bytes. */
#ifndef TLSG_JSON_H
#define TLSG_JSON_H

#include <apr_pools.h>
#include <jansson.h>

/* A new JSON string of the printable form of `text` (always valid UTF-8), JSON null for NULL.
 * NULL when memory ran out. `scratch` holds the intermediate text. */
json_t *tlsg_json_text(apr_pool_t *scratch, const char *text);

/* Puts a new member into an object, or a new entry at the end of an array, and takes `value`
 * over. A NULL value is JSON's memory running out: *failed is set and nothing else happens, so
 * that one look at the end is enough. */
void tlsg_json_set(json_t *object, const char *key, json_t *value, int *failed);
void tlsg_json_push(json_t *array, json_t *value, int *failed);

#endif
