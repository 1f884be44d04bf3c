// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_update_va_mapping: one level-1 entry, found by the address that it
 * maps in the caller's own tables, and the flush that goes with it.
 */
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <lib/minmax.h>
#include <pv/pgtype.h>
#include <pv/walk.h>

int vcpumask_to_cpus(struct domain *d, u64 bitmap, cpumask_t *cpus)
{
	const unsigned int bytes = d->is_32bit ? 4 : 8;

	cpumask_clear(cpus);
	for (u32 first = 0; first < d->max_vcpus; first += bytes * 8) {
		u64 bits = 0;

		if (copy_from_guest(&bits, bitmap + first / 8, bytes))
			return -EFAULT;
		for (; bits; bits &= bits - 1) {
			struct vcpu *v = domain_vcpu(d, first + lowest_bit(bits));

			/* One that runs nowhere flushes when it is switched in. */
			if (v && v->is_running)
				cpumask_set_cpu_local(READ_ONCE(v->processor), cpus);
		}
	}
	/* A CPU whose guest left it idle keeps translations, and is still among the dirty ones. */
	cpumask_and(cpus, cpus, &d->dirty_cpus);
	return 0;
}

static int flush_after(struct domain *d, vaddr_t va, u64 flags)
{
	const u64 where = flags & ~(u64)UVMF_FLUSHTYPE_MASK;
	const bool one = (flags & UVMF_FLUSHTYPE_MASK) == UVMF_INVLPG;
	cpumask_t cpus;

	if (where == UVMF_LOCAL) {
		if (one)
			flush_tlb_local_va(va);
		else
			flush_tlb_local(FLUSH_TLB);
		return 0;
	}
	if (where == UVMF_ALL)
		cpus = d->dirty_cpus;
	else if (vcpumask_to_cpus(d, where, &cpus))
		return -EFAULT;
	if (one)
		flush_tlb_mask_va(&cpus, va);
	else
		flush_tlb_mask(&cpus, FLUSH_TLB);
	return 0;
}

static long update_va(u64 va, u64 val, u64 flags, struct domain *frames)
{
	struct vcpu *v = current;
	struct page_info *table;
	u64 *slot = lock_guest_l1(v, va, &table);
	long rc;

	if (unlikely(!slot))
		return -EINVAL;
	rc = mod_l1_entry(slot, val, PTE_WRITE_PLAIN, v->domain, frames);
	unlock_table(table);
	if ((flags & UVMF_FLUSHTYPE_MASK) != UVMF_NONE) {
		int flushed = flush_after(v->domain, va, flags);

		if (!rc)
			rc = flushed;
	}
	return rc;
}

long do_update_va_mapping(u64 va, u64 val, u64 flags)
{
	struct vcpu *v = current;

	/* What a refused call left half done still has its type. */
	if (unlikely(v->pv.deferred) && finish_deferred(v))
		return hypercall_continue(__HYPERVISOR_update_va_mapping, 3, va, val, flags);
	return update_va(va, val, flags, v->domain);
}

long do_update_va_mapping_otherdomain(u64 va, u64 val, u64 flags, u64 domid)
{
	struct domain *frames;
	long rc = get_frame_owner((domid_t)domid, &frames);

	if (rc)
		return rc;
	rc = update_va(va, val, flags, frames);
	put_frame_owner(frames);
	return rc;
}
