/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client's connection, whatever carries it: the bytes of the request that is
 * coming in, the messages waiting to go out, its watches and transactions.
 * socket.c and domain.c make connections, main.c runs them, request.c answers.
 * One thread, no locks.
 *
 * Memory per client is bounded.  A client whose last reply has not been taken
 * gets no further request read; watch events past the limit are not queued but
 * owed: one per watch is sent when the queue has drained.
 */
#ifndef XENSTORED_CONN_H
#define XENSTORED_CONN_H

#include <stdint.h>
#include <sys/types.h>

#include <xen/io/xs_wire.h>

#include "store.h"

struct conn;
struct watch;

struct conn_ops {
	/* Bytes moved, 0 if none can be now, negative if the carrier broke. */
	ssize_t (*read)(struct conn *c, void *buf, size_t len);
	ssize_t (*write)(struct conn *c, const void *buf, size_t len);
	/* Bytes have moved and the client may not know yet.  Optional. */
	void (*sync)(struct conn *c);
	/* The client broke the protocol (XENSTORE_ERROR_*): cut it off. */
	void (*broken)(struct conn *c, uint32_t error);
};

struct message {
	struct message *next;
	size_t len, sent;
	bool event;
	char data[];		/* header and payload */
};

struct conn {
	struct conn *next;
	struct cred cred;
	const struct conn_ops *ops;
	void *carrier;		/* the carrier's own */
	int fd;			/* to be polled, or -1 */
	bool cut;		/* no more traffic */
	bool dead;		/* to be freed by conn_reap */

	struct xsd_sockmsg hdr;
	char payload[XENSTORE_PAYLOAD_MAX + 1];
	size_t got;		/* bytes of header and payload so far */

	struct message *out, **out_tail;
	uint32_t nr_replies, nr_events;

	struct watch *watches;
	uint32_t nr_watches;
	bool owed;		/* some watch owes an event */

	struct txn *txns;
	uint32_t nr_txns, last_txn_id;
};

extern struct conn *conns;

/* NULL without memory. */
struct conn *conn_new(const struct conn_ops *ops, void *carrier, uint16_t domid, bool privileged);

/* Forget requests, replies, watches and transactions: as if just connected. */
void conn_reset(struct conn *c);

/* The end of a connection; it is freed by the next conn_reap. */
void conn_kill(struct conn *c);
void conn_reap(void);

/*
 * conn_step - write what can be written, then take and answer at most one
 * request, so that no client holds up the others.
 *
 * Returns true if another step may find something to do.
 */
bool conn_step(struct conn *c);

/* Queue the answer to the request in c->hdr.  len <= XENSTORE_PAYLOAD_MAX. */
void conn_reply(struct conn *c, uint32_t type, const void *data, size_t len);
void conn_reply_error(struct conn *c, int error);

/* Queue a watch event.  Returns false if it is not: the caller owes it. */
bool conn_event(struct conn *c, const char *path, const char *token);

struct txn *conn_txn(struct conn *c, uint32_t id);
void conn_drop_txns(struct conn *c);

#endif
