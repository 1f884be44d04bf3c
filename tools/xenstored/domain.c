// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of domains and the rings by which they talk; see domain.h.
 *
 * The ring page belongs to the guest: every index is read once, checked, and
 * only then used; data is copied out before it is looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "domain.h"
#include "log.h"
#include "platform.h"
#include "watch.h"

/* WATCH takes a depth; xenstore-ring.txt numbers this bit, xs_wire.h does not. */
#define FEATURE_WATCHDEPTH	4u
#define FEATURES	(XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR | \
			 FEATURE_WATCHDEPTH)

/* Numbers from here up are not domains but DOMID_SELF and its like. */
#define FIRST_RESERVED	0x7ff0

struct domain {
	struct domain *next;
	uint16_t domid;
	bool seen;		/* by the scan in progress */
	bool shutdown;		/* and told so */
	bool moved;		/* bytes, since it was last notified */
	bool complained;	/* about it: a guest cannot fill the log */
	struct conn *conn;	/* NULL: exists, not introduced */
	struct xenstore_domain_interface *ring;
	uint64_t cookie;
	uint32_t port, remote_port;
};

static struct domain *domains;

static struct domain *find(uint16_t domid)
{
	struct domain *d = domains;

	while (d && d->domid != domid)
		d = d->next;
	return d;
}

static struct domain *introduced(uint16_t domid)
{
	struct domain *d = find(domid);

	return d && d->conn ? d : NULL;
}

bool domain_introduced(uint16_t domid)
{
	return introduced(domid);
}

static struct domain *domain_new(uint16_t domid)
{
	struct domain *d = calloc(1, sizeof(*d));

	if (d) {
		d->domid = domid;
		d->next = domains;
		domains = d;
	}
	return d;
}

/* The ring's page is shared with somebody who may change it at any moment. */
#define fetch(field)		(*(const volatile uint32_t *)&(field))
#define put(field, value)	(*(volatile uint32_t *)&(field) = (value))

static ssize_t ring_read(struct conn *c, void *buf, size_t len)
{
	struct domain *d = c->carrier;
	struct xenstore_domain_interface *r = d->ring;
	uint32_t cons = fetch(r->req_cons), prod = fetch(r->req_prod);
	uint32_t avail = prod - cons, at = MASK_XENSTORE_IDX(cons);

	if (avail > XENSTORE_RING_SIZE)
		return -EIO;
	/* The data is there once its producer index is. */
	__sync_synchronize();
	if (avail > len)
		avail = len;
	if (avail > XENSTORE_RING_SIZE - at)
		avail = XENSTORE_RING_SIZE - at;
	if (!avail)
		return 0;
	memcpy(buf, r->req + at, avail);
	/* Copied before it may be overwritten, seen before we look again. */
	__sync_synchronize();
	put(r->req_cons, cons + avail);
	__sync_synchronize();
	d->moved = true;
	return avail;
}

static ssize_t ring_write(struct conn *c, const void *buf, size_t len)
{
	struct domain *d = c->carrier;
	struct xenstore_domain_interface *r = d->ring;
	uint32_t cons = fetch(r->rsp_cons), prod = fetch(r->rsp_prod);
	uint32_t used = prod - cons, at = MASK_XENSTORE_IDX(prod), room;

	if (used > XENSTORE_RING_SIZE)
		return -EIO;
	room = XENSTORE_RING_SIZE - used;
	if (room > len)
		room = len;
	if (room > XENSTORE_RING_SIZE - at)
		room = XENSTORE_RING_SIZE - at;
	if (!room)
		return 0;
	/* Only write what has been seen to be consumed. */
	__sync_synchronize();
	memcpy(r->rsp + at, buf, room);
	__sync_synchronize();
	put(r->rsp_prod, prod + room);
	__sync_synchronize();
	d->moved = true;
	return room;
}

static void ring_sync(struct conn *c)
{
	struct domain *d = c->carrier;

	if (d->moved)
		platform_notify(d->port);
	d->moved = false;
}

static void ring_broken(struct conn *c, uint32_t error)
{
	struct domain *d = c->carrier;

	if (!d->complained)
		log_error("domain %u is cut off: ring error %u", d->domid, error);
	d->complained = true;
	put(d->ring->error, error);
	__sync_synchronize();
	platform_notify(d->port);
}

static const struct conn_ops ring_ops = {
	.read = ring_read,
	.write = ring_write,
	.sync = ring_sync,
	.broken = ring_broken,
};

/* The guest asks to begin again, at any time and in any state. */
static void reconnect(struct domain *d)
{
	struct xenstore_domain_interface *r = d->ring;

	conn_reset(d->conn);
	d->conn->cut = false;
	put(r->req_cons, 0);
	put(r->req_prod, 0);
	put(r->rsp_cons, 0);
	put(r->rsp_prod, 0);
	put(r->error, XENSTORE_ERROR_NONE);
	__sync_synchronize();
	put(r->connection, XENSTORE_CONNECTED);
	__sync_synchronize();
	platform_notify(d->port);
}

/* The features come before any data moves. */
static void ring_open(struct domain *d)
{
	put(d->ring->server_features, FEATURES);
	put(d->ring->error, XENSTORE_ERROR_NONE);
	__sync_synchronize();
	if (fetch(d->ring->connection) == XENSTORE_RECONNECT)
		reconnect(d);
	else
		put(d->ring->connection, XENSTORE_CONNECTED);
	platform_notify(d->port);
}

int domain_init_dom0(void)
{
	struct domain *d = domain_new(0);
	int rc;

	if (!d)
		return -ENOMEM;
	rc = platform_dom0_ring(&d->ring, &d->remote_port);
	if (rc)
		return rc;
	rc = platform_bind(0, d->remote_port, &d->port);
	if (rc)
		return rc;
	d->conn = conn_new(&ring_ops, d, 0, true);
	if (!d->conn)
		return -ENOMEM;
	ring_open(d);
	return 0;
}

/* Does this domain exist, and live? */
static int alive(uint16_t domid)
{
	struct platform_domain pd;
	int n = platform_domains(domid, &pd, 1);

	if (n < 0)
		return n;
	return n == 1 && pd.domid == domid && !pd.dying ? 0 : -EINVAL;
}

static void disconnect(struct domain *d)
{
	if (!d->conn)
		return;
	conn_kill(d->conn);
	d->conn->carrier = NULL;
	d->conn = NULL;
	if (d->port)
		platform_unbind(d->port);
	d->port = 0;
	platform_unmap_ring(d->ring, d->cookie);
	d->ring = NULL;
}

/*
 * After a resume a guest's channel may be another one, even with the same
 * number; its watches stay.
 */
static int introduce_again(struct domain *d, uint64_t gfn, uint32_t remote_port)
{
	struct xenstore_domain_interface *ring;
	uint64_t cookie;
	int rc = platform_map_ring(d->domid, gfn, &ring, &cookie);

	if (rc)
		return rc;
	platform_unmap_ring(d->ring, d->cookie);
	d->ring = ring;
	d->cookie = cookie;
	/* One channel cannot be bound twice: let go before taking hold. */
	platform_unbind(d->port);
	d->port = 0;
	rc = platform_bind(d->domid, remote_port, &d->port);
	if (rc) {
		disconnect(d);
		return rc;
	}
	d->remote_port = remote_port;
	d->shutdown = false;
	d->conn->cut = false;
	ring_open(d);
	return 0;
}

int domain_introduce(uint16_t domid, uint64_t gfn, uint32_t remote_port)
{
	struct domain *d = find(domid);
	int rc;

	if (!domid || domid >= FIRST_RESERVED)
		return -EINVAL;
	rc = alive(domid);
	if (rc)
		return rc;
	if (d && d->conn) {
		rc = introduce_again(d, gfn, remote_port);
		if (!rc)
			watch_special("@introduceDomain", domid);
		return rc;
	}
	if (!d)
		d = domain_new(domid);
	if (!d)
		return -ENOMEM;
	rc = platform_map_ring(domid, gfn, &d->ring, &d->cookie);
	if (rc)
		return rc;
	rc = platform_bind(domid, remote_port, &d->port);
	if (rc)
		goto unmap;
	d->conn = conn_new(&ring_ops, d, domid, false);
	if (!d->conn) {
		rc = -ENOMEM;
		goto unbind;
	}
	d->remote_port = remote_port;
	d->shutdown = false;
	ring_open(d);
	watch_special("@introduceDomain", domid);
	return 0;

unbind:
	platform_unbind(d->port);
unmap:
	platform_unmap_ring(d->ring, d->cookie);
	d->ring = NULL;
	return rc;
}

/* Nothing of a domain stays, so that its number can be used again. */
static void forget(struct domain *d)
{
	for (struct domain *o = domains; o; o = o->next)
		if (o->conn && o->conn->cred.has_target && o->conn->cred.target == d->domid)
			o->conn->cred.has_target = false;
	if (store_forget(d->domid))
		log_error("no memory to remove what domain %u owned", d->domid);
}

int domain_release(uint16_t domid)
{
	struct domain *d = introduced(domid);

	if (!domid)
		return -EINVAL;
	if (!d)
		return -ENOENT;
	disconnect(d);
	forget(d);
	watch_special("@releaseDomain", domid);
	return 0;
}

int domain_resume(uint16_t domid)
{
	struct domain *d = introduced(domid);

	if (!d)
		return -ENOENT;
	d->shutdown = false;
	return 0;
}

int domain_set_target(uint16_t domid, uint16_t target)
{
	struct domain *d = introduced(domid);

	if (!d || !introduced(target))
		return -ENOENT;
	d->conn->cred.target = target;
	d->conn->cred.has_target = true;
	return 0;
}

void domain_event(uint32_t port)
{
	for (struct domain *d = domains; d; d = d->next)
		if (d->conn && d->port == port &&
		    fetch(d->ring->connection) == XENSTORE_RECONNECT)
			reconnect(d);
}

static void mark(const struct platform_domain *pd)
{
	struct domain *d = find(pd->domid);

	if (pd->dying)
		return;
	if (!d)
		d = domain_new(pd->domid);
	if (!d)
		return;
	d->seen = true;
	if (pd->shutdown && !d->shutdown) {
		d->shutdown = true;
		watch_special("@releaseDomain", d->domid);
	}
}

void domain_scan(void)
{
	struct platform_domain pd[32];
	unsigned int first = 0;
	int n;

	for (struct domain *d = domains; d; d = d->next)
		d->seen = false;
	do {
		n = platform_domains(first, pd, sizeof(pd) / sizeof(pd[0]));
		if (n < 0) {
			log_error("cannot list domains: %s", strerror(-n));
			return;
		}
		for (int i = 0; i < n; i++) {
			mark(&pd[i]);
			first = pd[i].domid + 1;
		}
	} while (n == sizeof(pd) / sizeof(pd[0]));

	for (struct domain **p = &domains; *p; ) {
		struct domain *d = *p;

		if (d->seen || !d->domid) {
			p = &d->next;
			continue;
		}
		disconnect(d);
		forget(d);
		*p = d->next;
		watch_special("@releaseDomain", d->domid);
		free(d);
	}
}

void domain_exit(void)
{
	while (domains) {
		struct domain *d = domains;

		domains = d->next;
		if (d->domid)
			disconnect(d);
		else if (d->conn)
			conn_kill(d->conn);
		free(d);
	}
}
