// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole table's entries, checked when it becomes a table and let go when it
 * stops being one. The frame is busy (pv/pgtype.c): nobody else looks at it,
 * and no guest can write it. Levels 2 to 4 may be interrupted after each entry;
 * entries below nr_validated are the ones that hold references.
 */
#include <common/sched.h>
#include <lib/string.h>
#include <pv/pgtype.h>

/* Large pages, of the hypervisor's memory. */
#define M2P_32_FLAGS	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_PSE | _PAGE_NX)

/* The guest's entries are the first so many; of a level-4 table, those of them that guest_slot() says. */
static unsigned int nr_guest_entries(const struct domain *d, u64 type)
{
	if (type & PGT_pae_kernel_l2)
		return l2_index(d->pv.hv_start_low);
	return d->is_32bit && type_level(type) == 3 ? 4 : PT_ENTRIES;
}

/* Tables are mostly empty: what is absent is passed over by fours. First present entry from i on, or past it: end. */
static inline unsigned int next_present(const u64 *table, unsigned int i, unsigned int end)
{
	for (; i < end; i++) {
		while (!(i % 4) && !((table[i] | table[i + 1] | table[i + 2] | table[i + 3]) & _PAGE_PRESENT)) {
			i += 4;
			if (i >= end)
				return end;
		}
		if (table[i] & _PAGE_PRESENT)
			break;
	}
	return i;
}

/* The number of entries up to the last present one below end; 0: there is none. */
static inline unsigned int last_present(const u64 *table, unsigned int end)
{
	for (; end; end--) {
		while (!(end % 4) &&
		       !((table[end - 1] | table[end - 2] | table[end - 3] | table[end - 4]) & _PAGE_PRESENT)) {
			end -= 4;
			if (!end)
				return 0;
		}
		if (table[end - 1] & _PAGE_PRESENT)
			break;
	}
	return end;
}

static int validate_l1(struct page_info *pg, struct domain *d)
{
	u64 *table = map_frame(page_to_mfn(pg));

	for (unsigned int i = next_present(table, 0, PT_ENTRIES); i < PT_ENTRIES;
	     i = next_present(table, i + 1, PT_ENTRIES)) {
		const u64 old = table[i];
		u64 e = adjust_l1e(d, old);
		int rc;

		rc = get_l1e(&e, d, d);
		if (unlikely(rc)) {
			pg->nr_validated = i;
			return rc;
		}
		if (e != old)
			table[i] = e;
	}
	pg->nr_validated = PT_ENTRIES;
	return 0;
}

static void devalidate_l1(struct page_info *pg)
{
	const u64 *table = map_frame(page_to_mfn(pg));
	const unsigned int nr = pg->nr_validated;

	for (unsigned int i = next_present(table, 0, nr); i < nr; i = next_present(table, i + 1, nr))
		put_l1e(table[i]);
}

/* The slots of a table that are not the guest's, once all of the guest's are good. */
static void fill_hypervisor_slots(u64 *table, u64 type, struct domain *d)
{
	if (type == PGT_l4) {
		init_root_table(table, d);
	} else if (type == PGT_l3 && d->is_32bit) {
		/* A PAE root has four entries, but as part of a long-mode tree all 512 count. */
		memset(table + 4, 0, PAGE_SIZE - 4 * sizeof(*table));
	} else if (type & PGT_pae_kernel_l2) {
		const unsigned int first = l2_index(d->pv.hv_start_low), end = l2_index(M2P_32_END);

		for (unsigned int i = first; i < PT_ENTRIES; i++) {
			const u32 *chunk = i < end ? m2p_32_chunk[i - first] : NULL;

			table[i] = chunk ? virt_to_maddr(chunk) | M2P_32_FLAGS : 0;
		}
	}
}

void clear_hypervisor_slots(struct page_info *pg, u64 type)
{
	u64 *table = map_frame(page_to_mfn(pg));

	if (type == PGT_l4) {
		memset(table + HYPERVISOR_FIRST_SLOT, 0,
		       (HYPERVISOR_LAST_SLOT - HYPERVISOR_FIRST_SLOT + 1) * sizeof(*table));
	} else if (type & PGT_pae_kernel_l2) {
		const unsigned int first = l2_index(page_owner(pg)->pv.hv_start_low);

		memset(table + first, 0, (PT_ENTRIES - first) * sizeof(*table));
	}
}

/*
 * The same references as get_upper_entry's, for an entry that needs no adjusting and below which a table is valid
 * already. All but a few entries of a ring-1 kernel's page directory are such, and each process has a copy of it.
 */
static inline bool get_valid_table(u64 e, u64 below, u64 not_allowed, const struct domain *d)
{
	const unsigned long m = PTE_MFN(e);
	struct page_info *pg;
	u64 x;

	if (unlikely((e & (not_allowed | _PAGE_USER)) != _PAGE_USER || m >= max_page))
		return false;
	pg = frame_table + array_index_nospec(m, max_page);
	if (unlikely(!get_page(pg, d)))
		return false;
	x = READ_ONCE(pg->type_info);
	while (likely((x & (PGT_key_mask | PGT_validated)) == (below | PGT_validated) && (x & PGT_count_mask)))
		if (likely(try_cmpxchg(&pg->type_info, &x, x + 1)))
			return true;
	put_page(pg);
	return false;
}

/* Drops them, unless the type reference is the last one. */
static inline bool put_valid_table(u64 e, u64 below)
{
	struct page_info *pg = mfn_to_page(MFN(PTE_MFN(e)));
	u64 x = READ_ONCE(pg->type_info);

	while (likely((x & PGT_type_mask) == below && (x & PGT_count_mask) > 1))
		if (likely(try_cmpxchg(&pg->type_info, &x, x - 1))) {
			put_page(pg);
			return true;
		}
	return false;
}

/* So many short entries are worked on between two looks at whether to stop; a long one counts as many. */
#define SHORT_ENTRIES	64

static int validate_upper(struct page_info *pg, u64 type, struct domain *d)
{
	const unsigned int level = type_level(type), nr = nr_guest_entries(d, type);
	const u64 below = level_type(level - 1);
	/* The last entry of a ring-1 guest's root wants another type than the rest: none goes the short way. */
	const u64 not_allowed = d->is_32bit && level == 3 ? ~0ull
							   : pte_reserved_bits | UPPER_DISALLOWED | _PAGE_GLOBAL;
	u64 *table = map_frame(page_to_mfn(pg));
	unsigned int work = 0;

	for (unsigned int i = pg->nr_validated; i < nr; i++) {
		const u64 old = table[i];
		u64 e;
		int rc;

		if (!(old & _PAGE_PRESENT)) {
			i = next_present(table, i + 1, nr) - 1;
			continue;
		}
		if (level == 4 && !guest_slot(d, type, i))
			continue;
		if (work >= SHORT_ENTRIES) {
			work = 0;
			if (hypercall_preempt_check()) {
				pg->nr_validated = i;
				return -ERESTART;
			}
		}
		if (likely(get_valid_table(old, below, not_allowed, d))) {
			work++;
			continue;
		}
		work = SHORT_ENTRIES;
		e = adjust_upper(d, level, old);
		rc = get_upper_entry(e, pg, type, i, d);
		if (unlikely(rc)) {
			pg->nr_validated = i;
			return rc;
		}
		if (e != old)
			table[i] = e;
	}
	/* The hypervisor's part of a ring-1 guest's address space is under that entry. */
	if (d->is_32bit && level == 3 && !(table[PAE_LAST_SLOT] & _PAGE_PRESENT)) {
		pg->nr_validated = nr;
		return -EINVAL;
	}
	pg->nr_validated = PT_ENTRIES;
	fill_hypervisor_slots(table, type, d);
	return 0;
}

/*
 * The entry that validation or teardown of pg stopped at holds no reference,
 * but work on the table it names may have been left half done.
 */
static int finish_child(struct page_info *pg, u64 type, u64 e, struct domain *d)
{
	struct page_info *child;
	u64 child_type;
	int rc = 0;

	if (!(e & _PAGE_PRESENT))
		return 0;
	child = get_page_from_mfn(MFN(PTE_MFN(e)), d);
	if (!child)
		return 0;
	child_type = READ_ONCE(child->type_info);
	if (child != pg && (child_type & PGT_partial) &&
	    type_level(type) - type_level(child_type) <= 1)
		rc = finish_partial(child, child_type & PGT_key_mask);
	put_page(child);
	return rc;
}

static int devalidate_upper(struct page_info *pg, u64 type, struct domain *d)
{
	const unsigned int level = type_level(type), nr = nr_guest_entries(d, type);
	const u64 below = level_type(level - 1);
	u64 *table = map_frame(page_to_mfn(pg));
	unsigned int i = pg->nr_validated < nr ? pg->nr_validated : nr;
	unsigned int work = 0;

	if (i < nr && (level < 4 || guest_slot(d, type, i))) {
		int rc = finish_child(pg, type, table[i], d);

		if (rc)
			return rc;
	}
	while (i > 0) {
		const u64 e = table[i - 1];
		int rc;

		if (!(e & _PAGE_PRESENT)) {
			i = last_present(table, i - 1);
			continue;
		}
		if (work >= SHORT_ENTRIES) {
			work = 0;
			if (hypercall_preempt_check()) {
				pg->nr_validated = i;
				return -ERESTART;
			}
		}
		i--;
		if (level == 4 && !guest_slot(d, type, i))
			continue;
		if (likely(put_valid_table(e, below))) {
			work++;
			continue;
		}
		work = SHORT_ENTRIES;
		rc = put_upper_entry(e, pg, type);
		if (unlikely(rc)) {
			/* The reference is gone; i is the entry to look at when this goes on. */
			pg->nr_validated = i;
			return rc;
		}
	}
	pg->nr_validated = 0;
	return 0;
}

static int validate_descriptors(struct page_info *pg, const struct domain *d)
{
	u64 *desc = map_frame(page_to_mfn(pg));

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*desc); i++)
		if (!check_descriptor(d, &desc[i]))
			return -EINVAL;
	return 0;
}

int validate_table(struct page_info *pg, u64 type)
{
	struct domain *d = page_owner(pg);

	switch (type & PGT_type_mask) {
	case PGT_l1:
		return validate_l1(pg, d);
	case PGT_l2:
	case PGT_l3:
		return validate_upper(pg, type, d);
	case PGT_l4:
		return d->is_32bit ? -EINVAL : validate_upper(pg, type, d);
	default:
		return validate_descriptors(pg, d);
	}
}

int devalidate_table(struct page_info *pg, u64 type)
{
	struct domain *d = page_owner(pg);

	switch (type & PGT_type_mask) {
	case PGT_l1:
		devalidate_l1(pg);
		return 0;
	case PGT_l2:
	case PGT_l3:
	case PGT_l4:
		return devalidate_upper(pg, type, d);
	default:
		return 0;
	}
}
