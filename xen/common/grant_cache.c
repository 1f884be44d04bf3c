// SPDX-License-Identifier: GPL-2.0-only
/*
 * GNTTABOP_cache_flush: write back the cache lines of a frame that the caller
 * owns or has mapped by a grant, for devices that do not snoop. Takes no lock:
 * the frame is held by a reference while it is flushed, and a handle that comes
 * or goes during the search is found or not, as the caller deserves.
 */
#include "grant_private.h"

#include <arch/cache.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/errno.h>

/* Has d a mapping of mfn by a grant? 0; -EINVAL, no; -ERESTART, *cursor pages of handles looked at. */
static int find_mapping(struct domain *d, mfn_t mfn, u32 *cursor)
{
	struct grant_table *gt = d->grant_table;
	u32 pages = load_acquire(&gt->nr_maptrack) / MAPTRACK_PER_PAGE;

	while (*cursor < pages) {
		const struct maptrack *page = gt->maptrack[array_index_nospec(*cursor, pages)];

		for (u32 i = 0; i < MAPTRACK_PER_PAGE; i++)
			if ((READ_ONCE(page[i].ref_flags) & MAPTRACK_MAPPED) &&
			    READ_ONCE(page[i].mfn) == mfn_x(mfn))
				return 0;
		++*cursor;
		if (hypercall_preempt_check())
			return -ERESTART;
	}
	return -EINVAL;
}

static int flush_one(const struct gnttab_cache_flush *op, u32 *cursor)
{
	struct domain *d = current->domain;
	struct page_info *pg;
	int rc;

	if (op->offset >= PAGE_SIZE || (u32)op->offset + op->length > PAGE_SIZE || !op->op ||
	    (op->op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL | GNTTAB_CACHE_SOURCE_GREF)))
		return -EINVAL;
	if (!op->length)
		return 0;
	/* Dropping lines without writing them back would drop what others wrote, too. */
	if ((op->op & GNTTAB_CACHE_SOURCE_GREF) || !(op->op & GNTTAB_CACHE_CLEAN))
		return -EOPNOTSUPP;

	pg = mfn_to_page_checked(maddr_to_mfn(op->a.dev_bus_addr));
	if (!pg)
		return -EINVAL;
	if (!get_page(pg, d)) {
		/* Others' frames are not touched, not even by a reference, before the handle is found. */
		rc = find_mapping(d, page_to_mfn(pg), cursor);
		if (rc)
			return rc;
		if (!page_get_owner_and_reference(pg))
			return -EINVAL;
	}
	flush_cache_page(page_to_virt(pg));
	put_page(pg);
	return 0;
}

long grant_op_cache_flush(u64 *uop, u32 *todo, u32 *cursor)
{
	struct gnttab_cache_flush op;
	bool more = false;
	int rc;

	for (; *todo; *uop += sizeof(op), --*todo, more = true) {
		if (more && hypercall_preempt_check())
			break;
		if (read_guest(&op, *uop))
			return -EFAULT;
		rc = flush_one(&op, cursor);
		if (rc == -ERESTART)
			return 0;
		if (rc)
			return rc;
		*cursor = 0;
	}
	return 0;
}
