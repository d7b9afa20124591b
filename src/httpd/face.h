/* SPDX-License-Identifier: Apache-2.0 */
/* The module record, for the files of the face that look up their per-server configuration. */
#ifndef TLSG_FACE_H
#define TLSG_FACE_H

#include <httpd.h>

#include <http_config.h>

extern module AP_MODULE_DECLARE_DATA tlsguard_module;

#endif
