// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counted, copy-on-write tree; see tree.h.
 *
 * A node whose count is one, reached through nodes whose counts are one, is
 * seen by nobody else and is changed in place; anything else is copied first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

struct perms *perms_new(uint32_t nr)
{
	struct perms *p = calloc(1, sizeof(*p) + nr * sizeof(p->entry[0]));

	if (p) {
		p->refs = 1;
		p->nr = nr;
	}
	return p;
}

struct perms *perms_get(struct perms *p)
{
	p->refs++;
	return p;
}

void perms_put(struct perms *p)
{
	if (p && --p->refs == 0)
		free(p);
}

struct blob *blob_new(const void *data, size_t len)
{
	struct blob *b = malloc(sizeof(*b) + len);

	if (b) {
		b->refs = 1;
		b->len = len;
		if (len)
			memcpy(b->data, data, len);
	}
	return b;
}

struct blob *blob_get(struct blob *b)
{
	b->refs++;
	return b;
}

void blob_put(struct blob *b)
{
	if (b && --b->refs == 0)
		free(b);
}

struct node *node_get(struct node *n)
{
	n->refs++;
	return n;
}

void node_put(struct node *n)
{
	if (!n || --n->refs)
		return;
	for (uint32_t i = 0; i < n->nr_children; i++)
		node_put(n->children[i]);
	free(n->children);
	blob_put(n->value);
	perms_put(n->perms);
	free(n);
}

uint64_t tree_next_gen(void)
{
	static uint64_t gen;

	return ++gen;
}

static struct node *node_new(const char *name, size_t len, struct blob *value, struct perms *perms)
{
	struct node *n = calloc(1, sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	n->refs = 1;
	n->gen = tree_next_gen();
	n->value = blob_get(value);
	n->perms = perms_get(perms);
	n->name_len = len;
	memcpy(n->name, name, len);
	return n;
}

struct node *tree_new(struct perms *perms)
{
	struct blob *empty = blob_new(NULL, 0);
	struct node *n = empty ? node_new("", 0, empty, perms) : NULL;

	blob_put(empty);
	return n;
}

/* Make the node in *slot ours alone.  Returns it, or NULL without memory. */
static struct node *node_own(struct node **slot)
{
	struct node *n = *slot, *copy;

	if (n->refs == 1)
		return n;
	copy = node_new(n->name, n->name_len, n->value, n->perms);
	if (!copy)
		return NULL;
	copy->gen = n->gen;
	if (n->nr_children) {
		copy->children = malloc(n->nr_children * sizeof(copy->children[0]));
		if (!copy->children) {
			node_put(copy);
			return NULL;
		}
		copy->cap_children = n->nr_children;
		for (uint32_t i = 0; i < n->nr_children; i++)
			copy->children[i] = node_get(n->children[i]);
		copy->nr_children = n->nr_children;
	}
	n->refs--;
	*slot = copy;
	return copy;
}

/* The path component at p (which starts with '/' or is at the end). */
static const char *component(const char *p, size_t *len)
{
	while (*p == '/')
		p++;
	*len = strcspn(p, "/");
	return p;
}

static bool child_find(const struct node *n, const char *name, size_t len, uint32_t *pos)
{
	uint32_t lo = 0, hi = n->nr_children;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct node *c = n->children[mid];
		size_t min = len < c->name_len ? len : c->name_len;
		int d = memcmp(name, c->name, min);

		if (!d && len == c->name_len) {
			*pos = mid;
			return true;
		}
		if (d < 0 || (!d && len < c->name_len))
			hi = mid;
		else
			lo = mid + 1;
	}
	*pos = lo;
	return false;
}

struct node *tree_nearest(struct node *root, const char *path, unsigned int *missing)
{
	struct node *n = root;
	uint32_t pos;
	size_t len;

	*missing = 0;
	for (path = component(path, &len); len; path = component(path + len, &len)) {
		if (!child_find(n, path, len, &pos)) {
			for (; len; path = component(path + len, &len))
				(*missing)++;
			break;
		}
		n = n->children[pos];
	}
	return n;
}

struct node *tree_lookup(struct node *root, const char *path)
{
	unsigned int missing;
	struct node *n = tree_nearest(root, path, &missing);

	return missing ? NULL : n;
}

/* Room for one more child, so that inserting it cannot fail. */
static int child_reserve(struct node *n)
{
	uint32_t cap = n->cap_children ? n->cap_children * 2 : 4;
	struct node **c;

	if (n->nr_children < n->cap_children)
		return 0;
	c = realloc(n->children, cap * sizeof(*c));
	if (!c)
		return -ENOMEM;
	n->children = c;
	n->cap_children = cap;
	return 0;
}

static void child_insert(struct node *n, uint32_t pos, struct node *child)
{
	memmove(&n->children[pos + 1], &n->children[pos],
		(n->nr_children - pos) * sizeof(n->children[0]));
	n->children[pos] = child;
	n->nr_children++;
	n->gen = tree_next_gen();
}

/*
 * Own every node on the way to path.  On success *slot is where its last
 * component hangs, itself not owned; *parent is NULL for the root.
 */
static int own_way(struct node **root, const char *path, struct node **parent,
		   struct node ***slot)
{
	uint32_t pos;
	size_t len;

	*parent = NULL;
	*slot = root;
	for (path = component(path, &len); len; path = component(path + len, &len)) {
		struct node *n = node_own(*slot);

		if (!n)
			return -ENOMEM;
		if (!child_find(n, path, len, &pos))
			return -ENOENT;
		*parent = n;
		*slot = &n->children[pos];
	}
	return 0;
}

int tree_create(struct node **root, const char *path, struct blob *value, struct perms *perms)
{
	struct node *chain = NULL, *parent, **slot = root;
	struct blob *empty = NULL;
	const char *first;
	uint32_t pos;
	size_t len;
	int rc;

	/* Down to the deepest node that exists. */
	for (first = component(path, &len);; first = component(first + len, &len)) {
		if (!len)
			return -EEXIST;
		parent = node_own(slot);
		if (!parent)
			return -ENOMEM;
		if (!child_find(parent, first, len, &pos))
			break;
		slot = &parent->children[pos];
	}

	rc = child_reserve(parent);
	if (rc)
		return rc;
	empty = blob_new(NULL, 0);
	if (!empty)
		return -ENOMEM;

	/* The new nodes hang together before the tree sees the first of them. */
	for (const char *end = path + strlen(path); end > first; ) {
		const char *name = end;
		struct node *n;

		while (name > first && name[-1] != '/')
			name--;
		n = node_new(name, end - name, chain ? empty : value, perms);
		if (!n || (chain && child_reserve(n))) {
			node_put(n);
			node_put(chain);
			blob_put(empty);
			return -ENOMEM;
		}
		if (chain)
			child_insert(n, 0, chain);
		chain = n;
		end = name > first ? name - 1 : first;
	}
	blob_put(empty);
	child_insert(parent, pos, chain);
	return 0;
}

static struct node *own_node(struct node **root, const char *path, int *rc)
{
	struct node *parent, **slot, *n;

	*rc = own_way(root, path, &parent, &slot);
	if (*rc)
		return NULL;
	n = node_own(slot);
	if (!n)
		*rc = -ENOMEM;
	return n;
}

int tree_set_value(struct node **root, const char *path, struct blob *value)
{
	int rc;
	struct node *n = own_node(root, path, &rc);

	if (n) {
		blob_get(value);
		blob_put(n->value);
		n->value = value;
		n->gen = tree_next_gen();
	}
	return rc;
}

int tree_set_perms(struct node **root, const char *path, struct perms *perms)
{
	int rc;
	struct node *n = own_node(root, path, &rc);

	if (n) {
		perms_get(perms);
		perms_put(n->perms);
		n->perms = perms;
		n->gen = tree_next_gen();
	}
	return rc;
}

int tree_remove(struct node **root, const char *path)
{
	struct node *parent, **slot, *n;
	uint32_t pos;
	int rc;

	rc = own_way(root, path, &parent, &slot);
	if (rc)
		return rc;
	if (!parent)
		return -EINVAL;
	n = *slot;
	pos = slot - parent->children;
	parent->nr_children--;
	memmove(&parent->children[pos], &parent->children[pos + 1],
		(parent->nr_children - pos) * sizeof(parent->children[0]));
	parent->gen = tree_next_gen();
	node_put(n);
	return 0;
}

int tree_graft(struct node **root, const char *path, struct node *n)
{
	struct node **slot = root, *parent;
	const char *name, *next;
	size_t len, next_len;
	uint32_t pos;

	name = component(path, &len);
	if (!len)
		return -EINVAL;
	for (;; name = next, len = next_len) {
		bool found;

		parent = node_own(slot);
		if (!parent)
			return -ENOMEM;
		found = child_find(parent, name, len, &pos);
		next = component(name + len, &next_len);
		if (!next_len) {
			if (!found && child_reserve(parent))
				return -ENOMEM;
			node_get(n);
			if (found) {
				node_put(parent->children[pos]);
				parent->children[pos] = n;
				parent->gen = tree_next_gen();
			} else {
				child_insert(parent, pos, n);
			}
			return 0;
		}
		if (!found)
			return -ENOENT;
		slot = &parent->children[pos];
	}
}

struct walk {
	int (*fn)(struct node *n, const char *path, void *arg);
	void *arg;
	char *path;
	size_t cap;
};

static int walk_from(struct walk *w, struct node *n, size_t len)
{
	int rc = w->fn(n, len ? w->path : "/", w->arg);

	if (rc)
		return rc < 0 ? rc : 0;
	for (uint32_t i = 0; i < n->nr_children; i++) {
		struct node *c = n->children[i];
		size_t need = len + 1 + c->name_len + 1;

		if (need > w->cap) {
			char *p = realloc(w->path, need * 2);

			if (!p)
				return -ENOMEM;
			w->path = p;
			w->cap = need * 2;
		}
		w->path[len] = '/';
		memcpy(w->path + len + 1, c->name, c->name_len + 1);
		rc = walk_from(w, c, need - 1);
		w->path[len] = '\0';
		if (rc)
			return rc;
	}
	return 0;
}

int tree_walk(struct node *n, const char *path,
	      int (*fn)(struct node *n, const char *path, void *arg), void *arg)
{
	size_t len = strcmp(path, "/") ? strlen(path) : 0;
	struct walk w = { .fn = fn, .arg = arg, .cap = len + 256 };
	int rc;

	w.path = malloc(w.cap);
	if (!w.path)
		return -ENOMEM;
	memcpy(w.path, path, len);
	w.path[len] = '\0';
	rc = walk_from(&w, n, len);
	free(w.path);
	return rc;
}
