/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table: one struct page_info for every machine frame below
 * max_page, and the heap that hands frames of RAM out.
 *
 * The invariant everything rests on (docs/memory.md proves it): a frame has
 * one type at a time; the type changes only while the type count is zero; a
 * frame of a page-table or descriptor type is nowhere mapped writable by any
 * guest; a frame is freed only when its reference count is zero, and a type
 * reference is never held without a general reference.
 */
#ifndef XEN_COMMON_FRAME_H
#define XEN_COMMON_FRAME_H

#include <arch/atomic.h>
#include <arch/page.h>
#include <common/spinlock.h>
#include <lib/bug.h>
#include <lib/compiler.h>
#include <lib/types.h>

struct domain;

struct page_info {
	u32 next, prev;		/* list links as frame numbers: owner's list or free list */
	u64 count_info;		/* PGC_*; changed by locked instructions */
	union {
		u64 type_info;	/* PGT_*; changed by cmpxchg; frames in use */
		u64 free_order;	/* free frames: order of the block that this one heads, else FREE_NOT_HEAD */
	};
	u32 owner;		/* frame number of the owner's struct domain, 0 for none */
	union {
		u32 tlbflush_stamp;	/* type count 0, or free: when the last mapping went */
		struct {	/* page tables with a type count */
			u16 nr_validated;	/* entries below it are checked and hold references */
			s16 linear_count;	/* > 0: entries naming tables of the same level;
						 * < 0: how many such entries name this one */
		};
	};
};

/*
 * type_info. The lock has a byte of its own, so that letting go is a plain
 * store. States of a page table:
 *   count 0				nothing is checked or held
 *   count 1, neither bit		one CPU is at work on it: busy
 *   count 1, PGT_partial		that work was interrupted: nr_validated entries
 *					are checked; the state itself holds this type
 *					reference and one general reference
 *   count >= 1, PGT_validated		all entries are checked
 */
#define PGT_none		(0ull << 60)
#define PGT_l1			(1ull << 60)
#define PGT_l2			(2ull << 60)
#define PGT_l3			(3ull << 60)
#define PGT_l4			(4ull << 60)
#define PGT_seg_desc		(5ull << 60)	/* GDT or LDT page */
#define PGT_shared		(6ull << 60)	/* hypervisor's frame that guests may map, but not write */
#define PGT_writable		(7ull << 60)
#define PGT_type_mask		(7ull << 60)
#define PGT_pinned		(1ull << 59)	/* the owner holds it as a page table */
#define PGT_validated		(1ull << 58)	/* contents are checked for this type */
#define PGT_partial		(1ull << 57)	/* validation or teardown was interrupted */
#define PGT_pae_kernel_l2	(1ull << 56)	/* ring-1 ABI: the level-2 table of root slot 3; part of the type */
#define PGT_locked		(1ull << 48)	/* page-table page lock: the only bit of byte 6 */
#define PGT_count_mask		((1ull << 48) - 1)
#define PGT_key_mask		(PGT_type_mask | PGT_pae_kernel_l2)

#define PGC_allocated		(1ull << 63)	/* owner's own reference */
#define PGC_xen_heap		(1ull << 62)	/* the hypervisor's own memory */
#define PGC_broken		(1ull << 60)
#define PGC_state_mask		(3ull << 58)
#define PGC_state_inuse		(0ull << 58)
#define PGC_state_free		(1ull << 58)
#define PGC_need_scrub		(1ull << 57)	/* free frames: may hold someone's data, else all zero */
#define PGC_ram			(1ull << 55)	/* RAM; never changes after boot */
#define PGC_foreign		(1ull << 54)	/* written through another domain's mapping */
#define PGC_uncached		(1ull << 53)	/* mapped by a guest with another cache type than write-back */
#define PGC_count_mask		((1ull << 48) - 1)

#define FREE_NOT_HEAD		0xffull
#define MAX_ORDER		18		/* largest block of the heap: 1 GiB */

extern unsigned long max_page;		/* frame numbers below it have a page_info */
extern unsigned long total_pages;	/* RAM frames */

#define frame_table		((struct page_info *)FRAME_TABLE_START)
static inline struct page_info *mfn_to_page(mfn_t m) { return frame_table + mfn_x(m); }
static inline mfn_t page_to_mfn(const struct page_info *pg) { return MFN(pg - frame_table); }
static inline void *page_to_virt(const struct page_info *pg) { return mfn_to_virt(page_to_mfn(pg)); }
static inline struct page_info *virt_to_page(const volatile void *va) { return mfn_to_page(virt_to_mfn(va)); }
/* RAM that the frame table describes; m is the caller's to bound against speculation. */
static inline bool mfn_valid(mfn_t m)
{
	return mfn_x(m) < max_page && (mfn_to_page(m)->count_info & PGC_ram);
}
/* The frame a guest named: never an index out of the table, even in speculation. NULL: not RAM. */
static inline struct page_info *mfn_to_page_checked(mfn_t m)
{
	struct page_info *pg;

	if (mfn_x(m) >= max_page)
		return NULL;
	pg = frame_table + array_index_nospec(mfn_x(m), max_page);
	return (pg->count_info & PGC_ram) ? pg : NULL;
}

/* Domains live in the direct map, at the start of a frame. */
static inline u32 domain_to_owner(const struct domain *d)
{
	return d ? (u32)(((vaddr_t)d - DIRECTMAP_START) >> PAGE_SHIFT) : 0;
}
static inline struct domain *page_owner(const struct page_info *pg)
{
	u32 owner = READ_ONCE(pg->owner);

	return owner ? mfn_to_virt(MFN(owner)) : NULL;
}
static inline void page_set_owner(struct page_info *pg, struct domain *d)
{
	pg->owner = domain_to_owner(d);
}

/*
 * The heap: a buddy allocator over all RAM. Locked by heap_lock inside.
 * Frames that come back are scrubbed before anyone else sees them: in idle
 * time, or when they are handed out.
 */
#define MEMF_no_scrub		(1u << 0)	/* caller overwrites every byte */
#define MEMF_zero		(1u << 1)	/* all frames of the heap are zero unless no_scrub; for readers */
#define MEMF_no_refcount	(1u << 2)	/* the domain's count of pages has it already, or keeps it */
#define MEMF_bits(n)		((u32)(n) << 8)	/* below 2^n bytes of machine address; 0 any */
#define MEMF_bits_of(f)		(((f) >> 8) & 0xff)

void frame_alloc_init(void);			/* frame_table mapped and zero; learns RAM from boot_info */
void frame_add_ram(paddr_t start, paddr_t end);	/* bytes; free RAM for the heap, page-aligned inside */

/* The hypervisor's own memory, directly mapped. NULL when there is none. */
void *alloc_xenheap_pages(unsigned int order, u32 memflags);
void free_xenheap_pages(void *v, unsigned int order);
static inline void *alloc_xenheap_page(void) { return alloc_xenheap_pages(0, MEMF_zero); }
static inline void free_xenheap_page(void *v) { free_xenheap_pages(v, 0); }
void *xzalloc_bytes(size_t bytes);		/* zeroed, 16-byte aligned; any size up to 2 MiB; from slabs or pages */
void xfree(void *p);
#define xzalloc(type)		((type *)xzalloc_bytes(sizeof(type)))
#define xzalloc_array(type, n)	((type *)xzalloc_array_bytes(sizeof(type), (n)))
void *xzalloc_array_bytes(size_t size, size_t n);	/* NULL on overflow too */

/* Frames for a domain (on its page_list, one allocated reference); or for nobody (d NULL). */
struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order, u32 memflags);
/* Frames that nobody owns and nobody refers to. */
void free_domheap_pages(struct page_info *pg, unsigned int order);
/* Give an owner-less frame to d, with one allocated reference. 0, -EINVAL (dying), -E2BIG (over max_pages). */
int assign_page(struct page_info *pg, struct domain *d, u32 memflags);
int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, u32 memflags);
/*
 * Take a frame from d when nobody else refers to it, for transfer or exchange.
 * The result has no owner and no reference; with MEMF_no_refcount d's count of
 * pages stays as it was. 0, -EINVAL (not d's, or the hypervisor's), -EBUSY.
 */
int steal_page(struct domain *d, struct page_info *pg, u32 memflags);

/* Frames that were taken with MEMF_no_refcount and will not come back. */
void domain_uncount_pages(struct domain *d, unsigned long nr);

unsigned long avail_heap_pages(void);		/* free frames */
unsigned long outstanding_claims(void);		/* frames claimed and not yet allocated */
/* XENMEM_claim_pages: 0, -ENOMEM; -EINVAL when it has that much, or its maximum is lower, or it has a claim, or is dying. */
int domain_set_claim(struct domain *d, unsigned long pages);
unsigned int scrub_free_pages(unsigned int budget);	/* idle work; frames scrubbed */
void heap_dump(void);				/* to the console */

/* Make hypervisor memory mappable by guests of d, as a counted shared frame. */
void share_xen_page_with_guest(struct page_info *pg, struct domain *d, bool writable);
void share_xen_page_with_privileged(struct page_info *pg, bool writable);
/* Undo it at the domain's end: drops the allocated reference; frees when nobody maps it. */
void unshare_xen_page(struct page_info *pg);

/* The last general reference has gone: only for put_page. */
void free_frame(struct page_info *pg);

/*
 * General references.
 * get_page: false when pg is not owned by d (or is free, or being freed).
 */
static inline bool get_page(struct page_info *pg, const struct domain *d)
{
	const u32 owner = domain_to_owner(d);
	u64 x = READ_ONCE(pg->count_info);

	if (READ_ONCE(pg->owner) != owner)
		return false;
	do {
		if (!(x & PGC_count_mask))
			return false;
	} while (!try_cmpxchg(&pg->count_info, &x, x + 1));
	/* The owner cannot change from here on; it may have before. */
	if (likely(READ_ONCE(pg->owner) == owner))
		return true;
	if ((fetch_sub(&pg->count_info, 1) & PGC_count_mask) == 1)
		free_frame(pg);
	return false;
}
static inline void put_page(struct page_info *pg)
{
	u64 old = fetch_sub(&pg->count_info, 1);

	ASSERT(old & PGC_count_mask);
	if (unlikely((old & PGC_count_mask) == 1))
		free_frame(pg);
}
/* One more, for a caller that knows of one that stays. */
static inline void get_page_again(struct page_info *pg)
{
	u64 old = fetch_add(&pg->count_info, 1);

	ASSERT(old & PGC_count_mask);
	(void)old;
}
/* Any owner: returns it, or NULL. */
struct domain *page_get_owner_and_reference(struct page_info *pg);
/* The frame numbered m, if RAM and owned by d, with a reference; else NULL. */
struct page_info *get_page_from_mfn(mfn_t m, const struct domain *d);
/* Drop the owner's allocated reference, once. */
void put_page_alloc_ref(struct page_info *pg);

/*
 * Machine-to-physical table, and the same with 32-bit entries for ring-1
 * guests, in pieces of 2 MiB: NULL for frames that none of them can have.
 */
#define M2P_32_CHUNK_SHIFT	19
#define M2P_32_CHUNKS		((M2P_32_END - M2P_32_LOWEST) >> 21)
extern u32 *m2p_32_chunk[M2P_32_CHUNKS];
#define INVALID_M2P_ENTRY	(~0ul)
#define SHARED_M2P_ENTRY	(~0ul - 1)
void set_gpfn_of(mfn_t m, unsigned long gpfn);
unsigned long get_gpfn_of(mfn_t m);
/* The same for a frame that was d's a moment ago, unless d has given it up since: another may have it. */
static inline void set_gpfn_of_owned(struct domain *d, struct page_info *pg, unsigned long gpfn)
{
	if (get_page(pg, d)) {
		set_gpfn_of(page_to_mfn(pg), gpfn);
		put_page(pg);
	}
}

/*
 * Domain page lists (page_lock held): circular, so that the head's prev is the
 * last. *head is a frame number, 0 for an empty list; frame 0 is never in one.
 */
void page_list_add(struct page_info *pg, u32 *head);
void page_list_add_tail(struct page_info *pg, u32 *head);
void page_list_del(struct page_info *pg, u32 *head);
/* Next after pg, or NULL at the end. */
static inline struct page_info *page_list_first(u32 head)
{
	return head ? mfn_to_page(MFN(head)) : NULL;
}
static inline struct page_info *page_list_next(const struct page_info *pg, u32 head)
{
	return pg->next == head ? NULL : mfn_to_page(MFN(pg->next));
}

#endif
