// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walking a guest's page tables in software, through the direct map. The
 * tables above level 1 are validated, so what they name are tables of the same
 * guest; another vcpu may change them meanwhile, so a result is a hint until
 * the table it names is locked or referenced.
 */
#include <arch/asm_macros.h>
#include <pv/pgtype.h>
#include <pv/walk.h>

/*
 * A table that has just ceased to be one may by now hold anything, such as the
 * number of a frame that is no RAM and so not mapped here: that reads as nothing.
 */
static inline u64 read_hint(const u64 *at)
{
	u64 e;

	asm volatile ("1:	movq	%1, %0\n"
		      "2:\n\t"
		      ".pushsection .text.fixup, \"ax\"\n"
		      "3:	xorl	%k0, %k0\n\t"
		      "	jmp	2b\n\t"
		      ".popsection\n\t"
		      _ASM_EXTABLE(1b, 3b)
		      : "=r" (e) : "m" (*at));
	return e;
}

static inline bool walk_root(const struct vcpu *v, u64 e, vaddr_t va, u64 *l1e, mfn_t *table,
			     u64 *flags)
{
	u64 all = _PAGE_RW | _PAGE_USER, nx = 0;
	unsigned int shift = L4_SHIFT;

	if (v->domain->is_32bit) {
		/* What is above looks different: it is ours. */
		if (va >= v->domain->pv.hv_start_low)
			return false;
		shift = L3_SHIFT;
	} else if (!is_canonical(va) || (va >= HYPERVISOR_START && va < HYPERVISOR_END)) {
		return false;
	}
	if (!e)
		return false;
	for (; ; shift -= L2_SHIFT - L1_SHIFT) {
		const mfn_t frame = MFN(PTE_MFN(e));
		const u64 *entries = map_frame(frame);

		e = read_hint(&entries[(va >> shift) & (PT_ENTRIES - 1)]);
		all &= e;
		nx |= e;
		if (shift == L1_SHIFT) {
			*l1e = e;
			*table = frame;
			break;
		}
		if (!(e & _PAGE_PRESENT) || PTE_MFN(e) >= max_page)
			return false;
	}
	if (flags)
		*flags = all | (nx & _PAGE_NX);
	return true;
}

bool guest_walk(struct vcpu *v, vaddr_t va, u64 *l1e, mfn_t *table, u64 *flags)
{
	const bool kernel = (v->pv.flags & PV_KERNEL_MODE) || !v->pv.user_root;

	return walk_root(v, kernel ? v->pv.kernel_root : v->pv.user_root, va, l1e, table, flags);
}

bool guest_kernel_walk(struct vcpu *v, vaddr_t va, u64 *l1e, mfn_t *table)
{
	return walk_root(v, v->pv.kernel_root, va, l1e, table, NULL);
}

u64 *lock_guest_l1(struct vcpu *v, vaddr_t va, struct page_info **table)
{
	struct page_info *pg;
	mfn_t frame;
	u64 l1e;

	if (unlikely(!guest_kernel_walk(v, va, &l1e, &frame)))
		return NULL;
	pg = mfn_to_page(frame);
	if (unlikely(!lock_table(pg, v->domain)))
		return NULL;
	/* A linear mapping shows a table of another level where a level-1 table belongs. */
	if (unlikely((READ_ONCE(pg->type_info) & PGT_type_mask) != PGT_l1)) {
		unlock_table(pg);
		return NULL;
	}
	*table = pg;
	return (u64 *)map_frame(frame) + l1_index(va);
}
