// SPDX-License-Identifier: GPL-2.0-only
/*
 * GNTTABOP_copy: the hypervisor moves bytes between two frames, each named by
 * a grant or owned by the caller. An end stays pinned and referenced while the
 * next operations name the same, for rings of small packets in one page are
 * the common case; nothing stays so when the hypercall is preempted or ends.
 */
#include "grant_compat.h"
#include "grant_private.h"

#include <common/guest_access.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pv/mm.h>

/* Either end of a copy. */
struct copy_end {
	bool held;		/* everything below is valid, and to be let go of */
	bool readonly;		/* the source */
	bool by_ref;
	domid_t domid;		/* as named by the caller */
	u64 number;		/* grant reference or frame, as named by the caller */

	struct domain *granter;	/* by_ref: with a reference, entry number pinned */
	struct domain *behind;	/* behind a transitive grant: likewise, entry behind_ref */
	u32 behind_ref;
	mfn_t mfn;		/* with references */
	u32 start, length;	/* bytes that may be accessed */
};

static void let_go(struct copy_end *end)
{
	if (!end->held)
		return;
	grant_put_frame(end->mfn, end->readonly);
	if (end->behind) {
		grant_unpin(end->behind, end->behind_ref, end->readonly);
		put_domain(end->behind);
	}
	if (end->granter) {
		grant_unpin(end->granter, end->number, end->readonly);
		put_domain(end->granter);
	}
	end->held = false;
}

/* The granter passes on what another domain granted it. One step only: a third is refused. */
static int follow(struct copy_end *end, struct grant_pin *pin)
{
	struct domain *rd = end->granter, *td;
	u32 ref = pin->trans_ref;
	int rc;

	if (pin->trans_domid == rd->id)
		return GNTST_general_error;
	td = get_domain_by_id(pin->trans_domid);
	if (!td)
		return GNTST_general_error;
	rc = grant_pin(td, rd->id, ref, end->readonly, false, pin);
	if (!rc && pin->kind == GRANT_TRANSITIVE) {
		grant_unpin(td, ref, end->readonly);
		rc = GNTST_general_error;
	}
	if (rc) {
		put_domain(td);
		return rc;
	}
	end->behind = td;
	end->behind_ref = ref;
	return GNTST_okay;
}

static int pin_by_ref(struct copy_end *end)
{
	struct domain *ld = current->domain, *rd;
	struct grant_pin pin;
	int rc;

	rd = end->domid == DOMID_SELF ? get_domain_self_or(DOMID_SELF) : get_domain_by_id(end->domid);
	if (!rd)
		return GNTST_bad_domain;
	end->granter = rd;
	rc = grant_pin(rd, ld->id, end->number, end->readonly, false, &pin);
	if (rc)
		goto undo_domain;
	if (pin.kind == GRANT_TRANSITIVE) {
		rc = follow(end, &pin);
		if (rc)
			goto undo_pin;
	}
	rc = grant_get_frame(end->behind ? end->behind : rd, pin.mfn, end->readonly);
	if (rc)
		goto undo_behind;
	end->mfn = pin.mfn;
	end->start = pin.start;
	end->length = pin.length;
	return GNTST_okay;

undo_behind:
	if (end->behind) {
		grant_unpin(end->behind, end->behind_ref, end->readonly);
		put_domain(end->behind);
	}
undo_pin:
	grant_unpin(rd, end->number, end->readonly);
undo_domain:
	put_domain(rd);
	return rc;
}

/* Make end the one that is named, if it is not already. */
static int take_hold(struct copy_end *end, domid_t domid, u64 number, bool by_ref, bool readonly)
{
	int rc;

	if (!by_ref && domid != DOMID_SELF)
		return GNTST_permission_denied;
	if (end->held && end->domid == domid && end->number == number && end->by_ref == by_ref)
		return GNTST_okay;
	let_go(end);
	*end = (struct copy_end){ .readonly = readonly, .by_ref = by_ref,
				  .domid = domid, .number = number };
	if (by_ref) {
		rc = pin_by_ref(end);
	} else {
		end->mfn = MFN(number);
		end->length = PAGE_SIZE;
		rc = grant_get_frame(current->domain, end->mfn, readonly);
	}
	end->held = !rc;
	return rc;
}

/* Does the range lie in what the grant covers? The caller has checked that it lies in a page. */
static bool within(const struct copy_end *end, u32 offset, u32 bytes)
{
	return offset >= end->start && offset + bytes <= end->start + end->length;
}

static int copy_one(const struct gnttab_copy *op, struct copy_end *src, struct copy_end *dst)
{
	int rc;

	if ((u32)op->source.offset + op->len > PAGE_SIZE || (u32)op->dest.offset + op->len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	rc = take_hold(src, op->source.domid, op->flags & GNTCOPY_source_gref ?
		       op->source.u.ref : op->source.u.gmfn, op->flags & GNTCOPY_source_gref, true);
	if (rc)
		return rc;
	rc = take_hold(dst, op->dest.domid, op->flags & GNTCOPY_dest_gref ?
		       op->dest.u.ref : op->dest.u.gmfn, op->flags & GNTCOPY_dest_gref, false);
	if (rc)
		return rc;
	if (!within(src, op->source.offset, op->len) || !within(dst, op->dest.offset, op->len))
		return GNTST_general_error;
	memmove((u8 *)mfn_to_virt(dst->mfn) + op->dest.offset,
		(u8 *)mfn_to_virt(src->mfn) + op->source.offset, op->len);
	return GNTST_okay;
}

static int fetch_op(struct gnttab_copy *op, u64 uop, bool compat)
{
	struct gnttab_copy_32 op32;

	if (!compat)
		return read_guest(op, uop);
	if (read_guest(&op32, uop))
		return -EFAULT;
	*op = (struct gnttab_copy){
		.source = { .u.gmfn = op32.source.ref_or_gmfn, .domid = op32.source.domid,
			    .offset = op32.source.offset },
		.dest = { .u.gmfn = op32.dest.ref_or_gmfn, .domid = op32.dest.domid,
			  .offset = op32.dest.offset },
		.len = op32.len,
		.flags = op32.flags,
	};
	return 0;
}

long grant_op_copy(u64 *uop, u32 *todo)
{
	const bool compat = current->domain->is_32bit;
	const u32 size = compat ? sizeof(struct gnttab_copy_32) : sizeof(struct gnttab_copy);
	const u32 status_at = compat ? offsetof(struct gnttab_copy_32, status)
				     : offsetof(struct gnttab_copy, status);
	struct copy_end src = { .held = false }, dst = { .held = false };
	struct gnttab_copy op;
	bool more = false;
	long rc = 0;

	for (; *todo; *uop += size, --*todo, more = true) {
		s16 status;

		if (more && hypercall_preempt_check())
			break;
		rc = -EFAULT;
		if (fetch_op(&op, *uop, compat))
			break;
		status = copy_one(&op, &src, &dst);
		if (write_guest(*uop + status_at, &status))
			break;
		rc = 0;
	}
	let_go(&src);
	let_go(&dst);
	return rc;
}
