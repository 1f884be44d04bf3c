// SPDX-License-Identifier: MIT
/*
 * Memory: machine frames and pseudo-physical ones, page tables by hypercall, and
 * the allocators above. The kernel starts with a part of its memory mapped; here the
 * rest gets page tables. Called by threads only, except the look-ups.
 */
#include <minios/hypercall.h>
#include <minios/kernel.h>
#include <minios/mm.h>

#define INDEX_BITS	9
#define TABLE_ENTRIES	512
#define FRAME_MASK	0x000ffffffffff000ULL
#define LEVEL_SHIFT(level)	(PAGE_SHIFT + INDEX_BITS * ((level) - 1))
#define TABLE_SPAN	(TABLE_ENTRIES * PAGE_SIZE)	/* bytes that a level-1 table maps */

static const xen_pfn_t *p2m;		/* machine frame by our frame number */
static const unsigned long *m2p;	/* and the reverse, the hypervisor's, for the whole machine */
static unsigned long heap_end;		/* bytes: grows up */
static unsigned long pages_start;	/* bytes: grows down */
static void *free_list;			/* single pages, each with a pointer to the next */

xen_pfn_t virt_to_mfn(const void *address)
{
	return p2m[(unsigned long)address >> PAGE_SHIFT];
}

void *mfn_to_virt(xen_pfn_t mfn)
{
	return (void *)(m2p[mfn] << PAGE_SHIFT);
}

/* update_va_mapping writes the level-1 entry of an address and flushes it from the TLB. */
int map_frame(void *address, xen_pfn_t mfn, unsigned long flags)
{
	return hypercall_update_va((unsigned long)address, (uint64_t)mfn << PAGE_SHIFT | flags, UVMF_INVLPG);
}

/*
 * A walk from the root down, through entries that hold machine frames, and so back
 * by m2p at each level. The tables are readable, never writable.
 */
volatile uint64_t *pt_entry(unsigned long address, int level)
{
	volatile uint64_t *table = (uint64_t *)start_info->pt_base;
	int at;

	for (at = PT_LEVELS; ; at--) {
		volatile uint64_t *entry = &table[address >> LEVEL_SHIFT(at) & (TABLE_ENTRIES - 1)];

		if (at == level)
			return entry;
		if (!(*entry & PTE_PRESENT))
			return NULL;
		table = mfn_to_virt((*entry & FRAME_MASK) >> PAGE_SHIFT);
	}
}

/* Pages for tables come from the low end: the high one is not mapped yet. */
static void *table_alloc(void)
{
	void *page = (void *)heap_end;

	heap_end += PAGE_SIZE;
	memset(page, 0, PAGE_SIZE);
	return page;
}

/*
 * Hang a finished table into the entry of LEVEL for ADDRESS. The order is the whole
 * secret of direct paging: a frame can be a page table only while nobody has it
 * mapped writable, so first the mapping of the page becomes read-only, then the
 * entry is written, by which the hypervisor checks the table, entry by entry.
 */
static void table_install(unsigned long address, int level, void *table)
{
	volatile uint64_t *entry = pt_entry(address, level);
	struct mmu_update update;

	if (!entry) {
		table_install(address, level + 1, table_alloc());
		entry = pt_entry(address, level);
	}
	if (map_frame(table, virt_to_mfn(table), MAP_READ))
		panic("page table at %p stays writable", table);

	/* The machine address of the entry: frame of the table it is in, offset within. */
	update.ptr = (uint64_t)virt_to_mfn((void *)entry) << PAGE_SHIFT |
		     ((unsigned long)entry & (PAGE_SIZE - 1)) | MMU_NORMAL_PT_UPDATE;
	update.val = (uint64_t)virt_to_mfn(table) << PAGE_SHIFT | PT_TABLE_FLAGS(level);
	if (hypercall_mmu_update(&update, 1) != 0)
		panic("page table for %lx was refused", address);
}

/* Map all memory that the domain builder has not, a level-1 table at a time. */
static void map_memory(unsigned long end)
{
	unsigned long address, i;

	for (address = heap_end & -TABLE_SPAN; address < end; address += TABLE_SPAN) {
		volatile uint64_t *entry = pt_entry(address, 2);
		uint64_t *table;

		if (entry && (*entry & PTE_PRESENT))
			continue;
		table = table_alloc();
		for (i = 0; i < TABLE_ENTRIES && address + i * PAGE_SIZE < end; i++)
			table[i] = (uint64_t)p2m[(address >> PAGE_SHIFT) + i] << PAGE_SHIFT | MAP_WRITE;
		table_install(address, 2, table);
	}
}

/*
 * The builder's layout: image, ram disk, p2m list, start_info, rings, page tables
 * and one page of stack, in this order. What follows is free, and at least 512 KiB
 * of it are mapped.
 */
void mm_init(void)
{
	struct xen_machphys_mapping window;
	unsigned long end = start_info->nr_pages;

	p2m = (const xen_pfn_t *)start_info->mfn_list;
	if (hypercall_memory(XENMEM_machphys_mapping, &window))
		panic("where is the machine-to-physical table?");
	m2p = (const unsigned long *)window.v_start;

	/* In 32 bits that table ends the address space that is ours to map. */
	if (end > window.v_start >> PAGE_SHIFT)
		end = window.v_start >> PAGE_SHIFT;
	end <<= PAGE_SHIFT;

	heap_end = start_info->pt_base + (start_info->nr_pt_frames + 1) * PAGE_SIZE;
	map_memory(end);
	pages_start = end;

	/* Nothing of ours is in the first page: let a null pointer fault. */
	if (hypercall_update_va(0, 0, UVMF_INVLPG))
		panic("page 0 stays mapped");
}

void *pages_alloc(unsigned int count)
{
	void *pages;

	if (count == 1 && free_list) {
		pages = free_list;
		free_list = *(void **)pages;
	} else {
		if (pages_start - heap_end < count * PAGE_SIZE)
			return NULL;
		pages_start -= count * PAGE_SIZE;
		pages = (void *)pages_start;
	}
	return memset(pages, 0, count * PAGE_SIZE);
}

void page_free(void *page)
{
	*(void **)page = free_list;
	free_list = page;
}

void *heap_grow(ptrdiff_t increment)
{
	void *old = (void *)heap_end;

	if (increment > 0 && (size_t)increment > pages_start - heap_end)
		return NULL;
	heap_end += increment;
	return old;
}

size_t memory_free(void)
{
	return pages_start - heap_end;
}
