/* SPDX-License-Identifier: MIT */
/*
 * Memory. All of it is mapped at its pseudo-physical address (pfn << 12), so that
 * virtual address, pfn and mfn are one table look-up apart.
 */
#ifndef MINIOS_MM_H
#define MINIOS_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL

#define PTE_PRESENT	1UL
#define PTE_WRITE	2UL
#define PTE_USER	4UL
#define PTE_ACCESSED	0x20UL
#define PTE_DIRTY	0x40UL

/* What a page of ours is mapped with: read-only, and writable. */
#define MAP_READ	(PTE_PRESENT | PTE_USER | PTE_ACCESSED)
#define MAP_WRITE	(MAP_READ | PTE_WRITE | PTE_DIRTY)

void mm_init(void);

/* Machine frame behind an address of ours, and where a machine frame of ours is mapped. */
xen_pfn_t virt_to_mfn(const void *address);
void *mfn_to_virt(xen_pfn_t mfn);

/* Make the page at ADDRESS map the machine frame MFN. 0 or a negative error. */
int map_frame(void *address, xen_pfn_t mfn, unsigned long flags);

/* The page-table entry of LEVEL that covers ADDRESS; NULL if the table is not there. */
volatile uint64_t *pt_entry(unsigned long address, int level);

/*
 * Pages, contiguous, zeroed: taken from the top of memory, never from the heap that
 * grows towards them. NULL when they meet. A single page can be given back.
 */
void *pages_alloc(unsigned int count);
void page_free(void *page);

/* Grow the heap by INCREMENT bytes, and return its old end; NULL if there is no room. */
void *heap_grow(ptrdiff_t increment);

/* Bytes in use by neither. */
size_t memory_free(void);

#endif
