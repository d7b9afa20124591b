/* SPDX-License-Identifier: Apache-2.0 */
/* What an operand of tlsguard-pin means, and the reader that takes it. */
#ifndef TLSG_PIN_INPUT_H
#define TLSG_PIN_INPUT_H

#include <apr_tables.h>

#include "cli.h"
#include "pin_httpd.h"
#include "pin_pass.h"

/* How inputs are read. */
typedef struct {
    tlsg_cli_t *cli;
    tlsg_pin_pass_t *pass;
    tlsg_pin_httpd_t httpd;
    long timeout; /* seconds for one server */
} tlsg_pin_input_t;

/* Reads one operand: "-", a file that exists (a *.conf is a configuration), a host and port, a
 * store URI. Files go to the first of `sites` (tlsg_pin_site_t), a server or virtual host
 * becomes a new one. On failure nothing is added, and it is reported. */
tlsg_exit_t tlsg_pin_input_read(const tlsg_pin_input_t *input, const char *operand,
                                apr_array_header_t *sites);

#endif
