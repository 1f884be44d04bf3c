// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstored and its domains: how they come and go, and what a guest can do with
 * the page that it shares with the daemon.
 *
 * SOURCES: tests/unit/xenstored_machine.c tools/xenstored/tree.c tools/xenstored/path.c tools/xenstored/quota.c tools/xenstored/log.c tools/xenstored/store.c tools/xenstored/txn.c tools/xenstored/watch.c tools/xenstored/conn.c tools/xenstored/request.c tools/xenstored/control.c tools/xenstored/domain.c
 * CFLAGS: -Itools/xenstored -Itests/unit -Ibuild/include
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "quota.h"
#include "xenstored_machine.h"

static bool t_domain(void)
{
	machine[5].exists = machine[6].exists = true;
	MUST(asks(dom0, XS_WATCH, 0, "@introduceDomain", "i", NULL) == 0);
	MUST(asks(dom0, XS_WATCH, 0, "@releaseDomain", "r", NULL) == 0);
	MUST(asks(dom0, XS_WATCH, 0, "@releaseDomain", "r1", "1", NULL) == 0);
	MUST(asks(dom0, XS_WATCH, 0, "@releaseDomain/6", "six", NULL) == 0);
	MUST(asks(guest, XS_WATCH, 0, "@releaseDomain", "g", NULL) == 0);
	drop_events(dom0);
	drop_events(guest);
	MUST(asks(dom0, XS_INTRODUCE, 0, "0", "1", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_INTRODUCE, 0, "32752", "1", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_INTRODUCE, 0, "8", "1", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_INTRODUCE, 0, "5", "2989", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_INTRODUCE, 0, "5", "1", "2989", NULL) == EINVAL);
	MUST(!machine[5].mapped && !machine[5].bound && event(dom0)[0] == '\0');
	MUST(asks(dom0, XS_IS_DOMAIN_INTRODUCED, 0, "5", NULL) == 0 && reply[0] == 'F');
	MUST(asks(dom0, XS_INTRODUCE, 0, "5", "1", "1", NULL) == 0);
	MUST(!strcmp(event(dom0), "@introduceDomain i"));
	MUST(asks(dom0, XS_IS_DOMAIN_INTRODUCED, 0, "5", NULL) == 0 && reply[0] == 'T');
	MUST(machine[5].ring.server_features & XENSTORE_SERVER_FEATURE_RECONNECTION);
	MUST(machine[5].mapped == 1 && machine[5].bound && machine[5].notified);
	/* Once more, as after a resume. */
	MUST(asks(dom0, XS_INTRODUCE, 0, "5", "1", "2", NULL) == 0);
	MUST(machine[5].mapped == 1 && machine[5].bound);
	MUST(asks(dom0, XS_INTRODUCE, 0, "6", "1", "1", NULL) == 0);
	drop_events(dom0);

	MUST(asks(dom0, XS_SET_TARGET, 0, "5", "9", NULL) == ENOENT);
	MUST(asks(dom0, XS_SET_TARGET, 0, "5", "6", NULL) == 0);
	MUST(asks(dom0, XS_RESUME, 0, "9", NULL) == ENOENT);

	/* A shutdown is told once, and again after RESUME. */
	machine[6].shutdown = true;
	domain_scan();
	MUST(!strcmp(event(dom0), "@releaseDomain r"));
	MUST(!strcmp(event(dom0), "@releaseDomain/6 r1"));
	MUST(!strcmp(event(dom0), "@releaseDomain/6 six"));
	domain_scan();
	MUST(event(dom0)[0] == '\0' && domain_introduced(6));
	MUST(asks(dom0, XS_RESUME, 0, "6", NULL) == 0);
	domain_scan();
	MUST(event(dom0)[0]);
	drop_events(dom0);

	/* What is left when a domain dies. */
	set(dom0, 0, "/f/of6/below", "");
	set(dom0, 0, "/f/shared", "");
	MUST(asks(dom0, XS_SET_PERMS, 0, "/f/of6", "r6", NULL) == 0);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/f/shared", "n0", "r6", "r5", NULL) == 0);
	MUST(asks(dom0, XS_SET_PERMS, 0, "@releaseDomain", "n0", "r6", "r7", NULL) == 0);
	uint32_t a = begin(dom0);
	set(dom0, a, "/f/new", "");
	asks(dom0, XS_SET_PERMS, a, "/f/new", "n0", "r6", NULL);
	machine[6].dying = true;
	domain_scan();
	MUST(!domain_introduced(6) && !machine[6].mapped && !machine[6].bound);
	MUST(asks(dom0, XS_READ, 0, "/f/of6/below", NULL) == ENOENT);
	MUST(asks(dom0, XS_GET_PERMS, 0, "/f/shared", NULL) == 0 && !memcmp(reply, "n0\0r5", 6));
	MUST(asks(dom0, XS_GET_PERMS, 0, "@releaseDomain", NULL) == 0 && !memcmp(reply, "n0\0r7", 6));
	MUST(end(dom0, a, "T") == EAGAIN);
	MUST(!strcmp(event(guest), "@releaseDomain g") && store_check());

	MUST(asks(dom0, XS_RELEASE, 0, "6", NULL) == ENOENT);
	MUST(asks(dom0, XS_RELEASE, 0, "0", NULL) == EINVAL);
	drop_events(dom0);
	MUST(asks(dom0, XS_RELEASE, 0, "5", NULL) == 0 && !machine[5].mapped);
	MUST(!strcmp(event(dom0), "@releaseDomain r"));
	machine[5].exists = machine[6].exists = false;
	domain_scan();
	asks(dom0, XS_RESET_WATCHES, 0, "", NULL);
	asks(guest, XS_RESET_WATCHES, 0, "", NULL);
	drop_events(dom0);
	drop_events(guest);
	memset(&machine[6], 0, sizeof(machine[6]));
	return true;
}

/* The guest's side of a ring. */

static bool ring_put(struct xenstore_domain_interface *r, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		for (; len && r->req_prod - r->req_cons < XENSTORE_RING_SIZE; len--)
			r->req[MASK_XENSTORE_IDX(r->req_prod++)] = *p++;
		run_all();
		if (len && r->req_prod - r->req_cons == XENSTORE_RING_SIZE)
			return false;
	}
	return true;
}

static size_t ring_get(struct xenstore_domain_interface *r, char *buf, size_t max)
{
	size_t n = 0;

	for (;;) {
		run_all();
		if (r->rsp_cons == r->rsp_prod || n == max)
			return n;
		while (r->rsp_cons != r->rsp_prod && n < max)
			buf[n++] = r->rsp[MASK_XENSTORE_IDX(r->rsp_cons++)];
	}
}

static bool ring_ask(struct xenstore_domain_interface *r, uint32_t type, const char *data,
		     size_t len)
{
	static char buf[8192];
	struct xsd_sockmsg h = { .type = type, .req_id = 3, .len = len };
	size_t n;

	if (!ring_put(r, &h, sizeof(h)) || !ring_put(r, data, len))
		return false;
	n = ring_get(r, buf, sizeof(buf) - 1);
	if (n < sizeof(h))
		return false;
	memcpy(&h, buf, sizeof(h));
	if (h.len > n - sizeof(h) || h.req_id != 3)
		return false;
	memcpy(reply, buf + sizeof(h), h.len);
	reply[h.len] = '\0';
	reply_len = h.len;
	return h.type == type;
}

static struct xenstore_domain_interface *ring_domain(int domid)
{
	char id[8];

	snprintf(id, sizeof(id), "%d", domid);
	memset(&machine[domid], 0, sizeof(machine[domid]));
	machine[domid].exists = true;
	machine[domid].ring.req_cons = machine[domid].ring.req_prod = 0xfffffff0;
	machine[domid].ring.rsp_cons = machine[domid].ring.rsp_prod = 0xfffffe00;
	if (asks(dom0, XS_INTRODUCE, 0, id, "1", "1", NULL))
		return NULL;
	snprintf(reply, sizeof(reply), "/local/domain/%d", domid);
	set(dom0, 0, "/local/domain/5", "");
	asks(dom0, XS_SET_PERMS, 0, "/local/domain/5", "n5", NULL);
	return &machine[domid].ring;
}

static void ring_gone(int domid)
{
	machine[domid].exists = false;
	domain_scan();
	memset(&machine[domid], 0, sizeof(machine[domid]));
}

static bool t_ring(void)
{
	struct xenstore_domain_interface *r = ring_domain(5);
	char big[4096];

	MUST(r && ring_ask(r, XS_WRITE, "x\0hello", 7) && ring_ask(r, XS_READ, "x", 2));
	MUST(!strcmp(reply, "hello") && is(dom0, 0, "/local/domain/5/x", "hello"));
	/* A value longer than the ring, both ways, across its end. */
	memset(big, 'v', sizeof(big));
	memcpy(big, "y", 2);
	MUST(ring_ask(r, XS_WRITE, big, 2050));
	for (int i = 0; i < 7; i++)
		MUST(ring_ask(r, XS_READ, "y", 2) && reply_len == 2048);
	MUST(!ring_ask(r, XS_CONTROL, "check", 6) && !strcmp(reply, "EACCES"));
	ring_gone(5);
	return true;
}

static bool t_ring_hostile(void)
{
	struct xenstore_domain_interface *r = ring_domain(5);
	struct xsd_sockmsg h = { .type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1 };

	MUST(r);
	/* Too long a message. */
	MUST(ring_put(r, &h, sizeof(h)));
	run_all();
	MUST(r->error == XENSTORE_ERROR_PROTO);
	MUST(!ring_ask(r, XS_READ, "x", 2));
	/* It may begin again. */
	r->connection = XENSTORE_RECONNECT;
	domain_event(105);
	MUST(r->connection == XENSTORE_CONNECTED && r->error == 0 && r->req_cons == 0 &&
	     r->rsp_prod == 0);
	MUST(ring_ask(r, XS_WRITE, "x\0y", 3));
	/* Impossible indexes, of either queue. */
	r->req_prod = r->req_cons + XENSTORE_RING_SIZE + 1;
	run_all();
	MUST(r->error == XENSTORE_ERROR_RINGIDX);
	r->connection = XENSTORE_RECONNECT;
	domain_event(105);
	MUST(ring_ask(r, XS_WATCH, "x\0t", 4));
	r->rsp_cons = r->rsp_prod + 5;
	set(dom0, 0, "/local/domain/5/x", "z");
	run_all();
	MUST(r->error == XENSTORE_ERROR_RINGIDX && domain_introduced(5));
	/* Watches and transactions go with the connection. */
	r->connection = XENSTORE_RECONNECT;
	domain_event(105);
	MUST(ring_ask(r, XS_WATCH, "x\0t", 4) && ring_ask(r, XS_TRANSACTION_START, "", 1));
	MUST(store.txns);
	r->connection = XENSTORE_RECONNECT;
	domain_event(105);
	MUST(!store.txns);
	set(dom0, 0, "/local/domain/5/x", "w");
	run_all();
	MUST(r->rsp_prod == r->rsp_cons);
	ring_gone(5);
	return true;
}

/* A guest that never reads. */
static bool t_ring_deaf(void)
{
	struct xenstore_domain_interface *r = ring_domain(5);
	struct xsd_sockmsg h = { .type = XS_DIRECTORY, .len = 2 };
	uint32_t before;

	MUST(r && ring_ask(r, XS_WATCH, "x\0t", 4));
	while (r->rsp_prod - r->rsp_cons < XENSTORE_RING_SIZE) {
		MUST(ring_put(r, &h, sizeof(h)) && ring_put(r, "x", 2));
		if (r->req_prod != r->req_cons)
			break;
	}
	/* One answer may wait; no request is read while it does. */
	MUST(ring_put(r, &h, sizeof(h)) && ring_put(r, "x", 2));
	before = r->req_cons;
	for (int i = 0; i < 20; i++)
		if (r->req_prod - r->req_cons + 18 <= XENSTORE_RING_SIZE)
			MUST(ring_put(r, &h, sizeof(h)) && ring_put(r, "x", 2));
	MUST(r->req_cons == before);
	ring_gone(5);
	return true;
}

/* Random bytes and random indexes from a guest; the others are not disturbed. */
static bool t_ring_random(void)
{
	struct xenstore_domain_interface *r = ring_domain(5);
	static const char *const words[] = { "x", "/", "a/b", "@releaseDomain", "n5", "T", "1",
					     "/local/domain/5/x", "F", "0", "" };

	MUST(r);
	srand(1);
	set(dom0, 0, "/untouched", "here");
	for (int i = 0; i < 60000; i++) {
		struct xsd_sockmsg h = { .type = rand() % 25, .req_id = rand(),
					 .tx_id = rand() % 4 };
		char data[256];

		for (int w = rand() % 4; w; w--) {
			const char *s = words[rand() % 11];

			memcpy(data + h.len, s, strlen(s) + 1);
			h.len += strlen(s) + 1;
		}
		if (rand() % 50 == 0 && h.len)
			h.len--;
		ring_put(r, &h, sizeof(h));
		ring_put(r, data, h.len);
		r->rsp_cons = r->rsp_prod;
		if (rand() % 500 == 0)
			*((uint32_t *)&r->req_cons + rand() % 4) = rand();
		if (rand() % 200 == 0)
			for (int b = 0; b < 64; b++)
				r->req[rand() % XENSTORE_RING_SIZE] = rand();
		run_all();
		if (r->error) {
			r->connection = XENSTORE_RECONNECT;
			domain_event(105);
		}
	}
	MUST(is(dom0, 0, "/untouched", "here") && store_check());
	MUST(store_owned(5) <= quota.nodes);
	ring_gone(5);
	MUST(store_owned(5) == 0 && store_check());
	return true;
}

static const struct test_case cases[] = {
	{ "domains come and go", t_domain },
	{ "ring", t_ring },
	{ "hostile ring", t_ring_hostile },
	{ "a guest that never reads", t_ring_deaf },
	{ "random ring traffic", t_ring_random },
};

int main(void)
{
	return run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}
