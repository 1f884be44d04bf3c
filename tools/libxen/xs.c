// SPDX-License-Identifier: GPL-2.0-only
/*
 * The xenstore client of libxen/xs.h. Owns the connection and the queue of
 * watch events that came while an answer was awaited; one thread, no lock.
 * Answers come in the order of the questions, since only one is ever open.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#include "libxen/xs.h"

/* A daemon that has not answered for so long is as good as dead. */
#define ANSWER_SECONDS	30

struct event {
	struct event *next;
	char *path, *token;		/* token points into path's block */
};

struct xs {
	int fd;
	bool dead, socket;
	uint32_t next_req;
	struct event *first, **last;
};

/* Errors travel by name; the protocol knows these and no others. */
static const struct { int nr; const char *name; } error_names[] = {
	{ EINVAL, "EINVAL" }, { EACCES, "EACCES" }, { EEXIST, "EEXIST" }, { EISDIR, "EISDIR" },
	{ ENOENT, "ENOENT" }, { ENOMEM, "ENOMEM" }, { ENOSPC, "ENOSPC" }, { EIO, "EIO" },
	{ ENOTEMPTY, "ENOTEMPTY" }, { ENOSYS, "ENOSYS" }, { EROFS, "EROFS" }, { EBUSY, "EBUSY" },
	{ EAGAIN, "EAGAIN" }, { EISCONN, "EISCONN" }, { E2BIG, "E2BIG" }, { EPERM, "EPERM" },
};

static int connect_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -1;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* Where a daemon of this domain keeps its socket, even after it has died. Asking
 * the kernel's device for a dead daemon would wait for ever. */
static bool expected_here(void)
{
	return !access("/run/xenstored", F_OK) || !access("/var/run/xenstored", F_OK);
}

struct xs *xs_open(void)
{
	const char *env = getenv("XENSTORED_PATH");
	struct xs *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->last = &x->first;
	x->socket = true;
	x->fd = connect_socket(env ? env : "/run/xenstored/socket");
	if (x->fd < 0 && !env)
		x->fd = connect_socket("/var/run/xenstored/socket");
	if (x->fd < 0 && !env && errno == ENOENT && !expected_here()) {
		/* No daemon was ever started in this domain: it is in another. */
		x->socket = false;
		x->fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
		if (x->fd < 0)
			errno = ENOENT;
	}
	if (x->socket && x->fd >= 0) {
		struct timeval t = { .tv_sec = ANSWER_SECONDS };

		setsockopt(x->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	}
	if (x->fd < 0) {
		int err = errno;

		free(x);
		errno = err;
		return NULL;
	}
	return x;
}

void xs_close(struct xs *x)
{
	struct event *e;

	if (!x)
		return;
	while ((e = x->first)) {
		x->first = e->next;
		free(e->path);
		free(e);
	}
	close(x->fd);
	free(x);
}

int xs_fileno(const struct xs *x)
{
	return x->fd;
}

bool xs_lost(const struct xs *x)
{
	return x->dead;
}

static bool read_all(struct xs *x, void *buf, size_t n)
{
	uint8_t *p = buf;

	while (n) {
		ssize_t got = read(x->fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= got;
	}
	return true;
}

static bool write_all(struct xs *x, const void *buf, size_t n)
{
	const uint8_t *p = buf;

	while (n) {
		ssize_t put = x->socket ? send(x->fd, p, n, MSG_NOSIGNAL) : write(x->fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= put;
	}
	return true;
}

/* One message: header into *m, body malloc'd with a NUL behind it. */
static char *read_message(struct xs *x, struct xsd_sockmsg *m)
{
	char *body;

	if (!read_all(x, m, sizeof(*m)) || m->len > XENSTORE_PAYLOAD_MAX)
		goto dead;
	body = malloc(m->len + 1);
	if (!body)
		goto dead;
	if (m->len && !read_all(x, body, m->len)) {
		free(body);
		goto dead;
	}
	body[m->len] = 0;
	return body;
dead:
	x->dead = true;
	errno = EPIPE;
	return NULL;
}

static void queue_event(struct xs *x, char *body, size_t len)
{
	size_t path = strlen(body);
	struct event *e = path < len ? malloc(sizeof(*e)) : NULL;

	if (!e) {
		free(body);
		return;
	}
	e->next = NULL;
	e->path = body;
	e->token = body + path + 1;
	*x->last = e;
	x->last = &e->next;
}

static int error_from(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(error_names) / sizeof(*error_names); i++)
		if (!strcmp(name, error_names[i].name))
			return error_names[i].nr;
	return EIO;
}

/* Sends the pieces as one request and waits for its answer's body; NULL with errno. */
static char *ask(struct xs *x, uint32_t type, xs_txn t, const struct iovec *v, unsigned int n, size_t *len)
{
	struct xsd_sockmsg m = { .type = type, .tx_id = t };
	char packet[sizeof(m) + XENSTORE_PAYLOAD_MAX], *body;
	unsigned int i;

	if (x->dead) {
		errno = EPIPE;
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (v[i].iov_len > XENSTORE_PAYLOAD_MAX - m.len) {
			errno = E2BIG;
			return NULL;
		}
		memcpy(packet + sizeof(m) + m.len, v[i].iov_base, v[i].iov_len);
		m.len += v[i].iov_len;
	}
	m.req_id = ++x->next_req;
	memcpy(packet, &m, sizeof(m));
	if (!write_all(x, packet, sizeof(m) + m.len)) {
		x->dead = true;
		errno = EPIPE;
		return NULL;
	}
	for (;;) {
		struct xsd_sockmsg r;

		body = read_message(x, &r);
		if (!body)
			return NULL;
		if (r.type == XS_WATCH_EVENT) {
			queue_event(x, body, r.len);
			continue;
		}
		if (r.type == XS_ERROR) {
			errno = error_from(body);
			free(body);
			return NULL;
		}
		if (r.type != type) {
			free(body);
			x->dead = true;
			errno = EPIPE;
			return NULL;
		}
		if (len)
			*len = r.len;
		return body;
	}
}

static struct iovec str(const char *s)
{
	return (struct iovec){ (void *)s, strlen(s) + 1 };
}

static int tell(struct xs *x, uint32_t type, xs_txn t, const struct iovec *v, unsigned int n)
{
	char *body = ask(x, type, t, v, n, NULL);

	if (!body)
		return -errno;
	free(body);
	return 0;
}

char *xs_read(struct xs *x, xs_txn t, const char *path, size_t *len)
{
	struct iovec v = str(path);

	return ask(x, XS_READ, t, &v, 1, len);
}

int xs_write(struct xs *x, xs_txn t, const char *path, const void *data, size_t len)
{
	struct iovec v[2] = { str(path), { (void *)data, len } };

	return tell(x, XS_WRITE, t, v, 2);
}

int xs_mkdir(struct xs *x, xs_txn t, const char *path)
{
	struct iovec v = str(path);

	return tell(x, XS_MKDIR, t, &v, 1);
}

int xs_rm(struct xs *x, xs_txn t, const char *path)
{
	struct iovec v = str(path);

	return tell(x, XS_RM, t, &v, 1);
}

/* Makes one block of an array of pointers and the strings behind it. */
static char **split(const char *body, size_t len, unsigned int *n)
{
	unsigned int count = 0, i = 0;
	size_t at;
	char **list, *text;

	for (at = 0; at < len; at++)
		count += !body[at];
	list = malloc((count + 1) * sizeof(*list) + len + 1);
	if (!list)
		return NULL;
	text = (char *)(list + count + 1);
	memcpy(text, body, len);
	text[len] = 0;
	for (at = 0; i < count; at += strlen(text + at) + 1)
		list[i++] = text + at;
	list[count] = NULL;
	*n = count;
	return list;
}

/* A directory too large for one message comes in parts, with a generation. */
static char *directory_parts(struct xs *x, xs_txn t, const char *path, size_t *len)
{
	char *all = NULL, generation[32] = "", offset[24];
	size_t have = 0;

	for (;;) {
		struct iovec v[2];
		size_t n, head;
		char *body, *grown;

		snprintf(offset, sizeof(offset), "%zu", have);
		v[0] = str(path);
		v[1] = str(offset);
		body = ask(x, XS_DIRECTORY_PART, t, v, 2, &n);
		if (!body)
			break;
		head = strlen(body) + 1;
		if (have && strncmp(body, generation, sizeof(generation))) {
			have = 0;	/* it changed under way: start over */
			free(body);
			continue;
		}
		snprintf(generation, sizeof(generation), "%.31s", body);
		if (head > n)
			head = n;
		grown = realloc(all, have + (n - head) + 1);
		if (!grown) {
			free(body);
			errno = ENOMEM;
			break;
		}
		all = grown;
		memcpy(all + have, body + head, n - head);
		have += n - head;
		free(body);
		/* An empty string marks the end of the list. */
		if (n == head || (have >= 1 && !all[have - 1] && (have == 1 || !all[have - 2]))) {
			*len = have && n != head ? have - 1 : have;
			return all;
		}
	}
	free(all);
	return NULL;
}

char **xs_directory(struct xs *x, xs_txn t, const char *path, unsigned int *n)
{
	struct iovec v = str(path);
	size_t len;
	char *body = ask(x, XS_DIRECTORY, t, &v, 1, &len);
	char **list;

	if (!body && errno == E2BIG)
		body = directory_parts(x, t, path, &len);
	if (!body)
		return NULL;
	list = split(body, len, n);
	free(body);
	return list;
}

static const char perm_letters[] = "nrwb";

struct xs_perm *xs_get_permissions(struct xs *x, xs_txn t, const char *path, unsigned int *n)
{
	struct iovec v = str(path);
	struct xs_perm *p = NULL;
	unsigned int i;
	size_t len;
	char *body = ask(x, XS_GET_PERMS, t, &v, 1, &len), **list;

	if (!body)
		return NULL;
	list = split(body, len, n);
	free(body);
	if (list)
		p = calloc(*n ? *n : 1, sizeof(*p));
	for (i = 0; p && i < *n; i++) {
		const char *at = list[i][0] ? strchr(perm_letters, list[i][0]) : NULL;

		p[i].access = at ? (unsigned int)(at - perm_letters) : XS_PERM_NONE;
		p[i].id = strtoul(list[i] + !!list[i][0], NULL, 10);
	}
	free(list);
	return p;
}

int xs_set_permissions(struct xs *x, xs_txn t, const char *path, const struct xs_perm *p, unsigned int n)
{
	char text[XENSTORE_PAYLOAD_MAX];
	struct iovec v[2] = { str(path), { text, 0 } };
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (v[1].iov_len > sizeof(text) - 16)
			return -E2BIG;
		v[1].iov_len += sprintf(text + v[1].iov_len, "%c%" PRIu32, perm_letters[p[i].access & 3], p[i].id) + 1;
	}
	return tell(x, XS_SET_PERMS, t, v, 2);
}

int xs_watch(struct xs *x, const char *path, const char *token)
{
	struct iovec v[2] = { str(path), str(token) };

	return tell(x, XS_WATCH, 0, v, 2);
}

int xs_unwatch(struct xs *x, const char *path, const char *token)
{
	struct iovec v[2] = { str(path), str(token) };

	return tell(x, XS_UNWATCH, 0, v, 2);
}

bool xs_watch_pending(struct xs *x)
{
	return x->first != NULL;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int xs_read_watch(struct xs *x, char **path, char **token, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	struct event *e;

	while (!x->first) {
		struct pollfd p = { .fd = x->fd, .events = POLLIN };
		int64_t left = timeout_ms < 0 ? -1 : end - now_ms();
		struct xsd_sockmsg m;
		char *body;
		int rc;

		if (x->dead)
			return -EPIPE;
		rc = poll(&p, 1, timeout_ms < 0 ? -1 : left > 0 ? (int)left : 0);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc < 0)
			return -errno;
		if (!rc)
			return -ETIMEDOUT;
		body = read_message(x, &m);
		if (!body)
			return -EPIPE;
		if (m.type == XS_WATCH_EVENT)
			queue_event(x, body, m.len);
		else
			free(body);
	}
	e = x->first;
	x->first = e->next;
	if (!x->first)
		x->last = &x->first;
	*token = strdup(e->token);
	*path = e->path;
	free(e);
	return 0;
}

int xs_transaction_start(struct xs *x, xs_txn *t)
{
	struct iovec v = str("");
	char *body = ask(x, XS_TRANSACTION_START, 0, &v, 1, NULL);

	if (!body)
		return -errno;
	*t = strtoul(body, NULL, 10);
	free(body);
	return 0;
}

int xs_transaction_end(struct xs *x, xs_txn t, bool abort)
{
	struct iovec v = str(abort ? "F" : "T");

	return tell(x, XS_TRANSACTION_END, t, &v, 1);
}

int xs_introduce_domain(struct xs *x, uint32_t domid, unsigned long mfn, uint32_t port)
{
	char a[16], b[24], c[16];
	struct iovec v[3];

	snprintf(a, sizeof(a), "%" PRIu32, domid);
	snprintf(b, sizeof(b), "%lu", mfn);
	snprintf(c, sizeof(c), "%" PRIu32, port);
	v[0] = str(a);
	v[1] = str(b);
	v[2] = str(c);
	return tell(x, XS_INTRODUCE, 0, v, 3);
}

static char *ask_domid(struct xs *x, uint32_t type, uint32_t domid)
{
	char a[16];
	struct iovec v;

	snprintf(a, sizeof(a), "%" PRIu32, domid);
	v = str(a);
	return ask(x, type, 0, &v, 1, NULL);
}

int xs_release_domain(struct xs *x, uint32_t domid)
{
	char *body = ask_domid(x, XS_RELEASE, domid);

	free(body);
	return body ? 0 : -errno;
}

int xs_resume_domain(struct xs *x, uint32_t domid)
{
	char *body = ask_domid(x, XS_RESUME, domid);

	free(body);
	return body ? 0 : -errno;
}

bool xs_is_domain_introduced(struct xs *x, uint32_t domid)
{
	char *body = ask_domid(x, XS_IS_DOMAIN_INTRODUCED, domid);
	bool yes = body && *body == 'T';

	free(body);
	return yes;
}

char *xs_get_domain_path(struct xs *x, uint32_t domid)
{
	return ask_domid(x, XS_GET_DOMAIN_PATH, domid);
}

char *xs_control(struct xs *x, unsigned int n, char *const *args)
{
	struct iovec v[8];
	unsigned int i;

	if (n > sizeof(v) / sizeof(*v)) {
		errno = E2BIG;
		return NULL;
	}
	for (i = 0; i < n; i++)
		v[i] = str(args[i]);
	return ask(x, XS_CONTROL, 0, v, n, NULL);
}
