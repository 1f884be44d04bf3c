// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two layouts of a grant table, and changing between them. The frames are
 * the same; all entries start empty after a change but the reserved ones, which
 * the tools fill before the guest runs and may be using while it does. Status
 * frames, once made, stay: in version 1 they mean nothing. table->lock is held
 * for writing throughout a change.
 */
#include "grant_compat.h"
#include "grant_private.h"

#include <common/guest_access.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

int grant_grow_status(struct domain *d, u32 nr_frames)
{
	struct grant_table *gt = d->grant_table;
	u32 need = DIV_ROUND_UP(nr_frames * V2_PER_PAGE, STATUS_PER_PAGE);

	while (gt->nr_status_frames < need) {
		void *page = alloc_xenheap_page();

		if (!page)
			return -ENOMEM;
		share_xen_page_with_guest(virt_to_page(page), d, true);
		gt->status[gt->nr_status_frames++] = page;
	}
	return 0;
}

/* A reserved entry between the layouts: whole frames only; domid and frame as they were. */
struct reserved {
	u16 flags;
	domid_t domid;
	u64 frame;
};

static struct reserved read_reserved(const struct grant_table *gt, u32 ref)
{
	struct reserved r;

	if (gt->version == 1) {
		grant_entry_v1_t e = *entry_v1(gt, ref);

		r = (struct reserved){ e.flags, e.domid, e.frame };
	} else {
		grant_entry_v2_t e = *entry_v2(gt, ref);

		r = (struct reserved){ e.hdr.flags, e.hdr.domid, e.full_page.frame };
	}
	r.flags &= (u16)~(GTF_reading | GTF_writing);
	if ((r.flags & GTF_type_mask) != GTF_permit_access || (r.flags & GTF_sub_page) ||
	    r.frame != (u32)r.frame)
		r = (struct reserved){ 0 };
	return r;
}

static void write_reserved(struct grant_table *gt, u32 ref, struct reserved r)
{
	const struct active_grant *act = active_entry(gt, ref);
	u16 marks = 0;

	if (act->readers || act->writers)
		marks = act->writers ? GTF_reading | GTF_writing : GTF_reading;
	if (gt->version == 1) {
		entry_v1(gt, ref)->domid = r.domid;
		entry_v1(gt, ref)->frame = r.frame;
		entry_v1(gt, ref)->flags = r.flags | marks;
	} else {
		entry_v2(gt, ref)->hdr.domid = r.domid;
		entry_v2(gt, ref)->full_page.frame = r.frame;
		entry_v2(gt, ref)->hdr.flags = r.flags;
		*entry_status(gt, ref) = marks;
	}
}

/* Somebody has a status frame mapped. */
static bool status_in_use(const struct grant_table *gt)
{
	for (u32 i = 0; i < gt->nr_status_frames; i++)
		if ((READ_ONCE(virt_to_page(gt->status[i])->count_info) & PGC_count_mask) > 1)
			return true;
	return false;
}

static void convert(struct grant_table *gt, u32 version)
{
	struct reserved keep[GNTTAB_NR_RESERVED_ENTRIES];
	u32 i;

	if (gt->nr_frames)
		for (i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++)
			keep[i] = read_reserved(gt, i);
	for (i = 0; i < gt->nr_frames; i++)
		clear_page(gt->shared[i]);
	while (version == 1 && gt->nr_status_frames)
		unshare_xen_page(virt_to_page(gt->status[--gt->nr_status_frames]));
	gt->version = version;
	if (gt->nr_frames)
		for (i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++)
			write_reserved(gt, i, keep[i]);
}

/* A change clears all frames at once. */
#define MOST_FRAMES_CHANGED	256

long grant_set_version(u64 uop)
{
	struct domain *d = current->domain;
	struct grant_table *gt = d->grant_table;
	struct gnttab_set_version op;
	u32 highest = d->max_grant_version ? d->max_grant_version : 2;
	long rc = 0;

	if (read_guest(&op, uop))
		return -EFAULT;
	if (op.version != 1 && op.version != 2)
		return -EINVAL;
	if (op.version > highest)
		return -ENOSYS;

	write_lock(&gt->lock);
	if (op.version != gt->version) {
		if (READ_ONCE(gt->pinned) || gt->nr_frames > MOST_FRAMES_CHANGED || (op.version == 1 && status_in_use(gt)))
			rc = -EBUSY;
		else if (op.version == 2)
			rc = grant_grow_status(d, gt->nr_frames);
		if (!rc)
			convert(gt, op.version);
	}
	op.version = gt->version;
	write_unlock(&gt->lock);
	return write_guest(uop, &op) ? -EFAULT : rc;
}

long grant_get_version(u64 uop)
{
	struct gnttab_get_version op;
	struct domain *d;
	long rc;

	if (read_guest(&op, uop))
		return -EFAULT;
	rc = get_target_domain(op.dom, &d);
	if (rc)
		return rc;
	op.version = READ_ONCE(d->grant_table->version);
	put_domain(d);
	return write_guest(uop, &op) ? -EFAULT : 0;
}

/* The frames of d's status array to the list at addr, 64 bits each for every caller: 0, GNTST_* or -EFAULT. */
static int list_status_frames(struct domain *d, u32 count, u64 addr)
{
	struct grant_table *gt = d->grant_table;

	for (u32 i = 0; i < count; i++) {
		u64 frame = 0;
		bool there;

		read_lock(&gt->lock);
		there = gt->version == 2 && !gt->retired && i < gt->nr_status_frames;
		if (there)
			frame = mfn_x(virt_to_mfn(gt->status[array_index_nospec(i, gt->nr_status_frames)]));
		read_unlock(&gt->lock);
		if (!there)
			return GNTST_general_error;
		if (write_guest(addr + i * sizeof(frame), &frame))
			return -EFAULT;
	}
	return GNTST_okay;
}

long grant_get_status_frames(u64 uop)
{
	const bool compat = current->domain->is_32bit;
	struct gnttab_get_status_frames op;
	struct domain *d;
	u64 list;
	int rc;

	/* Both layouts agree up to the list's address, which stands at the same place in either. */
	BUILD_BUG_ON(offsetof(struct gnttab_get_status_frames, frame_list) !=
		     offsetof(struct gnttab_get_status_frames_32, frame_list));
	op = (struct gnttab_get_status_frames){ 0 };
	if (copy_from_guest(&op, uop, compat ? sizeof(struct gnttab_get_status_frames_32) : sizeof(op)))
		return -EFAULT;
	list = handle_addr(op.frame_list);

	rc = get_target_domain(op.dom, &d);
	if (rc) {
		op.status = rc == -EPERM ? GNTST_permission_denied : GNTST_bad_domain;
	} else {
		struct grant_table *gt = d->grant_table;

		if (READ_ONCE(gt->version) != 2 || op.nr_frames > READ_ONCE(gt->nr_status_frames))
			rc = GNTST_general_error;
		else
			rc = list_status_frames(d, op.nr_frames, list);
		put_domain(d);
		if (rc == -EFAULT)
			return rc;
		op.status = rc;
	}
	return copy_to_guest(uop + offsetof(struct gnttab_get_status_frames, status),
			     &op.status, sizeof(op.status));
}
