/* SPDX-License-Identifier: Apache-2.0 */
/* Structured fields (RFC 9651) as far as security headers use them: keys, bare items and
 * parameters, read from the front of a text. Linear, allocates nothing. Only header_*.c includes
 * this. Any phase. */
#ifndef TLSG_HEADER_SF_H
#define TLSG_HEADER_SF_H

#include "header_scan.h"

typedef enum tlsg_sf_kind_t {
    TLSG_SF_NUMBER,
    TLSG_SF_STRING,
    TLSG_SF_TOKEN,
    TLSG_SF_BYTES,
    TLSG_SF_BOOLEAN,
    TLSG_SF_DATE,
    TLSG_SF_DISPLAY,
} tlsg_sf_kind_t;

typedef struct tlsg_sf_item_t {
    tlsg_sf_kind_t kind;
    tlsg_header_span_t text; /* strings without their quotes, escapes left as they are */
} tlsg_sf_item_t;

/* Each moves *at behind what it read and returns 1, or returns 0 with *at where the text stops
 * being well-formed. */
int tlsg_header_sf_key(const char **at, tlsg_header_span_t *key);
int tlsg_header_sf_item(const char **at, tlsg_sf_item_t *item); /* without parameters */
int tlsg_header_sf_parameters(const char **at);                 /* zero or more */

/* A whole field of one item with parameters (section 4.2), blanks around it allowed. 1 when it is
 * well-formed. */
int tlsg_header_sf_field_item(const char *value, tlsg_sf_item_t *item);

#endif
