// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap: a buddy allocator over all RAM that boot code hands in by
 * frame_add_ram(). Free blocks are kept by zone (the highest bit of their frame
 * numbers, so that a limit on address bits is a limit on zones), order, and
 * whether they are known to be zero. Blocks given back by guests are scrubbed
 * by idle CPUs, or at last when they are handed out.
 *
 * heap_lock guards all of it, and the claims of domains on frames not yet
 * allocated. Anyone may call in, with interrupts on.
 */
#include <arch/boot_info.h>
#include <arch/cache.h>
#include <arch/smp.h>
#include <arch/tlb.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/frame_heap.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

#define NR_ZONES		40
#define LOW_RAM_END		0x100000ul	/* firmware and boot code live below: never handed out */
#define SCRUB_BLOCK_ORDER	5		/* taken off the lists at a time while scrubbing */
#define NO_DIRTY		(~0u)		/* where a block's dirty frames begin: nowhere */

enum cleanliness { CLEAN, DIRTY, NR_CLEANLINESS };

static struct {
	u32 list[NR_CLEANLINESS][MAX_ORDER + 1];	/* first frame of each free block, as for page_list_add */
	u32 nonempty[NR_CLEANLINESS];			/* bit per order */
} zone[NR_ZONES];

static DEFINE_SPINLOCK(heap_lock);
static unsigned long free_pages, dirty_pages, claimed_pages;

unsigned long max_page, total_pages;

static unsigned int zone_of(unsigned long frame)
{
	return min(highest_bit(frame), NR_ZONES - 1u);
}

static bool is_free_head(const struct page_info *pg, unsigned int order)
{
	return (pg->count_info & PGC_state_mask) == PGC_state_free && pg->free_order == order;
}

/*
 * A block is dirty when any of its frames may be; each frame says so for itself
 * in need_scrub, and none does before first_dirty, which the head keeps, plus
 * one, where it has no owner.
 */
static void block_insert(struct page_info *pg, unsigned int order, u32 first_dirty)
{
	const unsigned int z = zone_of(mfn_x(page_to_mfn(pg)));
	const enum cleanliness c = first_dirty == NO_DIRTY ? CLEAN : DIRTY;

	pg->free_order = order;
	pg->owner = first_dirty + 1;
	page_list_add(pg, &zone[z].list[c][order]);
	zone[z].nonempty[c] |= 1u << order;
}

/* Returns its first_dirty. */
static u32 block_remove(struct page_info *pg, unsigned int order)
{
	const unsigned int z = zone_of(mfn_x(page_to_mfn(pg)));
	const u32 first_dirty = pg->owner - 1;
	const enum cleanliness c = first_dirty == NO_DIRTY ? CLEAN : DIRTY;

	page_list_del(pg, &zone[z].list[c][order]);
	if (!zone[z].list[c][order])
		zone[z].nonempty[c] &= ~(1u << order);
	pg->free_order = FREE_NOT_HEAD;
	pg->owner = 0;
	return first_dirty;
}

/* first_dirty of the part of a block that begins at offset and has nr frames. */
static u32 dirty_in_part(u32 first_dirty, u32 offset, u32 nr)
{
	if (first_dirty == NO_DIRTY || first_dirty >= offset + nr)
		return NO_DIRTY;
	return first_dirty > offset ? first_dirty - offset : 0;
}

/* Put a block of frames marked free on the lists, merged with its free buddies. */
static void block_merge_insert(struct page_info *pg, unsigned int order, u32 first_dirty)
{
	while (order < MAX_ORDER) {
		const unsigned long frame = mfn_x(page_to_mfn(pg)), buddy = frame ^ (1ul << order);
		u32 theirs;

		if (zone_of(buddy | 1) != zone_of(frame) || buddy + (1ul << order) > max_page ||
		    !is_free_head(mfn_to_page(MFN(buddy)), order))
			break;
		theirs = block_remove(mfn_to_page(MFN(buddy)), order);
		if (buddy < frame)
			swap(first_dirty, theirs);
		if (first_dirty == NO_DIRTY && theirs != NO_DIRTY)
			first_dirty = theirs + (1u << order);
		pg = mfn_to_page(MFN(frame & buddy));
		order++;
	}
	block_insert(pg, order, first_dirty);
}

/*
 * Cut the block of the wanted order at offset out of pg; what is left goes back.
 * Returns the cut block's first_dirty.
 */
static u32 block_split(struct page_info *pg, unsigned int have, unsigned int want, u32 offset,
		       u32 first_dirty)
{
	while (have > want) {
		const u32 half = 1u << --have;

		if (offset < half) {
			block_insert(pg + half, have, dirty_in_part(first_dirty, half, half));
			first_dirty = dirty_in_part(first_dirty, 0, half);
		} else {
			block_insert(pg, have, dirty_in_part(first_dirty, 0, half));
			first_dirty = dirty_in_part(first_dirty, half, half);
			pg += half;
			offset -= half;
		}
	}
	return first_dirty;
}

static struct page_info *find_block(unsigned int z, unsigned int order, enum cleanliness c,
				    unsigned int *found)
{
	const u32 orders = zone[z].nonempty[c] >> order;

	if (!orders)
		return NULL;
	*found = order + lowest_bit(orders);
	return mfn_to_page(MFN(zone[z].list[c][*found]));
}

void heap_flush_stale(struct page_info *pg, unsigned int order)
{
	u32 last = FLUSH_CLOCK_NONE;
	cpumask_t stale, all;

	cpumask_clear(&stale);
	for (unsigned long i = 0; i < 1ul << order; i++) {
		const u32 stamp = pg[i].tlbflush_stamp;

		pg[i].tlbflush_stamp = FLUSH_CLOCK_NONE;
		if (stamp == FLUSH_CLOCK_NONE || stamp == last)
			continue;
		all = cpu_online_mask;
		tlbflush_filter(&all, stamp);
		cpumask_or(&stale, &stale, &all);
		last = stamp;
	}
	if (last != FLUSH_CLOCK_NONE && !cpumask_empty(&stale))
		flush_tlb_mask(&stale, FLUSH_TLB);
}

static void scrub_frame(struct page_info *pg)
{
	void *va = page_to_virt(pg);

	clear_page(va);
	/* A guest with an uncached mapping must not find the old bytes in memory behind the cache. */
	if (pg->count_info & PGC_uncached)
		flush_cache_page(va);
}

struct page_info *heap_alloc(unsigned int order, u32 memflags, const struct domain *d)
{
	const unsigned int bits = MEMF_bits_of(memflags);
	const unsigned long nr = 1ul << order;
	unsigned long unclaimed;
	unsigned int found = 0;
	struct page_info *pg = NULL;
	u32 first_dirty;
	int z = NR_ZONES - 1;

	if (order > MAX_ORDER)
		return NULL;
	if (bits) {
		if (bits <= PAGE_SHIFT)
			return NULL;
		z = min((int)bits - PAGE_SHIFT - 1, z);
	}
	/* A ring-1 guest gets what its machine-to-physical table covers. */
	if (d && d->pv.address_bits)
		z = min((int)d->pv.address_bits - PAGE_SHIFT - 1, z);

	spin_lock(&heap_lock);
	unclaimed = free_pages - (claimed_pages - (d ? d->outstanding_claim : 0));
	if (nr > unclaimed || nr > free_pages) {
		spin_unlock(&heap_lock);
		return NULL;
	}
	for (; z >= 0 && !pg; z--) {
		pg = find_block(z, order, CLEAN, &found);
		if (!pg)
			pg = find_block(z, order, DIRTY, &found);
	}
	if (!pg) {
		spin_unlock(&heap_lock);
		return NULL;
	}
	first_dirty = block_split(pg, found, order, 0, block_remove(pg, found));
	free_pages -= nr;
	for (unsigned long i = first_dirty; i < nr; i++)
		dirty_pages -= !!(pg[i].count_info & PGC_need_scrub);
	/*
	 * Ours from here on. The first frame says so at once: its type below looks
	 * like the mark of a free block of one frame, which a buddy would merge with.
	 * The others' buddies of that size are in this block themselves.
	 */
	pg->count_info = PGC_ram | PGC_state_inuse | (pg->count_info & (PGC_need_scrub | PGC_uncached));
	spin_unlock(&heap_lock);

	heap_flush_stale(pg, order);
	for (unsigned long i = 0; i < nr; i++) {
		if ((pg[i].count_info & PGC_need_scrub) && !(memflags & MEMF_no_scrub))
			scrub_frame(&pg[i]);
		pg[i].type_info = 0;
		pg[i].next = pg[i].prev = 0;
		pg[i].count_info = PGC_ram | PGC_state_inuse;
	}
	return pg;
}

void heap_free(struct page_info *pg, unsigned int order, bool dirty)
{
	const unsigned long nr = 1ul << order;
	const u64 mark = PGC_ram | PGC_state_free | (dirty ? PGC_need_scrub : 0);

	for (unsigned long i = 0; i < nr; i++) {
		ASSERT(!(pg[i].count_info & PGC_count_mask));
		ASSERT((pg[i].count_info & PGC_state_mask) == PGC_state_inuse);
		pg[i].owner = 0;
		pg[i].free_order = FREE_NOT_HEAD;
		set_gpfn_of(page_to_mfn(&pg[i]), INVALID_M2P_ENTRY);
	}
	spin_lock(&heap_lock);
	/* Only now: whoever looks for a buddy must not find the type that it had before. */
	for (unsigned long i = 0; i < nr; i++)
		pg[i].count_info = mark | (pg[i].count_info & PGC_uncached);
	free_pages += nr;
	if (dirty)
		dirty_pages += nr;
	block_merge_insert(pg, order, dirty ? 0 : NO_DIRTY);
	spin_unlock(&heap_lock);
}

/* Take a dirty block of at most SCRUB_BLOCK_ORDER, at *first, off the lists; heap_lock held. */
static struct page_info *take_dirty_block(unsigned int *order, u32 *first)
{
	for (unsigned int z = 0; z < NR_ZONES; z++) {
		struct page_info *pg = find_block(z, 0, DIRTY, order);
		u32 whole;

		if (!pg)
			continue;
		whole = block_remove(pg, *order);
		*first = whole;
		if (*order > SCRUB_BLOCK_ORDER) {
			const u32 offset = ALIGN_DOWN(whole, 1u << SCRUB_BLOCK_ORDER);

			*first = block_split(pg, *order, SCRUB_BLOCK_ORDER, offset, whole);
			*order = SCRUB_BLOCK_ORDER;
			pg += offset;
		}
		return pg;
	}
	return NULL;
}

unsigned int scrub_free_pages(unsigned int budget)
{
	/* One CPU at a time: more would only wait for heap_lock. */
	static DEFINE_SPINLOCK(scrubber);
	unsigned int done = 0, order;

	if (!READ_ONCE(dirty_pages) || !spin_trylock(&scrubber))
		return 0;
	while (done < budget && READ_ONCE(dirty_pages)) {
		unsigned int here = 0;
		struct page_info *pg;
		u32 i;

		spin_lock(&heap_lock);
		pg = take_dirty_block(&order, &i);
		spin_unlock(&heap_lock);
		if (!pg)
			break;
		for (; i < 1u << order && done + here < budget; i++) {
			if (!(pg[i].count_info & PGC_need_scrub))
				continue;
			/* A CPU that still remembers a mapping could write after us. */
			heap_flush_stale(&pg[i], 0);
			scrub_frame(&pg[i]);
			pg[i].count_info &= ~(PGC_need_scrub | PGC_uncached);
			here++;
		}
		spin_lock(&heap_lock);
		dirty_pages -= here;
		block_merge_insert(pg, order, i < 1u << order ? i : NO_DIRTY);
		spin_unlock(&heap_lock);
		done += here;
	}
	spin_unlock(&scrubber);
	return done;
}

unsigned long avail_heap_pages(void)
{
	return READ_ONCE(free_pages);
}

unsigned long outstanding_claims(void)
{
	return READ_ONCE(claimed_pages);
}

int domain_set_claim(struct domain *d, unsigned long pages)
{
	int rc = 0;

	spin_lock(&d->page_lock);
	spin_lock(&heap_lock);
	if (!pages) {
		claimed_pages -= d->outstanding_claim;
		d->outstanding_claim = 0;
	} else if (d->is_dying || d->outstanding_claim || pages <= d->tot_pages || pages > d->max_pages) {
		rc = -EINVAL;
	} else if (pages - d->tot_pages > free_pages - claimed_pages) {
		rc = -ENOMEM;
	} else {
		d->outstanding_claim = pages - d->tot_pages;
		claimed_pages += d->outstanding_claim;
	}
	spin_unlock(&heap_lock);
	spin_unlock(&d->page_lock);
	return rc;
}

void heap_claim_used(struct domain *d, unsigned long nr)
{
	if (likely(!d->outstanding_claim))
		return;
	spin_lock(&heap_lock);
	nr = min(nr, d->outstanding_claim);
	d->outstanding_claim -= nr;
	claimed_pages -= nr;
	spin_unlock(&heap_lock);
}

void *alloc_xenheap_pages(unsigned int order, u32 memflags)
{
	struct page_info *pg = heap_alloc(order, memflags, NULL);

	if (!pg)
		return NULL;
	for (unsigned long i = 0; i < 1ul << order; i++)
		pg[i].count_info |= PGC_xen_heap;
	return page_to_virt(pg);
}

void free_xenheap_pages(void *v, unsigned int order)
{
	if (v)
		heap_free(virt_to_page(v), order, true);
}

struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order, u32 memflags)
{
	struct page_info *pg = heap_alloc(order, memflags, d);

	if (pg && d && assign_pages(pg, order, d, memflags)) {
		heap_free(pg, order, false);
		return NULL;
	}
	return pg;
}

void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	if (pg)
		heap_free(pg, order, true);
}

void __init frame_alloc_init(void)
{
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct memory_range *r = &boot_info.range[i];
		unsigned long first = PFN_UP(max(r->start, (u64)LOW_RAM_END));
		unsigned long last = PFN_DOWN(r->start + r->size);

		if (r->type != MEMORY_RAM)
			continue;
		for (; first < last && first < max_page; first++) {
			mfn_to_page(MFN(first))->count_info = PGC_ram;
			total_pages++;
		}
	}
}

void frame_add_ram(paddr_t start, paddr_t end)
{
	unsigned long first = PFN_UP(max(start, (paddr_t)LOW_RAM_END));
	unsigned long last = min((unsigned long)PFN_DOWN(end), max_page);

	while (first < last) {
		unsigned int order = min(lowest_bit(first), (unsigned int)MAX_ORDER);

		while (first + (1ul << order) > last)
			order--;
		heap_free(mfn_to_page(MFN(first)), order, true);
		first += 1ul << order;
	}
}

void heap_dump(void)
{
	printk("heap: %lu frames free, %lu of them to be scrubbed, %lu claimed, of %lu\n",
	       free_pages, dirty_pages, claimed_pages, total_pages);
	for (unsigned int z = 0; z < NR_ZONES; z++)
		if (zone[z].nonempty[CLEAN] | zone[z].nonempty[DIRTY])
			printk("  below %u bits: orders clean %05x dirty %05x\n", z + 1 + PAGE_SHIFT,
			       zone[z].nonempty[CLEAN], zone[z].nonempty[DIRTY]);
}
