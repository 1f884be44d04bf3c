// SPDX-License-Identifier: GPL-2.0-only
/*
 * GNTTABOP_transfer: a domain gives a frame away to one that has said under
 * which reference it accepts it. And GNTTABOP_swap_grant_ref, for a domain that
 * reorders its own entries. Frames change hands by steal_page and assign_page;
 * the table's lock guards the entries.
 */
#include "grant_compat.h"
#include "grant_private.h"

#include <arch/tlb.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/errno.h>

/* A ring-1 guest can only use frames that its window of the machine-to-physical table covers. */
static bool can_reach(const struct domain *d, mfn_t mfn)
{
	u32 start = d->pv.hv_start_low ? d->pv.hv_start_low : 0xf5800000u;

	return !d->is_32bit || mfn_x(mfn) < (0xf6800000u - start) / sizeof(u32);
}

/* pg has been taken from its owner: hand it to rd, or lose it. */
static int hand_over(struct page_info *pg, struct domain *rd, u32 ref)
{
	int rc = GNTST_general_error;

	if (!can_reach(rd, page_to_mfn(pg))) {
		rc = GNTST_address_too_big;
	} else {
		rc = grant_commit_transfer(rd, current->domain->id, ref);
		if (!rc && assign_page(pg, rd, 0))
			rc = GNTST_general_error;
		else if (!rc)
			grant_complete_transfer(rd, ref, page_to_mfn(pg));
	}
	if (rc)
		free_domheap_pages(pg, 0);
	return rc;
}

static int transfer_one(u64 number, domid_t domid, u32 ref)
{
	struct domain *d = current->domain, *rd;
	mfn_t mfn = MFN(number);
	struct page_info *pg = mfn_to_page_checked(mfn);
	int rc;

	/* Until here it stays the caller's. */
	if (!pg || steal_page(d, pg, 0))
		return GNTST_bad_page;
	set_gpfn_of(mfn, INVALID_M2P_ENTRY);
	/* Its own CPUs may remember mappings that it has taken away lately. */
	flush_tlb_mask(&d->dirty_cpus, FLUSH_TLB_GLOBAL);

	rd = get_domain_by_id(domid);
	if (!rd) {
		free_domheap_pages(pg, 0);
		return GNTST_bad_domain;
	}
	rc = hand_over(pg, rd, ref);
	put_domain(rd);
	return rc;
}

long grant_op_transfer(u64 *uop, u32 *todo)
{
	const bool compat = current->domain->is_32bit;
	const u32 size = compat ? sizeof(struct gnttab_transfer_32) : sizeof(struct gnttab_transfer);
	const u32 status_at = compat ? offsetof(struct gnttab_transfer_32, status)
				     : offsetof(struct gnttab_transfer, status);
	bool more = false;
	long rc = 0;

	for (; *todo; *uop += size, --*todo, more = true) {
		struct gnttab_transfer_32 op32;
		struct gnttab_transfer op;
		s16 status;

		if (more && hypercall_preempt_check())
			break;
		rc = -EFAULT;
		if (compat) {
			if (read_guest(&op32, *uop))
				break;
			status = transfer_one(op32.mfn, op32.domid, op32.ref);
		} else {
			if (read_guest(&op, *uop))
				break;
			status = transfer_one(op.mfn, op.domid, op.ref);
		}
		if (write_guest(*uop + status_at, &status))
			break;
		rc = 0;
	}
	return rc;
}

static bool in_use(const struct grant_table *gt, u32 ref)
{
	const struct active_grant *act = active_entry(gt, ref);

	return act->readers || act->writers;
}

static int swap_one(u32 a, u32 b)
{
	struct grant_table *gt = current->domain->grant_table;
	int rc = GNTST_okay;

	write_lock(&gt->lock);
	if (a >= table_entries(gt) || b >= table_entries(gt)) {
		rc = GNTST_bad_gntref;
		goto out;
	}
	a = array_index_nospec(a, table_entries(gt));
	b = array_index_nospec(b, table_entries(gt));
	if (a == b)
		goto out;
	if (in_use(gt, a) || in_use(gt, b)) {
		rc = GNTST_eagain;
	} else if (gt->version == 1) {
		grant_entry_v1_t t = *entry_v1(gt, a);

		*entry_v1(gt, a) = *entry_v1(gt, b);
		*entry_v1(gt, b) = t;
	} else {
		grant_entry_v2_t t = *entry_v2(gt, a);

		*entry_v2(gt, a) = *entry_v2(gt, b);
		*entry_v2(gt, b) = t;
	}
out:
	write_unlock(&gt->lock);
	return rc;
}

long grant_op_swap(u64 *uop, u32 *todo)
{
	struct gnttab_swap_grant_ref op;
	bool more = false;
	long rc = 0;

	for (; *todo; *uop += sizeof(op), --*todo, more = true) {
		if (more && hypercall_preempt_check())
			break;
		rc = -EFAULT;
		if (read_guest(&op, *uop))
			break;
		op.status = swap_one(op.ref_a, op.ref_b);
		if (write_guest(*uop, &op))
			break;
		rc = 0;
	}
	return rc;
}
