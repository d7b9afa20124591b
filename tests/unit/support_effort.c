/* SPDX-License-Identifier: Apache-2.0 */
#include "support_effort.h"

#include <stdlib.h>
#include <string.h>

int effort(int few, int usual, int many)
{
    /* valgrind puts its own library in front of all others. */
    const char *preload = getenv("LD_PRELOAD");
    if (preload != NULL && strstr(preload, "vgpreload") != NULL) {
        return few;
    }
    return getenv("TLSGUARD_LONG") != NULL ? many : usual;
}
