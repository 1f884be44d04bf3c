// SPDX-License-Identifier: GPL-2.0-only
/*
 * XENMEM_exchange: frames given back for others that are contiguous, or below
 * an address limit. Chunk by chunk, each of the larger of the two extent sizes:
 * the old frames are taken out of the domain, the new ones allocated, and only
 * then is either side changed for good, so that a chunk is exchanged or left
 * exactly as it was.
 */
#include <common/frame.h>
#include <common/frame_heap.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <lib/errno.h>
#include "memory_private.h"

struct exchange {
	struct reservation in, out;
	u64 nr_exchanged;
	u64 nr_exchanged_at;	/* guest address of that field */
};

struct exchange_32 {
	struct reservation_32 in, out;
	u32 nr_exchanged;
};
struct exchange_64 {
	struct reservation_64 in, out;
	u64 nr_exchanged;
};

static int read_exchange(struct exchange *x, u64 arg)
{
	if (current->domain->is_32bit) {
		struct exchange_32 raw;

		if (read_guest(&raw, arg))
			return -EFAULT;
		*x = (struct exchange){ widen_reservation(&raw.in), widen_reservation(&raw.out),
					raw.nr_exchanged, arg + offsetof(struct exchange_32, nr_exchanged) };
	} else {
		struct exchange_64 raw;

		if (read_guest(&raw, arg))
			return -EFAULT;
		*x = (struct exchange){ plain_reservation(&raw.in), plain_reservation(&raw.out),
					raw.nr_exchanged, arg + offsetof(struct exchange_64, nr_exchanged) };
	}
	return 0;
}

static int write_nr_exchanged(const struct exchange *x, u64 nr)
{
	const u32 narrow = nr;

	return current->domain->is_32bit ? copy_to_guest(x->nr_exchanged_at, &narrow, 4)
					 : copy_to_guest(x->nr_exchanged_at, &nr, 8);
}

/* Blocks of one chunk, chained by next while neither a domain nor the heap has them. */
struct chain {
	u32 head;
};
static void chain_push(struct chain *c, struct page_info *pg)
{
	page_list_add_tail(pg, &c->head);
}
static struct page_info *chain_pop(struct chain *c)
{
	struct page_info *pg = page_list_first(c->head);

	if (pg)
		page_list_del(pg, &c->head);
	return pg;
}

/* The frames of input extents [first, first + nr) out of d, still counted as d's. */
static int take_in(struct domain *d, const struct reservation *in, u64 first, u64 nr, struct chain *c)
{
	for (u64 i = first; i < first + nr; i++) {
		unsigned long frame;

		if (read_extent(in->extents, i, &frame))
			return -EFAULT;
		for (unsigned long j = 0; j < 1ul << in->order; j++) {
			struct page_info *pg = mfn_to_page_checked(MFN(frame + j));

			/* Not the domain's, or in use: the caller's mistake either way. */
			if (!pg || steal_page(d, pg, MEMF_no_refcount))
				return -EINVAL;
			chain_push(c, pg);
		}
	}
	return 0;
}

static int take_out(struct domain *d, const struct reservation *out, u64 nr, u32 memflags, struct chain *c)
{
	while (nr--) {
		struct page_info *pg = heap_alloc(out->order, memflags, d);

		if (!pg)
			return -ENOMEM;
		chain_push(c, pg);
	}
	return 0;
}

/* As it was before take_in. A domain that is dying meanwhile gets nothing back. */
static void give_back(struct domain *d, struct chain *c)
{
	struct page_info *pg;

	while ((pg = chain_pop(c)) != NULL) {
		if (!assign_pages(pg, 0, d, MEMF_no_refcount))
			continue;
		heap_free(pg, 0, true);
		domain_uncount_pages(d, 1);
	}
}

static void free_blocks(struct chain *c, unsigned int order, bool dirty)
{
	struct page_info *pg;

	while ((pg = chain_pop(c)) != NULL)
		heap_free(pg, order, dirty);
}

/* New blocks into d, at the frame numbers that the output list names; the list learns where they are. */
static int put_out(struct domain *d, const struct reservation *out, u64 first, struct chain *c)
{
	struct page_info *pg;
	int rc = 0;

	for (u64 i = first; (pg = chain_pop(c)) != NULL; i++) {
		const unsigned long nr = 1ul << out->order;
		unsigned long gpfn;

		if (assign_pages(pg, out->order, d, MEMF_no_refcount)) {
			heap_free(pg, out->order, false);
			domain_uncount_pages(d, nr);
			rc = -EINVAL;
			continue;
		}
		/* The frames are the domain's whatever becomes of the list. */
		if (read_extent(out->extents, i, &gpfn)) {
			rc = -EFAULT;
			continue;
		}
		for (unsigned long j = 0; j < nr; j++)
			set_gpfn_of_owned(d, pg + j, gpfn + j);
		if (write_extent(out->extents, i, mfn_x(page_to_mfn(pg))))
			rc = -EFAULT;
	}
	return rc;
}

static int exchange_chunk(struct domain *d, const struct exchange *x, u64 chunk,
			  unsigned int in_chunk_order, unsigned int out_chunk_order, u32 memflags)
{
	struct chain in = { 0 }, out = { 0 };
	int rc;

	rc = take_in(d, &x->in, chunk << in_chunk_order, 1ul << in_chunk_order, &in);
	if (!rc)
		rc = take_out(d, &x->out, 1ul << out_chunk_order, memflags, &out);
	if (rc) {
		free_blocks(&out, x->out.order, false);
		give_back(d, &in);
		return rc;
	}
	free_blocks(&in, 0, true);
	return put_out(d, &x->out, chunk << out_chunk_order, &out);
}

/* The entries of a list that are still to be used, all of them in the guest's part of the address space. */
static bool rest_is_guests(u64 list, u64 first, u64 nr)
{
	const unsigned int bytes = current->domain->is_32bit ? 4 : 8;

	return nr <= ~0ull / bytes && guest_range_ok(list + first * bytes, (nr - first) * bytes);
}

static int check_exchange(const struct exchange *x)
{
	if (x->in.order > max_extent_order() || x->out.order > max_extent_order())
		return -EPERM;
	if (x->nr_exchanged > x->in.nr || x->in.domid != x->out.domid)
		return -EINVAL;
	/* Sizes that overflow are not equal to anything. */
	if (x->in.nr > ~0ull >> x->in.order || x->out.nr > ~0ull >> x->out.order ||
	    x->in.nr << x->in.order != x->out.nr << x->out.order)
		return -EINVAL;
	if (!rest_is_guests(x->in.extents, x->nr_exchanged, x->in.nr) ||
	    !rest_is_guests(x->out.extents, x->nr_exchanged << x->in.order >> x->out.order, x->out.nr))
		return -EFAULT;
	return 0;
}

long memory_exchange(u64 cmd, u64 arg)
{
	unsigned int in_chunk_order = 0, out_chunk_order = 0;
	struct exchange x;
	struct domain *d;
	u32 memflags;
	u64 first, chunk, nr_chunks;
	long rc;

	if (read_exchange(&x, arg))
		return -EFAULT;
	rc = check_exchange(&x);
	if (rc)
		return rc;
	if (x.in.order <= x.out.order)
		in_chunk_order = x.out.order - x.in.order;
	else
		out_chunk_order = x.in.order - x.out.order;
	if (!reservation_memflags(x.out.flags, &memflags))
		return -ENOMEM;
	rc = get_target_domain(x.in.domid, &d);
	if (rc)
		return rc;

	/* nr_exchanged is also where an interrupted call goes on. */
	first = x.nr_exchanged >> in_chunk_order;
	nr_chunks = x.in.nr >> in_chunk_order;
	for (chunk = first; chunk < nr_chunks; chunk++) {
		if (chunk > first && hypercall_preempt_check()) {
			rc = write_nr_exchanged(&x, chunk << in_chunk_order);
			put_domain(d);
			return rc ? rc : hypercall_continue(__HYPERVISOR_memory_op, 2, cmd, arg);
		}
		rc = exchange_chunk(d, &x, chunk, in_chunk_order, out_chunk_order, memflags);
		if (rc)
			break;
	}
	put_domain(d);
	if (write_nr_exchanged(&x, chunk << in_chunk_order))
		rc = -EFAULT;
	return rc;
}
