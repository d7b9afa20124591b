/* SPDX-License-Identifier: Apache-2.0 */
/* How much a test with random cases does in this run. */
#ifndef TLSG_TEST_SUPPORT_EFFORT_H
#define TLSG_TEST_SUPPORT_EFFORT_H

/* Returns `few` under valgrind, where everything takes fifty times as long; `many` when TLSGUARD_LONG is
 * set; `usual` otherwise. */
int effort(int few, int usual, int many);

#endif
