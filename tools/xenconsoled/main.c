// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenconsoled: gives every domain's console a tty, keeps what it says until
 * somebody reads it, and writes logs. This file is its options and its loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "consoled.h"

#define PERIOD_MS	200

static volatile sig_atomic_t stop, reopen;

static void on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static void on_hup(int sig)
{
	(void)sig;
	reopen = 1;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* What a log option may name; sets the two flags. */
static bool which(const char *text, bool *guest, bool *hv)
{
	*guest = !strcmp(text, "guest") || !strcmp(text, "all");
	*hv = !strcmp(text, "hv") || !strcmp(text, "all");
	return *guest || *hv || !strcmp(text, "none");
}

struct hv_log {
	int fd, port;
	uint32_t index;
	bool mid_line;
};

static void hv_log_read(struct daemon *d, struct hv_log *l)
{
	char buf[16384];
	uint32_t n;

	do {
		n = sizeof(buf);
		if (hv_read_console(d->hv, buf, &n, false, true, &l->index))
			return;
		log_write(l->fd, buf, n, log_options.stamp_hv, &l->mid_line);
	} while (n == sizeof(buf));
}

static void hv_log_start(struct daemon *d, struct hv_log *l)
{
	l->port = -1;
	l->fd = log_open_hv();
	if (l->fd < 0)
		return;
	l->port = evtchn_bind_virq(d->evtchn, VIRQ_CON_RING);
	if (l->port < 0)
		complain("cannot follow the hypervisor's messages: %s", strerror(-l->port));
	hv_log_read(d, l);
}

static int start(struct daemon *d)
{
	unsigned int tries;

	d->hv = hv_open();
	if (!d->hv) {
		complain("no hypervisor: %s", strerror(errno));
		return -1;
	}
	d->evtchn = evtchn_open();
	if (d->evtchn < 0) {
		complain("/dev/xen/evtchn: %s", strerror(-d->evtchn));
		return -1;
	}
	d->gnttab = gnttab_open();
	/* Started together with it at boot, it may not listen yet. */
	for (tries = 0; !(d->xs = xs_open()) && tries < 100 && !stop; tries++)
		usleep(100000);
	if (!d->xs) {
		complain("cannot reach xenstored: %s", strerror(errno));
		return -1;
	}
	if (xs_watch(d->xs, "@introduceDomain", "domains") || xs_watch(d->xs, "@releaseDomain", "domains")) {
		complain("xenstored does not tell about domains");
		return -1;
	}
	return 0;
}

static int drain_store(struct daemon *d)
{
	bool look = false;
	int rc;

	for (;;) {
		char *path, *token;

		rc = xs_read_watch(d->xs, &path, &token, 0);
		if (rc)
			break;
		look = true;
		free(path);
		free(token);
	}
	if (look)
		consoles_look(d);
	return rc == -ETIMEDOUT ? 0 : rc;
}

static void drain_events(struct daemon *d, struct hv_log *l)
{
	int port;

	while ((port = evtchn_pending(d->evtchn)) >= 0) {
		struct console *c;

		if (port == l->port) {
			hv_log_read(d, l);
			evtchn_unmask(d->evtchn, port);
			continue;
		}
		c = console_by_port(d, port);
		if (c)
			console_event(d, c);
		/* A port left masked rings again only in the next period. */
		if (!c || !c->throttled)
			evtchn_unmask(d->evtchn, port);
	}
}

static size_t count(const struct daemon *d)
{
	const struct console *c;
	size_t n = 0;

	for (c = d->all; c; c = c->next)
		n++;
	return n;
}

static int loop(struct daemon *d, struct hv_log *l)
{
	struct pollfd *p = NULL;
	size_t room = 0;
	int64_t period = now_ms() + PERIOD_MS;
	bool more;

	while (!stop) {
		size_t n = 2, need = count(d) + 2, i;
		struct console *c, *next;
		int wait;

		if (need > room) {
			struct pollfd *grown = realloc(p, need * 2 * sizeof(*p));

			if (!grown)
				return 1;
			p = grown;
			room = need * 2;
		}
		p[0] = (struct pollfd){ .fd = xs_fileno(d->xs), .events = POLLIN };
		p[1] = (struct pollfd){ .fd = d->evtchn, .events = POLLIN };
		more = false;
		for (c = d->all; c; c = c->next) {
			p[n++] = (struct pollfd){
				.fd = c->master,
				.events = (c->out_len ? POLLOUT : 0) | (console_wants_input(c) ? POLLIN : 0),
			};
			more |= c->throttled || c->events;
		}
		wait = more ? period - now_ms() : -1;
		if (xs_watch_pending(d->xs))
			wait = 0;
		if (poll(p, n, more && wait < 0 ? 0 : wait) < 0 && errno != EINTR)
			return 1;
		if (reopen) {
			reopen = 0;
			consoles_reopen_logs(d);
			if (l->fd >= 0) {
				close(l->fd);
				l->fd = log_open_hv();
			}
		}
		/* Consoles first: the list below must be the one that was polled. */
		for (c = d->all, i = 2; c && i < n; c = next, i++) {
			next = c->next;
			if (p[i].revents & POLLOUT)
				console_tty_writable(c);
			if (p[i].revents & POLLIN)
				console_tty_readable(d, c);
		}
		drain_events(d, l);
		if (now_ms() >= period) {
			period = now_ms() + PERIOD_MS;
			consoles_period(d);
		}
		if ((p[0].revents || xs_watch_pending(d->xs)) && drain_store(d)) {
			complain("xenstored is gone");
			return 1;
		}
	}
	free(p);
	return 0;
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: xenconsoled [-i] [-v] [--log=none|guest|hv|all] [--log-dir=DIR]\n"
		"                   [--timestamp=none|guest|hv|all] [--overflow-data=discard|keep]\n"
		"                   [--pid-file=FILE]\n");
	return status;
}

static void write_pid(const char *file)
{
	FILE *f = file ? fopen(file, "we") : NULL;

	if (f) {
		fprintf(f, "%d\n", (int)getpid());
		fclose(f);
	} else if (file) {
		complain("cannot write %s: %s", file, strerror(errno));
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", 0, NULL, 'h' }, { "version", 0, NULL, 'V' }, { "verbose", 0, NULL, 'v' },
		{ "interactive", 0, NULL, 'i' }, { "log", 1, NULL, 'l' }, { "log-dir", 1, NULL, 'r' },
		{ "pid-file", 1, NULL, 'p' }, { "timestamp", 1, NULL, 't' }, { "overflow-data", 1, NULL, 'o' },
		{ "replace-escape", 0, NULL, 'e' }, { NULL, 0, NULL, 0 },
	};
	struct daemon d = { .discard = true };
	const char *pid_file = NULL;
	bool foreground = false;
	struct hv_log l;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "hVvil:r:p:t:o:e", longs, NULL)) != -1) {
		switch (opt) {
		case 'h': return usage(0);
		case 'V': printf("xenconsoled %s\n", XL_VERSION); return 0;
		case 'v': case 'e': break;
		case 'i': foreground = true; break;
		case 'l':
			if (!which(optarg, &log_options.guest, &log_options.hv))
				return usage(2);
			break;
		case 't':
			if (!which(optarg, &log_options.stamp_guest, &log_options.stamp_hv))
				return usage(2);
			break;
		case 'o':
			if (strcmp(optarg, "discard") && strcmp(optarg, "keep"))
				return usage(2);
			d.discard = *optarg == 'd';
			break;
		case 'r': log_options.dir = optarg; break;
		case 'p': pid_file = optarg; break;
		default: return usage(2);
		}
	}
	openlog("xenconsoled", LOG_PID | (foreground ? LOG_PERROR : 0), LOG_DAEMON);
	if (!foreground && daemon(0, 0)) {
		fprintf(stderr, "xenconsoled: cannot become a daemon: %s\n", strerror(errno));
		return 1;
	}
	signal(SIGTERM, on_stop);
	signal(SIGINT, on_stop);
	signal(SIGHUP, on_hup);
	signal(SIGPIPE, SIG_IGN);
	/* Opened after the fork: the connection's buffers are not inherited. */
	if (start(&d))
		return 1;
	write_pid(pid_file);
	hv_log_start(&d, &l);
	consoles_look(&d);
	rc = loop(&d, &l);
	consoles_close(&d);
	if (pid_file)
		unlink(pid_file);
	return rc;
}
