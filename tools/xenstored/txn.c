// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions; see store.h.  Called by store.c and request.c.
 *
 * A transaction sees the store as it was at its start, plus what it did
 * itself.  It notes every path that it looked at or changed.  It commits if
 * none of them differs between its start and now: then what it did, done now,
 * would have come out the same.  If nothing at all has changed its tree simply
 * becomes the live one; otherwise its changes are laid over the live tree.  One
 * that only read is valid as of its start and always commits.
 *
 * A snapshot keeps old nodes in memory.  So an old one is doomed: it goes on
 * with the current tree in place of its own, and ends with EAGAIN.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quota.h"
#include "store.h"

struct txn *txn_start(void)
{
	struct txn *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base = node_get(store.root);
	t->root = node_get(store.root);
	t->started = store.changes;
	t->tail = &t->first;
	t->next = store.txns;
	store.txns = t;
	return t;
}

static void drop_notes(struct txn *t)
{
	while (t->first) {
		struct access *a = t->first;

		t->first = a->next;
		free(a);
	}
	t->tail = &t->first;
	t->nr_access = 0;
	free(t->delta.v);
	t->delta = (struct accounts){ 0 };
}

void txn_abort(struct txn *t)
{
	struct txn **p = &store.txns;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	drop_notes(t);
	free(t->sorted);
	node_put(t->base);
	node_put(t->root);
	free(t);
}

void txn_doom(uint64_t age)
{
	for (struct txn *t = store.txns; t; t = t->next) {
		if (age && store.changes - t->started <= age)
			continue;
		t->doomed = true;
		t->started = store.changes;
		drop_notes(t);
		node_put(t->base);
		node_put(t->root);
		t->base = node_get(store.root);
		t->root = node_get(store.root);
	}
}

int txn_note(struct txn *t, const struct cred *c, const char *path, unsigned int flags)
{
	uint32_t lo = 0, hi;
	struct access *a;
	size_t len;

	if (!t)
		return 0;
	hi = t->nr_access;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int d = strcmp(path, t->sorted[mid]->path);

		if (!d) {
			t->sorted[mid]->flags |= flags;
			return 0;
		}
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	if (!c->privileged && t->nr_access >= quota.transaction_nodes)
		return -ENOSPC;
	if (t->nr_access == t->cap_access) {
		uint32_t cap = t->cap_access ? t->cap_access * 2 : 16;
		struct access **s = realloc(t->sorted, cap * sizeof(*s));

		if (!s)
			return -ENOMEM;
		t->sorted = s;
		t->cap_access = cap;
	}
	len = strlen(path) + 1;
	a = malloc(sizeof(*a) + len);
	if (!a)
		return -ENOMEM;
	a->flags = flags;
	a->next = NULL;
	memcpy(a->path, path, len);
	memmove(&t->sorted[lo + 1], &t->sorted[lo], (t->nr_access - lo) * sizeof(t->sorted[0]));
	t->sorted[lo] = a;
	t->nr_access++;
	*t->tail = a;
	t->tail = &a->next;
	return 0;
}

static bool same_perms(const struct perms *a, const struct perms *b)
{
	if (a == b)
		return true;
	if (a->nr != b->nr)
		return false;
	for (uint32_t i = 0; i < a->nr; i++)
		if (a->entry[i].domid != b->entry[i].domid ||
		    a->entry[i].access != b->entry[i].access)
			return false;
	return true;
}

/* Has anything that t depends on changed since its start? */
static bool conflicts(const struct txn *t)
{
	for (const struct access *a = t->first; a; a = a->next) {
		const struct node *then = tree_lookup(t->base, a->path);
		const struct node *now = tree_lookup(store.root, a->path);

		if (then == now)
			continue;
		/* A changed node below one that was removed would be lost. */
		if (!then || !now || (a->flags & ACCESS_REMOVED))
			return true;
		if ((a->flags & (ACCESS_READ | ACCESS_WROTE)) && then->gen != now->gen)
			return true;
		if ((a->flags & ACCESS_PLACE) && !same_perms(then->perms, now->perms))
			return true;
	}
	return false;
}

/* Lay one noted change over *root. */
static int merge_one(const struct txn *t, struct node **root, const struct access *a)
{
	struct node *mine = tree_lookup(t->root, a->path);
	struct node *now = tree_lookup(*root, a->path);
	int rc;

	if (a->flags & ACCESS_REMOVED) {
		if (!mine)
			return now ? tree_remove(root, a->path) : 0;
		return tree_graft(root, a->path, mine);
	}
	if (!(a->flags & ACCESS_WROTE) || !mine)
		return 0;
	if (!now)
		return tree_create(root, a->path, mine->value, mine->perms);
	rc = tree_set_value(root, a->path, mine->value);
	return rc ? rc : tree_set_perms(root, a->path, mine->perms);
}

static bool fits_quota(struct txn *t, const struct cred *c)
{
	if (c->privileged)
		return true;
	for (size_t i = 0; i < t->delta.nr; i++) {
		struct account *d = &t->delta.v[i];

		if (d->domid == c->domid && d->nodes > 0 &&
		    store_owned(d->domid) + d->nodes > quota.nodes)
			return false;
	}
	return true;
}

static int apply(struct txn *t, const struct cred *c)
{
	struct node *merged;
	int rc = 0;

	if (t->doomed)
		return -EAGAIN;
	if (!t->wrote)
		return 0;
	if (store.root == t->base) {
		merged = node_get(t->root);
	} else {
		if (conflicts(t))
			return -EAGAIN;
		merged = node_get(store.root);
		/* By name, so that what is above a new node comes before it. */
		for (uint32_t i = 0; i < t->nr_access && !rc; i++)
			rc = merge_one(t, &merged, t->sorted[i]);
	}
	if (!rc && !fits_quota(t, c))
		rc = -EAGAIN;
	for (size_t i = 0; !rc && i < t->delta.nr; i++)
		if (!account_of(&store.owned, t->delta.v[i].domid))
			rc = -ENOMEM;
	if (rc) {
		node_put(merged);
		return rc;
	}
	for (size_t i = 0; i < t->delta.nr; i++)
		account_of(&store.owned, t->delta.v[i].domid)->nodes += t->delta.v[i].nodes;
	node_put(store.root);
	store.root = merged;
	store.changes++;
	return 0;
}

/* Tell the watches what came of it, oldest first. */
static void tell(const struct txn *t)
{
	for (const struct access *a = t->first; a; a = a->next) {
		struct node *old = tree_lookup(t->base, a->path);
		struct node *new = tree_lookup(store.root, a->path);
		struct change ch = {
			.path = a->path,
			.before = old ? old->perms : NULL,
			.after = new ? new->perms : NULL,
			.removed = a->flags & ACCESS_REMOVED ? old : NULL,
		};

		if ((a->flags & ACCESS_FIRE) && (old || new) && store.hook)
			store.hook(&ch);
	}
}

int txn_commit(struct txn *t, const struct cred *c)
{
	int rc = apply(t, c);

	if (!rc && t->wrote)
		tell(t);
	txn_abort(t);
	return rc;
}
