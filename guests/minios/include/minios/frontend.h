/* SPDX-License-Identifier: MIT */
/* What all split devices have in common: two folders in xenstore, and a handshake. */
#ifndef MINIOS_FRONTEND_H
#define MINIOS_FRONTEND_H

#include <xen/io/xenbus.h>
#include <minios/xenstore.h>

struct frontend {
	char path[XS_PATH_MAX];		/* ours */
	char backend[XS_PATH_MAX];	/* theirs */
	domid_t domain;			/* where they are */
	struct xs_watch watch;		/* on their state */
	enum xenbus_state state;	/* theirs, when last seen */
};

/* The INDEX-th device of a class ("vbd", "vif"). -1 if there is none. */
int frontend_open(struct frontend *front, const char *class, int index);
/* Wait for the back end to reach STATE. -1 if it is closing instead. */
int frontend_wait(struct frontend *front, enum xenbus_state state);
/* Write nodes of our folder, the last of which may be "state"; read one of theirs. */
int frontend_write(struct frontend *front, const struct xs_entry *entries, unsigned int count);
long backend_number(struct frontend *front, const char *node, long otherwise);
int backend_read(struct frontend *front, const char *node, char *value, size_t room);

#endif
