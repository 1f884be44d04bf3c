/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store's tree: nodes with a value, permissions and named children.
 *
 * Nodes are counted and copied on write, so holding a reference to a root is
 * a snapshot of the whole store; that is what transactions are made of.  The
 * tree knows nothing of clients, quotas or watches: store.c is its only
 * writer.  The daemon has one thread, so there are no locks.
 */
#ifndef XENSTORED_TREE_H
#define XENSTORED_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERM_READ	1u
#define PERM_WRITE	2u

struct perm {
	uint16_t domid;
	uint8_t access;		/* PERM_READ | PERM_WRITE */
};

/* Immutable once shared.  Entry 0 is the owner and the access of all others. */
struct perms {
	uint32_t refs;
	uint32_t nr;
	struct perm entry[];
};

/* An immutable octet string. */
struct blob {
	uint32_t refs;
	uint32_t len;
	char data[];
};

struct node {
	uint32_t refs;
	uint32_t nr_children, cap_children;
	uint64_t gen;		/* changes with value, permissions or child list */
	struct node **children;	/* sorted by name */
	struct blob *value;
	struct perms *perms;
	uint32_t name_len;
	char name[];
};

/* All of these return NULL when memory is short; put accepts NULL. */
struct perms *perms_new(uint32_t nr);
struct perms *perms_get(struct perms *p);
void perms_put(struct perms *p);
struct blob *blob_new(const void *data, size_t len);
struct blob *blob_get(struct blob *b);
void blob_put(struct blob *b);
struct node *node_get(struct node *n);
void node_put(struct node *n);

/* A root node with an empty value and these permissions. */
struct node *tree_new(struct perms *perms);

/* A number never given before, for node.gen. */
uint64_t tree_next_gen(void);

/*
 * tree_lookup - find an absolute, valid path.
 *
 * Returns the node (no reference taken) or NULL.
 */
struct node *tree_lookup(struct node *root, const char *path);

/*
 * tree_nearest - the node at path or else its nearest existing ancestor.
 * @missing: set to the number of path components below it that do not exist
 */
struct node *tree_nearest(struct node *root, const char *path, unsigned int *missing);

/*
 * The changes.  Each works on the tree under *root, copying what is shared,
 * and returns 0 or -ENOMEM with the tree's meaning unchanged; -ENOENT when
 * the place to be changed is not there.
 *
 * tree_create also makes missing ancestors, empty, with the same permissions;
 * tree_graft shares the subtree n at path, in the place of what was there.
 */
int tree_create(struct node **root, const char *path, struct blob *value, struct perms *perms);
int tree_set_value(struct node **root, const char *path, struct blob *value);
int tree_set_perms(struct node **root, const char *path, struct perms *perms);
int tree_remove(struct node **root, const char *path);
int tree_graft(struct node **root, const char *path, struct node *n);

/*
 * tree_walk - call fn for every node of a subtree, parents first.
 * @path: the subtree's path
 *
 * fn returns 0 to go on, 1 to skip the node's children, negative to stop.
 * Returns what stopped the walk or 0.
 */
int tree_walk(struct node *n, const char *path,
	      int (*fn)(struct node *n, const char *path, void *arg), void *arg);

#endif
