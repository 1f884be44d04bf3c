// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries that map other domains' frames by grant. Such an entry takes and
 * drops references like any other; the grant table's own references on the
 * frame are separate. So a guest that overwrites the entry behind the grant
 * table's back leaks nothing and frees nothing.
 */
#include <lib/minmax.h>
#include <pv/pgtype.h>
#include <pv/walk.h>

/* The entry that addr means, in the current domain, its table locked. */
static u64 *lock_entry(u64 addr, bool contains_pte, struct page_info **table)
{
	struct vcpu *v = current;
	struct page_info *pg;

	if (!contains_pte)
		return lock_guest_l1(v, addr, table);
	if (!IS_ALIGNED(addr, 8) || addr >> PADDR_BITS)
		return NULL;
	pg = mfn_to_page_checked(maddr_to_mfn(addr));
	if (!pg || !lock_table(pg, v->domain))
		return NULL;
	if ((READ_ONCE(pg->type_info) & PGT_type_mask) != PGT_l1) {
		unlock_table(pg);
		return NULL;
	}
	*table = pg;
	return (u64 *)page_to_virt(pg) + (addr & ~PAGE_MASK) / 8;
}

int create_grant_pv_mapping(u64 addr, u64 l1e, bool contains_pte)
{
	struct domain *d = current->domain, *frames = d;
	struct page_info *table, *pg = mfn_to_page_checked(MFN(PTE_MFN(l1e)));
	u64 *slot;
	int rc;

	/* The caller's reference keeps the frame its owner's. */
	if (pg)
		frames = page_owner(pg);
	if (!frames || !(l1e & _PAGE_PRESENT))
		return -EINVAL;
	slot = lock_entry(addr, contains_pte, &table);
	if (!slot)
		return -EINVAL;
	rc = mod_l1_entry(slot, l1e, PTE_WRITE_PLAIN, d, frames);
	unlock_table(table);
	return rc;
}

/* Is e what maps a grant as l1e does? A read-only entry does not stand for a grant to write. */
static bool maps_as(u64 e, u64 l1e)
{
	return (e & _PAGE_PRESENT) && !((e ^ l1e) & (PTE_ADDR_MASK | _PAGE_RW));
}

static int clear_mapping(u64 addr, u64 l1e, bool contains_pte)
{
	struct domain *d = current->domain;
	struct page_info *table;
	u64 *slot = lock_entry(addr, contains_pte, &table);
	int rc = -EINVAL;

	if (!slot)
		return rc;
	if (maps_as(READ_ONCE(*slot), l1e))
		rc = mod_l1_entry(slot, 0, PTE_WRITE_PLAIN, d, d);
	unlock_table(table);
	return rc;
}

int replace_grant_pv_mapping(u64 addr, u64 l1e, u64 new_addr, bool contains_pte)
{
	struct vcpu *v = current;
	struct page_info *table;
	u64 e = 0, old, *slot;
	int rc;

	if (!new_addr)
		return clear_mapping(addr, l1e, contains_pte);

	/* Move what the other address maps; its frame may be any that the guest had mapped there. */
	if (contains_pte)
		return -EINVAL;
	slot = lock_guest_l1(v, new_addr, &table);
	if (!slot)
		return -EINVAL;
	/* The entry's references come along: it is taken out without being dropped. */
	e = READ_ONCE(*slot);
	WRITE_ONCE(*slot, 0);
	unlock_table(table);

	slot = lock_guest_l1(v, addr, &table);
	if (slot) {
		old = READ_ONCE(*slot);
		if (maps_as(old, l1e)) {
			WRITE_ONCE(*slot, e);
			unlock_table(table);
			put_l1e(old);
			return 0;
		}
		unlock_table(table);
	}
	rc = -EINVAL;
	slot = lock_guest_l1(v, new_addr, &table);
	if (slot) {
		old = READ_ONCE(*slot);
		WRITE_ONCE(*slot, e);
		unlock_table(table);
		e = old;
	}
	if (e & _PAGE_PRESENT)
		put_l1e(e);
	return rc;
}
