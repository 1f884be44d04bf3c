// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_mmuext_op: pinning, roots, flushes, the LDT, and a page cleared
 * or copied by frame number. Each operation either is done or has failed with
 * nothing changed; those that pin, unpin or change roots may be interrupted.
 */
#include <arch/desc.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/rangeset.h>
#include <common/sched.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <pv/pgtype.h>
#include <pv/traps.h>

#define MMU_UPDATE_PREEMPTED	(1u << 31)

static int pin_table(u64 type, mfn_t m, struct domain *owner)
{
	struct page_info *pg;
	u64 x;
	int rc;

	if (owner->is_32bit && type == PGT_l4)
		return -EINVAL;
	pg = get_page_from_mfn(m, owner);
	if (!pg)
		return -EINVAL;
	rc = get_page_type_preemptible(pg, type);
	if (rc) {
		put_page(pg);
		return rc;
	}
	x = fetch_or(&pg->type_info, PGT_pinned);
	if (x & PGT_pinned) {
		/* The pin that is there holds a reference: this is not the last one. */
		put_page_type_preemptible(pg);
		put_page(pg);
		return -EINVAL;
	}
	if (unlikely(owner != current->domain)) {
		bool drop;

		/* The owner's teardown looks for pins once: a later one is ours to undo. */
		spin_lock(&owner->page_lock);
		drop = owner->is_dying && (fetch_and(&pg->type_info, ~PGT_pinned) & PGT_pinned);
		spin_unlock(&owner->page_lock);
		if (drop) {
			put_page_type_preemptible(pg);
			put_page(pg);
			return -EINVAL;
		}
	}
	return 0;
}

static int unpin_table(mfn_t m, struct domain *owner)
{
	struct page_info *pg = get_page_from_mfn(m, owner);

	if (!pg)
		return -EINVAL;
	if (!(fetch_and(&pg->type_info, ~PGT_pinned) & PGT_pinned)) {
		put_page(pg);
		return -EINVAL;
	}
	put_page_type_preemptible(pg);	/* the rest is deferred work, done before the next operation */
	put_page(pg);
	put_page(pg);
	return 0;
}

static int write_frame(mfn_t m, const mfn_t *from, struct domain *owner)
{
	struct page_info *pg = get_page_from_mfn(m, owner), *src = NULL;
	int rc = -EINVAL;

	if (!pg)
		return -EINVAL;
	if (from) {
		src = get_page_from_mfn(*from, owner);
		if (!src)
			goto out;
	}
	if (get_page_type(pg, PGT_writable)) {
		if (src)
			copy_page(page_to_virt(pg), page_to_virt(src));
		else
			clear_page(page_to_virt(pg));
		put_page_type(pg);
		rc = 0;
	}
	if (src)
		put_page(src);
out:
	put_page(pg);
	return rc;
}

static int set_ldt(struct vcpu *v, vaddr_t base, u32 entries)
{
	if (!pv_ldt_ok(v->domain, base, entries))
		return -EINVAL;
	if (v->pv.ldt_entries == entries && v->pv.ldt_base == base)
		return 0;
	pv_invalidate_ldt(v);
	v->pv.ldt_base = base;
	v->pv.ldt_entries = entries;
	load_guest_ldt(LDT_VIRT(v->id), entries);
	if (v->domain->is_32bit)
		update_kernel_linear(v);	/* its stack segment may be of that table */
	return 0;
}

static bool may_flush_caches(const struct domain *d)
{
	return !rangeset_is_empty(d->iomem_caps) || !rangeset_is_empty(d->ioport_caps);
}

static int flush_op(const struct mmuext_op *op, struct domain *d)
{
	cpumask_t cpus;

	switch (op->cmd) {
	case MMUEXT_TLB_FLUSH_LOCAL:
		flush_tlb_local(FLUSH_TLB);
		return 0;
	case MMUEXT_INVLPG_LOCAL:
		flush_tlb_local_va(op->arg1.linear_addr);
		return 0;
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		if (vcpumask_to_cpus(d, handle_addr(op->arg2.vcpumask), &cpus))
			return -EINVAL;
		break;
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		if (!may_flush_caches(d))
			return -EACCES;
		if (op->cmd == MMUEXT_FLUSH_CACHE)
			flush_tlb_local(FLUSH_CACHE);
		else
			flush_tlb_mask(&cpu_online_mask, FLUSH_CACHE);
		return 0;
	default:
		cpus = d->dirty_cpus;
		break;
	}
	if (op->cmd == MMUEXT_INVLPG_MULTI || op->cmd == MMUEXT_INVLPG_ALL)
		flush_tlb_mask_va(&cpus, op->arg1.linear_addr);
	else
		flush_tlb_mask(&cpus, FLUSH_TLB);
	return 0;
}

static int one_op(const struct mmuext_op *op, struct vcpu *v, struct domain *owner)
{
	const mfn_t m = MFN(op->arg1.mfn), src = MFN(op->arg2.src_mfn);
	struct domain *d = v->domain;

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_PIN_L4_TABLE:
		return pin_table(level_type(op->cmd - MMUEXT_PIN_L1_TABLE + 1), m, owner);
	case MMUEXT_UNPIN_TABLE:
		return unpin_table(m, owner);
	case MMUEXT_CLEAR_PAGE:
		return write_frame(m, NULL, owner);
	case MMUEXT_COPY_PAGE:
		return write_frame(m, &src, owner);
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return -EOPNOTSUPP;
	case MMUEXT_NEW_BASEPTR:
		if (owner != d)
			return -EPERM;
		return set_vcpu_kernel_root(v, m);
	case MMUEXT_NEW_USER_BASEPTR:
		if (owner != d)
			return -EPERM;
		return set_vcpu_user_root(v, m);
	case MMUEXT_SET_LDT:
		if (owner != d)
			return -EPERM;
		return set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_TLB_FLUSH_ALL:
	case MMUEXT_INVLPG_ALL:
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		if (owner != d)
			return -EPERM;
		return flush_op(op, d);
	default:
		return -ENOSYS;
	}
}

/* The 32-bit layout of struct mmuext_op, widened. */
static int read_op(struct mmuext_op *op, u64 from, bool is_32bit)
{
	struct { u32 cmd, arg1, arg2; } narrow;

	if (likely(!is_32bit))
		return copy_from_guest(op, from, sizeof(*op));
	if (copy_from_guest(&narrow, from, sizeof(narrow)))
		return -EFAULT;
	*op = (struct mmuext_op){ .cmd = narrow.cmd, .arg1.mfn = narrow.arg1, .arg2.src_mfn = narrow.arg2 };
	return 0;
}

long do_mmuext_op(u64 uops, u64 ucount, u64 pdone, u64 foreigndom)
{
	struct vcpu *v = current;
	const unsigned int op_bytes = v->domain->is_32bit ? 12 : sizeof(struct mmuext_op);
	struct domain *owner;
	u32 count = ucount, done = 0, total = 0;
	int rc = 0;

	/* Nothing done, nor counted at pdone: the same call again. */
	if (unlikely(v->pv.deferred) && finish_deferred(v))
		return hypercall_continue(__HYPERVISOR_mmuext_op, 4, uops, ucount, pdone, foreigndom);
	if (unlikely(count & MMU_UPDATE_PREEMPTED)) {
		count &= ~MMU_UPDATE_PREEMPTED;
		if (pdone && read_guest(&total, pdone))
			return -EFAULT;
	}
	rc = get_frame_owner((domid_t)foreigndom, &owner);
	if (rc)
		return rc;

	while (done < count) {
		struct mmuext_op op;

		if (read_op(&op, uops, v->domain->is_32bit)) {
			rc = -EFAULT;
			break;
		}
		rc = one_op(&op, v, owner);
		if (unlikely(rc))
			break;
		done++;
		uops += op_bytes;
		if ((unlikely(v->pv.deferred) && finish_deferred(v)) ||
		    (done < count && hypercall_preempt_check())) {
			rc = -ERESTART;
			break;
		}
	}
	put_frame_owner(owner);

	total += done;
	if (pdone && write_guest(pdone, &total) && rc != -ERESTART)
		return -EFAULT;
	if (unlikely(rc == -ERESTART))
		return hypercall_continue(__HYPERVISOR_mmuext_op, 4, uops,
					  (u64)((count - done) | MMU_UPDATE_PREEMPTED), pdone, foreigndom);
	return rc;
}
