/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <string.h>

#include "text.h"

json_t *tlsg_json_text(apr_pool_t *scratch, const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    size_t len = strlen(text);
    return json_string(tlsg_text_printable(scratch, text, len, len));
}

void tlsg_json_set(json_t *object, const char *key, json_t *value, int *failed)
{
    if (json_object_set_new(object, key, value) != 0) {
        *failed = 1;
    }
}

void tlsg_json_push(json_t *array, json_t *value, int *failed)
{
    if (json_array_append_new(array, value) != 0) {
        *failed = 1;
    }
}
