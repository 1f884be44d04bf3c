/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building a first domain of the ring-1 ABI: what differs from pv/dom0_build.c,
 * which calls this. The layout is the same, in 32-bit words, under a root of
 * four entries.
 */
#include <arch/page.h>
#include <arch/panic.h>
#include <common/console.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <public/features.h>
#include <public/xen.h>
#include <pv/mm.h>
#include <pv/traps.h>
#include "dom0_private.h"

/* Kernel memory is the supervisor's, which ring 1 is. */
#define L1_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define L2_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)
#define ROOT_ENTRIES	4

struct start_info_32 {
	char magic[32];
	u32 nr_pages, shared_info, flags, store_mfn, store_evtchn;
	u32 console[2];
	u32 pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;
	s8 cmd_line[MAX_GUEST_CMDLINE];
	u32 first_p2m_pfn, nr_p2m_frames;
};

BUILD_BUG_ON(offsetof(struct start_info_32, console) != CONSOLE_AT_32);
BUILD_BUG_ON(sizeof(struct start_info_32) != 1112);

__init const char *dom0_unfit_32(const struct kernel_image *k)
{
	if (k->without_pae)
		return "it is a 32-bit kernel that does not use PAE";
	if (k->init_p2m != ~0ull)
		return "it asks for its frame list at an address of its own, which 32-bit kernels do not get";
	if (k->hv_start_low > M2P_32_START)
		return "it leaves the hypervisor too little of its address space";
	if (k->virt_end > M2P_32_START || (k->hv_start_low && k->virt_end > k->hv_start_low))
		return "it reaches into the hypervisor's address range";
	return NULL;
}

__init void dom0_make_32(struct dom0_builder *b)
{
	const struct kernel_image *k = &b->image;

	if (pv_make_32bit(b->d, m2p_32_start(k->hv_start_low ? k->hv_start_low : M2P_32_START)))
		panic("No memory for a 32-bit dom0");
	if (k->extended_cr3 || (k->supported_features & (1ull << XENFEAT_pae_pgdir_above_4gb)))
		b->d->vmassist |= 1ull << VMASST_TYPE_pae_extended_cr3;
}

/* A kernel that knows only plain cr3 values gets its root where they reach. */
static __init void move_root_low(struct dom0_builder *b, unsigned long pfn)
{
	struct page_info *pg, *old = mfn_to_page(MFN(b->p2m[pfn]));

	if (b->p2m[pfn] < 1ul << (32 - PAGE_SHIFT) ||
	    (b->d->vmassist & (1ull << VMASST_TYPE_pae_extended_cr3)))
		return;
	pg = alloc_domheap_pages(b->d, 0, MEMF_bits(32));
	if (!pg)
		panic("No memory below 4 GiB for dom0's root page table");
	set_gpfn_of(page_to_mfn(old), INVALID_M2P_ENTRY);
	put_page_alloc_ref(old);
	b->p2m[pfn] = mfn_x(page_to_mfn(pg));
	set_gpfn_of(page_to_mfn(pg), pfn);
}

static __init u64 *new_table(struct dom0_builder *b, u64 *slot, u64 flags)
{
	const unsigned long pfn = b->next_table++;
	u64 *table = dom0_pfn_to_virt(b, pfn);

	clear_page(table);
	*slot = b->p2m[pfn] << PAGE_SHIFT | flags;
	return table;
}

__init void dom0_build_tables_32(struct dom0_builder *b)
{
	const unsigned long first = (b->v_tables - b->v_start) >> PAGE_SHIFT;
	u64 *l2[ROOT_ENTRIES];

	move_root_low(b, first);
	b->next_table = first;
	b->root = dom0_pfn_to_virt(b, b->next_table++);
	clear_page(b->root);
	for (unsigned int i = 0; i < ROOT_ENTRIES; i++)
		l2[i] = new_table(b, &b->root[i], _PAGE_PRESENT);

	for (u64 va = b->v_start; va < b->v_end; va += PAGE_SIZE) {
		const unsigned long pfn = (va - b->v_start) >> PAGE_SHIFT;
		u64 *l2e = &l2[va >> L3_SHIFT][l2_index(va)], *l1, flags = L1_FLAGS;

		l1 = *l2e ? maddr_to_virt(*l2e & PTE_ADDR_MASK) : new_table(b, l2e, L2_FLAGS);
		/* Page tables are mapped, but never writable. */
		if (pfn >= first && pfn < first + b->nr_tables)
			flags &= ~_PAGE_RW;
		l1[l1_index(va)] = b->p2m[pfn] << PAGE_SHIFT | flags;
	}
	BUG_ON(b->next_table > first + b->nr_tables);
}

__init void dom0_write_p2m_32(struct dom0_builder *b)
{
	const unsigned long first = (b->v_p2m - b->v_start) >> PAGE_SHIFT, per_page = PAGE_SIZE / sizeof(u32);

	for (unsigned long pfn = 0; pfn < b->nr_pages; pfn++)
		((u32 *)dom0_pfn_to_virt(b, first + pfn / per_page))[pfn % per_page] = b->p2m[pfn];
}

__init void dom0_set_registers_32(const struct dom0_builder *b, struct vcpu *v)
{
	v->regs = (struct cpu_regs){
		.rip = b->image.entry,
		.cs = SEL_RING1_CS32,
		.ss = SEL_RING1_DS32,
		.rsp = b->v_stack + PAGE_SIZE,
		.rsi = b->v_start_info,
		.rflags = 0x202,
	};
	v->pv.kernel_ss = SEL_RING1_DS32;
	v->pv.kernel_sp = b->v_stack + PAGE_SIZE;
	update_kernel_linear(v);
	v->pv.event_cs = v->pv.failsafe_cs = SEL_RING1_CS32;
	v->pv.ds = v->pv.es = v->pv.fs = v->pv.gs = SEL_RING1_DS32;
}

__init u32 dom0_narrow_start_info(struct start_info *si)
{
	static struct start_info wide __initdata;
	struct start_info_32 *narrow = (struct start_info_32 *)si;

	wide = *si;
	clear_page(si);
	strlcpy(narrow->magic, "xen-3.0-x86_32p", sizeof(narrow->magic));
	narrow->nr_pages = wide.nr_pages;
	narrow->shared_info = wide.shared_info;
	narrow->flags = wide.flags;
	narrow->pt_base = wide.pt_base;
	narrow->nr_pt_frames = wide.nr_pt_frames;
	narrow->mfn_list = wide.mfn_list;
	narrow->mod_start = wide.mod_start;
	narrow->mod_len = wide.mod_len;
	memcpy(narrow->cmd_line, wide.cmd_line, sizeof(narrow->cmd_line));
	/* What follows the structure is told by its offset, which the caller fills in. */
	return sizeof(*narrow);
}
