/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TLSG_VERSION_H
#define TLSG_VERSION_H

#define TLSG_VERSION "1.0.0"

#endif
