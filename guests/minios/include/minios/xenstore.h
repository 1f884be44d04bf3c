/* SPDX-License-Identifier: MIT */
/*
 * The xenstore client. Any thread may call; requests go one at a time. Relative
 * paths start at this domain's own folder. Results are 0, or -1 for any error.
 */
#ifndef MINIOS_XENSTORE_H
#define MINIOS_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <minios/thread.h>

#define XS_PATH_MAX	128	/* of the paths in this kernel */
#define XS_ENTRIES_MAX	16

/* A node of some folder, and what to write there: a text, or else a number. */
struct xs_entry {
	const char *node;
	const char *text;
	unsigned long number;
};

struct xs_watch {
	struct xs_watch *next;
	bool fired;
	struct waiters waiters;
};

void xenstore_init(void);
bool xenstore_present(void);

int xs_read(const char *path, char *value, size_t room);
long xs_read_number(const char *path, long otherwise);
int xs_write(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Many at once, in the order given. */
int xs_write_all(const char *folder, const struct xs_entry *entries, unsigned int count);
/* The names in a folder, one after another, each ended by a zero byte; an empty one ends the list. */
int xs_list(const char *path, char *names, size_t room);
/* Watch a path. A watch fires once at the start, and then for every change. */
int xs_watch(struct xs_watch *watch, const char *path);
/* Wait until the watch has fired since the last call. */
void xs_watch_wait(struct xs_watch *watch);

#endif
