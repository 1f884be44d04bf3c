// SPDX-License-Identifier: GPL-2.0-only
/*
 * One function per request type; see request.h.  Each returns 0 after having
 * answered, or the negative errno that becomes the answer.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "log.h"
#include "path.h"
#include "quota.h"
#include "request.h"
#include "watch.h"

const char *request_string(struct conn *c, size_t *pos)
{
	const char *s = c->payload + *pos;
	const char *end = memchr(s, 0, c->hdr.len - *pos);

	if (!end)
		return NULL;
	*pos += end - s + 1;
	return s;
}

static int number(const char *s, unsigned long long max, unsigned long long *n)
{
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return -EINVAL;
	errno = 0;
	*n = strtoull(s, &end, 10);
	return *end || errno || *n > max ? -EINVAL : 0;
}

int request_domid(const char *s, uint16_t *domid)
{
	unsigned long long n;
	int rc = number(s, UINT16_MAX, &n);

	if (!rc)
		*domid = n;
	return rc;
}

static int ok(struct conn *c)
{
	conn_reply(c, c->hdr.type, "OK", 3);
	return 0;
}

/* The path that the payload begins with; *pos is what follows it. */
static int path_arg(struct conn *c, char *path, size_t *pos)
{
	const char *s;

	*pos = 0;
	s = request_string(c, pos);
	if (!s)
		return -EINVAL;
	return path_absolute(s, c->cred.domid, c->cred.privileged, path);
}

static int do_read(struct conn *c, struct txn *t)
{
	char path[PATH_BUF];
	struct node *n;
	size_t pos;
	int rc = path_arg(c, path, &pos);

	if (!rc)
		rc = store_node(t, &c->cred, path, PERM_READ, &n);
	if (!rc)
		conn_reply(c, XS_READ, n->value->data, n->value->len);
	return rc;
}

static int do_write(struct conn *c, struct txn *t)
{
	char path[PATH_BUF];
	size_t pos;
	int rc = path_arg(c, path, &pos);

	if (!rc)
		rc = store_write(t, &c->cred, path, c->payload + pos, c->hdr.len - pos);
	return rc ? rc : ok(c);
}

static int do_mkdir(struct conn *c, struct txn *t)
{
	char path[PATH_BUF];
	size_t pos;
	int rc = path_arg(c, path, &pos);

	if (!rc)
		rc = store_mkdir(t, &c->cred, path);
	return rc ? rc : ok(c);
}

static int do_rm(struct conn *c, struct txn *t)
{
	char path[PATH_BUF];
	size_t pos;
	int rc = path_arg(c, path, &pos);

	if (!rc)
		rc = store_rm(t, &c->cred, path);
	return rc ? rc : ok(c);
}

static int do_directory(struct conn *c, struct txn *t)
{
	char path[PATH_BUF], list[XENSTORE_PAYLOAD_MAX];
	size_t pos, len = 0;
	struct node *n;
	int rc = path_arg(c, path, &pos);

	if (!rc)
		rc = store_node(t, &c->cred, path, PERM_READ, &n);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < n->nr_children; i++) {
		size_t l = n->children[i]->name_len + 1;

		if (len + l > sizeof(list))
			return -E2BIG;
		memcpy(list + len, n->children[i]->name, l);
		len += l;
	}
	conn_reply(c, XS_DIRECTORY, list, len);
	return 0;
}

/* As much of the list as fits, in whole names; an empty one marks its end. */
static int do_directory_part(struct conn *c, struct txn *t)
{
	char path[PATH_BUF], list[XENSTORE_PAYLOAD_MAX];
	unsigned long long offset, at = 0;
	size_t pos, len;
	struct node *n;
	const char *s;
	uint32_t i;
	int rc = path_arg(c, path, &pos);

	if (rc)
		return rc;
	s = request_string(c, &pos);
	if (!s || number(s, UINT32_MAX, &offset))
		return -EINVAL;
	rc = store_node(t, &c->cred, path, PERM_READ, &n);
	if (rc)
		return rc;
	len = snprintf(list, sizeof(list), "%" PRIu64, n->gen) + 1;
	for (i = 0; i < n->nr_children; i++) {
		size_t l = n->children[i]->name_len + 1;

		if (at >= offset) {
			if (len + l + 1 > sizeof(list))
				break;
			memcpy(list + len, n->children[i]->name, l);
			len += l;
		}
		at += l;
	}
	if (i == n->nr_children)
		list[len++] = '\0';
	conn_reply(c, XS_DIRECTORY_PART, list, len);
	return 0;
}

static int do_get_perms(struct conn *c, struct txn *t)
{
	static const char letter[] = { 'n', 'r', 'w', 'b' };
	char path[PATH_BUF], list[XENSTORE_PAYLOAD_MAX];
	size_t pos = 0, len = 0;
	const char *name = request_string(c, &pos);
	struct perms **special, *p;
	struct node *n;
	int rc;

	if (!name)
		return -EINVAL;
	special = store_special(name);
	if (special) {
		p = *special;
		if (!cred_may(&c->cred, p, PERM_READ))
			return -EACCES;
	} else {
		rc = path_arg(c, path, &pos);
		if (!rc)
			rc = store_node(t, &c->cred, path, PERM_READ, &n);
		if (rc)
			return rc;
		p = n->perms;
	}
	for (uint32_t i = 0; i < p->nr; i++) {
		if (len + 8 > sizeof(list))
			return -E2BIG;
		len += snprintf(list + len, 8, "%c%u", letter[p->entry[i].access],
				p->entry[i].domid) + 1;
	}
	conn_reply(c, XS_GET_PERMS, list, len);
	return 0;
}

static int parse_perm(const char *s, struct perm *p)
{
	switch (s[0]) {
	case 'n':
		p->access = 0;
		break;
	case 'r':
		p->access = PERM_READ;
		break;
	case 'w':
		p->access = PERM_WRITE;
		break;
	case 'b':
		p->access = PERM_READ | PERM_WRITE;
		break;
	default:
		return -EINVAL;
	}
	return request_domid(s + 1, &p->domid);
}

/* The rest of the payload as permissions; a last string without nul is none. */
static int parse_perms(struct conn *c, size_t pos, struct perms **out)
{
	size_t from = pos, at = pos;
	struct perms *p;
	uint32_t nr = 0;
	const char *s;

	while (request_string(c, &at))
		nr++;
	if (!nr)
		return -EINVAL;
	p = perms_new(nr);
	if (!p)
		return -ENOMEM;
	for (uint32_t i = 0; i < nr; i++) {
		s = request_string(c, &from);
		if (parse_perm(s, &p->entry[i])) {
			perms_put(p);
			return -EINVAL;
		}
	}
	*out = p;
	return 0;
}

static int do_set_perms(struct conn *c, struct txn *t)
{
	char path[PATH_BUF];
	size_t pos = 0;
	const char *name = request_string(c, &pos);
	struct perms **special, *p;
	int rc;

	if (!name)
		return -EINVAL;
	special = store_special(name);
	rc = special ? 0 : path_absolute(name, c->cred.domid, c->cred.privileged, path);
	if (!rc)
		rc = parse_perms(c, pos, &p);
	if (rc)
		return rc;
	if (special && !c->cred.privileged) {
		perms_put(p);
		return -EACCES;
	}
	if (special) {
		perms_put(*special);
		*special = perms_get(p);
	} else {
		rc = store_set_perms(t, &c->cred, path, p);
	}
	perms_put(p);
	return rc ? rc : ok(c);
}

/* The path of a watch: absolute, or a special name as it is. */
static int watch_path(struct conn *c, const char *path, char *absolute)
{
	if (path[0] != '@')
		return path_absolute(path, c->cred.domid, c->cred.privileged, absolute);
	if (strlen(path) > XENSTORE_REL_PATH_MAX)
		return -EINVAL;
	strcpy(absolute, path);
	return 0;
}

static int do_watch(struct conn *c, struct txn *t)
{
	char absolute[PATH_BUF];
	unsigned long long depth;
	size_t pos = 0;
	const char *path = request_string(c, &pos);
	const char *token = path ? request_string(c, &pos) : NULL;
	const char *limit = token ? request_string(c, &pos) : NULL;
	int rc;

	(void)t;
	if (!token)
		return -EINVAL;
	rc = watch_path(c, path, absolute);
	if (!rc && limit && limit[0])
		rc = number(limit, INT_MAX, &depth);
	if (!rc)
		rc = watch_add(c, path, absolute, token, limit && limit[0] ? (int)depth : -1);
	if (rc)
		return rc;
	ok(c);
	watch_first_event(c, absolute, token);
	return 0;
}

static int do_unwatch(struct conn *c, struct txn *t)
{
	char absolute[PATH_BUF];
	size_t pos = 0;
	const char *path = request_string(c, &pos);
	const char *token = path ? request_string(c, &pos) : NULL;
	int rc;

	(void)t;
	if (!token)
		return -EINVAL;
	rc = watch_path(c, path, absolute);
	if (!rc)
		rc = watch_remove(c, absolute, token);
	return rc ? rc : ok(c);
}

static int do_reset_watches(struct conn *c, struct txn *t)
{
	(void)t;
	watch_drop_all(c);
	conn_drop_txns(c);
	return ok(c);
}

static int do_transaction_start(struct conn *c, struct txn *t)
{
	char id[16];
	size_t len;

	if (t || c->hdr.tx_id)
		return -EBUSY;
	if (!c->cred.privileged && c->nr_txns >= quota.transactions)
		return -ENOSPC;
	t = txn_start();
	if (!t)
		return -ENOMEM;
	do {
		t->id = ++c->last_txn_id;
	} while (!t->id || conn_txn(c, t->id));
	t->conn_next = c->txns;
	c->txns = t;
	c->nr_txns++;
	len = snprintf(id, sizeof(id), "%" PRIu32, t->id) + 1;
	conn_reply(c, XS_TRANSACTION_START, id, len);
	return 0;
}

static int do_transaction_end(struct conn *c, struct txn *t)
{
	size_t pos = 0;
	const char *how = request_string(c, &pos);
	struct txn **p = &c->txns;
	int rc = 0;

	if (!t)
		return -ENOENT;
	if (!how || (strcmp(how, "T") && strcmp(how, "F")))
		return -EINVAL;
	while (*p != t)
		p = &(*p)->conn_next;
	*p = t->conn_next;
	c->nr_txns--;
	if (how[0] == 'T')
		rc = txn_commit(t, &c->cred);
	else
		txn_abort(t);
	return rc ? rc : ok(c);
}

/* A first argument that is a domain id. */
static int domid_arg(struct conn *c, size_t *pos, uint16_t *domid)
{
	const char *s;

	s = request_string(c, pos);
	return s ? request_domid(s, domid) : -EINVAL;
}

static int do_introduce(struct conn *c, struct txn *t)
{
	unsigned long long port;
	const char *gfn, *s;
	uint16_t domid;
	size_t pos = 0;
	long long n;
	char *end;
	int rc = domid_arg(c, &pos, &domid);

	(void)t;
	gfn = rc ? NULL : request_string(c, &pos);
	s = gfn ? request_string(c, &pos) : NULL;
	if (!s || number(s, UINT32_MAX, &port))
		return -EINVAL;
	errno = 0;
	n = strtoll(gfn, &end, 10);
	if (errno || *end || end == gfn)
		return -EINVAL;
	rc = domain_introduce(domid, n, port);
	return rc ? rc : ok(c);
}

static int do_release(struct conn *c, struct txn *t)
{
	uint16_t domid;
	size_t pos = 0;
	int rc = domid_arg(c, &pos, &domid);

	(void)t;
	if (!rc)
		rc = domain_release(domid);
	return rc ? rc : ok(c);
}

static int do_resume(struct conn *c, struct txn *t)
{
	uint16_t domid;
	size_t pos = 0;
	int rc = domid_arg(c, &pos, &domid);

	(void)t;
	if (!rc)
		rc = domain_resume(domid);
	return rc ? rc : ok(c);
}

static int do_set_target(struct conn *c, struct txn *t)
{
	uint16_t domid, target;
	size_t pos = 0;
	int rc = domid_arg(c, &pos, &domid);

	(void)t;
	if (!rc)
		rc = domid_arg(c, &pos, &target);
	if (!rc)
		rc = domain_set_target(domid, target);
	return rc ? rc : ok(c);
}

static int do_get_domain_path(struct conn *c, struct txn *t)
{
	char home[32];
	uint16_t domid;
	size_t pos = 0;
	int rc = domid_arg(c, &pos, &domid);

	(void)t;
	if (!rc)
		conn_reply(c, XS_GET_DOMAIN_PATH, home, path_home(domid, home) + 1);
	return rc;
}

static int do_is_introduced(struct conn *c, struct txn *t)
{
	uint16_t domid;
	size_t pos = 0;
	int rc = domid_arg(c, &pos, &domid);

	(void)t;
	if (!rc)
		conn_reply(c, XS_IS_DOMAIN_INTRODUCED, domain_introduced(domid) ? "T" : "F", 2);
	return rc;
}

static int do_control(struct conn *c, struct txn *t)
{
	(void)t;
	return control_handle(c);
}

#define PRIVILEGED	1u	/* refused to all but the control domain */
#define TRANSACTED	2u	/* takes part in the transaction named */

static const struct {
	const char *name;
	int (*fn)(struct conn *c, struct txn *t);
	unsigned int flags;
} types[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { "CONTROL", do_control, PRIVILEGED },
	[XS_DIRECTORY] = { "DIRECTORY", do_directory, TRANSACTED },
	[XS_READ] = { "READ", do_read, TRANSACTED },
	[XS_GET_PERMS] = { "GET_PERMS", do_get_perms, TRANSACTED },
	[XS_WATCH] = { "WATCH", do_watch, 0 },
	[XS_UNWATCH] = { "UNWATCH", do_unwatch, 0 },
	[XS_TRANSACTION_START] = { "TRANSACTION_START", do_transaction_start, TRANSACTED },
	[XS_TRANSACTION_END] = { "TRANSACTION_END", do_transaction_end, TRANSACTED },
	[XS_INTRODUCE] = { "INTRODUCE", do_introduce, PRIVILEGED },
	[XS_RELEASE] = { "RELEASE", do_release, PRIVILEGED },
	[XS_GET_DOMAIN_PATH] = { "GET_DOMAIN_PATH", do_get_domain_path, 0 },
	[XS_WRITE] = { "WRITE", do_write, TRANSACTED },
	[XS_MKDIR] = { "MKDIR", do_mkdir, TRANSACTED },
	[XS_RM] = { "RM", do_rm, TRANSACTED },
	[XS_SET_PERMS] = { "SET_PERMS", do_set_perms, TRANSACTED },
	[XS_IS_DOMAIN_INTRODUCED] = { "IS_DOMAIN_INTRODUCED", do_is_introduced, 0 },
	[XS_RESUME] = { "RESUME", do_resume, PRIVILEGED },
	[XS_SET_TARGET] = { "SET_TARGET", do_set_target, PRIVILEGED },
	[XS_RESET_WATCHES] = { "RESET_WATCHES", do_reset_watches, 0 },
	[XS_DIRECTORY_PART] = { "DIRECTORY_PART", do_directory_part, TRANSACTED },
};

void request_handle(struct conn *c)
{
	uint32_t type = c->hdr.type;
	struct txn *t = NULL;
	int rc;

	if (type >= XS_TYPE_COUNT || !types[type].fn) {
		conn_reply_error(c, ENOSYS);
		return;
	}
	if ((types[type].flags & PRIVILEGED) && !c->cred.privileged) {
		rc = -EACCES;
	} else if ((types[type].flags & TRANSACTED) && c->hdr.tx_id &&
		   !(t = conn_txn(c, c->hdr.tx_id))) {
		rc = -ENOENT;
	} else {
		rc = types[type].fn(c, t);
	}
	log_trace("%p d%u tx %" PRIu32 " %s %.100s: %s", (void *)c, c->cred.domid, c->hdr.tx_id,
		  types[type].name, c->payload, rc ? strerror(-rc) : "ok");
	if (rc)
		conn_reply_error(c, -rc);
}
