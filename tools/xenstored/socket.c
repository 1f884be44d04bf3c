// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unix socket; see socket.h.  Its mode lets only root in, so everybody who
 * comes by it acts as the control domain.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conn.h"
#include "log.h"
#include "socket.h"

static const char *run_dir(void)
{
	const char *dir = getenv("XENSTORED_RUNDIR");

	return dir && dir[0] ? dir : "/run/xenstored";
}

const char *socket_path(void)
{
	static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	if ((size_t)snprintf(path, sizeof(path), "%s/socket", run_dir()) >= sizeof(path))
		return NULL;
	return path;
}

int socket_listen(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = socket_path();
	int fd, rc;

	if (!path) {
		log_error("the name of the run directory is too long");
		return -ENAMETOOLONG;
	}
	strcpy(addr.sun_path, path);
	mkdir(run_dir(), 0755);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* One that answers belongs to a running daemon; a dead one is in the way. */
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		log_error("another xenstored serves %s", path);
		close(fd);
		return -EADDRINUSE;
	}
	close(fd);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Nobody listens yet, so nobody gets in before the mode is right. */
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0600) ||
	    listen(fd, 64)) {
		rc = -errno;
		log_error("cannot listen on %s: %s", path, strerror(errno));
		close(fd);
		return rc;
	}
	return fd;
}

static ssize_t sock_read(struct conn *c, void *buf, size_t len)
{
	ssize_t n = read(c->fd, buf, len);

	if (n > 0)
		return n;
	/* The end of the stream is the end of the client. */
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EPIPE;
}

static ssize_t sock_write(struct conn *c, const void *buf, size_t len)
{
	ssize_t n = send(c->fd, buf, len, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
}

static void sock_broken(struct conn *c, uint32_t error)
{
	(void)error;
	close(c->fd);
	c->fd = -1;
	conn_kill(c);
}

static const struct conn_ops sock_ops = {
	.read = sock_read,
	.write = sock_write,
	.broken = sock_broken,
};

void socket_accept(int listening)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct conn *c;

	if (fd < 0)
		return;
	c = conn_new(&sock_ops, NULL, 0, true);
	if (!c) {
		close(fd);
		return;
	}
	c->fd = fd;
}
