/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of numbers kept as sorted, disjoint ranges: which interrupts, I/O ports
 * and frames of device memory a domain may use. Ranges include both ends.
 * Every set has a lock of its own, innermost but for the heap's.
 */
#ifndef XEN_COMMON_RANGESET_H
#define XEN_COMMON_RANGESET_H

#include <lib/types.h>

struct rangeset;

/* An empty set. NULL: no memory. */
struct rangeset *rangeset_new(void);
void rangeset_destroy(struct rangeset *r);	/* r may be NULL */

/*
 * Put [first, last] in, or take it out, whatever part is there already.
 * 0; -EINVAL when last < first; -ENOMEM or -ENOSPC (65,536 ranges) with the set as it was.
 */
int rangeset_add_range(struct rangeset *r, unsigned long first, unsigned long last);
int rangeset_remove_range(struct rangeset *r, unsigned long first, unsigned long last);
static inline int rangeset_add_singleton(struct rangeset *r, unsigned long n)
{
	return rangeset_add_range(r, n, n);
}
static inline int rangeset_remove_singleton(struct rangeset *r, unsigned long n)
{
	return rangeset_remove_range(r, n, n);
}

/* Questions; a NULL set is empty. last < first: false. */
bool rangeset_contains_range(struct rangeset *r, unsigned long first, unsigned long last);
static inline bool rangeset_contains_singleton(struct rangeset *r, unsigned long n)
{
	return rangeset_contains_range(r, n, n);
}
bool rangeset_is_empty(struct rangeset *r);

#endif
