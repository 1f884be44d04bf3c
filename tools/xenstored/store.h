/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The database: permission-checked, quota-checked operations on the live tree
 * or inside a transaction.  It owns the live root, the count of nodes by owner
 * and all transactions; request.c is its caller, watch.c hears of changes.
 * Paths are absolute and already checked.  One thread, no locks.
 *
 * Every function that can fail returns 0 or a negative errno that goes to the
 * client as it is.
 */
#ifndef XENSTORED_STORE_H
#define XENSTORED_STORE_H

#include "tree.h"

/* Who asks. */
struct cred {
	uint16_t domid;
	bool privileged;
	bool has_target;
	uint16_t target;	/* acts as this domain too, see SET_TARGET */
};

/* Numbers of nodes (or changes of them) by owning domain. */
struct account {
	uint16_t domid;
	int64_t nodes;
};

struct accounts {
	struct account *v;
	size_t nr, cap;
};

/* What changed, for the watches. */
struct change {
	const char *path;
	struct perms *before, *after;	/* NULL: not there (any more) */
	struct node *removed;		/* the subtree that went, or NULL */
};

#define ACCESS_READ	1u	/* looked at, even if it was not there */
#define ACCESS_WROTE	2u	/* made or changed */
#define ACCESS_REMOVED	4u	/* removed with all below, perhaps made again */
#define ACCESS_FIRE	8u	/* watchers hear of it on commit */
#define ACCESS_PLACE	16u	/* its permissions, or that it is not there, mattered */

struct access {
	struct access *next;	/* in the order of first use */
	unsigned int flags;
	char path[];
};

struct txn {
	struct txn *next;	/* all open transactions */
	uint32_t id;		/* for its connection's use */
	struct txn *conn_next;	/* for its connection's use */
	struct node *base, *root;
	struct accounts delta;
	struct access *first, **tail;
	struct access **sorted;	/* by path, to find one */
	uint32_t nr_access, cap_access;
	uint64_t started;	/* live changes before it */
	bool doomed;		/* will end with EAGAIN whatever comes */
	bool wrote;
};

struct store {
	struct node *root;
	struct accounts owned;
	struct txn *txns;
	uint64_t changes;
	struct perms *introduce, *release;	/* of the special watches */
	void (*hook)(const struct change *c);
};

extern struct store store;

/* hook is called after each change, with the store in its new state. */
int store_init(void (*hook)(const struct change *c));
void store_exit(void);

/* May c do this (PERM_*) to a node with these permissions? */
bool cred_may(const struct cred *c, const struct perms *p, unsigned int need);
bool cred_owns(const struct cred *c, const struct perms *p);

/*
 * store_node - find a node that the caller may access.
 * @t: transaction or NULL
 * @need: PERM_*, any of which is enough
 * @out: the node, valid until the next change
 *
 * -EACCES also hides whether something exists below what c may not read.
 */
int store_node(struct txn *t, const struct cred *c, const char *path, unsigned int need,
	       struct node **out);
int store_write(struct txn *t, const struct cred *c, const char *path, const void *data,
		size_t len);
int store_mkdir(struct txn *t, const struct cred *c, const char *path);
int store_rm(struct txn *t, const struct cred *c, const char *path);
int store_set_perms(struct txn *t, const struct cred *c, const char *path, struct perms *perms);

/* The permissions of @introduceDomain or @releaseDomain; NULL for other names. */
struct perms **store_special(const char *name);

/* Nodes owned by a domain in the live tree. */
int64_t store_owned(uint16_t domid);

/*
 * store_forget - a domain is gone for good: remove its nodes with all below
 * them, and its entries in the permissions of others, so that the next domain
 * with that number inherits nothing.
 */
int store_forget(uint16_t domid);

/* Compare the accounts with the tree.  Returns false when they disagree. */
bool store_check(void);

/* Transactions; see txn.c for what isolation means here. */
struct txn *txn_start(void);
void txn_abort(struct txn *t);

/*
 * txn_commit - end a transaction and free it, whatever comes out.
 *
 * Returns 0, -EAGAIN when something it depends on has changed or a quota no
 * longer fits, -ENOMEM.
 */
int txn_commit(struct txn *t, const struct cred *c);

/* Note that t depends on, or changes, path.  A NULL t is the live tree: 0. */
int txn_note(struct txn *t, const struct cred *c, const char *path, unsigned int flags);

/* Give up the snapshots of all transactions that began more than age live
 * changes ago: they end with EAGAIN, and their memory is free now. */
void txn_doom(uint64_t age);

/* The account of a domain, made if need be; NULL without memory. */
struct account *account_of(struct accounts *a, uint16_t domid);

/* Add n's owners, and those of all below, to a, sign times.  The second call
 * for the same subtree cannot fail. */
int account_tree(struct accounts *a, const struct node *n, int sign);

#endif
