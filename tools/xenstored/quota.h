/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits that hold for every client but the control domain's.
 *
 * Set from the command line and by CONTROL quota; read everywhere.  One
 * thread, no locks.
 */
#ifndef XENSTORED_QUOTA_H
#define XENSTORED_QUOTA_H

#include <stddef.h>
#include <stdint.h>

struct quota {
	uint32_t nodes;			/* nodes owned by one domain */
	uint32_t entry_size;		/* bytes of one node's value */
	uint32_t watches;		/* per connection */
	uint32_t transactions;		/* open at once, per connection */
	uint32_t transaction_nodes;	/* paths touched by one transaction */
	uint32_t perms;			/* permission entries of one node */
	uint32_t path_max;		/* bytes of a path below the caller's home */
	uint32_t path_depth;		/* components of a path */
	uint32_t outstanding;		/* watch events waiting to be read */
};

extern struct quota quota;

/*
 * quota_field - find a limit by its public name ("nodes", "entry-size", ...).
 *
 * Returns NULL for a name that is none.
 */
uint32_t *quota_field(const char *name);

/* The public name of limit number i with its value, or NULL past the last. */
const char *quota_name(size_t i, uint32_t *value);

#endif
