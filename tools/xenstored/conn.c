// SPDX-License-Identifier: GPL-2.0-only
/* Connections: bytes in, messages out; see conn.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "log.h"
#include "quota.h"
#include "request.h"
#include "watch.h"

/* Events that may wait for a privileged client; it is trusted, not endless. */
#define PRIVILEGED_EVENTS	65536u

struct conn *conns;

struct conn *conn_new(const struct conn_ops *ops, void *carrier, uint16_t domid, bool privileged)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->ops = ops;
	c->carrier = carrier;
	c->cred.domid = domid;
	c->cred.privileged = privileged;
	c->fd = -1;
	c->out_tail = &c->out;
	c->next = conns;
	conns = c;
	return c;
}

void conn_drop_txns(struct conn *c)
{
	while (c->txns) {
		struct txn *t = c->txns;

		c->txns = t->conn_next;
		txn_abort(t);
	}
	c->nr_txns = 0;
}

static void drop_front(struct conn *c)
{
	struct message *m = c->out;

	c->out = m->next;
	if (!c->out)
		c->out_tail = &c->out;
	if (m->event)
		c->nr_events--;
	else
		c->nr_replies--;
	free(m);
}

void conn_reset(struct conn *c)
{
	while (c->out)
		drop_front(c);
	watch_drop_all(c);
	conn_drop_txns(c);
	c->got = 0;
}

void conn_kill(struct conn *c)
{
	conn_reset(c);
	c->cut = c->dead = true;
}

void conn_reap(void)
{
	for (struct conn **p = &conns; *p; ) {
		struct conn *c = *p;

		if (!c->dead) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		free(c);
	}
}

static void cut_off(struct conn *c, uint32_t error)
{
	conn_reset(c);
	c->cut = true;
	c->ops->broken(c, error);
}

static struct message *message_new(uint32_t type, uint32_t req_id, uint32_t tx_id, size_t len)
{
	struct message *m = malloc(sizeof(*m) + sizeof(struct xsd_sockmsg) + len);
	struct xsd_sockmsg hdr = { .type = type, .req_id = req_id, .tx_id = tx_id, .len = len };

	if (!m)
		return NULL;
	m->next = NULL;
	m->len = sizeof(hdr) + len;
	m->sent = 0;
	m->event = type == XS_WATCH_EVENT;
	memcpy(m->data, &hdr, sizeof(hdr));
	return m;
}

static void enqueue(struct conn *c, struct message *m)
{
	*c->out_tail = m;
	c->out_tail = &m->next;
	if (m->event)
		c->nr_events++;
	else
		c->nr_replies++;
}

void conn_reply(struct conn *c, uint32_t type, const void *data, size_t len)
{
	struct message *m;

	if (c->cut)
		return;
	m = message_new(type, c->hdr.req_id, c->hdr.tx_id, len);
	if (!m) {
		/* A client that never hears back hangs; one cut off knows. */
		log_error("no memory to answer domain %u", c->cred.domid);
		cut_off(c, XENSTORE_ERROR_COMM);
		return;
	}
	if (len)
		memcpy(m->data + sizeof(struct xsd_sockmsg), data, len);
	enqueue(c, m);
}

void conn_reply_error(struct conn *c, int error)
{
	const char *name = "EINVAL";

	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (xsd_errors[i].errnum == error)
			name = xsd_errors[i].errstring;
	conn_reply(c, XS_ERROR, name, strlen(name) + 1);
}

bool conn_event(struct conn *c, const char *path, const char *token)
{
	size_t plen = strlen(path) + 1, len = plen + strlen(token) + 1;
	struct message *m;
	char *body;

	if (c->cut || len > XENSTORE_PAYLOAD_MAX)
		return true;
	if (c->nr_events >= (c->cred.privileged ? PRIVILEGED_EVENTS : quota.outstanding))
		return false;
	m = message_new(XS_WATCH_EVENT, 0, 0, len);
	if (!m)
		return false;
	body = m->data + sizeof(struct xsd_sockmsg);
	memcpy(body, path, plen);
	memcpy(body + plen, token, len - plen);

	/*
	 * A guest that has not read an event yet will look after reading it:
	 * the same once more would tell it nothing.
	 */
	for (struct message *o = c->cred.privileged ? NULL : c->out; o; o = o->next) {
		if (o->event && o->len == m->len && !memcmp(o->data, m->data, m->len)) {
			free(m);
			return true;
		}
	}
	enqueue(c, m);
	return true;
}

struct txn *conn_txn(struct conn *c, uint32_t id)
{
	struct txn *t = c->txns;

	while (t && t->id != id)
		t = t->conn_next;
	return t;
}

/* Returns false when the carrier takes no more for now. */
static bool flush(struct conn *c)
{
	while (c->out) {
		struct message *m = c->out;
		ssize_t n = c->ops->write(c, m->data + m->sent, m->len - m->sent);

		if (n < 0) {
			cut_off(c, XENSTORE_ERROR_RINGIDX);
			return false;
		}
		m->sent += n;
		if (m->sent < m->len) {
			if (!n)
				return false;
			continue;
		}
		drop_front(c);
		if (!c->nr_events && c->owed)
			watch_pay_owed(c);
	}
	return true;
}

static bool step(struct conn *c)
{
	bool moved = false;

	if (c->cut)
		return false;
	flush(c);
	while (!c->cut && !c->nr_replies) {
		size_t want = sizeof(c->hdr);
		ssize_t n;
		void *to;

		if (c->got >= sizeof(c->hdr)) {
			if (c->hdr.len > XENSTORE_PAYLOAD_MAX) {
				cut_off(c, XENSTORE_ERROR_PROTO);
				return false;
			}
			want += c->hdr.len;
			to = c->payload + (c->got - sizeof(c->hdr));
		} else {
			to = (char *)&c->hdr + c->got;
		}
		if (c->got == want) {
			/* Strings at its end are safe to read as such. */
			c->payload[c->hdr.len] = '\0';
			c->got = 0;
			request_handle(c);
			if (!c->cut)
				flush(c);
			return !c->cut;
		}
		n = c->ops->read(c, to, want - c->got);
		if (n < 0) {
			cut_off(c, XENSTORE_ERROR_RINGIDX);
			return false;
		}
		if (!n)
			return moved;
		moved = true;
		c->got += n;
	}
	return false;
}

bool conn_step(struct conn *c)
{
	bool more = step(c);

	if (!c->cut && c->ops->sync)
		c->ops->sync(c);
	return more;
}
