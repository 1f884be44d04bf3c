// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames after the heap has handed them out: owners, references, the lists of
 * a domain's frames, and the machine-to-physical table. Lists and page counts
 * are guarded by the owner's page_lock; references are changed by locked
 * instructions alone.
 */
#include <arch/tlb.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/frame_heap.h>
#include <lib/errno.h>

void page_list_add_tail(struct page_info *pg, u32 *head)
{
	u32 n = mfn_x(page_to_mfn(pg));

	if (!*head) {
		pg->next = pg->prev = n;
		*head = n;
	} else {
		struct page_info *first = mfn_to_page(MFN(*head));

		pg->next = *head;
		pg->prev = first->prev;
		mfn_to_page(MFN(first->prev))->next = n;
		first->prev = n;
	}
}

void page_list_add(struct page_info *pg, u32 *head)
{
	page_list_add_tail(pg, head);
	*head = mfn_x(page_to_mfn(pg));
}

void page_list_del(struct page_info *pg, u32 *head)
{
	u32 n = mfn_x(page_to_mfn(pg));

	if (pg->next == n) {
		*head = 0;
	} else {
		mfn_to_page(MFN(pg->next))->prev = pg->prev;
		mfn_to_page(MFN(pg->prev))->next = pg->next;
		if (*head == n)
			*head = pg->next;
	}
	pg->next = pg->prev = 0;
}

/*
 * A domain's first frame holds a reference on the domain, which the last one
 * drops: page_owner() of a frame with a reference is never a dangling pointer.
 * page_lock held; true: the caller owes put_domain().
 */
static void account_add(struct domain *d, unsigned long nr)
{
	if (!d->tot_pages && nr)
		BUG_ON(!get_domain(d));
	d->tot_pages += nr;
}

static bool account_sub(struct domain *d, unsigned long nr)
{
	d->tot_pages -= nr;
	return !d->tot_pages;
}

void domain_uncount_pages(struct domain *d, unsigned long nr)
{
	bool last;

	if (!nr)
		return;
	spin_lock(&d->page_lock);
	last = account_sub(d, nr);
	spin_unlock(&d->page_lock);
	if (last)
		put_domain(d);
}

int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, u32 memflags)
{
	const unsigned long nr = 1ul << order;
	const unsigned long counted = (memflags & MEMF_no_refcount) ? 0 : nr;
	int rc = 0;

	heap_flush_stale(pg, order);
	spin_lock(&d->page_lock);
	if (d->is_dying) {
		rc = -EINVAL;
	} else if (counted && (counted > d->max_pages || d->tot_pages > d->max_pages - counted)) {
		rc = -E2BIG;
	} else {
		account_add(d, counted);
		heap_claim_used(d, counted);
		for (unsigned long i = 0; i < nr; i++) {
			page_set_owner(&pg[i], d);
			pg[i].type_info = PGT_writable | PGT_validated;
			page_list_add_tail(&pg[i], &d->page_list);
			/* A frame that keeps its contents may have some that the cache does not show. */
			store_release(&pg[i].count_info,
				      PGC_ram | (pg[i].count_info & PGC_uncached) | PGC_allocated | 1);
		}
	}
	spin_unlock(&d->page_lock);
	return rc;
}

int assign_page(struct page_info *pg, struct domain *d, u32 memflags)
{
	return assign_pages(pg, 0, d, memflags);
}

void free_frame(struct page_info *pg)
{
	struct domain *d = page_owner(pg);
	bool last = false;

	ASSERT(!(pg->type_info & PGT_count_mask));
	if (d) {
		spin_lock(&d->page_lock);
		page_list_del(pg, &d->page_list);
		last = account_sub(d, 1);
		spin_unlock(&d->page_lock);
		pg->owner = 0;
	}
	/* Translations that the last owner's CPUs may still hold are flushed before the next use. */
	pg->tlbflush_stamp = tlbflush_now();
	heap_free(pg, 0, true);
	if (last)
		put_domain(d);
}

int steal_page(struct domain *d, struct page_info *pg, u32 memflags)
{
	bool last = false;
	u64 x;

	if (!get_page(pg, d))
		return -EINVAL;
	spin_lock(&d->page_lock);
	x = READ_ONCE(pg->count_info);
	if (d->is_dying || (x & PGC_xen_heap)) {
		spin_unlock(&d->page_lock);
		put_page(pg);
		return -EINVAL;
	}
	/* The owner's reference and ours are all there may be. A type reference implies a third. */
	do {
		if ((x & (PGC_count_mask | PGC_allocated)) != (PGC_allocated | 2)) {
			spin_unlock(&d->page_lock);
			put_page(pg);
			return -EBUSY;
		}
	} while (!try_cmpxchg(&pg->count_info, &x, PGC_ram | (x & (PGC_foreign | PGC_uncached))));

	page_list_del(pg, &d->page_list);
	if (!(memflags & MEMF_no_refcount))
		last = account_sub(d, 1);
	spin_unlock(&d->page_lock);
	pg->tlbflush_stamp = tlbflush_now();
	pg->owner = 0;
	if (last)
		put_domain(d);
	return 0;
}

struct domain *page_get_owner_and_reference(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->count_info);
	struct domain *d;

	do {
		if (!(x & PGC_count_mask))
			return NULL;
	} while (!try_cmpxchg(&pg->count_info, &x, x + 1));
	d = page_owner(pg);
	if (!d)
		put_page(pg);
	return d;
}

struct page_info *get_page_from_mfn(mfn_t m, const struct domain *d)
{
	struct page_info *pg = mfn_to_page_checked(m);

	return pg && get_page(pg, d) ? pg : NULL;
}

void put_page_alloc_ref(struct page_info *pg)
{
	if (fetch_and(&pg->count_info, ~PGC_allocated) & PGC_allocated)
		put_page(pg);
}

void share_xen_page_with_guest(struct page_info *pg, struct domain *d, bool writable)
{
	if (page_owner(pg) == d)
		return;
	set_gpfn_of(page_to_mfn(pg), INVALID_M2P_ENTRY);

	spin_lock(&d->page_lock);
	/* One type reference for good: the type can never become that of a page table. */
	pg->type_info = (writable ? PGT_writable : PGT_shared) | PGT_validated | 1;
	page_set_owner(pg, d);
	d->xenheap_pages++;
	page_list_add_tail(pg, &d->xenpage_list);
	store_release(&pg->count_info, PGC_ram | PGC_xen_heap | PGC_allocated | 1);
	spin_unlock(&d->page_lock);
}

void share_xen_page_with_privileged(struct page_info *pg, bool writable)
{
	share_xen_page_with_guest(pg, dom_xen, writable);
}

void unshare_xen_page(struct page_info *pg)
{
	struct domain *d = page_owner(pg);

	if (!(fetch_and(&pg->count_info, ~PGC_allocated) & PGC_allocated))
		return;
	/*
	 * The domain may be gone before the last mapping elsewhere: the frame is
	 * nobody's from here on, so that no one can map it any more.
	 */
	spin_lock(&d->page_lock);
	page_list_del(pg, &d->xenpage_list);
	d->xenheap_pages--;
	WRITE_ONCE(pg->owner, 0);
	spin_unlock(&d->page_lock);
	/* The reference of share_xen_page_with_guest; mappings that remain keep theirs. */
	if ((fetch_sub(&pg->type_info, 1) & PGT_count_mask) == 1)
		pg->tlbflush_stamp = tlbflush_now();
	put_page(pg);
}

u32 *m2p_32_chunk[M2P_32_CHUNKS];

void set_gpfn_of(mfn_t m, unsigned long gpfn)
{
	const unsigned long chunk = mfn_x(m) >> M2P_32_CHUNK_SHIFT;

	((unsigned long *)RW_M2P_START)[mfn_x(m)] = gpfn;
	if (chunk < M2P_32_CHUNKS && m2p_32_chunk[chunk])
		m2p_32_chunk[chunk][mfn_x(m) & ((1ul << M2P_32_CHUNK_SHIFT) - 1)] = gpfn;
}

unsigned long get_gpfn_of(mfn_t m)
{
	return ((const unsigned long *)RW_M2P_START)[mfn_x(m)];
}
