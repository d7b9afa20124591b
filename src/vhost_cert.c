/* SPDX-License-Identifier: Apache-2.0 */
#include "vhost_cert.h"

#include <apr_strings.h>

#include "certfile.h"

const tlsg_origin_t *tlsg_vhost_cert_origin(const tlsg_vhost_t *vhost,
                                            const tlsg_vhost_cert_t *cert)
{
    return cert->cert != NULL ? &cert->cert->origin : &vhost->origin;
}

const tlsg_vhost_cert_t *tlsg_vhost_cert_at(const tlsg_vhost_t *vhost, int i)
{
    for (int c = 0; c < vhost->certs->nelts; c++) {
        const tlsg_vhost_cert_t *cert = &APR_ARRAY_IDX(vhost->certs, c, tlsg_vhost_cert_t);
        if (cert->file != NULL && cert->file->leaf != NULL && i-- == 0) {
            return cert;
        }
    }
    return NULL;
}

const char *tlsg_vhost_cert_subject(const tlsg_vhost_cert_t *cert)
{
    const tlsg_cert_t *leaf = cert->file->leaf;
    return leaf->subject_cn != NULL ? leaf->subject_cn
           : leaf->subject[0] != 0  ? leaf->subject
                                    : cert->path;
}

const char *tlsg_vhost_cert_date(apr_pool_t *pool, apr_time_t when)
{
    apr_time_exp_t date;
    if (apr_time_exp_gmt(&date, when) != APR_SUCCESS) {
        return "an unknown date";
    }
    return apr_psprintf(pool, "%04d-%02d-%02d", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}
