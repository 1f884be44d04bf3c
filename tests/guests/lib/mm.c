// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's own memory: a direct map of all its frames, a page allocator,
 * and helpers to look at and change page tables. Only vcpu 0 allocates.
 */
#include "lib.h"

xen_pfn_t *p2m;
unsigned long nr_pfns;
u64 kernel_root, user_root;
extern u8 image_end[];

static unsigned long next_pfn, first_free_pfn;
static struct free_page { struct free_page *next; } *free_list;
static unsigned long nr_listed;
static u8 *scratch;		/* a mapped page whose mapping may be changed, while there is no direct map */
static u64 *window_table;	/* level 1, of WINDOW */

static unsigned int index_at(const void *va, unsigned int level)
{
	return ((word)va >> (3 + 9 * level)) & (PT_ENTRIES - 1);
}

void *pfn_to_virt(unsigned long pfn)
{
	return (void *)(DIRECT_MAP + pfn * PAGE_BYTES);
}

unsigned long virt_to_pfn(const void *va)
{
	word a = (word)va;

	if (a >= DIRECT_MAP && a < WINDOW)
		return (a - DIRECT_MAP) / PAGE_BYTES;
	return (a - VIRT_BASE) / PAGE_BYTES;
}

u64 virt_to_mfn(const void *va)
{
	return p2m[virt_to_pfn(va)];
}

long mmu_update_one(u64 ptr, u64 val)
{
	struct mmu_update u = { ptr, val };

	return HYP(mmu_update, &u, 1, 0, DOMID_SELF, 0);
}

long mmuext(unsigned int cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return HYP(mmuext_op, &op, 1, 0, DOMID_SELF, 0);
}

static void must(long rc, const char *what)
{
	if (!rc)
		return;
	printk("%s: %ld\n0 passed, 1 failed\n", what, rc);
	shut_down(SHUTDOWN_reboot);
}

/* --- tables --- */

void *table_of(const void *va, unsigned int level)
{
	u64 mfn = kernel_root;

	for (unsigned int l = PT_LEVELS; ; l--) {
		u64 *table = pfn_to_virt(M2P[mfn]);

		if (l == level)
			return table;
		if (!(table[index_at(va, l)] & PTE_P))
			return NULL;
		mfn = PTE_FRAME(table[index_at(va, l)]);
	}
}

u64 entry_of(const void *va, unsigned int level)
{
	u64 *table = table_of(va, level);

	return table ? table[index_at(va, level)] : 0;
}

u64 pte_of(const void *va)
{
	return entry_of(va, 1);
}

u64 pte_address(const void *va, unsigned int level)
{
	u64 *table = table_of(va, level);

	return table ? (virt_to_mfn(table) << 12) + index_at(va, level) * 8 : 0;
}

long set_pte(const void *va, u64 pte)
{
	return update_va(va, pte, UVMF_INVLPG | UVMF_ALL);
}

void make_readonly(void *page)
{
	long rc = set_pte(page, PTE(virt_to_mfn(page), PTE_RO));

	if (rc)
		fail("make_readonly: %ld", rc);
}

void make_writable(void *page)
{
	long rc = set_pte(page, PTE(virt_to_mfn(page), PTE_RW));

	if (rc)
		fail("make_writable: %ld", rc);
}

/* --- start --- */

static u64 take_frame(void)
{
	return p2m[next_pfn++];
}

/* A new table in an entry of the boot tables or of a table made so. */
static u64 hang_table(u64 table, const void *va, unsigned int level)
{
	u64 mfn = take_frame();

	must(mmuext(MMUEXT_CLEAR_PAGE, mfn, 0), "clear a table");
	must(mmu_update_one((table << 12) + index_at(va, level) * 8, PTE(mfn, TABLE_FLAGS(level))), "hang a table");
	return mfn;
}

/* The level-2 table that maps an address of another slot than the image's, or, in few levels, the one that all have. */
static u64 table_of_slot(const void *va)
{
#if PT_LEVELS == 4
	return hang_table(hang_table(kernel_root, va, 4), va, 3);
#else
	/* The root and its four level-2 tables are among the builder's, mapped where the image is. */
	const u64 *root = (const u64 *)si->pt_base;

	return PTE_FRAME(root[index_at(va, 3)]);
#endif
}

static bool is_table(unsigned long pfn, unsigned long first, unsigned long last)
{
	unsigned long boot = (si->pt_base - VIRT_BASE) / PAGE_BYTES;

	return (pfn >= first && pfn < last) || (pfn >= boot && pfn < boot + si->nr_pt_frames);
}

void mm_init(void)
{
	unsigned long boot_end, first_table, last_table, nr_l1;
	u64 l2;

	p2m = (xen_pfn_t *)si->mfn_list;
	nr_pfns = si->nr_pages;
	kernel_root = p2m[(si->pt_base - VIRT_BASE) / PAGE_BYTES];
	/* The layout is part of the ABI: tables, a stack page, 512 KiB of room, and on to 4 MiB. */
	boot_end = (si->pt_base + (si->nr_pt_frames + 1) * PAGE_BYTES + (512ul << 10) + (4ul << 20) - 1) &
		   ~((4ul << 20) - 1);
	scratch = (u8 *)boot_end - PAGE_BYTES;
	next_pfn = (boot_end - VIRT_BASE) / PAGE_BYTES;
	if (next_pfn + nr_pfns / 512 + 64 > nr_pfns)
		must(-ENOMEM, "too little memory");
	if ((si->flags & SIF_MOD_START_PFN) && si->mod_len)
		must(-EINVAL, "ram disk by frame");

	nr_l1 = (nr_pfns + PT_ENTRIES - 1) / PT_ENTRIES;
	first_table = next_pfn;
	last_table = first_table + 2 * (PT_LEVELS == 4 ? 2 : 0) + nr_l1 + 1;
	l2 = table_of_slot((void *)DIRECT_MAP);
	for (unsigned long i = 0; i < nr_l1; i++) {
		const void *from = pfn_to_virt(i * PT_ENTRIES);
		u64 mfn = take_frame(), *table = (u64 *)scratch;

		must(set_pte(scratch, PTE(mfn, PTE_RW)), "map a table to fill");
		for (unsigned int k = 0; k < PT_ENTRIES; k++) {
			unsigned long pfn = i * PT_ENTRIES + k;

			if (pfn >= nr_pfns)
				table[k] = 0;
			else
				table[k] = PTE(p2m[pfn], is_table(pfn, first_table, last_table) ? PTE_RO : PTE_RW);
		}
		must(set_pte(scratch, 0), "unmap a table");
		must(mmu_update_one((l2 << 12) + index_at(from, 2) * 8, PTE(mfn, PTE_RW)), "hang a table of the direct map");
	}
	l2 = table_of_slot((void *)WINDOW);
	window_table = pfn_to_virt(M2P[hang_table(l2, (void *)WINDOW, 2)]);
	must(set_pte(scratch, PTE(virt_to_mfn(scratch), PTE_RW)), "map the scratch page as it was");
	if (next_pfn != last_table)
		must(-EINVAL, "tables miscounted");
	first_free_pfn = next_pfn;

	must(update_va(shared_page, PTE(si->shared_info >> 12, PTE_RW), UVMF_INVLPG | UVMF_LOCAL), "map shared_info");
	/* User mode shares the image; in ring 1 it was mapped for the kernel only. */
	for (const u8 *at = (const u8 *)VIRT_BASE; PT_LEVELS == 3 && at < image_end; at += PAGE_BYTES)
		if (at != shared_page)
			must(update_va(at, PTE(virt_to_mfn(at), PTE_RW), UVMF_INVLPG), "show a page to user mode");
}

void *window(unsigned int n)
{
	return (void *)(WINDOW + n * PAGE_BYTES);
}

void *alloc_page(void)
{
	void *page;

	if (free_list) {
		page = free_list;
		free_list = free_list->next;
		nr_listed--;
		memset(page, 0, PAGE_BYTES);
		return page;
	}
	if (next_pfn >= nr_pfns)
		must(-ENOMEM, "out of pages");
	page = pfn_to_virt(next_pfn++);
	memset(page, 0, PAGE_BYTES);
	return page;
}

void free_page(void *page)
{
	struct free_page *f = page;

	f->next = free_list;
	free_list = f;
	nr_listed++;
}

unsigned long pages_left(void)
{
	return nr_pfns - next_pfn + nr_listed;
}

/* In three levels user mode is on the kernel's root. */
void use_user_root(void)
{
#if PT_LEVELS == 3
	user_root = kernel_root;
#else
	u64 *root, *from = table_of(0, PT_LEVELS);

	if (!user_root) {
		root = alloc_page();
		for (unsigned int i = 0; i < PT_ENTRIES; i++)
			if (i < HYPERVISOR_SLOT || i >= HYPERVISOR_SLOT + 16)
				root[i] = from[i];
		make_readonly(root);
		user_root = virt_to_mfn(root);
		must(mmuext(MMUEXT_PIN_L4_TABLE, user_root, 0), "pin the user root");
	}
	must(mmuext(MMUEXT_NEW_USER_BASEPTR, user_root, 0), "set the user root");
#endif
}
