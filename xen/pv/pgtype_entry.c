// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one page-table entry holds, taken and dropped: a general reference on
 * the frame it names, and a type reference when it is writable (level 1) or
 * names a table (levels 2 to 4). Entries that name what is not RAM hold nothing.
 * The table is busy or locked by the caller.
 */
#include <arch/cpufeature.h>
#include <common/rangeset.h>
#include <pv/pgtype.h>

u64 pte_reserved_bits __ro_after_init;

struct rangeset *mmio_readonly;

void __init pv_mm_init(void)
{
	pte_reserved_bits = PTE_ADDR_MASK & ~((1ull << boot_cpu.phys_bits) - 1);
	mmio_readonly = rangeset_new();
	BUG_ON(!mmio_readonly);
	audit_init();
}

/* Device memory: by capability, and never writable where the hypervisor itself drives the device. */
static int get_device_l1e(u64 *e, struct domain *owner, struct domain *frames)
{
	const unsigned long m = PTE_MFN(*e);

	if (frames != owner && frames != dom_io)
		return -EBUSY;
	if (!rangeset_contains_singleton(owner->iomem_caps, m))
		return -EPERM;
	if ((*e & _PAGE_RW) && rangeset_contains_singleton(mmio_readonly, m))
		*e &= ~_PAGE_RW;
	return 0;
}

int get_l1e_slow(u64 *e, struct domain *owner, struct domain *frames)
{
	struct page_info *pg;

	if (*e & pte_reserved_bits)
		return -EPERM;
	pg = mfn_to_page_checked(MFN(PTE_MFN(*e)));
	if (!pg)
		return get_device_l1e(e, owner, frames);
	if (!get_page(pg, frames))
		return -EBUSY;
	if (*e & _PAGE_CACHE_MASK) {
		/* The hypervisor uses its own memory through the cache, whatever a guest prefers. */
		if (pg->count_info & PGC_xen_heap)
			goto refuse;
		if (!(pg->count_info & PGC_uncached))
			fetch_or(&pg->count_info, PGC_uncached);
	}
	if (*e & _PAGE_RW) {
		if (!get_writable(pg))
			goto refuse;
		/* The owner's CPUs are not the only ones to flush when the type changes. */
		if (frames != owner && !(pg->count_info & PGC_foreign))
			fetch_or(&pg->count_info, PGC_foreign);
	}
	return 0;

refuse:
	put_page(pg);
	return -EBUSY;
}

void put_l1e(u64 e)
{
	const unsigned long m = PTE_MFN(e);
	struct page_info *pg = frame_table + m;

	if (unlikely(m >= max_page || !(pg->count_info & PGC_ram)))
		return;
	if (e & _PAGE_RW)
		put_writable(pg);
	put_page(pg);
}

/* Counts of linear entries: one table has them or is named by them, never both, so that no chain closes. */
static bool linear_add(struct page_info *pg, int step)
{
	s16 n = READ_ONCE(pg->linear_count);

	do {
		if (step > 0 ? n < 0 || n == INT16_MAX : n > 0 || n == INT16_MIN)
			return false;
	} while (!try_cmpxchg(&pg->linear_count, &n, n + step));
	return true;
}

/* An entry that names a valid table of its own table's level, read-only: guests look at their tables so. */
static int get_linear(struct page_info *pg, struct page_info *table, u64 type)
{
	u64 x = READ_ONCE(pg->type_info);

	do {
		if ((x & (PGT_type_mask | PGT_validated)) != ((type & PGT_type_mask) | PGT_validated) ||
		    !(x & PGT_count_mask))
			return -EINVAL;
	} while (!try_cmpxchg(&pg->type_info, &x, x + 1));

	if (linear_add(table, 1)) {
		if (linear_add(pg, -1))
			return 0;
		fetch_sub(&table->linear_count, 1);
	}
	put_type(pg);	/* what it may leave partial is found as this failed entry's */
	return -EINVAL;
}

int get_upper_entry(u64 e, struct page_info *table, u64 type, unsigned int index, struct domain *d)
{
	const unsigned int level = type_level(type);
	struct page_info *pg;
	u64 below;
	int rc;

	if (e & (pte_reserved_bits | UPPER_DISALLOWED))
		return -EINVAL;
	pg = mfn_to_page_checked(MFN(PTE_MFN(e)));
	if (!pg)
		return -EINVAL;
	/* A table may name itself; that holds nothing, or it could never go. */
	if (pg == table)
		return (e & _PAGE_RW) ? -EINVAL : 0;
	if (!get_page(pg, d))
		return -EINVAL;
	below = level_type(level - 1);
	if (d->is_32bit && level == 3 && index == PAE_LAST_SLOT) {
		rc = get_type(pg, below | PGT_pae_kernel_l2);
		/* It belongs to one root only. */
		if (!rc && (READ_ONCE(pg->type_info) & PGT_count_mask) != 1) {
			put_type(pg);
			rc = -EINVAL;
		}
	} else {
		rc = get_type(pg, below);
		if (rc == -EINVAL && !(e & _PAGE_RW))
			rc = get_linear(pg, table, type);
	}
	if (rc)
		put_page(pg);
	return rc;
}

int put_upper_entry(u64 e, struct page_info *table, u64 type)
{
	struct page_info *pg = mfn_to_page(MFN(PTE_MFN(e)));
	int rc;

	if (pg == table)
		return 0;
	if (type_level(pg->type_info) == type_level(type)) {
		fetch_sub(&table->linear_count, 1);
		fetch_add(&pg->linear_count, 1);
	}
	rc = put_type(pg);
	put_page(pg);
	return rc;
}
