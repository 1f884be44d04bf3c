// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grant tables as wholes: their memory, their life with the domain, and the
 * questions about them. Entries, versions and the batched operations have
 * files of their own; grant_private.h states the locking.
 */
#include "grant_compat.h"
#include "grant_private.h"

#include <common/console.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/keyhandler.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <public/memory.h>

#define RETIRE_BATCH	64
#define FREE_BATCH	256	/* pages */
#define LIST_BATCH	64

static u32 max_status_frames(const struct grant_table *gt)
{
	return DIV_ROUND_UP(gt->max_frames * V2_PER_PAGE, STATUS_PER_PAGE);
}

/* A limit as the tools gave it: negative for the default. */
static u32 limit(u32 given, u32 usual, u32 most)
{
	return (s32)given < 0 ? usual : min(given, most);
}

/*
 * Pages of handles stay once made, and no guest's end gives back what dom0
 * needed most of while it ran. So dom0, which lives as long as the host, has
 * all of its handles from the start: then what a guest takes is exactly what
 * comes back. 0 or -ENOMEM.
 */
static int all_handles(struct grant_table *gt)
{
	int rc;

	do
		rc = grant_add_handles(gt);
	while (!rc);
	return rc == -ENOSPC ? 0 : rc;
}

int grant_table_init(struct domain *d)
{
	struct grant_table *gt = xzalloc(struct grant_table);

	if (!gt)
		return -ENOMEM;
	rwlock_init(&gt->lock);
	spin_lock_init(&gt->maptrack_lock);
	gt->version = 1;
	gt->free_handle = MAPTRACK_END;
	gt->max_frames = limit(d->max_grant_frames, GRANT_DEFAULT_MAX_FRAMES, GRANT_MAX_FRAMES);
	gt->max_maptrack_frames = limit(d->max_maptrack_frames, GRANT_DEFAULT_MAX_MAPTRACK,
					MAPTRACK_MAX_FRAMES);
	d->max_grant_frames = gt->max_frames;
	d->max_maptrack_frames = gt->max_maptrack_frames;
	d->grant_table = gt;
	/* One more of each, so that a limit of 0 is no special case. */
	gt->shared = xzalloc_array(void *, gt->max_frames + 1);
	gt->status = xzalloc_array(grant_status_t *, max_status_frames(gt) + 1);
	gt->active = xzalloc_array(struct active_grant *, gt->max_frames * ACTIVE_PAGES_PER_FRAME + 1);
	gt->maptrack = xzalloc_array(struct maptrack *, gt->max_maptrack_frames + 1);
	if (!gt->shared || !gt->status || !gt->active || !gt->maptrack || (is_control_domain(d) && all_handles(gt))) {
		grant_table_destroy(d);
		return -ENOMEM;
	}
	return 0;
}

/* table->lock held for writing. Active entries of one more frame. */
static int add_active_pages(struct grant_table *gt)
{
	struct active_grant **pages = &gt->active[gt->nr_frames * ACTIVE_PAGES_PER_FRAME];

	for (u32 i = 0; i < ACTIVE_PAGES_PER_FRAME; i++) {
		if (!pages[i])
			pages[i] = alloc_xenheap_page();	/* all zero: locks free, nothing pinned */
		if (!pages[i])
			return -ENOMEM;
	}
	return 0;
}

static int grow_locked(struct domain *d, struct grant_table *gt)
{
	void *page;
	int rc;

	if (d->is_dying || gt->retired || gt->nr_frames >= gt->max_frames)
		return -EINVAL;
	/* What is made before a failure is used by the next try. */
	rc = add_active_pages(gt);
	if (!rc && gt->version == 2)
		rc = grant_grow_status(d, gt->nr_frames + 1);
	if (rc)
		return rc;
	page = alloc_xenheap_page();
	if (!page)
		return -ENOMEM;
	share_xen_page_with_guest(virt_to_page(page), d, true);
	gt->shared[gt->nr_frames] = page;
	WRITE_ONCE(gt->nr_frames, gt->nr_frames + 1);
	return 0;
}

int grant_grow(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	int rc;

	write_lock(&gt->lock);
	rc = grow_locked(d, gt);
	write_unlock(&gt->lock);
	return rc;
}

/* Take shared frames away: they are freed once the guest's own mappings of them are gone. True: there are more. */
static bool retire_some(struct grant_table *gt)
{
	bool more;

	write_lock(&gt->lock);
	gt->retired = true;
	for (unsigned int i = 0; i < RETIRE_BATCH && (gt->nr_frames || gt->nr_status_frames); i++)
		unshare_xen_page(virt_to_page(gt->nr_frames ? gt->shared[--gt->nr_frames]
							    : (void *)gt->status[--gt->nr_status_frames]));
	more = gt->nr_frames || gt->nr_status_frames;
	write_unlock(&gt->lock);
	return more;
}

int grant_table_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	int rc;

	if (!gt)
		return 0;
	rc = grant_release_handles(d);
	while (!rc && retire_some(gt))
		if (hypercall_preempt_check())
			rc = -ERESTART;
	return rc;
}

/* Of an array that ends with NULL, from *next on; false when *budget was too small for all. */
static bool free_pages_of(void **page, u32 *next, u32 *budget)
{
	for (; page && page[*next]; ++*next) {
		if (!*budget)
			return false;
		--*budget;
		free_xenheap_page(page[*next]);
	}
	return true;
}

bool grant_table_free_some(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	u32 budget = FREE_BATCH;

	return !gt || (free_pages_of((void **)gt->active, &gt->free_active, &budget) &&
		       free_pages_of((void **)gt->maptrack, &gt->free_maptrack, &budget));
}

void grant_table_destroy(struct domain *d)
{
	struct grant_table *gt = d->grant_table;

	if (!gt)
		return;
	/* A domain that was never killed, because it never came to be. */
	while (gt->shared && gt->status && retire_some(gt))
		;
	while (!grant_table_free_some(d))
		;
	xfree(gt->shared);
	xfree(gt->status);
	xfree(gt->active);
	xfree(gt->maptrack);
	xfree(gt);
	d->grant_table = NULL;
}

/* Frame idx of an array, or INVALID_MFN when it is not that long. */
static mfn_t frame_at(struct grant_table *gt, bool status, u32 idx)
{
	mfn_t mfn = INVALID_MFN;

	read_lock(&gt->lock);
	if (!gt->retired && status) {
		if (gt->version == 2 && idx < gt->nr_status_frames)
			mfn = virt_to_mfn(gt->status[array_index_nospec(idx, gt->nr_status_frames)]);
	} else if (!gt->retired && idx < gt->nr_frames) {
		mfn = virt_to_mfn(gt->shared[array_index_nospec(idx, gt->nr_frames)]);
	}
	read_unlock(&gt->lock);
	return mfn;
}

int grant_table_frame(struct domain *d, bool status, u32 idx, mfn_t *mfn)
{
	struct grant_table *gt = d->grant_table;
	int rc;

	if (!gt || idx >= (status ? max_status_frames(gt) : gt->max_frames) ||
	    (status && READ_ONCE(gt->version) != 2))
		return -EINVAL;
	for (;;) {
		*mfn = frame_at(gt, status, idx);
		if (mfn_valid_number(*mfn))
			return 0;
		rc = grant_grow(d);
		if (rc)
			return rc;
		if (hypercall_preempt_check())
			return -ERESTART;
	}
}

/* How long that array may become; 0 for what is none. */
static u32 resource_frames(struct domain *d, u32 id)
{
	struct grant_table *gt = d->grant_table;

	if (!gt)
		return 0;
	switch (id) {
	case XENMEM_resource_grant_table_id_shared:
		return gt->max_frames;
	case XENMEM_resource_grant_table_id_status:
		return READ_ONCE(gt->version) == 2 ? max_status_frames(gt) : 0;
	default:
		return 0;
	}
}

int grant_table_acquire_resource(struct domain *d, u32 id, u32 first, u32 count, mfn_t *list)
{
	u32 most = resource_frames(d, id);
	int rc = 0;

	if (!count || first >= most || count > most - first)
		return -EINVAL;
	for (u32 i = 0; i < count && !rc; i++)
		rc = grant_table_frame(d, id == XENMEM_resource_grant_table_id_status, first + i, &list[i]);
	return rc;
}

/* GNTST_* for a domain that get_target_domain refused. */
static s16 refusal(long rc)
{
	return rc == -EPERM ? GNTST_permission_denied : GNTST_bad_domain;
}

/* Grow d's table to count frames and write their numbers: GNTST_*, -EFAULT, or -ERESTART, *cursor of them written. */
static long set_up(struct domain *d, u32 count, u64 list, u32 width, u32 *cursor)
{
	struct grant_table *gt = d->grant_table;

	if (count > gt->max_frames)
		return GNTST_general_error;
	while (READ_ONCE(gt->nr_frames) < count) {
		if (grant_grow(d))
			return GNTST_general_error;
		if (hypercall_preempt_check())
			return -ERESTART;
	}
	for (u32 i = *cursor; i < count; i++) {
		u64 frame;
		mfn_t mfn = frame_at(gt, false, i);

		if (!mfn_valid_number(mfn))
			return GNTST_general_error;
		frame = mfn_x(mfn);
		if (copy_to_guest(list + (u64)i * width, &frame, width))
			return -EFAULT;
		if ((i + 1) % LIST_BATCH == 0 && hypercall_preempt_check()) {
			*cursor = i + 1;
			return -ERESTART;
		}
	}
	return GNTST_okay;
}

static long setup_table(u64 uop, u32 *cursor)
{
	const bool compat = current->domain->is_32bit;
	struct gnttab_setup_table_32 op32;
	struct gnttab_setup_table op;
	struct domain *d;
	long rc;

	/* All but the list stands at the same place in both layouts. */
	BUILD_BUG_ON(offsetof(struct gnttab_setup_table, status) !=
		     offsetof(struct gnttab_setup_table_32, status));
	if (compat) {
		if (read_guest(&op32, uop))
			return -EFAULT;
		op = (struct gnttab_setup_table){ .dom = op32.dom, .nr_frames = op32.nr_frames };
		op.frame_list.p = (void *)(unsigned long)op32.frame_list;
	} else if (read_guest(&op, uop)) {
		return -EFAULT;
	}

	rc = get_target_domain(op.dom, &d);
	if (rc) {
		op.status = refusal(rc);
	} else {
		rc = set_up(d, op.nr_frames, handle_addr(op.frame_list),
			    compat ? sizeof(u32) : sizeof(xen_pfn_t), cursor);
		put_domain(d);
		if (rc == -EFAULT || rc == -ERESTART)
			return rc;
		op.status = rc;
	}
	return copy_to_guest(uop + offsetof(struct gnttab_setup_table, status),
			     &op.status, sizeof(op.status));
}

static long query_size(u64 uop)
{
	struct gnttab_query_size op;
	struct domain *d;
	long rc;

	if (read_guest(&op, uop))
		return -EFAULT;
	rc = get_target_domain(op.dom, &d);
	if (rc) {
		op.status = refusal(rc);
	} else {
		op.nr_frames = READ_ONCE(d->grant_table->nr_frames);
		op.max_nr_frames = d->grant_table->max_frames;
		op.status = GNTST_okay;
		put_domain(d);
	}
	return write_guest(uop, &op);
}

static void grant_table_dump(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	u32 entries;

	if (!gt)
		return;
	read_lock(&gt->lock);
	entries = table_entries(gt);
	printk(XENLOG_INFO "d%u: grant table version %u, %u of %u frames, %u handles\n",
	       d->id, gt->version, gt->nr_frames, gt->max_frames, gt->nr_maptrack);
	for (u32 ref = 0; ref < entries; ref++) {
		const struct active_grant *act = active_entry(gt, ref);

		if (act->readers || act->writers)
			printk(XENLOG_INFO "  %6u: d%u %u+%u frame %#x\n", ref, act->domid,
			       act->readers, act->writers, act->mfn);
	}
	read_unlock(&gt->lock);
}

static void dump_all(unsigned char key)
{
	struct domain *d;

	(void)key;
	for (int id = -1; (d = get_next_domain(id)) != NULL; put_domain(d)) {
		id = d->id;
		grant_table_dump(d);
	}
}

void grant_tables_init(void)
{
	register_keyhandler('g', dump_all, "print grant tables");
}

/*
 * The upper bits of the command are how far a preempted call has come: a cache
 * flush in the caller's list of handles, or the list of a table's frames. A guest
 * that makes them up only fails to find its own mapping, or gets half a list.
 */
#define CMD_BITS	12
#define CMD_MASK	((1u << CMD_BITS) - 1)

static grant_batch_fn *batch_fn(u32 op)
{
	switch (op) {
	case GNTTABOP_map_grant_ref:
		return grant_op_map;
	case GNTTABOP_unmap_grant_ref:
		return grant_op_unmap;
	case GNTTABOP_unmap_and_replace:
		return grant_op_unmap_and_replace;
	case GNTTABOP_transfer:
		return grant_op_transfer;
	case GNTTABOP_copy:
		return grant_op_copy;
	case GNTTABOP_swap_grant_ref:
		return grant_op_swap;
	default:
		return NULL;
	}
}

/* Those that take one structure; two of them never minded the count. */
static long single_op(u32 op, u64 uop, u32 count, u32 *cursor)
{
	switch (op) {
	case GNTTABOP_setup_table:
		return count == 1 ? setup_table(uop, cursor) : -EINVAL;
	case GNTTABOP_query_size:
		return count == 1 ? query_size(uop) : -EINVAL;
	case GNTTABOP_get_status_frames:
		return count == 1 ? grant_get_status_frames(uop) : -EINVAL;
	case GNTTABOP_set_version:
		return grant_set_version(uop);
	case GNTTABOP_get_version:
		return grant_get_version(uop);
	default:
		return -ENOSYS;
	}
}

long do_grant_table_op(u64 cmd, u64 uop, u64 count)
{
	u32 op = cmd & CMD_MASK, cursor = (u32)cmd >> CMD_BITS, todo = count;
	grant_batch_fn *batch = batch_fn(op);
	long rc;

	if ((s32)todo < 0 || (cursor && op != GNTTABOP_cache_flush && op != GNTTABOP_setup_table))
		return -EINVAL;
	if (op == GNTTABOP_cache_flush) {
		rc = grant_op_cache_flush(&uop, &todo, &cursor);
	} else if (batch) {
		rc = batch(&uop, &todo);
	} else {
		rc = single_op(op, uop, todo, &cursor);
		/* One structure, done or to be begun again. */
		todo = rc == -ERESTART;
		if (todo)
			rc = 0;
	}
	if (rc || !todo)
		return rc;
	return hypercall_continue(__HYPERVISOR_grant_table_op, 3,
				  (u64)(op | cursor << CMD_BITS), uop, (u64)todo);
}
