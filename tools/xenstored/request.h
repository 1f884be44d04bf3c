/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests and their answers: the wire protocol of xenstore.txt.  conn.c hands
 * over each complete request; its payload is followed by a nul.
 */
#ifndef XENSTORED_REQUEST_H
#define XENSTORED_REQUEST_H

#include "conn.h"

/* Answer the request in c->hdr and c->payload. */
void request_handle(struct conn *c);

/*
 * request_string - the nul-terminated string at *pos of the payload.
 * @pos: moved behind its nul
 *
 * Returns NULL if no nul is left.
 */
const char *request_string(struct conn *c, size_t *pos);

/* A decimal domain id, nothing else in the string.  0 or -EINVAL. */
int request_domid(const char *s, uint16_t *domid);

/* CONTROL, in control.c: 0 if it has answered, or a negative errno. */
int control_handle(struct conn *c);

#endif
