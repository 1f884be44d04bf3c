/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the page-typing core (pv/pgtype*.c, pv/mmu_update*.c, pv/ptwr*.c,
 * pv/grant_map.c): entries, levels, and the short paths of type references.
 * docs/memory.md says what all of this adds up to.
 */
#ifndef XEN_PV_PGTYPE_H
#define XEN_PV_PGTYPE_H

#include <arch/tlb.h>
#include <common/domain.h>
#include <common/frame.h>
#include <lib/errno.h>
#include <pv/mm.h>

/* Bits that no entry of any guest may have: address bits that the CPU lacks. Set at boot. */
extern u64 pte_reserved_bits;

/* What else a guest may not have above level 1: large pages and cache types. */
#define UPPER_DISALLOWED	(_PAGE_PWT | _PAGE_PCD | _PAGE_PSE)

#define PAE_LAST_SLOT		3	/* of a ring-1 guest's root: the hypervisor's addresses are in it */

#define PTE_MFN(e)		(((e) & PTE_ADDR_MASK) >> PAGE_SHIFT)

static inline unsigned int type_level(u64 type)
{
	return (type & PGT_type_mask) >> 60;
}
static inline u64 level_type(unsigned int level)
{
	return (u64)level << 60;
}
static inline bool is_table_type(u64 type)
{
	return (type & PGT_type_mask) - PGT_l1 <= PGT_l4 - PGT_l1;
}

/*
 * Entries as they are stored. A 64-bit guest's kernel runs in ring 3, so all
 * its memory is user memory to the CPU. Global entries would outlive the root
 * switch between kernel and user space: no guest gets them.
 */
static inline u64 adjust_l1e(const struct domain *d, u64 e)
{
	if (likely(e & _PAGE_PRESENT)) {
		e &= ~_PAGE_GLOBAL;
		if (likely(!d->is_32bit))
			e |= _PAGE_USER;
	}
	return e;
}
static inline u64 adjust_upper(const struct domain *d, unsigned int level, u64 e)
{
	if (e & _PAGE_PRESENT) {
		e &= ~_PAGE_GLOBAL;
		if (!d->is_32bit)
			e |= _PAGE_USER;
		else if (level == 3)	/* PAE roots lack these bits, long mode wants them */
			e |= _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED;
		else
			e |= _PAGE_USER;
	}
	return e;
}

/* Is this entry of a table of that type the guest's? */
static inline bool guest_slot(const struct domain *d, u64 type, unsigned int index)
{
	switch (type_level(type)) {
	case 4:
		return index < HYPERVISOR_FIRST_SLOT || index > HYPERVISOR_LAST_SLOT;
	case 3:
		return !d->is_32bit || index < 4;
	case 2:
		return !(type & PGT_pae_kernel_l2) ||
			index < l2_index(d->pv.hv_start_low);
	default:
		return true;
	}
}

/* One more writable-type reference, which is what most entries need. */
static inline bool get_writable(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type_info);

	/* The count cannot overflow: there are not 2^48 entries in any machine's memory. */
	while (likely((x & (PGT_type_mask | PGT_validated)) == (PGT_writable | PGT_validated)))
		if (likely(try_cmpxchg(&pg->type_info, &x, x + 1)))
			return true;
	return get_page_type(pg, PGT_writable);
}

/*
 * Drop one that is known to be of the writable type. The last goes by way of busy: were
 * the stamp drawn before the count falls, another CPU could map the frame and unmap it
 * again in between, and have a translation that is younger than the stamp.
 */
static inline void put_writable(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type_info);

	for (;;) {
		const bool last = (x & PGT_count_mask) == 1;

		if (unlikely(!try_cmpxchg(&pg->type_info, &x, last ? x & ~PGT_validated : x - 1)))
			continue;
		if (last) {
			pg->tlbflush_stamp = tlbflush_now();
			store_release(&pg->type_info, x - 1);
		}
		return;
	}
}

/*
 * The page lock of a page table: only a validated table can be locked, and
 * while it is, its last type reference cannot go: it stays what it is, and its
 * owner's. False: pg is no such table of d's.
 */
static inline bool lock_table(struct page_info *pg, const struct domain *d)
{
	u64 x = READ_ONCE(pg->type_info);

	if (unlikely(READ_ONCE(pg->owner) != domain_to_owner(d)))
		return false;
	for (;;) {
		if (unlikely(!(x & PGT_validated) || !is_table_type(x) || !(x & PGT_count_mask)))
			return false;
		if (unlikely(x & PGT_locked)) {
			cpu_relax();
			x = READ_ONCE(pg->type_info);
			continue;
		}
		if (likely(try_cmpxchg(&pg->type_info, &x, x | PGT_locked)))
			break;
	}
	/* The owner cannot change from here on; it may have before. */
	if (likely(READ_ONCE(pg->owner) == domain_to_owner(d)))
		return true;
	store_release((u8 *)&pg->type_info + 6, 0);
	return false;
}
static inline void unlock_table(struct page_info *pg)
{
	store_release((u8 *)&pg->type_info + 6, 0);
}

/* pv/pgtype_entry.c: the references of one entry. */

/*
 * Take what level-1 entry e (present, adjusted) needs in a table of owner, its
 * frame belonging to frames. May take rights out of *e (device memory that is
 * read-only). 0, -EBUSY (not owned, or of another type), -EPERM (no RAM).
 */
int get_l1e_slow(u64 *e, struct domain *owner, struct domain *frames);
void put_l1e(u64 e);
/* References of a present entry of level 2 to 4 in table, of type type. 0, -EINVAL, -ERESTART. */
int get_upper_entry(u64 e, struct page_info *table, u64 type, unsigned int index, struct domain *d);
/* Drops them. -ERESTART: they are dropped, but the table below is left partly torn down. */
int put_upper_entry(u64 e, struct page_info *table, u64 type);

static inline int get_l1e(u64 *e, struct domain *owner, struct domain *frames)
{
	const unsigned long m = PTE_MFN(*e);
	struct page_info *pg;

	if (unlikely((*e & (pte_reserved_bits | _PAGE_CACHE_MASK)) || m >= max_page))
		return get_l1e_slow(e, owner, frames);
	pg = frame_table + array_index_nospec(m, max_page);
	if (unlikely(!get_page(pg, frames)))
		return get_l1e_slow(e, owner, frames);
	if ((*e & _PAGE_RW) && (unlikely(frames != owner) || unlikely(!get_writable(pg)))) {
		put_page(pg);
		return get_l1e_slow(e, owner, frames);
	}
	return 0;
}

/* pv/pgtype.c */

/* Finish the teardown of a table left partial: 0 when it is done or was none, else -ERESTART. */
int finish_partial(struct page_info *pg, u64 type);
/* As get_page_type_preemptible, but a failure's leftovers are the caller's to find again. */
int get_type(struct page_info *pg, u64 type);
/* Drop a type reference. -ERESTART: dropped, but the table is left partly torn down. */
int put_type(struct page_info *pg);
/* The current vcpu finishes pg before its next page-table hypercall does anything. */
void defer_teardown(struct page_info *pg);
/* Flush translations that pg's former type may have left behind. */
void flush_stale_type(struct page_info *pg);

/* pv/pgtype_table.c: all entries of a table, from nr_validated on or down from it. 0, -EINVAL, -ERESTART. */
int validate_table(struct page_info *pg, u64 type);
int devalidate_table(struct page_info *pg, u64 type);
/* A table with slots of the hypervisor's stops being one: what was put there is not for the guest to read. */
void clear_hypervisor_slots(struct page_info *pg, u64 type);

/* pv/mmu_update.c */

enum pte_write {
	PTE_WRITE_PLAIN,	/* store new */
	PTE_WRITE_KEEP_AD	/* store new with the accessed and dirty bits that the entry has */
};
/* Write an entry of a locked table. 0, -EINVAL, -EBUSY, -EPERM, -ERESTART (nothing done yet). */
int mod_l1_entry(u64 *slot, u64 new, enum pte_write how, struct domain *owner, struct domain *frames);
int mod_upper_entry(u64 *slot, u64 new, struct page_info *table, u64 type, enum pte_write how,
		    struct domain *owner);
/* Replace old, which the caller has read from slot, by new, unless the entry has changed: -EAGAIN. */
int cmpxchg_l1_entry(u64 *slot, u64 old, u64 new, struct domain *d);

/*
 * The domain whose frames a caller means: itself, or as the control domain any
 * other, with a reference. 0, -ESRCH, -EPERM. put_frame_owner undoes it.
 */
int get_frame_owner(domid_t id, struct domain **out);
void put_frame_owner(struct domain *d);

/* pv/mmu_update_va.c: the CPUs that run the vcpus of a guest's bitmap. 0, -EFAULT. */
int vcpumask_to_cpus(struct domain *d, u64 bitmap, cpumask_t *cpus);

#endif
