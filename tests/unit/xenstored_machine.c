// SPDX-License-Identifier: GPL-2.0-only
/* The make-believe machine and its clients; see xenstored_machine.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "platform.h"
#include "watch.h"
#include "xenstored_machine.h"

/* The machine. */

struct machine_domain machine[MACHINE_DOMAINS];
struct client *dom0, *guest;

int platform_dom0_ring(struct xenstore_domain_interface **ring, uint32_t *remote_port)
{
	*ring = &machine[0].ring;
	*remote_port = 1;
	return 0;
}

int platform_map_ring(uint16_t domid, uint64_t gfn, struct xenstore_domain_interface **ring,
		      uint64_t *cookie)
{
	if (gfn == 0xbad)
		return -EINVAL;
	*ring = &machine[domid].ring;
	*cookie = domid;
	machine[domid].mapped++;
	return 0;
}

void platform_unmap_ring(struct xenstore_domain_interface *ring, uint64_t cookie)
{
	(void)ring;
	machine[cookie].mapped--;
}

int platform_bind(uint16_t domid, uint32_t remote_port, uint32_t *port)
{
	if (remote_port == 0xbad || machine[domid].bound)
		return -EINVAL;
	machine[domid].bound = true;
	*port = 100 + domid;
	return 0;
}

void platform_unbind(uint32_t port)
{
	machine[port - 100].bound = false;
}

void platform_notify(uint32_t port)
{
	machine[port - 100].notified++;
}

int platform_domains(uint16_t first, struct platform_domain *out, unsigned int max)
{
	unsigned int n = 0;

	for (uint16_t i = first; i < MACHINE_DOMAINS && n < max; i++)
		if (machine[i].exists)
			out[n++] = (struct platform_domain){ i, machine[i].dying,
							     machine[i].shutdown };
	return n;
}

/* A client by buffers. */

static ssize_t client_read(struct conn *c, void *buf, size_t len)
{
	struct client *k = c->carrier;

	if (len > k->in_len)
		len = k->in_len;
	memcpy(buf, k->in, len);
	memmove(k->in, k->in + len, k->in_len - len);
	k->in_len -= len;
	return len;
}

static ssize_t client_write(struct conn *c, const void *buf, size_t len)
{
	struct client *k = c->carrier;

	if (len > k->out_max - k->out_len)
		len = k->out_max - k->out_len;
	memcpy(k->out + k->out_len, buf, len);
	k->out_len += len;
	return len;
}

static void client_broken(struct conn *c, uint32_t error)
{
	struct client *k = c->carrier;

	k->broken = error;
}

static const struct conn_ops client_ops = {
	.read = client_read,
	.write = client_write,
	.broken = client_broken,
};

struct client *client_new(uint16_t domid)
{
	struct client *k = calloc(1, sizeof(*k));

	k->out_max = sizeof(k->out);
	k->c = conn_new(&client_ops, k, domid, domid == 0);
	return k;
}

void client_free(struct client *k)
{
	conn_kill(k->c);
	conn_reap();
	free(k);
}

void run_all(void)
{
	bool more;

	do {
		more = false;
		for (struct conn *c = conns; c; c = c->next)
			more |= conn_step(c);
	} while (more);
}

void push(struct client *k, uint32_t type, uint32_t tx, const void *data, size_t len)
{
	struct xsd_sockmsg h = { .type = type, .req_id = 7, .tx_id = tx, .len = len };

	memcpy(k->in + k->in_len, &h, sizeof(h));
	memcpy(k->in + k->in_len + sizeof(h), data, len);
	k->in_len += sizeof(h) + len;
}

/* Take the oldest message of a kind (event or not).  False if there is none. */
static bool take(struct client *k, bool event, struct xsd_sockmsg *h, char *body)
{
	for (size_t at = 0; at + sizeof(*h) <= k->out_len; at += sizeof(*h) + h->len) {
		memcpy(h, k->out + at, sizeof(*h));
		if (at + sizeof(*h) + h->len > k->out_len)
			return false;
		if ((h->type == XS_WATCH_EVENT) != event)
			continue;
		memcpy(body, k->out + at + sizeof(*h), h->len);
		body[h->len] = '\0';
		k->out_len -= sizeof(*h) + h->len;
		memmove(k->out + at, k->out + at + sizeof(*h) + h->len, k->out_len - at);
		return true;
	}
	return false;
}

/* The next event as "path token", or "" if there is none. */
const char *event(struct client *k)
{
	static char text[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg h;

	run_all();
	if (!take(k, true, &h, text))
		return "";
	text[strlen(text)] = ' ';
	return text;
}

void drop_events(struct client *k)
{
	while (event(k)[0])
		;
}

char reply[XENSTORE_PAYLOAD_MAX + 1];
size_t reply_len;

/* Ask, and return 0 or the error's number; the answer is in reply. */
int ask(struct client *k, uint32_t type, uint32_t tx, const void *data, size_t len)
{
	struct xsd_sockmsg h;

	push(k, type, tx, data, len);
	run_all();
	if (!take(k, false, &h, reply) || h.req_id != 7 || h.tx_id != tx)
		return -1;
	reply_len = h.len;
	if (h.type == type)
		return 0;
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (!strcmp(xsd_errors[i].errstring, reply))
			return xsd_errors[i].errnum;
	return -2;
}

/* The same with nul-terminated strings, up to a NULL. */
int asks(struct client *k, uint32_t type, uint32_t tx, ...)
{
	char data[XENSTORE_PAYLOAD_MAX];
	size_t len = 0;
	const char *s;
	va_list ap;

	va_start(ap, tx);
	while ((s = va_arg(ap, const char *))) {
		memcpy(data + len, s, strlen(s) + 1);
		len += strlen(s) + 1;
	}
	va_end(ap);
	return ask(k, type, tx, data, len);
}

int set(struct client *k, uint32_t tx, const char *path, const char *value)
{
	char data[2 * XENSTORE_PAYLOAD_MAX];
	size_t n = strlen(path) + 1;

	memcpy(data, path, n);
	memcpy(data + n, value, strlen(value));
	return ask(k, XS_WRITE, tx, data, n + strlen(value));
}

bool is(struct client *k, uint32_t tx, const char *path, const char *value)
{
	return asks(k, XS_READ, tx, path, NULL) == 0 && !strcmp(reply, value);
}

uint32_t begin(struct client *k)
{
	return asks(k, XS_TRANSACTION_START, 0, "", NULL) ? 0 : strtoul(reply, NULL, 10);
}

int end(struct client *k, uint32_t tx, const char *how)
{
	return asks(k, XS_TRANSACTION_END, tx, how, NULL);
}

int run_cases(const struct test_case *cases, unsigned int n)
{
	unsigned int passed = 0;

	machine[0].exists = true;
	if (store_init(watch_change) || domain_init_dom0()) {
		printf("FAIL start\n");
		return 1;
	}
	dom0 = client_new(0);
	guest = client_new(7);
	for (unsigned int i = 0; i < n; i++) {
		bool good = cases[i].fn();

		printf("%s %s\n", good ? "ok" : "FAIL", cases[i].name);
		passed += good;
	}
	client_free(dom0);
	client_free(guest);
	domain_exit();
	conn_reap();
	store_exit();
	printf("%u passed\n", passed);
	return passed == n ? 0 : 1;
}
