/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A priority queue whose links live inside the elements: a leftist tree. It
 * never allocates, so it may grow with interrupts off, and every operation
 * takes at most a number of steps logarithmic in the number of elements.
 * The caller supplies the locking.
 *
 * Keys are compared by their wrapping difference: those in one heap must lie
 * within 2^63 of each other.
 */
#ifndef XEN_COMMON_HEAP_H
#define XEN_COMMON_HEAP_H

#include <lib/compiler.h>
#include <lib/types.h>

struct heap_node {
	struct heap_node *left, *right, *parent;
	u64 key;
	u32 rank;			/* nodes on the shortest way out below, 0: in no heap */
};

struct heap {
	struct heap_node *root;		/* of the smallest key; NULL when empty */
};

static inline bool key_before(u64 a, u64 b) { return (s64)(a - b) < 0; }
static inline bool heap_contains(const struct heap_node *n) { return n->rank != 0; }

void heap_insert(struct heap *h, struct heap_node *n);	/* n->key is set; n is in no heap */
void heap_remove(struct heap *h, struct heap_node *n);	/* n is in h */
/* All elements, each once, in no useful order: start with NULL, NULL ends. */
struct heap_node *heap_next(const struct heap *h, const struct heap_node *n);

#endif
