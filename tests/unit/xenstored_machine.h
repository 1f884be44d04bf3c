/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A make-believe machine for xenstored's tests: domains with ring pages in
 * ordinary memory, and clients whose carrier is a pair of buffers.  For
 * test_xenstored*.c, which are linked with xenstored_machine.c.
 */
#ifndef XENSTORED_MACHINE_H
#define XENSTORED_MACHINE_H

#include "conn.h"

#define MUST(cond) do { \
	if (!(cond)) { \
		printf("  line %d: %s\n", __LINE__, #cond); \
		return false; \
	} \
} while (0)

#define MACHINE_DOMAINS	40

/* Local ports are 100 + domid. */
struct machine_domain {
	bool exists, dying, shutdown, bound;
	int mapped, notified;
	struct xenstore_domain_interface ring;
};

struct client {
	struct conn *c;
	char in[65536], out[262144];
	size_t in_len, out_len, out_max;
	uint32_t broken;
};

struct test_case {
	const char *name;
	bool (*fn)(void);
};

/* Frame and remote port 0xbad do not work. */
extern struct machine_domain machine[MACHINE_DOMAINS];

/* Two clients that are always there; guest is domain 7. */
extern struct client *dom0, *guest;

/* The last answer, with a nul behind it. */
extern char reply[XENSTORE_PAYLOAD_MAX + 1];
extern size_t reply_len;

struct client *client_new(uint16_t domid);
void client_free(struct client *k);

/* Serve everybody until there is nothing left to do. */
void run_all(void);

/* Put a request in front of a client's connection. */
void push(struct client *k, uint32_t type, uint32_t tx, const void *data, size_t len);

/* The next event as "path token", or "" if there is none. */
const char *event(struct client *k);
void drop_events(struct client *k);

/* Ask, and return 0 or the error's number (negative: no sensible answer). */
int ask(struct client *k, uint32_t type, uint32_t tx, const void *data, size_t len);

/* The same with nul-terminated strings, up to a NULL. */
int asks(struct client *k, uint32_t type, uint32_t tx, ...);

/* WRITE; READ and compare; TRANSACTION_START (0 if refused) and _END. */
int set(struct client *k, uint32_t tx, const char *path, const char *value);
bool is(struct client *k, uint32_t tx, const char *path, const char *value);
uint32_t begin(struct client *k);
int end(struct client *k, uint32_t tx, const char *how);

/* Run them on a fresh store.  Returns what main should. */
int run_cases(const struct test_case *cases, unsigned int n);

#endif
