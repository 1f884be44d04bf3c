// SPDX-License-Identifier: GPL-2.0-only
/*
 * One console per domain: its ring mapped by grant, its event channel, its
 * tty, and what of its output nobody has read yet. A guest that prints without
 * end loses its oldest output and, beyond a rate, waits for its next turn; it
 * never grows this process or keeps it from the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <xen/io/console.h>

#include "consoled.h"

#define LIMIT_DEFAULT	(1UL << 20)
#define LIMIT_MAX	(8UL << 20)
#define EVENTS_PER_PERIOD 30

static bool store_number(struct xs *x, uint32_t domid, const char *node, uint64_t *out)
{
	char path[96], *v, *rest;
	bool ok;

	snprintf(path, sizeof(path), "/local/domain/%u/console/%s", domid, node);
	v = xs_read(x, XS_NO_TXN, path, NULL);
	if (!v)
		return false;
	*out = strtoull(v, &rest, 10);
	ok = *v && !*rest;
	free(v);
	return ok;
}

/* True unless the console belongs to another kind of daemon. */
static bool ours(struct xs *x, uint32_t domid)
{
	char path[96], *v;
	bool yes;

	snprintf(path, sizeof(path), "/local/domain/%u/console/type", domid);
	v = xs_read(x, XS_NO_TXN, path, NULL);
	yes = !v || !strcmp(v, "xenconsoled");
	free(v);
	return yes;
}

static void name_tty(struct daemon *d, struct console *c)
{
	char path[96], tty[64];
	int rc;

	if (ptsname_r(c->master, tty, sizeof(tty)))
		return;
	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", c->domid);
	rc = xs_write(d->xs, XS_NO_TXN, path, tty, strlen(tty));
	if (rc)
		complain("domain %u: cannot write %s: %s", c->domid, path, strerror(-rc));
}

static int open_tty(struct console *c)
{
	struct termios t;

	if (openpty(&c->master, &c->slave, NULL, NULL, NULL)) {
		c->master = c->slave = -1;
		complain("domain %u: cannot make a tty: %s (is /dev/pts mounted?)", c->domid, strerror(errno));
		return -1;
	}
	/* Our own end of the slave stays open, so that readers may come and go. */
	if (!tcgetattr(c->slave, &t)) {
		cfmakeraw(&t);
		tcsetattr(c->slave, TCSANOW, &t);
	}
	fcntl(c->master, F_SETFL, fcntl(c->master, F_GETFL) | O_NONBLOCK);
	fcntl(c->master, F_SETFD, FD_CLOEXEC);
	fcntl(c->slave, F_SETFD, FD_CLOEXEC);
	return 0;
}

static void unmap_ring(struct daemon *d, struct console *c)
{
	if (c->local_port >= 0)
		evtchn_unbind(d->evtchn, c->local_port);
	c->local_port = -1;
	if (c->ring && c->by_grant)
		gnttab_unmap(d->gnttab, c->ring);
	else if (c->ring)
		hv_unmap(c->ring, 1);
	c->ring = NULL;
	c->throttled = false;
}

static int map_ring(struct daemon *d, struct console *c, uint64_t ring_ref, uint32_t port)
{
	xen_pfn_t frame = ring_ref;
	int rc;

	/* The builder granted it at a fixed reference; frame numbers are the older way. */
	c->by_grant = true;
	if (d->gnttab >= 0)
		c->ring = gnttab_map(d->gnttab, c->domid, GNTTAB_RESERVED_CONSOLE, PROT_READ | PROT_WRITE);
	if (!c->ring) {
		c->by_grant = false;
		c->ring = hv_map_frames(d->hv, c->domid, &frame, 1, PROT_READ | PROT_WRITE);
	}
	if (!c->ring) {
		complain("domain %u: cannot map its console ring: %s", c->domid, strerror(errno));
		return -errno;
	}
	rc = evtchn_bind_interdomain(d->evtchn, c->domid, port);
	if (rc < 0) {
		complain("domain %u: cannot bind its console's port %u: %s", c->domid, port, strerror(-rc));
		unmap_ring(d, c);
		return rc;
	}
	c->local_port = rc;
	c->ring_ref = ring_ref;
	c->remote_port = port;
	/* What was said before we listened is in the ring; what we said is not lost. */
	evtchn_notify(d->evtchn, c->local_port);
	return 0;
}

static void open_log_of(struct daemon *d, struct console *c)
{
	char path[64], fallback[32], *name;

	snprintf(path, sizeof(path), "/local/domain/%u/name", c->domid);
	name = xs_read(d->xs, XS_NO_TXN, path, NULL);
	snprintf(fallback, sizeof(fallback), "domain-%u", c->domid);
	c->log = log_open_guest(name && *name ? name : fallback);
	free(name);
}

/* A toolstack may introduce a domain before it writes its console's nodes. */
static void follow(struct daemon *d, uint32_t domid, bool on)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/console", domid);
	if (on)
		xs_watch(d->xs, path, "console");
	else
		xs_unwatch(d->xs, path, "console");
}

static struct console *console_new(struct daemon *d, uint32_t domid)
{
	struct console *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	follow(d, domid, true);
	c->domid = domid;
	c->local_port = c->master = c->slave = c->log = -1;
	c->limit = LIMIT_DEFAULT;
	c->next = d->all;
	d->all = c;
	return c;
}

static void console_free(struct daemon *d, struct console *c)
{
	struct console **at;

	for (at = &d->all; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	follow(d, c->domid, false);
	if (c->ring)
		console_event(d, c);	/* its last words */
	unmap_ring(d, c);
	if (c->master >= 0)
		close(c->master);
	if (c->slave >= 0)
		close(c->slave);
	if (c->log >= 0)
		close(c->log);
	free(c->out);
	free(c);
}

static struct console *find(struct daemon *d, uint32_t domid)
{
	struct console *c;

	for (c = d->all; c && c->domid != domid; c = c->next)
		;
	return c;
}

/* Brings one domain's console in line with what xenstore says about it. */
static void look_at(struct daemon *d, uint32_t domid)
{
	uint64_t ring, port, limit;
	struct console *c = find(d, domid);

	if (!c)
		c = console_new(d, domid);
	if (!c)
		return;
	c->seen = true;
	if (!store_number(d->xs, domid, "ring-ref", &ring) || !store_number(d->xs, domid, "port", &port) ||
	    !ours(d->xs, domid) || port > UINT32_MAX || !port)
		return;
	if (store_number(d->xs, domid, "limit", &limit) && limit >= 4096)
		c->limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
	if (c->ring && (c->ring_ref != ring || c->remote_port != port))
		unmap_ring(d, c);
	if (!c->ring && map_ring(d, c, ring, port))
		return;
	if (c->master >= 0)
		return;
	if (open_tty(c))
		return;
	open_log_of(d, c);
	name_tty(d, c);
	console_event(d, c);
}

void consoles_look(struct daemon *d)
{
	static struct xen_domctl_getdomaininfo list[1024];
	struct console *c, *next;
	uint32_t first = 1;
	int n, i;

	for (c = d->all; c; c = c->next)
		c->seen = false;
	do {
		n = hv_domain_list(d->hv, first, list, 1024);
		for (i = 0; i < n; i++) {
			if (!(list[i].flags & XEN_DOMINF_dying))
				look_at(d, list[i].domain);
		}
		if (n > 0)
			first = list[n - 1].domain + 1;
	} while (n == 1024);
	if (n < 0)
		return;		/* better to keep all than to lose all */
	for (c = d->all; c; c = next) {
		next = c->next;
		if (!c->seen)
			console_free(d, c);
	}
}

struct console *console_by_port(struct daemon *d, uint32_t port)
{
	struct console *c;

	for (c = d->all; c && c->local_port != (int)port; c = c->next)
		;
	return c;
}

static void keep(struct daemon *d, struct console *c, const char *buf, size_t n)
{
	if (c->out_len + n > c->out_room && c->out_room < c->limit) {
		size_t room = c->out_room ? c->out_room * 2 : 8192;
		char *p;

		if (room > c->limit)
			room = c->limit;
		p = realloc(c->out, room);
		if (p) {
			c->out = p;
			c->out_room = room;
		}
	}
	if (c->out_len + n > c->out_room && d->discard) {
		size_t drop = c->out_len / 2 > n ? c->out_len / 2 : c->out_len;

		memmove(c->out, c->out + drop, c->out_len - drop);
		c->out_len -= drop;
	}
	if (n > c->out_room - c->out_len)
		n = c->out_room - c->out_len;
	if (n)
		memcpy(c->out + c->out_len, buf, n);
	c->out_len += n;
}

void console_event(struct daemon *d, struct console *c)
{
	char buf[2048];
	bool notify;
	size_t n;

	if (!c->ring)
		return;
	n = ring_take(c->ring, buf, sizeof(buf), &notify);
	if (n) {
		log_write(c->log, buf, n, log_options.stamp_guest, &c->log_mid_line);
		keep(d, c, buf, n);
		console_tty_writable(c);
	}
	if (notify)
		evtchn_notify(d->evtchn, c->local_port);
	if (++c->events > EVENTS_PER_PERIOD)
		c->throttled = true;
}

void console_tty_writable(struct console *c)
{
	ssize_t w;

	if (c->master < 0 || !c->out_len)
		return;
	w = write(c->master, c->out, c->out_len);
	if (w <= 0)
		return;
	memmove(c->out, c->out + w, c->out_len - w);
	c->out_len -= w;
}

bool console_wants_input(const struct console *c)
{
	return c->ring && c->master >= 0 && ring_space(c->ring) > 0;
}

void console_tty_readable(struct daemon *d, struct console *c)
{
	char buf[1024];
	size_t room = c->ring ? ring_space(c->ring) : 0;
	ssize_t n;

	if (!room)
		return;
	n = read(c->master, buf, room < sizeof(buf) ? room : sizeof(buf));
	if (n <= 0)
		return;
	/* The guest can only have made more room since it was counted. */
	ring_put(c->ring, buf, n);
	evtchn_notify(d->evtchn, c->local_port);
}

void consoles_period(struct daemon *d)
{
	struct console *c;

	for (c = d->all; c; c = c->next) {
		c->events = 0;
		if (!c->throttled)
			continue;
		c->throttled = false;
		console_event(d, c);
		if (c->local_port >= 0)
			evtchn_unmask(d->evtchn, c->local_port);
	}
}

void consoles_reopen_logs(struct daemon *d)
{
	struct console *c;

	for (c = d->all; c; c = c->next) {
		if (c->log >= 0)
			close(c->log);
		open_log_of(d, c);
	}
}

void consoles_close(struct daemon *d)
{
	while (d->all)
		console_free(d, d->all);
}
