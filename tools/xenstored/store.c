// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on the database; see store.h.
 *
 * Each checks everything first, then notes it for the transaction, then
 * changes the tree in a way that either happens or does not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "quota.h"
#include "store.h"

/* A transaction this many live changes old holds too much memory to be kept. */
#define TXN_MAX_AGE	10000

struct store store;

static struct perms *perms_private(void)
{
	return perms_new(1);	/* owner 0, no access for others */
}

int store_init(void (*hook)(const struct change *c))
{
	struct perms *p = perms_private();
	struct account *a = account_of(&store.owned, 0);

	store.hook = hook;
	store.root = p ? tree_new(p) : NULL;
	perms_put(p);
	store.introduce = perms_private();
	store.release = perms_private();
	if (!store.root || !store.introduce || !store.release || !a)
		return -ENOMEM;
	a->nodes = 1;
	return 0;
}

void store_exit(void)
{
	while (store.txns)
		txn_abort(store.txns);
	node_put(store.root);
	perms_put(store.introduce);
	perms_put(store.release);
	free(store.owned.v);
	memset(&store, 0, sizeof(store));
}

bool cred_owns(const struct cred *c, const struct perms *p)
{
	return c->privileged || p->entry[0].domid == c->domid ||
	       (c->has_target && p->entry[0].domid == c->target);
}

bool cred_may(const struct cred *c, const struct perms *p, unsigned int need)
{
	if (cred_owns(c, p))
		return true;
	for (uint32_t i = 1; i < p->nr; i++)
		if (p->entry[i].domid == c->domid ||
		    (c->has_target && p->entry[i].domid == c->target))
			return p->entry[i].access & need;
	return p->entry[0].access & need;
}

struct account *account_of(struct accounts *a, uint16_t domid)
{
	for (size_t i = 0; i < a->nr; i++)
		if (a->v[i].domid == domid)
			return &a->v[i];
	if (a->nr == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 8;
		struct account *v = realloc(a->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		a->v = v;
		a->cap = cap;
	}
	a->v[a->nr] = (struct account){ .domid = domid };
	return &a->v[a->nr++];
}

int account_tree(struct accounts *a, const struct node *n, int sign)
{
	struct account *own = account_of(a, n->perms->entry[0].domid);
	int rc = own ? 0 : -ENOMEM;

	if (own)
		own->nodes += sign;
	for (uint32_t i = 0; !rc && i < n->nr_children; i++)
		rc = account_tree(a, n->children[i], sign);
	return rc;
}

int64_t store_owned(uint16_t domid)
{
	for (size_t i = 0; i < store.owned.nr; i++)
		if (store.owned.v[i].domid == domid)
			return store.owned.v[i].nodes;
	return 0;
}

static struct node **root_of(struct txn *t)
{
	return t ? &t->root : &store.root;
}

static struct accounts *accounts_of(struct txn *t)
{
	return t ? &t->delta : &store.owned;
}

/* The live tree has changed: tell, and keep snapshots from growing old. */
static void changed(struct txn *t, const char *path, struct perms *before, struct perms *after,
		    struct node *removed)
{
	struct change c = { path, before, after, removed };

	if (t) {
		t->wrote = true;
		return;
	}
	if (++store.changes % 256 == 0)
		txn_doom(TXN_MAX_AGE);
	if (store.hook)
		store.hook(&c);
}

/* Copy path without its last nr components. */
static void path_up(const char *path, unsigned int nr, char *out)
{
	size_t end = strlen(path);

	for (; nr; nr--)
		while (path[--end] != '/')
			;
	memcpy(out, path, end);
	out[end] = '\0';
	if (!end)
		strcpy(out, "/");
}

/*
 * What an answer depends on even if it is a refusal: the permissions of the
 * nearest node that exists, and that the one below it does not.
 */
static int note_place(struct txn *t, const struct cred *c, const char *path, unsigned int missing)
{
	char part[PATH_BUF];
	int rc;

	if (!t)
		return 0;
	path_up(path, missing, part);
	rc = txn_note(t, c, part, ACCESS_PLACE);
	if (rc || !missing)
		return rc;
	path_up(path, missing - 1, part);
	return txn_note(t, c, part, ACCESS_PLACE);
}

/*
 * The node at path or the nearest above it, if c may access that in one of the
 * ways of need.
 */
static int nearest(struct txn *t, const struct cred *c, const char *path, unsigned int need,
		   struct node **out, unsigned int *missing)
{
	int rc;

	*out = tree_nearest(*root_of(t), path, missing);
	rc = note_place(t, c, path, *missing);
	if (!rc && !cred_may(c, (*out)->perms, need))
		rc = -EACCES;
	return rc;
}

int store_node(struct txn *t, const struct cred *c, const char *path, unsigned int need,
	       struct node **out)
{
	unsigned int missing;
	int rc = nearest(t, c, path, need, out, &missing);

	if (rc || missing)
		return rc ? rc : -ENOENT;
	return txn_note(t, c, path, ACCESS_READ);
}

/* The permissions of a new node: those of what is above, owned by its maker. */
static struct perms *perms_inherit(const struct cred *c, struct perms *parent)
{
	struct perms *p;

	if (c->privileged || parent->entry[0].domid == c->domid)
		return perms_get(parent);
	p = perms_new(parent->nr);
	if (p) {
		memcpy(p->entry, parent->entry, parent->nr * sizeof(p->entry[0]));
		p->entry[0].domid = c->domid;
	}
	return p;
}

/* Note path and all its ancestors from the first missing one down. */
static int note_created(struct txn *t, const struct cred *c, const char *path,
			unsigned int missing)
{
	char part[PATH_BUF];
	int rc = 0;

	while (t && missing && !rc) {
		path_up(path, --missing, part);
		rc = txn_note(t, c, part, ACCESS_WROTE | (missing ? 0 : ACCESS_FIRE));
	}
	return rc;
}

/* Make path, for which the node above is the nearest that exists. */
static int create(struct txn *t, const struct cred *c, const char *path, struct node *above,
		  unsigned int missing, struct blob *value)
{
	struct account *a;
	struct perms *p;
	int rc = -ENOMEM;

	p = perms_inherit(c, above->perms);
	if (!p)
		return -ENOMEM;
	a = account_of(accounts_of(t), p->entry[0].domid);
	if (!a)
		goto out;
	rc = -ENOSPC;
	if (!c->privileged &&
	    a->nodes + (t ? store_owned(a->domid) : 0) + missing > quota.nodes)
		goto out;
	rc = note_created(t, c, path, missing);
	if (rc)
		goto out;
	rc = tree_create(root_of(t), path, value, p);
	if (rc)
		goto out;
	a->nodes += missing;
	changed(t, path, NULL, p, NULL);
out:
	perms_put(p);
	return rc;
}

int store_write(struct txn *t, const struct cred *c, const char *path, const void *data,
		size_t len)
{
	unsigned int missing;
	struct perms *p;
	struct node *n;
	struct blob *b;
	int rc = nearest(t, c, path, PERM_WRITE, &n, &missing);

	if (rc)
		return rc;
	if (!c->privileged && len > quota.entry_size)
		return -ENOSPC;
	b = blob_new(data, len);
	if (!b)
		return -ENOMEM;
	if (missing) {
		rc = create(t, c, path, n, missing, b);
		blob_put(b);
		return rc;
	}
	p = n->perms;
	rc = txn_note(t, c, path, ACCESS_WROTE | ACCESS_FIRE);
	if (!rc)
		rc = tree_set_value(root_of(t), path, b);
	blob_put(b);
	if (!rc)
		changed(t, path, p, p, NULL);
	return rc;
}

int store_mkdir(struct txn *t, const struct cred *c, const char *path)
{
	unsigned int missing;
	struct node *n;
	struct blob *b;
	int rc = nearest(t, c, path, PERM_READ | PERM_WRITE, &n, &missing);

	if (rc || !missing)
		return rc;
	if (!cred_may(c, n->perms, PERM_WRITE))
		return -EACCES;
	b = blob_new(NULL, 0);
	if (!b)
		return -ENOMEM;
	rc = create(t, c, path, n, missing, b);
	blob_put(b);
	return rc;
}

int store_rm(struct txn *t, const struct cred *c, const char *path)
{
	unsigned int missing;
	struct node *n;
	int rc;

	if (!strcmp(path, "/"))
		return -EINVAL;
	rc = nearest(t, c, path, PERM_WRITE, &n, &missing);
	if (rc || missing)
		return rc ? rc : missing == 1 ? 0 : -ENOENT;
	rc = txn_note(t, c, path, ACCESS_REMOVED | ACCESS_FIRE);
	if (rc)
		return rc;
	/* Adding nothing, but making the accounts that are needed below. */
	rc = account_tree(accounts_of(t), n, 0);
	if (rc)
		return rc;
	node_get(n);
	rc = tree_remove(root_of(t), path);
	if (!rc) {
		account_tree(accounts_of(t), n, -1);
		changed(t, path, n->perms, NULL, n);
	}
	node_put(n);
	return rc;
}

int store_set_perms(struct txn *t, const struct cred *c, const char *path, struct perms *perms)
{
	struct account *from, *to;
	struct perms *before;
	struct node *n;
	int rc;

	rc = store_node(t, c, path, PERM_READ | PERM_WRITE, &n);
	if (rc)
		return rc;
	if (!cred_owns(c, n->perms))
		return -EACCES;
	if (!c->privileged) {
		if (perms->entry[0].domid != n->perms->entry[0].domid)
			return -EPERM;
		if (perms->nr > quota.perms)
			return -ENOSPC;
	}
	rc = txn_note(t, c, path, ACCESS_WROTE | ACCESS_FIRE);
	if (rc)
		return rc;
	/* The second call may move the first account: ask again. */
	if (!account_of(accounts_of(t), n->perms->entry[0].domid) ||
	    !account_of(accounts_of(t), perms->entry[0].domid))
		return -ENOMEM;
	from = account_of(accounts_of(t), n->perms->entry[0].domid);
	to = account_of(accounts_of(t), perms->entry[0].domid);
	before = perms_get(n->perms);
	rc = tree_set_perms(root_of(t), path, perms);
	if (!rc) {
		from->nodes--;
		to->nodes++;
		changed(t, path, before, perms, NULL);
	}
	perms_put(before);
	return rc;
}

struct perms **store_special(const char *name)
{
	if (!strcmp(name, "@introduceDomain"))
		return &store.introduce;
	if (!strcmp(name, "@releaseDomain"))
		return &store.release;
	return NULL;
}

/* Paths found by a walk, to be acted on after it. */
struct found {
	uint16_t domid;
	char **path;
	size_t nr, cap;
	bool removing;
};

static bool mentions(const struct perms *p, uint16_t domid)
{
	for (uint32_t i = 1; i < p->nr; i++)
		if (p->entry[i].domid == domid)
			return true;
	return false;
}

static int find_traces(struct node *n, const char *path, void *arg)
{
	struct found *f = arg;
	bool hit;

	if (f->removing)
		hit = n->perms->entry[0].domid == f->domid && strcmp(path, "/");
	else
		hit = mentions(n->perms, f->domid);
	if (hit) {
		if (f->nr == f->cap) {
			size_t cap = f->cap ? f->cap * 2 : 64;
			char **p = realloc(f->path, cap * sizeof(*p));

			if (!p)
				return -ENOMEM;
			f->path = p;
			f->cap = cap;
		}
		f->path[f->nr] = strdup(path);
		if (!f->path[f->nr])
			return -ENOMEM;
		f->nr++;
	}
	return hit && f->removing;
}

static struct perms *perms_without(const struct perms *old, uint16_t domid)
{
	struct perms *p = perms_new(old->nr);

	if (!p)
		return NULL;
	p->nr = 1;
	p->entry[0] = old->entry[0];
	for (uint32_t i = 1; i < old->nr; i++)
		if (old->entry[i].domid != domid)
			p->entry[p->nr++] = old->entry[i];
	return p;
}

static int forget_one(struct found *f, const char *path)
{
	static const struct cred self = { .privileged = true };
	struct perms *p;
	int rc;

	if (f->removing)
		return store_rm(NULL, &self, path);
	p = perms_without(tree_lookup(store.root, path)->perms, f->domid);
	if (!p)
		return -ENOMEM;
	rc = tree_set_perms(&store.root, path, p);
	perms_put(p);
	return rc;
}

static int forget_special(struct perms **slot, uint16_t domid)
{
	struct perms *p;

	if (!mentions(*slot, domid))
		return 0;
	p = perms_without(*slot, domid);
	if (!p)
		return -ENOMEM;
	perms_put(*slot);
	*slot = p;
	return 0;
}

int store_forget(uint16_t domid)
{
	int rc;

	/* Snapshots hold the old permissions: nothing made from them may live. */
	txn_doom(0);
	rc = forget_special(&store.introduce, domid);
	if (!rc)
		rc = forget_special(&store.release, domid);
	for (int pass = 0; !rc && pass < 2; pass++) {
		struct found f = { .domid = domid, .removing = pass == 0 };

		rc = tree_walk(store.root, "/", find_traces, &f);
		for (size_t i = 0; i < f.nr; i++) {
			if (!rc)
				rc = forget_one(&f, f.path[i]);
			free(f.path[i]);
		}
		free(f.path);
	}
	return rc;
}

bool store_check(void)
{
	struct accounts a = { 0 };
	bool ok = !account_tree(&a, store.root, 1);

	for (size_t i = 0; ok && i < store.owned.nr; i++) {
		struct account *b = account_of(&a, store.owned.v[i].domid);

		ok = b && b->nodes == store.owned.v[i].nodes;
	}
	for (size_t i = 0; ok && i < a.nr; i++)
		ok = a.v[i].nodes == store_owned(a.v[i].domid);
	free(a.v);
	return ok;
}
