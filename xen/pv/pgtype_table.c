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

static unsigned int nr_guest_entries(const struct domain *d, u64 type)
{
	return d->is_32bit && type_level(type) == 3 ? 4 : PT_ENTRIES;
}

static int validate_l1(struct page_info *pg, struct domain *d)
{
	u64 *table = map_frame(page_to_mfn(pg));

	for (unsigned int i = 0; i < PT_ENTRIES; i++) {
		const u64 old = table[i];
		u64 e;
		int rc;

		if (!(old & _PAGE_PRESENT))
			continue;
		e = adjust_l1e(d, old);
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

	for (unsigned int i = 0; i < nr; i++)
		if (table[i] & _PAGE_PRESENT)
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

static int validate_upper(struct page_info *pg, u64 type, struct domain *d)
{
	const unsigned int level = type_level(type), nr = nr_guest_entries(d, type);
	const unsigned int start = pg->nr_validated;
	u64 *table = map_frame(page_to_mfn(pg));

	for (unsigned int i = start; i < nr; i++) {
		const u64 old = table[i];
		u64 e;
		int rc;

		if (!(old & _PAGE_PRESENT) || !guest_slot(d, type, i)) {
			/* The hypervisor's part of a ring-1 guest's address space is under that entry. */
			if (d->is_32bit && level == 3 && i == PAE_LAST_SLOT) {
				pg->nr_validated = i;
				return -EINVAL;
			}
			continue;
		}
		rc = i > start && hypercall_preempt_check() ? -ERESTART : 0;
		if (!rc) {
			e = adjust_upper(d, level, old);
			rc = get_upper_entry(e, pg, type, i, d);
		}
		if (unlikely(rc)) {
			pg->nr_validated = i;
			return rc;
		}
		if (e != old)
			table[i] = e;
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
	const unsigned int nr = nr_guest_entries(d, type);
	u64 *table = map_frame(page_to_mfn(pg));
	unsigned int i = pg->nr_validated < nr ? pg->nr_validated : nr;
	bool worked = false;

	if (i < nr && guest_slot(d, type, i)) {
		int rc = finish_child(pg, type, table[i], d);

		if (rc)
			return rc;
	}
	while (i-- > 0) {
		int rc;

		if (!(table[i] & _PAGE_PRESENT) || !guest_slot(d, type, i))
			continue;
		if (worked && hypercall_preempt_check()) {
			pg->nr_validated = i + 1;
			return -ERESTART;
		}
		worked = true;
		rc = put_upper_entry(table[i], pg, type);
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
