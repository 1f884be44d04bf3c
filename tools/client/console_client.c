// SPDX-License-Identifier: GPL-2.0-only
/*
 * Joins the terminal to a domain's console tty, whichever daemon made it: the
 * tty's name is in xenstore. Ctrl-] leaves. The guest is not trusted: bytes
 * are passed on, never interpreted.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "console_client.h"
#include "libxen/xs.h"

#define ESCAPE		0x1d		/* Ctrl-] */
#define WAIT_TTY_MS	15000

static struct termios saved;
static bool raw;

static void restore_terminal(void)
{
	if (raw)
		tcsetattr(0, TCSAFLUSH, &saved);
	raw = false;
}

static void on_signal(int sig)
{
	restore_terminal();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void raw_terminal(void)
{
	struct termios t;

	if (tcgetattr(0, &saved))
		return;
	t = saved;
	cfmakeraw(&t);
	tcsetattr(0, TCSAFLUSH, &t);
	raw = true;
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
}

/* The daemon writes the name once it has opened the domain's console. */
static char *tty_name(struct xs *x, uint32_t domid)
{
	char path[64], *tty = NULL;
	int waited;

	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", domid);
	if (xs_watch(x, path, "tty"))
		return NULL;
	for (waited = 0; waited <= WAIT_TTY_MS; waited += 500) {
		char *p, *t;

		free(tty);
		tty = xs_read(x, XS_NO_TXN, path, NULL);
		if (!tty && errno != ENOENT)
			break;
		if (tty && *tty)
			break;
		if (!xs_read_watch(x, &p, &t, 500)) {
			free(p);
			free(t);
		}
	}
	xs_unwatch(x, path, "tty");
	if (tty && !*tty) {
		free(tty);
		tty = NULL;
	}
	return tty;
}

/* False when the other side is gone. */
static bool put_all(int fd, const char *p, ssize_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			struct pollfd w = { .fd = fd, .events = POLLOUT };

			poll(&w, 1, 1000);
			continue;
		}
		if (put <= 0)
			return false;
		p += put;
		n -= put;
	}
	return true;
}

static bool gone(struct xs *x, uint32_t domid)
{
	char path[64], *v;
	bool lost;

	snprintf(path, sizeof(path), "/local/domain/%u/console", domid);
	v = xs_read(x, XS_NO_TXN, path, NULL);
	lost = !v;
	free(v);
	return lost;
}

static int shuttle(struct xs *x, uint32_t domid, int tty)
{
	struct pollfd p[3] = {
		{ .fd = tty, .events = POLLIN }, { .fd = 0, .events = POLLIN }, { .fd = xs_fileno(x), .events = POLLIN },
	};
	char buf[4096];

	for (;;) {
		ssize_t n;

		if (poll(p, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return 1;
		}
		if (p[0].revents) {
			n = read(tty, buf, sizeof(buf));
			if (n <= 0 && !(n < 0 && (errno == EAGAIN || errno == EINTR)))
				return 0;	/* the daemon closed it: the domain is gone */
			if (n > 0 && !put_all(1, buf, n))
				return 0;
		}
		if (p[1].revents) {
			char *esc;

			n = read(0, buf, sizeof(buf));
			if (n <= 0) {
				/* No more input; keep showing what the guest says. */
				p[1].fd = -1;
				continue;
			}
			esc = raw ? memchr(buf, ESCAPE, n) : NULL;
			if (esc)
				n = esc - buf;
			if (!put_all(tty, buf, n))
				return 0;
			if (esc)
				return 0;
		}
		if (p[2].revents) {
			char *path, *token;

			if (xs_read_watch(x, &path, &token, 0) == 0) {
				free(path);
				free(token);
				if (gone(x, domid) && !(p[0].revents & POLLIN))
					return 0;
			} else {
				p[2].fd = -1;	/* xenstored is gone; the console need not be */
			}
		}
	}
}

int console_client(uint32_t domid)
{
	struct xs *x = xs_open();
	char *name;
	int tty, rc;

	if (!x) {
		fprintf(stderr, "xl: cannot reach xenstored: %s\n", strerror(errno));
		return 1;
	}
	name = tty_name(x, domid);
	if (!name) {
		fprintf(stderr, "xl: domain %u has no console: is xenconsoled running?\n", domid);
		xs_close(x);
		return 1;
	}
	tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0) {
		fprintf(stderr, "xl: cannot open the console %s: %s\n", name, strerror(errno));
		free(name);
		xs_close(x);
		return 1;
	}
	free(name);
	xs_watch(x, "@releaseDomain", "gone");
	raw_terminal();
	rc = shuttle(x, domid, tty);
	restore_terminal();
	close(tty);
	xs_close(x);
	return rc;
}
