// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations, live and in overlapping transactions, against a model that
 * is too simple to be wrong: an array of all paths that the test uses.
 *
 * What must hold: inside a transaction everything looks as at its start plus
 * its own changes; a commit succeeds only if all that the transaction did and
 * saw would come out the same if it were done now, and then the store is as if
 * it had been; a commit that fails changes nothing, and one that nobody
 * disturbed does not fail.
 *
 * SOURCES: tools/xenstored/tree.c tools/xenstored/path.c tools/xenstored/quota.c tools/xenstored/store.c tools/xenstored/txn.c
 * CFLAGS: -Itools/xenstored -Ibuild/include
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quota.h"
#include "store.h"

#define NAMES	3
#define PATHS	(NAMES + NAMES * NAMES + NAMES * NAMES * NAMES)
#define TXNS	4
#define LOG	24
#define GUEST	5

struct model_node {
	bool exists;
	int value;		/* -1: empty */
	uint16_t owner;
	uint8_t others;
};

struct model {
	struct model_node n[PATHS + 1];	/* the last is the root */
};

enum op { OP_WRITE, OP_MKDIR, OP_RM, OP_READ, OP_LIST, OP_PERMS, OP_NR };

struct step {
	enum op op;
	int path, arg;
	int result;
};

struct running {
	struct txn *t;
	struct model m;
	struct cred c;
	struct step log[LOG];
	int nr;
	bool disturbed;
};

static struct model live;
static struct running running[TXNS];
static char names[PATHS + 1][16];
static int parent_of[PATHS + 1];
static int commits, conflicts_seen, merges;

static void make_names(void)
{
	int n = 0;

	for (int depth = 1, first = 0; depth <= 3; depth++) {
		int from = first, to = n;

		if (depth == 1)
			from = to = 0;
		for (int p = from; p < (depth == 1 ? 1 : to); p++) {
			for (int i = 0; i < NAMES; i++) {
				parent_of[n] = depth == 1 ? PATHS : p;
				snprintf(names[n], sizeof(names[n]), "%.10s/%c",
					 depth == 1 ? "" : names[p], 'a' + i);
				n++;
			}
		}
		first = to;
	}
	strcpy(names[PATHS], "/");
	parent_of[PATHS] = -1;
}

static bool model_owns(const struct cred *c, const struct model_node *n)
{
	return c->privileged || n->owner == c->domid;
}

static bool model_may(const struct cred *c, const struct model_node *n, unsigned int need)
{
	return model_owns(c, n) || (n->others & need);
}

static int model_nearest(const struct model *m, int path, int *missing)
{
	for (*missing = 0; !m->n[path].exists; path = parent_of[path])
		(*missing)++;
	return path;
}

static int model_create(struct model *m, const struct cred *c, int path, int value, int near)
{
	uint16_t owner = c->privileged ? m->n[near].owner : c->domid;
	uint8_t others = m->n[near].others;

	for (int p = path; p != near; p = parent_of[p])
		m->n[p] = (struct model_node){ true, p == path ? value : -1, owner, others };
	return 0;
}

static int model_do(struct model *m, const struct cred *c, const struct step *s)
{
	int missing, near = model_nearest(m, s->path, &missing), list = 0;
	struct model_node *n = &m->n[near];

	switch (s->op) {
	case OP_WRITE:
		if (!model_may(c, n, PERM_WRITE))
			return -EACCES;
		if (missing)
			return model_create(m, c, s->path, s->arg, near);
		n->value = s->arg;
		return 0;
	case OP_MKDIR:
		if (!missing)
			return model_may(c, n, PERM_READ | PERM_WRITE) ? 0 : -EACCES;
		if (!model_may(c, n, PERM_WRITE))
			return -EACCES;
		return model_create(m, c, s->path, -1, near);
	case OP_RM:
		if (!model_may(c, n, PERM_WRITE))
			return -EACCES;
		if (missing)
			return missing == 1 ? 0 : -ENOENT;
		for (int p = 0; p < PATHS; p++)
			for (int up = p; up >= 0; up = parent_of[up])
				if (up == s->path)
					m->n[p].exists = false;
		return 0;
	case OP_READ:
		if (!model_may(c, n, PERM_READ))
			return -EACCES;
		return missing ? -ENOENT : n->value + 1;
	case OP_LIST:
		if (!model_may(c, n, PERM_READ))
			return -EACCES;
		if (missing)
			return -ENOENT;
		for (int p = 0; p < PATHS; p++)
			if (parent_of[p] == s->path && m->n[p].exists)
				list = list * 8 + names[p][strlen(names[p]) - 1] - 'a' + 1;
		return list;
	default:
		if (!model_may(c, n, PERM_READ | PERM_WRITE))
			return -EACCES;
		if (missing)
			return -ENOENT;
		if (!model_owns(c, n))
			return -EACCES;
		if (!c->privileged && n->owner != (s->arg & 4 ? GUEST : 0))
			return -EPERM;
		n->owner = s->arg & 4 ? GUEST : 0;
		n->others = s->arg & 3;
		return 0;
	}
}

static int store_do(struct txn *t, const struct cred *c, const struct step *s)
{
	const char *path = names[s->path];
	struct perms *p;
	struct node *n;
	char value[16];
	int rc, list = 0;

	switch (s->op) {
	case OP_WRITE:
		return store_write(t, c, path, value, sprintf(value, "%d", s->arg));
	case OP_MKDIR:
		return store_mkdir(t, c, path);
	case OP_RM:
		return store_rm(t, c, path);
	case OP_READ:
		rc = store_node(t, c, path, PERM_READ, &n);
		if (rc)
			return rc;
		memcpy(value, n->value->data, n->value->len);
		value[n->value->len] = '\0';
		return n->value->len ? atoi(value) + 1 : 0;
	case OP_LIST:
		rc = store_node(t, c, path, PERM_READ, &n);
		if (rc)
			return rc;
		for (uint32_t i = 0; i < n->nr_children; i++)
			list = list * 8 + n->children[i]->name[0] - 'a' + 1;
		return list;
	default:
		p = perms_new(1);
		p->entry[0].domid = s->arg & 4 ? GUEST : 0;
		p->entry[0].access = s->arg & 3;
		rc = store_set_perms(t, c, path, p);
		perms_put(p);
		return rc;
	}
}

static bool same(const struct model *m, struct node *root)
{
	for (int p = 0; p < PATHS; p++) {
		struct node *n = tree_lookup(root, names[p]);
		char value[16];

		if (!n != !m->n[p].exists)
			return false;
		if (!n)
			continue;
		memcpy(value, n->value->data, n->value->len);
		value[n->value->len] = '\0';
		if ((n->value->len ? atoi(value) : -1) != m->n[p].value ||
		    n->perms->entry[0].domid != m->n[p].owner ||
		    n->perms->entry[0].access != m->n[p].others)
			return false;
	}
	return true;
}

static uint64_t seed;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

static void disturb(struct running *except)
{
	for (int i = 0; i < TXNS; i++)
		if (&running[i] != except)
			running[i].disturbed = true;
}

#define MUST(cond) do { \
	if (!(cond)) { \
		printf("FAIL model: %s, round %ld, seed %llu\n", #cond, round, \
		       (unsigned long long)start); \
		return false; \
	} \
} while (0)

static bool finish(struct running *r, long round, uint64_t start)
{
	struct model after = live;
	bool replays = true, wrote = r->t->wrote;
	int rc;

	for (int i = 0; i < r->nr; i++)
		replays &= model_do(&after, &r->c, &r->log[i]) == r->log[i].result;
	rc = txn_commit(r->t, &r->c);
	r->t = NULL;
	MUST(rc == 0 || rc == -EAGAIN);
	if (rc) {
		conflicts_seen++;
		MUST(r->disturbed);
	} else if (wrote) {
		commits++;
		merges += r->disturbed;
		MUST(replays);
		live = after;
		disturb(r);
	}
	MUST(same(&live, store.root));
	MUST(store_check());
	return true;
}

static bool one(long round, uint64_t start)
{
	struct running *r = rnd(5) ? &running[rnd(TXNS)] : NULL;
	struct cred c = { .domid = GUEST, .privileged = rnd(2) };
	struct step s = { .op = rnd(OP_NR), .path = rnd(PATHS), .arg = rnd(8) };

	if (c.privileged)
		c.domid = 0;
	if (r && !r->t) {
		r->t = txn_start();
		r->m = live;
		r->c = c;
		r->nr = 0;
		r->disturbed = false;
		return true;
	}
	if (r && (r->nr == LOG || !rnd(8))) {
		if (rnd(6))
			return finish(r, round, start);
		txn_abort(r->t);
		r->t = NULL;
		MUST(same(&live, store.root));
		return true;
	}
	if (r) {
		s.result = model_do(&r->m, &r->c, &s);
		MUST(store_do(r->t, &r->c, &s) == s.result);
		r->log[r->nr++] = s;
		MUST(round % 64 || same(&r->m, r->t->root));
		return true;
	}
	s.result = model_do(&live, &c, &s);
	MUST(store_do(NULL, &c, &s) == s.result);
	disturb(NULL);
	MUST(round % 64 || (same(&live, store.root) && store_check()));
	return true;
}

static bool run(uint64_t start, long rounds)
{
	bool good = true;

	seed = start;
	memset(&live, 0, sizeof(live));
	memset(running, 0, sizeof(running));
	live.n[PATHS] = (struct model_node){ true, -1, 0, 0 };
	if (store_init(NULL))
		return false;
	for (long round = 0; good && round < rounds; round++)
		good = one(round, start);
	store_exit();
	return good;
}

int main(int argc, char **argv)
{
	uint64_t start = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	long rounds = argc > 2 ? atol(argv[2]) : 200000;

	make_names();
	for (int i = 0; i < 5; i++) {
		if (!run(start + i, rounds))
			return 1;
		printf("ok random operations, seed %llu\n", (unsigned long long)start + i);
	}
	if (!merges || !conflicts_seen) {
		printf("FAIL the runs met no merge or no conflict\n");
		return 1;
	}
	printf("ok %d commits, %d of them merged, %d conflicts\n", commits, merges,
	       conflicts_seen);
	printf("6 passed\n");
	return 0;
}
