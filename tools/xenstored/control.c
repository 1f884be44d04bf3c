// SPDX-License-Identifier: GPL-2.0-only
/*
 * CONTROL: what an administrator may ask of the running daemon.  Called by
 * request.c, for privileged clients only.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "quota.h"
#include "request.h"

/* An answer in the making, cut at what a payload can hold. */
struct text {
	size_t len;
	char buf[XENSTORE_PAYLOAD_MAX];
};

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, sizeof(t->buf) - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < sizeof(t->buf) - t->len ? (size_t)n :
			  sizeof(t->buf) - t->len - 1;
}

static int control_check(struct text *t, const char **arg, int nr)
{
	(void)arg;
	(void)nr;
	add(t, store_check() ? "OK" : "the accounts of node owners disagree with the tree");
	return 0;
}

static int control_log(struct text *t, const char **arg, int nr)
{
	if (nr != 1 || (strcmp(arg[0], "on") && strcmp(arg[0], "off")))
		return -EINVAL;
	log_set_tracing(!strcmp(arg[0], "on"));
	add(t, "OK");
	return 0;
}

static int control_logfile(struct text *t, const char **arg, int nr)
{
	int rc = nr == 1 ? log_set_file(arg[0]) : -EINVAL;

	if (!rc)
		add(t, "OK");
	return rc;
}

static int control_print(struct text *t, const char **arg, int nr)
{
	if (nr != 1)
		return -EINVAL;
	log_error("%s", arg[0]);
	add(t, "OK");
	return 0;
}

struct memory {
	uint64_t nodes, bytes;
};

static int sum(struct node *n, const char *path, void *arg)
{
	struct memory *m = arg;

	(void)path;
	m->nodes++;
	m->bytes += sizeof(*n) + n->name_len + n->value->len +
		    n->cap_children * sizeof(n->children[0]);
	return 0;
}

static int control_memreport(struct text *t, const char **arg, int nr)
{
	FILE *f = nr == 1 ? fopen(arg[0], "we") : NULL;
	unsigned int clients = 0, txns = 0;
	struct memory m = { 0 };

	if (nr > 1 || (nr == 1 && !f))
		return nr > 1 ? -EINVAL : -errno;
	tree_walk(store.root, "/", sum, &m);
	for (struct txn *x = store.txns; x; x = x->next)
		txns++;
	add(t, "nodes %" PRIu64 " bytes %" PRIu64 " transactions %u\n", m.nodes, m.bytes, txns);
	for (struct conn *c = conns; c; c = c->next) {
		clients++;
		add(t, "client %u: domain %u watches %u transactions %u events waiting %u%s\n",
		    clients, c->cred.domid, c->nr_watches, c->nr_txns, c->nr_events,
		    c->cut ? " cut off" : "");
	}
	if (f) {
		fputs(t->buf, f);
		fclose(f);
		t->len = 0;
		add(t, "OK");
	}
	return 0;
}

static int control_quota(struct text *t, const char **arg, int nr)
{
	const char *name;
	uint32_t value;
	uint16_t domid;

	if (nr == 0) {
		for (size_t i = 0; (name = quota_name(i, &value)); i++)
			add(t, "%-20s %" PRIu32 "\n", name, value);
		return 0;
	}
	if (nr == 1) {
		if (request_domid(arg[0], &domid))
			return -EINVAL;
		add(t, "domain %u: nodes %" PRId64 "\n", domid, store_owned(domid));
		for (struct conn *c = conns; c; c = c->next)
			if (c->cred.domid == domid)
				add(t, "connection: watches %u transactions %u events %u\n",
				    c->nr_watches, c->nr_txns, c->nr_events);
		return 0;
	}
	if (nr == 3 && !strcmp(arg[0], "set")) {
		uint32_t *field = quota_field(arg[1]);
		char *end;
		unsigned long n = strtoul(arg[2], &end, 10);

		if (!field || *end || end == arg[2] || n > UINT32_MAX)
			return -EINVAL;
		*field = n;
		add(t, "OK");
		return 0;
	}
	return -EINVAL;
}

static int control_help(struct text *t, const char **arg, int nr);

static const struct {
	const char *name, *args;
	int (*fn)(struct text *t, const char **arg, int nr);
} commands[] = {
	{ "check", "", control_check },
	{ "help", "", control_help },
	{ "log", "on|off", control_log },
	{ "logfile", "<file>", control_logfile },
	{ "memreport", "[<file>]", control_memreport },
	{ "print", "<string>", control_print },
	{ "quota", "[set <name> <value>|<domid>]", control_quota },
};

static int control_help(struct text *t, const char **arg, int nr)
{
	(void)arg;
	(void)nr;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		add(t, "%s %s\n", commands[i].name, commands[i].args);
	return 0;
}

int control_handle(struct conn *c)
{
	struct text t = { 0 };
	const char *name, *arg[4];
	size_t pos = 0;
	int nr = 0, rc;

	name = request_string(c, &pos);
	if (!name)
		return -EINVAL;
	while (pos < c->hdr.len) {
		const char *s = request_string(c, &pos);

		if (!s || nr == 4)
			return -EINVAL;
		arg[nr++] = s;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name))
			continue;
		rc = commands[i].fn(&t, arg, nr);
		if (!rc)
			conn_reply(c, XS_CONTROL, t.buf, t.len + 1);
		return rc;
	}
	return -EINVAL;
}
