/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table: one struct page_info for every frame of RAM, and the heap
 * that hands frames out.
 *
 * The invariant everything rests on (docs/memory.md proves it): a frame has
 * one type at a time; the type changes only while the type count is zero; a
 * frame of a page-table or descriptor type is nowhere mapped writable by any
 * guest; a frame is freed only when its reference count is zero, and a type
 * reference is never held without a general reference.
 */
#ifndef XEN_COMMON_FRAME_H
#define XEN_COMMON_FRAME_H

#include <arch/page.h>
#include <common/spinlock.h>
#include <lib/types.h>

struct domain;

struct page_info {
	u32 next, prev;		/* list links as frame numbers, 0 ends: owner's list or free list */
	u64 count_info;		/* PGC_*; changed by cmpxchg */
	union {
		u64 type_info;	/* PGT_*; changed by cmpxchg; frames in use */
		u64 free_order;	/* free frames: order of the block they head */
	};
	u32 owner;		/* frame number of the owner's struct domain, 0 for none */
	union {
		u32 tlbflush_stamp;	/* type count 0: when the last mapping went */
		struct {		/* page tables partly validated: how far */
			u16 nr_validated;
			s16 partial;	/* +1 entry nr_validated is partly validated, -1 partly torn down */
		};
	};
};

#define PGT_none		(0ull << 60)
#define PGT_l1			(1ull << 60)
#define PGT_l2			(2ull << 60)
#define PGT_l3			(3ull << 60)
#define PGT_l4			(4ull << 60)
#define PGT_seg_desc		(5ull << 60)	/* GDT or LDT page */
#define PGT_shared		(6ull << 60)	/* hypervisor frame that guests may map, read or write */
#define PGT_writable		(7ull << 60)
#define PGT_type_mask		(7ull << 60)
#define PGT_pinned		(1ull << 59)	/* the owner holds it as a page table */
#define PGT_validated		(1ull << 58)	/* contents are checked for this type */
#define PGT_partial		(1ull << 57)	/* validation or teardown was interrupted */
#define PGT_locked		(1ull << 56)	/* page-table page lock */
#define PGT_pae_kernel_l2	(1ull << 55)	/* ring-1 ABI: the level-2 table of root slot 3 */
#define PGT_count_mask		((1ull << 54) - 1)

#define PGC_allocated		(1ull << 63)	/* owner's own reference */
#define PGC_xen_heap		(1ull << 62)	/* the hypervisor's own memory */
#define PGC_page_table		(1ull << 61)
#define PGC_broken		(1ull << 60)
#define PGC_state_mask		(3ull << 58)
#define PGC_state_inuse		(0ull << 58)
#define PGC_state_free		(1ull << 58)
#define PGC_need_scrub		(1ull << 57)
#define PGC_extra		(1ull << 56)	/* on its owner's list but not counted against max_pages */
#define PGC_count_mask		((1ull << 54) - 1)

extern unsigned long max_page;		/* frame numbers below it have a page_info (holes: PGC_broken-like, never RAM) */
extern unsigned long total_pages;	/* RAM frames */

#define frame_table		((struct page_info *)FRAME_TABLE_START)
static inline struct page_info *mfn_to_page(mfn_t m) { return frame_table + mfn_x(m); }
static inline mfn_t page_to_mfn(const struct page_info *pg) { return MFN(pg - frame_table); }
bool mfn_valid(mfn_t m);		/* RAM that the frame table describes; bounded against speculation */

struct domain *page_owner(const struct page_info *pg);
void page_set_owner(struct page_info *pg, struct domain *d);

/*
 * The heap: a buddy allocator over all RAM. Locked by heap_lock inside.
 * Frames come back scrubbed when MEMF_scrub asks so, and frames that a domain
 * gives back are scrubbed before another owner sees them.
 */
#define MEMF_no_scrub		(1u << 0)	/* caller overwrites every byte */
#define MEMF_zero		(1u << 1)
#define MEMF_no_refcount	(1u << 2)	/* does not count against the domain */
#define MEMF_bits(n)		((u32)(n) << 8)	/* below 2^n bytes of machine address; 0 any */
#define MEMF_bits_of(f)		(((f) >> 8) & 0xff)

void frame_alloc_init(void);			/* frame_table mapped and zero; takes boot free ranges by: */
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
void free_domheap_pages(struct page_info *pg, unsigned int order);
/* Give an owner-less frame to d. 0, -EINVAL (dying), -E2BIG (over max_pages). */
int assign_page(struct page_info *pg, struct domain *d, u32 memflags);
/* Take a frame from d when nobody else refers to it (steal for transfer/exchange). 0, -EINVAL, -EBUSY. */
int steal_page(struct domain *d, struct page_info *pg, u32 memflags);

unsigned long avail_heap_pages(void);		/* free frames */
unsigned long outstanding_claims(void);		/* frames claimed and not yet allocated */
int domain_set_claim(struct domain *d, unsigned long pages);	/* XENMEM_claim_pages: 0, -ENOMEM, -EINVAL */
unsigned int scrub_free_pages(unsigned int budget);	/* idle work; frames scrubbed */

/* Make hypervisor memory mappable by guests of d, as a counted shared frame. */
void share_xen_page_with_guest(struct page_info *pg, struct domain *d, bool writable);
void share_xen_page_with_privileged(struct page_info *pg, bool writable);
/* Undo it at the domain's end: drops the allocated reference; frees when nobody maps it. */
void unshare_xen_page(struct page_info *pg);

/* General references. get_page: false when pg is not owned by d (or is being freed). */
bool get_page(struct page_info *pg, const struct domain *d);
/* Any owner: returns it, or NULL. */
struct domain *page_get_owner_and_reference(struct page_info *pg);
void put_page(struct page_info *pg);
/* The frame numbered m, if RAM and owned by d, with a reference; else NULL. */
struct page_info *get_page_from_mfn(mfn_t m, const struct domain *d);
/* Drop the owner's allocated reference, once. */
void put_page_alloc_ref(struct page_info *pg);

/* Machine-to-physical table. */
#define INVALID_M2P_ENTRY	(~0ul)
#define SHARED_M2P_ENTRY	(~0ul - 1)
void set_gpfn_of(mfn_t m, unsigned long gpfn);
unsigned long get_gpfn_of(mfn_t m);

/* Domain page lists (page_lock held). */
void page_list_add(struct page_info *pg, u32 *head);
void page_list_del(struct page_info *pg, u32 *head);

#endif
