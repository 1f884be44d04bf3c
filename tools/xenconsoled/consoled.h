/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xenconsoled's parts: one `struct console` per domain (console.c), the ring
 * it shares with the guest (ring.c), logs (logs.c), the loop (main.c). One
 * thread; nothing is locked. Guests are hostile: whatever lies in a ring is
 * read once and bounded.
 */
#ifndef CONSOLED_H
#define CONSOLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxen/libxen.h"
#include "libxen/xs.h"

struct xencons_interface;

/* --- ring.c --- */
/* Takes what the guest wrote, at most room bytes; *notify when it must be told. */
size_t ring_take(struct xencons_interface *r, char *buf, size_t room, bool *notify);
size_t ring_space(const struct xencons_interface *r);	/* bytes the guest can take now */
void ring_put(struct xencons_interface *r, const char *buf, size_t n);	/* n <= ring_space() */

/* --- logs.c --- */
struct log_options {
	bool guest, hv, stamp_guest, stamp_hv;
	const char *dir;
};
extern struct log_options log_options;
int log_open_guest(const char *name);			/* fd, -1 when there is none */
int log_open_hv(void);
void log_write(int fd, const char *buf, size_t n, bool stamp, bool *mid_line);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- console.c --- */
struct console {
	struct console *next;
	uint32_t domid, remote_port;
	uint64_t ring_ref;
	int local_port;			/* -1: not bound */
	struct xencons_interface *ring;
	bool by_grant;
	int master, slave, log;
	bool log_mid_line;
	char *out;			/* waiting for somebody to read the tty */
	size_t out_len, out_room, limit;
	unsigned int events;		/* in this period */
	bool throttled;
	bool seen;			/* by the last look at all domains */
};

struct daemon {
	struct hv *hv;
	struct xs *xs;
	int evtchn, gnttab;
	bool discard;			/* drop the oldest output when a buffer is full */
	struct console *all;
};

/* Looks at all domains and at xenstore; opens, changes and closes consoles. */
void consoles_look(struct daemon *d);
struct console *console_by_port(struct daemon *d, uint32_t port);
void console_event(struct daemon *d, struct console *c);	/* the guest rang */
void console_tty_readable(struct daemon *d, struct console *c);
void console_tty_writable(struct console *c);
bool console_wants_input(const struct console *c);
/* A new period: everybody may send events again. */
void consoles_period(struct daemon *d);
void consoles_reopen_logs(struct daemon *d);
void consoles_close(struct daemon *d);

#endif
