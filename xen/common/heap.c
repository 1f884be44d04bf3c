// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leftist tree of common/heap.h. In it the shortest way out of every node
 * leads right, so that a walk down the right side is logarithmic; merging two
 * such walks is all that inserting and removing need. Locking is the caller's.
 */
#include <common/heap.h>
#include <lib/minmax.h>

static u32 rank_of(const struct heap_node *n)
{
	return n ? n->rank : 0;
}

/* Put the shorter side right; returns whether the node's rank changed. */
static bool settle(struct heap_node *n)
{
	u32 old = n->rank;

	if (rank_of(n->left) < rank_of(n->right))
		swap(n->left, n->right);
	n->rank = rank_of(n->right) + 1;
	return n->rank != old;
}

/* Join two trees along their right sides, then restore the ranks bottom up. */
static struct heap_node *merge(struct heap_node *a, struct heap_node *b)
{
	struct heap_node *root = NULL, *tail = NULL;

	for (;;) {
		if (!a || (b && key_before(b->key, a->key)))
			swap(a, b);
		if (tail)
			tail->right = a;
		else
			root = a;
		if (!a)
			break;
		a->parent = tail;
		if (!b)
			break;
		tail = a;
		a = a->right;
	}
	for (; tail; tail = tail->parent)
		settle(tail);
	return root;
}

void heap_insert(struct heap *h, struct heap_node *n)
{
	n->left = n->right = n->parent = NULL;
	n->rank = 1;
	h->root = merge(h->root, n);
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	struct heap_node *parent = n->parent;
	struct heap_node *rest = merge(n->left, n->right);

	if (rest)
		rest->parent = parent;
	if (!parent)
		h->root = rest;
	else if (parent->left == n)
		parent->left = rest;
	else
		parent->right = rest;
	/* A rank that stays the same changes nothing further up. */
	while (parent && settle(parent))
		parent = parent->parent;
	n->left = n->right = n->parent = NULL;
	n->rank = 0;
}

struct heap_node *heap_next(const struct heap *h, const struct heap_node *n)
{
	if (!n)
		return h->root;
	if (n->left)
		return n->left;
	if (n->right)
		return n->right;
	for (; n->parent; n = n->parent)
		if (n->parent->left == n && n->parent->right)
			return n->parent->right;
	return NULL;
}
