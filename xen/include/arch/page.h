/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries of the four levels as distinct types, and conversions
 * between machine frames and the direct map. Every frame of RAM is in the
 * direct map, so mapping one for a moment is an addition.
 */
#ifndef XEN_ARCH_PAGE_H
#define XEN_ARCH_PAGE_H

#include <arch/layout.h>
#include <lib/types.h>

#define _PAGE_PRESENT	0x001ull
#define _PAGE_RW	0x002ull
#define _PAGE_USER	0x004ull
#define _PAGE_PWT	0x008ull
#define _PAGE_PCD	0x010ull
#define _PAGE_ACCESSED	0x020ull
#define _PAGE_DIRTY	0x040ull
#define _PAGE_PAT	0x080ull	/* level 1 */
#define _PAGE_PSE	0x080ull	/* levels 2 and 3: a large page */
#define _PAGE_GLOBAL	0x100ull
#define _PAGE_AVAIL0	0x200ull
#define _PAGE_AVAIL1	0x400ull
#define _PAGE_AVAIL2	0x800ull
#define _PAGE_AVAIL	0xe00ull
#define _PAGE_PSE_PAT	0x1000ull	/* large pages */
#define _PAGE_AVAIL_HIGH (0x7ffull << 52)
#define _PAGE_NX	(1ull << 63)
#define _PAGE_CACHE_MASK (_PAGE_PWT | _PAGE_PCD | _PAGE_PAT)

#define PADDR_BITS	52
#define PADDR_MASK	((1ull << PADDR_BITS) - 1)
#define PTE_ADDR_MASK	(PADDR_MASK & ~0xfffull)
#define PTE_FLAGS_MASK	(~PTE_ADDR_MASK)

/* The hypervisor's own mappings. Cache bits select entries of XEN_MSR_PAT. */
#define PAGE_HYPERVISOR_RO	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_HYPERVISOR_RW	(PAGE_HYPERVISOR_RO | _PAGE_RW | _PAGE_DIRTY)
#define PAGE_HYPERVISOR_RX	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL)
#define PAGE_HYPERVISOR_UC	(PAGE_HYPERVISOR_RW | _PAGE_PCD | _PAGE_PWT)
#define PAGE_TABLE_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)
#define PAGE_HYPERVISOR_TABLE	(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

#define PT_ENTRIES	512
#define L1_SHIFT	12
#define L2_SHIFT	21
#define L3_SHIFT	30
#define L4_SHIFT	39

typedef struct { u64 v; } l1e_t;
typedef struct { u64 v; } l2e_t;
typedef struct { u64 v; } l3e_t;
typedef struct { u64 v; } l4e_t;

#define DEFINE_LEVEL_(n)						\
static inline l##n##e_t l##n##e_from_mfn(mfn_t m, u64 flags)		\
{									\
	return (l##n##e_t){ ((u64)mfn_x(m) << PAGE_SHIFT) | flags };	\
}									\
static inline l##n##e_t l##n##e_from_paddr(paddr_t pa, u64 flags)	\
{									\
	return (l##n##e_t){ (pa & PTE_ADDR_MASK) | flags };		\
}									\
static inline l##n##e_t l##n##e_empty(void)				\
{									\
	return (l##n##e_t){ 0 };					\
}									\
static inline mfn_t l##n##e_mfn(l##n##e_t e)				\
{									\
	return MFN((e.v & PTE_ADDR_MASK) >> PAGE_SHIFT);		\
}									\
static inline paddr_t l##n##e_paddr(l##n##e_t e)			\
{									\
	return e.v & PTE_ADDR_MASK;					\
}									\
static inline u64 l##n##e_flags(l##n##e_t e)				\
{									\
	return e.v & PTE_FLAGS_MASK;					\
}									\
static inline bool l##n##e_present(l##n##e_t e)				\
{									\
	return e.v & _PAGE_PRESENT;					\
}									\
static inline unsigned int l##n##_index(vaddr_t va)			\
{									\
	return (va >> L##n##_SHIFT) & (PT_ENTRIES - 1);			\
}
DEFINE_LEVEL_(1)
DEFINE_LEVEL_(2)
DEFINE_LEVEL_(3)
DEFINE_LEVEL_(4)
#undef DEFINE_LEVEL_

static inline bool is_canonical(vaddr_t va)
{
	return ((long)va >> 47) == 0 || ((long)va >> 47) == -1;
}

static inline paddr_t mfn_to_maddr(mfn_t m) { return (paddr_t)mfn_x(m) << PAGE_SHIFT; }
static inline mfn_t maddr_to_mfn(paddr_t pa) { return MFN((pa & PADDR_MASK) >> PAGE_SHIFT); }

/* The direct map covers all RAM that the frame table describes. */
static inline void *maddr_to_virt(paddr_t pa) { return (void *)(DIRECTMAP_START + pa); }
static inline void *mfn_to_virt(mfn_t m) { return maddr_to_virt(mfn_to_maddr(m)); }

/* Physical address at which the image was loaded. */
extern paddr_t image_phys_start;

/* va is in the direct map or in the image. */
static inline paddr_t virt_to_maddr(const volatile void *va)
{
	vaddr_t a = (vaddr_t)va;

	if (a >= DIRECTMAP_START)
		return a - DIRECTMAP_START;
	return a - IMAGE_START + image_phys_start;
}
static inline mfn_t virt_to_mfn(const volatile void *va) { return maddr_to_mfn(virt_to_maddr(va)); }

/* A frame of RAM as memory, for reading and writing; balance with unmap_frame. */
static inline void *map_frame(mfn_t m) { return mfn_to_virt(m); }
static inline void unmap_frame(const volatile void *va) { (void)va; }

/*
 * The hypervisor's page tables (arch/x86/paging.c). A root of a guest copies
 * the slots HYPERVISOR_FIRST_SLOT to HYPERVISOR_LAST_SLOT of idle_root, but
 * for PERDOMAIN_SLOT. Those entries never change after boot; what is mapped
 * later changes lower tables that all roots share.
 */
extern l4e_t *idle_root;		/* in the direct map */

/* First frame of the 2 MiB piece of the machine-to-physical table that
 * describes frames from chunk * 2^18 on; INVALID_MFN past its end. */
mfn_t m2p_chunk_mfn(unsigned int chunk);

/*
 * Map count 4 KiB pages at va, between VMAP_START and VMAP_END, to the frames
 * from m on, replacing nothing that is present. 0 or -ENOMEM.
 */
int map_vmap_pages(vaddr_t va, mfn_t m, unsigned long count, u64 flags);
/* Remove them; flushes the TLBs of all CPUs. */
void unmap_vmap_pages(vaddr_t va, unsigned long count);

#endif
