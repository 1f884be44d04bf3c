// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two rings of a console page (public/io/console.h). The guest owns
 * out_prod and in_cons and may set them to anything at any time, so each is
 * read once into a local and a distance larger than the ring means nothing.
 */
#include <stdint.h>

#include <xen/io/console.h>

#include "consoled.h"

#define LOAD(x)		__atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define STORE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

size_t ring_take(struct xencons_interface *r, char *buf, size_t room, bool *notify)
{
	XENCONS_RING_IDX cons = r->out_cons, prod = LOAD(r->out_prod);
	uint32_t have = prod - cons, i;

	*notify = false;
	if (!have)
		return 0;
	if (have > sizeof(r->out)) {
		/* A nonsense index: nothing of it can be believed, start level again. */
		STORE(r->out_cons, prod);
		return 0;
	}
	if (have > room)
		have = room;
	for (i = 0; i < have; i++)
		buf[i] = r->out[MASK_XENCONS_IDX(cons + i, r->out)];
	STORE(r->out_cons, cons + have);
	*notify = have != 0;
	return have;
}

size_t ring_space(const struct xencons_interface *r)
{
	uint32_t used = r->in_prod - LOAD(r->in_cons);

	return used > sizeof(r->in) ? 0 : sizeof(r->in) - used;
}

void ring_put(struct xencons_interface *r, const char *buf, size_t n)
{
	XENCONS_RING_IDX prod = r->in_prod;
	size_t i;

	for (i = 0; i < n; i++)
		r->in[MASK_XENCONS_IDX(prod + i, r->in)] = buf[i];
	STORE(r->in_prod, prod + n);
}
