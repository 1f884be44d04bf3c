// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growing and shrinking a domain's memory: increase, decrease and populate
 * reservation. The result is the number of extents done; an argument that cannot
 * be used at all does none.
 */
#include <common/hypercall.h>
#include <common/frame.h>
#include <common/sched.h>
#include <lib/errno.h>
#include <pv/mm.h>
#include "memory_private.h"

/* One extent. 0 or an error, which ends the operation. */
static int increase_one(struct domain *d, const struct reservation *r, u64 i, u32 memflags)
{
	struct page_info *pg = alloc_domheap_pages(d, r->order, memflags);

	if (!pg)
		return -ENOMEM;
	/* A caller that cannot be told has its memory all the same, and finds it by other means. */
	return r->extents ? write_extent(r->extents, i, mfn_x(page_to_mfn(pg))) : 0;
}

static int populate_one(struct domain *d, const struct reservation *r, u64 i, u32 memflags)
{
	struct page_info *pg;
	unsigned long gpfn;

	if (read_extent(r->extents, i, &gpfn))
		return -EFAULT;
	pg = alloc_domheap_pages(d, r->order, memflags);
	if (!pg)
		return -ENOMEM;
	for (unsigned long j = 0; j < 1ul << r->order; j++)
		set_gpfn_of_owned(d, pg + j, gpfn + j);
	return write_extent(r->extents, i, mfn_x(page_to_mfn(pg)));
}

static int remove_frame(struct domain *d, unsigned long frame)
{
	struct page_info *pg = get_page_from_mfn(MFN(frame), d);
	int rc = -EINVAL;

	if (!pg)
		return rc;
	if (pg->count_info & PGC_xen_heap)
		goto out;
	if (READ_ONCE(pg->type_info) & PGT_pinned) {
		/* One table's teardown may be left over at a time. */
		if (current->pv.deferred)
			goto out;
		if (fetch_and(&pg->type_info, ~PGT_pinned) & PGT_pinned) {
			put_page_type_preemptible(pg);
			put_page(pg);
		}
	}
	set_gpfn_of(page_to_mfn(pg), INVALID_M2P_ENTRY);
	put_page_alloc_ref(pg);
	rc = 0;
out:
	put_page(pg);
	return rc;
}

static int decrease_one(struct domain *d, const struct reservation *r, u64 i)
{
	unsigned long frame;
	int rc = 0;

	if (read_extent(r->extents, i, &frame))
		return -EFAULT;
	for (unsigned long j = 0; j < 1ul << r->order && !rc; j++)
		rc = remove_frame(d, frame + j);
	return rc;
}

long memory_reservation(unsigned int op, unsigned long start, u64 cmd, u64 arg)
{
	struct reservation r;
	struct vcpu *v = current;
	struct domain *d;
	u32 memflags;
	u64 done = start;
	bool restart = false;
	int rc;

	if (read_reservation(&r, arg))
		return start;
	if (r.nr > MEMOP_MAX_EXTENTS || start >= r.nr)
		return start;
	if (!reservation_memflags(r.flags, &memflags) ||
	    (op == XENMEM_populate_physmap && (r.flags & XENMEMF_populate_on_demand)))
		return start;
	rc = get_target_domain(r.domid, &d);
	if (rc)
		return rc == -EPERM ? rc : (long)start;
	if (r.order > max_extent_order())
		goto out;

	while (done < r.nr) {
		if ((v->pv.deferred && finish_deferred(v)) ||
		    (done != start && hypercall_preempt_check())) {
			restart = true;
			break;
		}
		if (op == XENMEM_increase_reservation)
			rc = increase_one(d, &r, done, memflags);
		else if (op == XENMEM_populate_physmap)
			rc = populate_one(d, &r, done, memflags);
		else
			rc = decrease_one(d, &r, done);
		if (rc)
			break;
		done++;
	}
out:
	put_domain(d);
	if (restart)
		return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd | done << MEMOP_EXTENT_SHIFT, arg);
	return done;
}
