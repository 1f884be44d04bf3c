// SPDX-License-Identifier: GPL-2.0-only
/*
 * XENPF_*_memtype: the memory-type range registers. Cache types of guests'
 * mappings come from their page-table entries and the fixed PAT, so the ranges
 * stay as the firmware made them: they can be read, and "adding" what a range
 * already says succeeds. Called under platform_lock.
 */
#include <arch/cpufeature.h>
#include <arch/msr.h>
#include <common/frame.h>
#include <lib/errno.h>
#include "platform_private.h"

#define MTRR_COUNT_MASK		0xff
#define MTRR_TYPE_MASK		0xff
#define MTRR_TYPE_WB		6
#define MTRR_MASK_VALID		(1ull << 11)
#define MTRR_ADDRESS_MASK	0x000ffffffffff000ull

struct range {
	u64 first, count;	/* frames; count 0: not in use */
	u32 type;
};

static u32 nr_ranges(void)
{
	u64 cap;

	return rdmsr_safe(MSR_IA32_MTRRCAP, &cap) ? 0 : cap & MTRR_COUNT_MASK;
}

static void read_range(u32 reg, struct range *r)
{
	u64 base = rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * reg);
	u64 mask = rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * reg + 1);
	u64 size = (mask & MTRR_ADDRESS_MASK) | ~((1ull << boot_cpu.phys_bits) - 1);

	*r = (struct range){ 0 };
	if (!(mask & MTRR_MASK_VALID))
		return;
	r->first = (base & MTRR_ADDRESS_MASK) >> PAGE_SHIFT;
	r->count = (~size + 1) >> PAGE_SHIFT;
	r->type = base & MTRR_TYPE_MASK;
}

long platform_read_memtype(struct xenpf_read_memtype *read)
{
	struct range r;

	if (read->reg >= nr_ranges())
		return -EINVAL;
	read_range(read->reg, &r);
	read->mfn = r.first;
	read->nr_mfns = r.count;
	read->type = r.type;
	return 0;
}

long platform_add_memtype(struct xenpf_add_memtype *add)
{
	struct range r;

	if (!add->nr_mfns || add->type > MTRR_TYPE_WB || add->type == 2 || add->type == 3 ||
	    add->mfn >> (boot_cpu.phys_bits - PAGE_SHIFT) ||
	    add->nr_mfns > (1ull << (boot_cpu.phys_bits - PAGE_SHIFT)) - add->mfn)
		return -EINVAL;
	for (u32 reg = 0; reg < nr_ranges(); reg++) {
		read_range(reg, &r);
		if (r.count && r.type == add->type && add->mfn >= r.first &&
		    add->mfn + add->nr_mfns <= r.first + r.count) {
			add->handle = 0;
			add->reg = reg;
			return 0;
		}
	}
	return -ENOSPC;
}

long platform_del_memtype(const struct xenpf_del_memtype *del)
{
	/* A handle was never given out. */
	if (del->handle || del->reg >= nr_ranges())
		return -EINVAL;
	return 0;
}
