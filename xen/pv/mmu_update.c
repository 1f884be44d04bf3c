// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing entries of page tables in use: the core that hypercalls, emulated
 * writes and grant mappings share, and HYPERVISOR_mmu_update. The page lock of
 * the table (in its type word) is held around each write; new references are
 * taken before it, old ones dropped after it, so that at any moment every entry
 * a CPU can walk is backed by its references.
 */
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <lib/minmax.h>
#include <pv/pgtype.h>

#define MMU_UPDATE_PREEMPTED	(1u << 31)	/* in count: the guest's call is being continued */
#define BATCH			32		/* requests copied in at a time */

static inline void write_entry(u64 *slot, u64 old, u64 new, enum pte_write how)
{
	if (how == PTE_WRITE_PLAIN || !(old & _PAGE_PRESENT)) {
		WRITE_ONCE(*slot, new);
		return;
	}
	/* Under the lock only the CPU changes an entry, and only its accessed and dirty bits. */
	while (!try_cmpxchg(slot, &old, new | (old & (_PAGE_ACCESSED | _PAGE_DIRTY))))
		;
}

static inline bool names_ram(u64 e)
{
	return PTE_MFN(e) < max_page && (mfn_to_page(MFN(PTE_MFN(e)))->count_info & PGC_ram);
}

/*
 * From entry old to new, both present and of one frame with one cache type:
 * only a gained right to write needs a reference, only a lost one drops it.
 * 1: not this case. Otherwise 0, or the error.
 */
static inline int gain_rights(u64 old, u64 new, struct domain *owner, struct domain *frames)
{
	struct page_info *pg;

	if ((old ^ new) & (PTE_ADDR_MASK | _PAGE_CACHE_MASK))
		return 1;
	if (!((old ^ new) & _PAGE_RW))
		return 0;
	if (!names_ram(new))
		return 1;
	if (!(new & _PAGE_RW))
		return 0;
	/*
	 * A frame that was mapped read-only by its owner's grace does not become writable;
	 * another domain's that may, by a grant, is marked so by the long way (PGC_foreign).
	 */
	pg = mfn_to_page(MFN(PTE_MFN(new)));
	if (frames != owner || READ_ONCE(pg->owner) != domain_to_owner(frames))
		return 1;
	return get_writable(pg) ? 0 : -EBUSY;
}

int mod_l1_entry(u64 *slot, u64 new, enum pte_write how, struct domain *owner, struct domain *frames)
{
	const u64 old = READ_ONCE(*slot);
	int rc;

	if (!(new & _PAGE_PRESENT)) {
		write_entry(slot, old, new, how);
		if (old & _PAGE_PRESENT)
			put_l1e(old);
		return 0;
	}
	new = adjust_l1e(owner, new);
	if (old & _PAGE_PRESENT) {
		rc = gain_rights(old, new, owner, frames);
		if (rc <= 0) {
			if (rc)
				return rc;
			write_entry(slot, old, new, how);
			if ((old & ~new) & _PAGE_RW)
				put_writable(mfn_to_page(MFN(PTE_MFN(old))));
			return 0;
		}
	}
	rc = get_l1e(&new, owner, frames);
	if (unlikely(rc))
		return rc;
	write_entry(slot, old, new, how);
	if (old & _PAGE_PRESENT)
		put_l1e(old);
	return 0;
}

int cmpxchg_l1_entry(u64 *slot, u64 old, u64 new, struct domain *d)
{
	bool same_frame = false;
	u64 seen = old;

	if (new & _PAGE_PRESENT) {
		int rc = 1;

		new = adjust_l1e(d, new);
		if (old & _PAGE_PRESENT)
			rc = gain_rights(old, new, d, d);
		if (rc == 0)
			same_frame = true;
		else if (rc < 0 || (rc = get_l1e(&new, d, d)))
			return rc;
	}
	if (unlikely(!try_cmpxchg(slot, &seen, new))) {
		if (!same_frame) {
			if (new & _PAGE_PRESENT)
				put_l1e(new);
		} else if ((new & ~old) & _PAGE_RW) {
			put_writable(mfn_to_page(MFN(PTE_MFN(new))));
		}
		return -EAGAIN;
	}
	if (same_frame) {
		if ((old & ~new) & _PAGE_RW)
			put_writable(mfn_to_page(MFN(PTE_MFN(old))));
	} else if (old & _PAGE_PRESENT) {
		put_l1e(old);
	}
	return 0;
}

/* A refused or dropped entry's table may be left partial: remember it. */
static void defer_leftovers(u64 e, struct domain *d)
{
	struct page_info *pg = get_page_from_mfn(MFN(PTE_MFN(e)), d);

	if (!pg)
		return;
	if (READ_ONCE(pg->type_info) & PGT_partial)
		defer_teardown(pg);
	put_page(pg);
}

int mod_upper_entry(u64 *slot, u64 new, struct page_info *table, u64 type, enum pte_write how,
		    struct domain *owner)
{
	const unsigned int index = ((vaddr_t)slot & ~PAGE_MASK) / sizeof(*slot);
	const u64 old = READ_ONCE(*slot);

	if (!guest_slot(owner, type, index))
		return -EINVAL;
	/* A root keeps the level-2 table that the hypervisor's addresses are in. */
	if (unlikely(owner->is_32bit) && type == PGT_l3 && index == PAE_LAST_SLOT)
		return -EINVAL;
	if (new & _PAGE_PRESENT) {
		int rc;

		new = adjust_upper(owner, type_level(type), new);
		/* Only flags that no reference depends on; a linear entry's must not gain RW. */
		if ((old & _PAGE_PRESENT) &&
		    !((old ^ new) & (PTE_ADDR_MASK | _PAGE_RW | UPPER_DISALLOWED))) {
			write_entry(slot, old, new, how);
			return 0;
		}
		rc = get_upper_entry(new, table, type, index, owner);
		if (rc) {
			if (rc != -ERESTART)
				defer_leftovers(new, owner);
			return rc;
		}
	}
	write_entry(slot, old, new, how);
	if ((old & _PAGE_PRESENT) && put_upper_entry(old, table, type))
		defer_leftovers(old, owner);
	return 0;
}

/* The table that a series of requests writes: looked up and locked once for as long as it stays the same. */
struct locked_table {
	struct page_info *pg;	/* NULL: none */
	u64 type;
	u64 *entries;
	u64 maddr;		/* of the frame; bit 0 set when there is none */
};

static inline void drop_table(struct locked_table *t)
{
	if (t->pg)
		unlock_table(t->pg);
	t->pg = NULL;
	t->maddr = 1;
}

/* A frame that is no page table now: it is written as the data it is. */
static int write_data_frame(u64 ptr, u64 val, struct domain *owner)
{
	struct page_info *pg = get_page_from_mfn(MFN(ptr >> PAGE_SHIFT), owner);
	int rc = -EINVAL;

	if (!pg)
		return rc;
	if (get_page_type(pg, PGT_writable)) {
		u64 *slot = map_frame(page_to_mfn(pg));

		WRITE_ONCE(slot[(ptr & ~PAGE_MASK) / sizeof(*slot)], val);
		put_page_type(pg);
		rc = 0;
	}
	put_page(pg);
	return rc;
}

static int update_entry(struct locked_table *t, u64 ptr, u64 val, enum pte_write how,
			struct domain *owner, struct domain *frames)
{
	u64 *slot;

	if ((ptr & PAGE_MASK) != t->maddr) {
		struct page_info *pg;

		drop_table(t);
		pg = mfn_to_page_checked(MFN(ptr >> PAGE_SHIFT));
		if (unlikely(!pg))
			return -EINVAL;
		if (unlikely(!lock_table(pg, owner)))
			return write_data_frame(ptr, val, owner);
		t->pg = pg;
		t->type = READ_ONCE(pg->type_info) & PGT_key_mask;
		t->maddr = ptr & PAGE_MASK;
		t->entries = map_frame(MFN(ptr >> PAGE_SHIFT));
	}
	slot = &t->entries[(ptr & ~PAGE_MASK) / sizeof(*slot)];
	if (likely(t->type == PGT_l1))
		return mod_l1_entry(slot, val, how, owner, frames);
	return mod_upper_entry(slot, val, t->pg, t->type, how, owner);
}

static int update_m2p(u64 ptr, u64 gpfn, struct domain *frames)
{
	struct page_info *pg = get_page_from_mfn(MFN(ptr >> PAGE_SHIFT), frames);

	if (!pg)
		return -EINVAL;
	set_gpfn_of(page_to_mfn(pg), gpfn);
	put_page(pg);
	return 0;
}

int get_frame_owner(domid_t id, struct domain **out)
{
	struct domain *d = current->domain, *found;

	if (likely(id == DOMID_SELF)) {
		*out = d;
		return 0;
	}
	if (id == d->id)
		return -ESRCH;
	if (id == DOMID_IO || id == DOMID_XEN) {
		found = id == DOMID_IO ? dom_io : dom_xen;
		if (!is_control_domain(d) && found == dom_xen)
			return -EPERM;
		if (!get_domain(found))
			return -ESRCH;
	} else {
		found = get_domain_by_id(id);
		if (!found)
			return -ESRCH;
		if (!is_control_domain(d)) {
			put_domain(found);
			return -EPERM;
		}
	}
	*out = found;
	return 0;
}

void put_frame_owner(struct domain *d)
{
	if (unlikely(d != current->domain))
		put_domain(d);
}

/* foreigndom: the frames' owner in its low half, the tables' owner plus one in its high half. */
static int get_owners(u32 foreigndom, struct domain **owner, struct domain **frames)
{
	struct domain *d = current->domain;
	int rc;

	*owner = d;
	if (unlikely(foreigndom >> 16)) {
		*owner = get_domain_by_id((foreigndom >> 16) - 1);
		if (!*owner)
			return -ESRCH;
		if (*owner == d) {
			put_domain(d);
		} else if (!is_control_domain(d)) {
			put_domain(*owner);
			return -EPERM;
		}
	}
	rc = get_frame_owner((domid_t)foreigndom, frames);
	if (rc)
		put_frame_owner(*owner);
	return rc;
}

/* u is the caller's own copy of a guest's request. */
static __always_inline int apply_update(struct locked_table *table, const struct mmu_update *u,
					struct domain *owner, struct domain *frames)
{
	switch (u->ptr & 7) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		return update_entry(table, u->ptr & ~3ull, u->val, PTE_WRITE_PLAIN, owner, frames);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return update_entry(table, u->ptr & ~3ull, u->val, PTE_WRITE_KEEP_AD, owner, frames);
	case MMU_MACHPHYS_UPDATE:
		return update_m2p(u->ptr, u->val, frames);
	default:
		return -ENOSYS;
	}
}

static noinline long update_batch(struct vcpu *v, u64 ureqs, u64 ucount, u64 pdone, u64 foreigndom)
{
	struct mmu_update batch[BATCH];
	struct locked_table table = { .maddr = 1 };
	struct domain *owner, *frames;
	u32 count = ucount, done = 0, total = 0, have = 0, at = 0;
	int rc = 0;

	if (unlikely(count & MMU_UPDATE_PREEMPTED)) {
		count &= ~MMU_UPDATE_PREEMPTED;
		if (pdone && read_guest(&total, pdone))
			return -EFAULT;
	}
	if (likely((u32)foreigndom == DOMID_SELF)) {
		owner = frames = v->domain;
	} else {
		rc = get_owners(foreigndom, &owner, &frames);
		if (rc)
			return rc;
	}

	while (done < count) {
		if (at == have) {
			have = min(count - done, (u32)BATCH);
			at = 0;
			if (copy_from_guest(batch, ureqs + (u64)done * sizeof(*batch),
					    have * sizeof(*batch))) {
				/* What can be read of the batch is still done, one by one. */
				have = 1;
				if (copy_from_guest(batch, ureqs + (u64)done * sizeof(*batch),
						    sizeof(*batch))) {
					rc = -EFAULT;
					break;
				}
			}
		}
		rc = apply_update(&table, &batch[at], owner, frames);
		if (unlikely(rc))
			break;
		at++;
		done++;
		if (unlikely(hypercall_preempt_check() || v->pv.deferred)) {
			drop_table(&table);
			if ((v->pv.deferred && finish_deferred(v)) ||
			    (done < count && hypercall_preempt_check())) {
				rc = -ERESTART;
				break;
			}
		}
	}
	drop_table(&table);
	if (unlikely((u32)foreigndom != DOMID_SELF)) {
		put_frame_owner(frames);
		put_frame_owner(owner);
	}

	total += done;
	if (pdone && write_guest(pdone, &total) && rc != -ERESTART)
		return -EFAULT;
	if (unlikely(rc == -ERESTART))
		return hypercall_continue(__HYPERVISOR_mmu_update, 4,
					  ureqs + (u64)done * sizeof(*batch),
					  (u64)((count - done) | MMU_UPDATE_PREEMPTED), pdone, foreigndom);
	return rc;
}

long do_mmu_update(u64 ureqs, u64 ucount, u64 pdone, u64 foreigndom)
{
	struct locked_table table = { .maddr = 1 };
	struct vcpu *v = current;
	struct mmu_update u;
	int rc;

	/* Nothing done, nor counted at pdone: the same call again. */
	if (unlikely(v->pv.deferred) && finish_deferred(v))
		return hypercall_continue(__HYPERVISOR_mmu_update, 4, ureqs, ucount, pdone, foreigndom);
	if ((u32)ucount != 1 || pdone || (u32)foreigndom != DOMID_SELF)
		return update_batch(v, ureqs, ucount, pdone, foreigndom);

	/* One entry of the caller's own tables, as after a page fault. */
	if (unlikely(!guest_range_ok(ureqs, sizeof(u))) || get_guest_u64_pair((u64 *)&u, ureqs))
		return -EFAULT;
	rc = apply_update(&table, &u, v->domain, v->domain);
	drop_table(&table);
	if (unlikely(rc == -ERESTART))
		return hypercall_continue(__HYPERVISOR_mmu_update, 4, ureqs, ucount, pdone, foreigndom);
	if (unlikely(v->pv.deferred) && !rc && finish_deferred(v))
		return hypercall_continue(__HYPERVISOR_mmu_update, 4, ureqs + sizeof(u),
					  (u64)MMU_UPDATE_PREEMPTED, pdone, foreigndom);
	return rc;
}
