/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches: who wants to hear of which changes.  request.c registers them; the
 * store's hook and domain.c fire them.  One thread, no locks.
 */
#ifndef XENSTORED_WATCH_H
#define XENSTORED_WATCH_H

#include "conn.h"

/*
 * watch_add - register a watch; its first event is the caller's to send.
 * @path: as the client wrote it, or a special name
 * @absolute: the same, absolute
 * @depth: levels below path to hear of, or -1 for all
 *
 * Returns 0, -EEXIST, -E2BIG (too many), -EINVAL (too long), -ENOMEM.
 */
int watch_add(struct conn *c, const char *path, const char *absolute, const char *token, int depth);

/* -ENOENT if there is no such watch. */
int watch_remove(struct conn *c, const char *absolute, const char *token);
void watch_drop_all(struct conn *c);

/* Send an event for the watch's own path. */
void watch_first_event(struct conn *c, const char *absolute, const char *token);

/* The queue has drained: one event for each watch that lost some. */
void watch_pay_owed(struct conn *c);

/* The store's hook. */
void watch_change(const struct change *ch);

/* Fire @introduceDomain or @releaseDomain for a domain. */
void watch_special(const char *name, uint16_t domid);

#endif
