/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own page tables. Nothing in them is writable and
 * executable at once, under any address: code and read-only data are read-only
 * in the direct map too. Root entries are complete before the first guest
 * root is made; later changes happen in the tables below VMAP_START, under
 * vmap_lock.
 */
#include <arch/boot_info.h>
#include <arch/cpufeature.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/setup.h>
#include <arch/smp.h>
#include <arch/tlb.h>
#include <common/console.h>
#include <common/frame.h>
#include <common/spinlock.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

extern char image_start[], _etext[], _srodata[], _sro_after_init[], _erodata[], _sdata[];
extern char _edata_all[], __init_start[], __init_text_end[], __init_end[];
extern char _ssymbols[], _esymbols[];

l4e_t *idle_root __ro_after_init;
static DEFINE_SPINLOCK(vmap_lock);
static bool heap_is_up;

#define LEVEL_SHIFT(level)	(PAGE_SHIFT + 9 * ((level) - 1))
#define LEVEL_SIZE(level)	(1ul << LEVEL_SHIFT(level))

/* A zeroed frame for a page table; 0 when there is none. */
static paddr_t table_frame(void)
{
	void *v;

	if (!heap_is_up)
		return boot_alloc_low(PAGE_SIZE, PAGE_SIZE);
	v = alloc_xenheap_page();
	return v ? virt_to_maddr(v) : 0;
}

/* All levels' entries are alike to this code; a large entry is split on the way. */
static u64 *descend(u64 *entry, unsigned int level, u64 table_flags)
{
	paddr_t pa;

	if (!(*entry & _PAGE_PRESENT)) {
		pa = table_frame();
		if (!pa)
			return NULL;
		*entry = pa | table_flags;
	} else if (level > 1 && (*entry & _PAGE_PSE)) {
		/* The large page was at level; its parts are one below. */
		u64 *t, flags = *entry & PTE_FLAGS_MASK;
		paddr_t base = *entry & PTE_ADDR_MASK & ~(LEVEL_SIZE(level) - 1);

		pa = table_frame();
		if (!pa)
			return NULL;
		if (level == 2)
			flags &= ~_PAGE_PSE;
		t = maddr_to_virt(pa);
		for (unsigned int i = 0; i < PT_ENTRIES; i++)
			t[i] = (base + i * LEVEL_SIZE(level - 1)) | flags;
		*entry = pa | table_flags;
	}
	return maddr_to_virt(*entry & PTE_ADDR_MASK);
}

/*
 * Map bytes at va to pa with the largest pages that fit up to level max.
 * 0 or -ENOMEM.
 */
static int map_range(l4e_t *root, vaddr_t va, paddr_t pa, u64 bytes, u64 flags, unsigned int max)
{
	u64 table_flags = flags & _PAGE_USER ? PAGE_TABLE_FLAGS : PAGE_HYPERVISOR_TABLE;

	while (bytes) {
		u64 *table = (u64 *)root, *entry;
		unsigned int level = 4;

		for (;; level--) {
			entry = &table[(va >> LEVEL_SHIFT(level)) & (PT_ENTRIES - 1)];
			if (level == 1)
				break;
			if (level <= max && !((va | pa) & (LEVEL_SIZE(level) - 1)) &&
			    bytes >= LEVEL_SIZE(level) &&
			    (!(*entry & _PAGE_PRESENT) || (*entry & _PAGE_PSE)))
				break;
			table = descend(entry, level, table_flags);
			if (!table)
				return -ENOMEM;
		}
		*entry = pa | flags | (level > 1 ? _PAGE_PSE : 0);
		va += LEVEL_SIZE(level);
		pa += LEVEL_SIZE(level);
		bytes -= LEVEL_SIZE(level);
	}
	return 0;
}

static void __init map_boot(vaddr_t va, paddr_t pa, u64 bytes, u64 flags, unsigned int max)
{
	BUG_ON(map_range(idle_root, va, pa, bytes, flags, max));
}

static paddr_t image_pa(const char *va)
{
	return (vaddr_t)va - IMAGE_START + image_phys_start;
}

static void __init map_image_part(const char *start, const char *end, u64 flags)
{
	map_boot((vaddr_t)start, image_pa(start), ALIGN_UP((vaddr_t)end, PAGE_SIZE) - (vaddr_t)start,
		 flags, 2);
}

/* What must not be written lies at the image's start, in whole pages. */
static void __init map_direct(paddr_t start, paddr_t end)
{
	unsigned int max = cpu_has_page1gb ? 3 : 2;
	paddr_t ro_start = image_phys_start, ro_end = image_pa(_erodata);

	while (start < end) {
		bool ro = start >= ro_start && start < ro_end;
		paddr_t stop = ro ? min(end, ro_end)
			     : start < ro_start ? min(end, ro_start) : end;

		map_boot(DIRECTMAP_START + start, start, stop - start,
			 ro ? PAGE_HYPERVISOR_RO : PAGE_HYPERVISOR_RW, max);
		start = stop;
	}
}

/* RAM and the firmware's tables; the first MiB whole, for what BIOSes keep there. */
static void __init map_all_ram(void)
{
	paddr_t limit = DIRECTMAP_END - DIRECTMAP_START;

	map_direct(0, 1 << 20);
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct memory_range *r = &boot_info.range[i];
		paddr_t start = ALIGN_DOWN(r->start, (u64)PAGE_SIZE);
		paddr_t end = ALIGN_UP(r->start + r->size, (u64)PAGE_SIZE);

		if (r->type != MEMORY_RAM && r->type != MEMORY_ACPI && r->type != MEMORY_NVS)
			continue;
		start = max_t(paddr_t, start, 1 << 20);
		end = min(end, limit);
		if (start < end)
			map_direct(start, end);
	}
}

static void __init map_image(void)
{
	/* Code has 2 MiB pages to itself. */
	map_boot(IMAGE_START, image_phys_start, _srodata - image_start, PAGE_HYPERVISOR_RX, 2);
	map_image_part(_srodata, _sro_after_init, PAGE_HYPERVISOR_RO);
	map_image_part(_sro_after_init, _erodata, PAGE_HYPERVISOR_RW);
	map_image_part(_sdata, _edata_all, PAGE_HYPERVISOR_RW);
	map_image_part(__init_start, __init_text_end, PAGE_HYPERVISOR_RX);
	map_image_part(__init_text_end, __init_end, PAGE_HYPERVISOR_RW);
	map_image_part(_ssymbols, _esymbols, PAGE_HYPERVISOR_RO);
}

static paddr_t __init highest_ram(void)
{
	paddr_t top = 0;

	for (u32 i = 0; i < boot_info.nr_ranges; i++)
		if (boot_info.range[i].type == MEMORY_RAM)
			top = boot_info.range[i].start + boot_info.range[i].size;
	return top;
}

static bool __init any_ram_in(paddr_t start, paddr_t end)
{
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct memory_range *r = &boot_info.range[i];

		if (r->type == MEMORY_RAM && r->start < end && r->start + r->size > start)
			return true;
	}
	return false;
}

/*
 * A table with entry_bytes for every frame below max_page, in chunks of one
 * large page. Chunks that describe no RAM (above 4 GiB) all share one frame.
 * ro_va 0: no second, read-only mapping for guests.
 */
static void __init map_frame_array(vaddr_t va, vaddr_t ro_va, size_t entry_bytes, int fill)
{
	u64 covered = LEVEL_SIZE(2) / entry_bytes << PAGE_SHIFT;	/* by a chunk */
	paddr_t hole = 0, chunk;

	for (paddr_t pa = 0; pa < (paddr_t)max_page << PAGE_SHIFT; pa += covered) {
		bool used = pa < (1ull << 32) || any_ram_in(pa, pa + covered);

		chunk = used ? 0 : hole;
		if (!chunk) {
			chunk = boot_alloc_high(LEVEL_SIZE(2), LEVEL_SIZE(2));
			if (fill)	/* boot memory comes cleared */
				memset(maddr_to_virt(chunk), fill, LEVEL_SIZE(2));
		}
		if (!used)
			hole = chunk;
		map_boot(va, chunk, LEVEL_SIZE(2), PAGE_HYPERVISOR_RW, 2);
		if (ro_va) {
			map_boot(ro_va, chunk, LEVEL_SIZE(2),
				 _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX, 2);
			ro_va += LEVEL_SIZE(2);
		}
		va += LEVEL_SIZE(2);
	}
}

void __init paging_init(void)
{
	idle_root = maddr_to_virt(boot_alloc_low(PAGE_SIZE, PAGE_SIZE));
	map_image();
	map_all_ram();
	/* A root entry each for what is mapped later. */
	BUG_ON(!descend(&idle_root[l4_index(VMAP_START)].v, 4, PAGE_HYPERVISOR_TABLE));
	write_cr4(read_cr4() | X86_CR4_PGE);
	load_cr3(virt_to_maddr(idle_root));

	boot_mapped_limit = DIRECTMAP_END - DIRECTMAP_START;
	max_page = highest_ram() >> PAGE_SHIFT;
	map_frame_array(FRAME_TABLE_START, 0, sizeof(struct page_info), 0);
	map_frame_array(RW_M2P_START, RO_M2P_START, sizeof(unsigned long), 0xff);
}

void __init paging_heap_ready(void)
{
	heap_is_up = true;
}

mfn_t m2p_chunk_mfn(unsigned int chunk)
{
	vaddr_t va = RW_M2P_START + (vaddr_t)chunk * LEVEL_SIZE(2);
	l4e_t l4e = idle_root[l4_index(va)];
	l3e_t l3e;
	l2e_t l2e;

	if (va >= RW_M2P_END || !l4e_present(l4e))
		return INVALID_MFN;
	l3e = ((l3e_t *)mfn_to_virt(l4e_mfn(l4e)))[l3_index(va)];
	if (!l3e_present(l3e))
		return INVALID_MFN;
	l2e = ((l2e_t *)mfn_to_virt(l3e_mfn(l3e)))[l2_index(va)];
	return l2e_present(l2e) ? l2e_mfn(l2e) : INVALID_MFN;
}

void __init paging_seal(void)
{
	map_image_part(_sro_after_init, _erodata, PAGE_HYPERVISOR_RO);
	flush_tlb_mask(&cpu_online_mask, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

/* Runs from code that stays: the caller's caller is __init, and returns no more. */
void paging_free_init(void)
{
	paddr_t start = image_pa(__init_start), end = image_pa(__init_end);

	for (vaddr_t va = (vaddr_t)__init_start; va < (vaddr_t)__init_end; va += PAGE_SIZE)
		map_range(idle_root, va, 0, PAGE_SIZE, 0, 1);
	flush_tlb_mask(&cpu_online_mask, FLUSH_TLB | FLUSH_TLB_GLOBAL);
	frame_add_ram(start, end);
	printk(XENLOG_INFO "Freed %lukB of boot code and data\n", (end - start) >> 10);
}

int map_vmap_pages(vaddr_t va, mfn_t m, unsigned long count, u64 flags)
{
	int rc;

	ASSERT(va >= VMAP_START && va + count * PAGE_SIZE <= VMAP_END);
	spin_lock(&vmap_lock);
	rc = map_range(idle_root, va, mfn_to_maddr(m), count * PAGE_SIZE, flags, 1);
	spin_unlock(&vmap_lock);
	return rc;
}

void unmap_vmap_pages(vaddr_t va, unsigned long count)
{
	spin_lock(&vmap_lock);
	for (unsigned long i = 0; i < count; i++)
		map_range(idle_root, va + i * PAGE_SIZE, 0, PAGE_SIZE, 0, 1);
	spin_unlock(&vmap_lock);
	flush_tlb_mask(&cpu_online_mask, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

paddr_t __init trampoline_root_init(paddr_t pa)
{
	paddr_t root = boot_alloc_low(PAGE_SIZE, PAGE_SIZE);

	copy_page(maddr_to_virt(root), idle_root);
	/* Not global: it disappears when the CPU leaves this root. */
	BUG_ON(map_range(maddr_to_virt(root), pa, pa, PAGE_SIZE,
			 _PAGE_PRESENT | _PAGE_ACCESSED, 1));
	return root;
}
