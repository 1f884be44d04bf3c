// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping granted frames and unmapping them. A handle stands for one pin of one
 * grant, one general reference on its frame and, when writable, one of
 * writable type, and for at most one host and one device mapping. The
 * page-table entry of a host mapping holds references of its own, as any
 * entry does: a guest that overwrites it behind our back, or whose page tables
 * are torn down first, upsets no count.
 *
 * An unmap clears entries first, for a group of operations; then it flushes the
 * CPUs that may remember them; only then do the handles' references and pins go.
 */
#include "grant_private.h"

#include <arch/cpufeature.h>
#include <arch/tlb.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <pv/mm.h>

#define UNMAP_GROUP	32
#define GUEST_AVAIL_BITS	3	/* GNTMAP_guest_avail bits that become _PAGE_AVAIL */

/* The domain that a batch dealt with last, with a reference: neighbours mostly name the same. */
struct last_domain {
	struct domain *d;
	domid_t id;
};

static struct domain *look_up(struct last_domain *last, domid_t id)
{
	if (last->d && last->id == id)
		return last->d;
	if (last->d)
		put_domain(last->d);
	last->id = id;
	last->d = get_domain_by_id(id);
	return last->d;
}

int grant_add_handles(struct grant_table *gt)
{
	u32 first = gt->nr_maptrack;
	struct maptrack *page;

	if (first / MAPTRACK_PER_PAGE >= gt->max_maptrack_frames)
		return -ENOSPC;
	page = alloc_xenheap_page();
	if (!page)
		return -ENOMEM;
	for (u32 i = 0; i < MAPTRACK_PER_PAGE; i++)
		page[i].next_free = i + 1 < MAPTRACK_PER_PAGE ? first + i + 1 : gt->free_handle;
	gt->maptrack[first / MAPTRACK_PER_PAGE] = page;
	gt->free_handle = first;
	store_release(&gt->nr_maptrack, first + MAPTRACK_PER_PAGE);
	return 0;
}

/* A handle out of the free list, or MAPTRACK_END. */
static u32 alloc_handle(struct grant_table *gt)
{
	u32 handle = MAPTRACK_END;

	spin_lock(&gt->maptrack_lock);
	if (gt->free_handle != MAPTRACK_END || !grant_add_handles(gt)) {
		handle = gt->free_handle;
		gt->free_handle = maptrack_entry(gt, handle)->next_free;
	}
	spin_unlock(&gt->maptrack_lock);
	return handle;
}

/* The record is the caller's: claimed, or never used. */
static void free_handle(struct grant_table *gt, u32 handle)
{
	struct maptrack *mt = maptrack_entry(gt, handle);

	mt->granter = NULL;
	spin_lock(&gt->maptrack_lock);
	mt->next_free = gt->free_handle;
	gt->free_handle = handle;
	store_release(&mt->ref_flags, 0);
	spin_unlock(&gt->maptrack_lock);
}

/* Claim a handle in use: its record, or NULL. *flags are its GNTMAP_* flags. */
static struct maptrack *claim_handle(struct grant_table *gt, u32 handle, u32 *flags)
{
	u32 nr = load_acquire(&gt->nr_maptrack), x;
	struct maptrack *mt;

	if (unlikely(handle >= nr))
		return NULL;
	mt = maptrack_entry(gt, array_index_nospec(handle, nr));
	x = READ_ONCE(mt->ref_flags);
	do {
		if (!(x & MAPTRACK_MAPPED) || (x & MAPTRACK_BUSY))
			return NULL;
	} while (!try_cmpxchg(&mt->ref_flags, &x, x | MAPTRACK_BUSY));
	*flags = x >> MAPTRACK_REF_BITS;
	return mt;
}

static u64 grant_pte(const struct domain *d, mfn_t mfn, u32 flags)
{
	u64 pte = mfn_to_maddr(mfn) | _PAGE_PRESENT | _PAGE_ACCESSED;

	if (!(flags & GNTMAP_readonly))
		pte |= _PAGE_RW | _PAGE_DIRTY;
	/* A 64-bit guest's kernel runs in ring 3 too. */
	if (!d->is_32bit || (flags & GNTMAP_application_map))
		pte |= _PAGE_USER;
	if (cpu_has_nx)
		pte |= _PAGE_NX;
	return pte | ((u64)((flags >> _GNTMAP_guest_avail0) & ((1u << GUEST_AVAIL_BITS) - 1)) *
		      _PAGE_AVAIL0);
}

static int map_one(struct gnttab_map_grant_ref *op, struct last_domain *last)
{
	struct domain *ld = current->domain, *rd;
	struct grant_table *gt = ld->grant_table;
	const bool readonly = op->flags & GNTMAP_readonly;
	struct grant_pin pin;
	struct maptrack *mt;
	u32 handle;
	int rc;

	if (!(op->flags & (GNTMAP_device_map | GNTMAP_host_map)))
		return GNTST_bad_gntref;
	rd = look_up(last, op->dom);
	if (!rd)
		return GNTST_bad_domain;
	handle = alloc_handle(gt);
	if (handle == MAPTRACK_END)
		return GNTST_no_space;

	rc = grant_pin(rd, ld->id, op->ref, readonly, true, &pin);
	if (rc)
		goto undo_handle;
	rc = grant_get_frame(rd, pin.mfn, readonly);
	if (rc)
		goto undo_pin;
	if ((op->flags & GNTMAP_host_map) &&
	    create_grant_pv_mapping(op->host_addr, grant_pte(ld, pin.mfn, op->flags),
				    op->flags & GNTMAP_contains_pte)) {
		rc = GNTST_general_error;
		goto undo_frame;
	}
	/* The handle's own reference; ours makes sure there is one to be had. */
	if (!get_domain(rd))
		BUG();
	mt = maptrack_entry(gt, handle);
	mt->granter = rd;
	mt->mfn = mfn_x(pin.mfn);
	store_release(&mt->ref_flags, op->ref | MAPTRACK_FLAG(op->flags &
		      (GNTMAP_device_map | GNTMAP_host_map | GNTMAP_readonly |
		       GNTMAP_application_map | GNTMAP_contains_pte)));
	op->handle = handle;
	op->dev_bus_addr = mfn_to_maddr(pin.mfn);
	return GNTST_okay;

undo_frame:
	grant_put_frame(pin.mfn, readonly);
undo_pin:
	grant_unpin(rd, op->ref, readonly);
undo_handle:
	free_handle(gt, handle);
	return rc;
}

long grant_op_map(u64 *uop, u32 *todo)
{
	struct last_domain last = { NULL, 0 };
	struct gnttab_map_grant_ref op;
	bool more = false;
	long rc = 0;

	for (; *todo; *uop += sizeof(op), --*todo, more = true) {
		if (more && hypercall_preempt_check())
			break;
		rc = -EFAULT;
		if (read_guest(&op, *uop))
			break;
		op.status = map_one(&op, &last);
		if (write_guest(*uop, &op))
			break;
		rc = 0;
	}
	if (last.d)
		put_domain(last.d);
	return rc;
}

/* An unmap half done: entries are clear, references are still there. */
struct unmap_work {
	struct maptrack *mt;
	u32 handle;
	u32 flags;		/* of the mapping */
	u32 done;		/* GNTMAP_host_map, GNTMAP_device_map: what is to go */
};

/* First half. The record stays claimed if there is something to finish. */
static int unmap_begin(u32 handle, u64 host_addr, u64 dev_bus_addr, u64 new_addr,
		       struct unmap_work *w)
{
	struct grant_table *gt = current->domain->grant_table;
	int rc = GNTST_okay;

	w->mt = claim_handle(gt, handle, &w->flags);
	if (!w->mt)
		return GNTST_bad_handle;
	w->handle = handle;
	w->done = 0;

	if (dev_bus_addr && (w->flags & GNTMAP_device_map)) {
		if (dev_bus_addr == mfn_to_maddr(MFN(w->mt->mfn)))
			w->done |= GNTMAP_device_map;
		else
			rc = GNTST_bad_dev_addr;
	}
	if (!rc && host_addr && (w->flags & GNTMAP_host_map)) {
		if (replace_grant_pv_mapping(host_addr, grant_pte(current->domain, MFN(w->mt->mfn), w->flags), new_addr,
					     w->flags & GNTMAP_contains_pte))
			rc = GNTST_general_error;
		else
			w->done |= GNTMAP_host_map;
	}
	if (rc || !w->done) {
		(void)fetch_and(&w->mt->ref_flags, ~MAPTRACK_BUSY);
		w->mt = NULL;
	}
	return rc;
}

/* A record that is ours: forget the mappings in gone, and let go of the grant with the last. */
static void drop_mappings(struct grant_table *gt, struct maptrack *mt, u32 handle,
			  u32 flags, u32 gone)
{
	struct domain *rd = mt->granter;
	const bool readonly = flags & GNTMAP_readonly;

	if (flags & ~gone & (GNTMAP_host_map | GNTMAP_device_map)) {
		(void)fetch_and(&mt->ref_flags, ~(MAPTRACK_FLAG(gone) | MAPTRACK_BUSY));
		return;
	}
	/* Before the granter sees its marks go: then the frame must be wholly its own again. */
	grant_put_frame(MFN(mt->mfn), readonly);
	grant_unpin(rd, READ_ONCE(mt->ref_flags) & MAPTRACK_REF_MASK, readonly);
	free_handle(gt, handle);
	put_domain(rd);
}

static void unmap_finish(struct unmap_work *work, u32 count)
{
	struct domain *ld = current->domain;
	unsigned int flush = 0;

	for (u32 i = 0; i < count; i++) {
		if (!work[i].mt || !(work[i].done & GNTMAP_host_map))
			continue;
		/* User mappings of the 64-bit ABI are global. */
		flush |= work[i].flags & GNTMAP_application_map ? FLUSH_TLB_GLOBAL : FLUSH_TLB;
	}
	if (flush)
		flush_tlb_mask(&ld->dirty_cpus, flush);

	for (u32 i = 0; i < count; i++) {
		struct unmap_work *w = &work[i];

		if (w->mt)
			drop_mappings(ld->grant_table, w->mt, w->handle,
				      w->flags, w->done);
	}
}

/* What unmap and unmap_and_replace have in common: both structures are 24 bytes. */
union unmap_op {
	struct gnttab_unmap_grant_ref unmap;
	struct gnttab_unmap_and_replace replace;
};
BUILD_BUG_ON(sizeof(struct gnttab_unmap_grant_ref) != sizeof(struct gnttab_unmap_and_replace));
BUILD_BUG_ON(offsetof(struct gnttab_unmap_grant_ref, status) !=
	     offsetof(struct gnttab_unmap_and_replace, status));

static long unmap_batch(u64 *uop, u32 *todo, bool replace)
{
	struct unmap_work work[UNMAP_GROUP];
	union unmap_op op;
	bool more = false;
	long rc = 0;
	u32 n;

	for (; *todo && !rc; more = true) {
		if (more && hypercall_preempt_check())
			break;
		for (n = 0; n < UNMAP_GROUP && *todo; ) {
			s16 status;

			rc = -EFAULT;
			if (read_guest(&op, *uop))
				break;
			if (replace)
				status = unmap_begin(op.replace.handle, op.replace.host_addr, 0,
						     op.replace.new_addr, &work[n]);
			else
				status = unmap_begin(op.unmap.handle, op.unmap.host_addr,
						     op.unmap.dev_bus_addr, 0, &work[n]);
			/* The status may be there early: the call has not returned. */
			n++;
			if (write_guest(*uop + offsetof(struct gnttab_unmap_grant_ref, status), &status))
				break;
			rc = 0;
			*uop += sizeof(op);
			--*todo;
		}
		unmap_finish(work, n);
	}
	return rc;
}

long grant_op_unmap(u64 *uop, u32 *todo)
{
	return unmap_batch(uop, todo, false);
}

long grant_op_unmap_and_replace(u64 *uop, u32 *todo)
{
	return unmap_batch(uop, todo, true);
}

int grant_release_handles(struct domain *d)
{
	struct grant_table *gt = d->grant_table;

	const u32 first = gt->release_next;

	for (; gt->release_next < gt->nr_maptrack; gt->release_next++) {
		struct maptrack *mt;
		u32 flags;

		if (gt->release_next != first && gt->release_next % UNMAP_GROUP == 0 &&
		    hypercall_preempt_check())
			return -ERESTART;
		mt = claim_handle(gt, gt->release_next, &flags);
		if (mt)
			drop_mappings(gt, mt, gt->release_next, flags, flags);
	}
	return 0;
}
