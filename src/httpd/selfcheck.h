/* SPDX-License-Identifier: Apache-2.0 */
/* -D TLSGUARD_SELFCHECK: at a start, what `httpd -t` would have said beside what mod_ssl's contexts
 * say. For tests, and for whoever doubts the report; without the define nothing here runs. */
#ifndef TLSG_SELFCHECK_H
#define TLSG_SELFCHECK_H

#include <httpd.h>

#include "model.h"

/* Probes the configuration of `s` as under -t, compares each way to reach a virtual host with
 * `live`, the model of this start, and logs each difference (error) and the count (notice). Probe
 * and all that belongs to it live in the pool of `live`. Nothing without the define. */
void tlsg_selfcheck_run(const tlsg_model_t *live, server_rec *s);

#endif
