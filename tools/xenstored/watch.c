// SPDX-License-Identifier: GPL-2.0-only
/*
 * Matching changes with watches; see watch.h.
 *
 * An unprivileged client hears of a node only if it may read it, before or
 * after the change.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "quota.h"
#include "watch.h"

struct watch {
	struct watch *next;
	size_t skip;		/* bytes of home path to leave out of events */
	int depth;
	bool owed;
	char *token;
	char path[];		/* absolute */
};

static struct watch *find(struct conn *c, const char *absolute, const char *token)
{
	struct watch *w = c->watches;

	while (w && (strcmp(w->path, absolute) || strcmp(w->token, token)))
		w = w->next;
	return w;
}

int watch_add(struct conn *c, const char *path, const char *absolute, const char *token, int depth)
{
	size_t alen = strlen(absolute) + 1, tlen = strlen(token) + 1;
	struct watch *w, **end;

	/* Room for the longest event that this watch can have. */
	if (tlen > XENSTORE_PAYLOAD_MAX - PATH_BUF)
		return -EINVAL;
	if (find(c, absolute, token))
		return -EEXIST;
	if (!c->cred.privileged && c->nr_watches >= quota.watches)
		return -E2BIG;
	w = malloc(sizeof(*w) + alen + tlen);
	if (!w)
		return -ENOMEM;
	memcpy(w->path, absolute, alen);
	w->token = w->path + alen;
	memcpy(w->token, token, tlen);
	w->depth = depth;
	w->owed = false;
	w->skip = alen - 1 - strlen(path);
	w->next = NULL;
	/* In the order they came, so events come in that order too. */
	for (end = &c->watches; *end; end = &(*end)->next)
		;
	*end = w;
	c->nr_watches++;
	return 0;
}

int watch_remove(struct conn *c, const char *absolute, const char *token)
{
	struct watch *w = find(c, absolute, token);
	struct watch **p = &c->watches;

	if (!w)
		return -ENOENT;
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	c->nr_watches--;
	free(w);
	return 0;
}

void watch_drop_all(struct conn *c)
{
	while (c->watches) {
		struct watch *w = c->watches;

		c->watches = w->next;
		free(w);
	}
	c->nr_watches = 0;
	c->owed = false;
}

static void send_event(struct conn *c, struct watch *w, const char *path)
{
	if (!conn_event(c, path + w->skip, w->token)) {
		w->owed = true;
		c->owed = true;
	}
}

void watch_first_event(struct conn *c, const char *absolute, const char *token)
{
	struct watch *w = find(c, absolute, token);

	if (w)
		send_event(c, w, w->path);
}

void watch_pay_owed(struct conn *c)
{
	c->owed = false;
	for (struct watch *w = c->watches; w; w = w->next) {
		if (!w->owed)
			continue;
		w->owed = false;
		send_event(c, w, w->path);
	}
}

static void change_for(struct conn *c, struct watch *w, const struct change *ch)
{
	unsigned int depth;

	if (path_below(ch->path, w->path, &depth)) {
		if (w->depth >= 0 && depth > (unsigned int)w->depth)
			return;
		if ((ch->before && cred_may(&c->cred, ch->before, PERM_READ)) ||
		    (ch->after && cred_may(&c->cred, ch->after, PERM_READ)))
			send_event(c, w, ch->path);
	} else if (ch->removed && path_below(w->path, ch->path, &depth)) {
		struct node *n = tree_lookup(ch->removed, w->path + strlen(ch->path));

		if (n && cred_may(&c->cred, n->perms, PERM_READ))
			send_event(c, w, w->path);
	}
}

void watch_change(const struct change *ch)
{
	for (struct conn *c = conns; c; c = c->next)
		for (struct watch *w = c->watches; w; w = w->next)
			if (w->path[0] == '/')
				change_for(c, w, ch);
}

void watch_special(const char *name, uint16_t domid)
{
	struct perms *p = *store_special(name);
	char one[64];

	snprintf(one, sizeof(one), "%s/%u", name, domid);
	for (struct conn *c = conns; c; c = c->next) {
		if (!cred_may(&c->cred, p, PERM_READ))
			continue;
		for (struct watch *w = c->watches; w; w = w->next) {
			if (!strcmp(w->path, one))
				send_event(c, w, one);
			else if (!strcmp(w->path, name))
				send_event(c, w, w->depth == 1 ? one : name);
		}
	}
}
