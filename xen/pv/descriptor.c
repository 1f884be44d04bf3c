// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests' descriptor tables. A frame that holds descriptors has a type of its
 * own (PGT_seg_desc): no guest maps it writable, each descriptor in it has been
 * made safe. The GDT's frames and those of the LDT, page by page as they are
 * touched, appear in the vcpu's window of the per-domain slot, read-only: their
 * accessed bits are set beforehand, so the CPU never writes there.
 */
#include <arch/desc.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <pv/perdomain.h>
#include <pv/pgtype.h>
#include <pv/traps.h>
#include <pv/walk.h>

#define GDT_PAGES		14		/* that a guest may supply; the hypervisor's page follows */
#define WINDOW_FLAGS		(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)	/* not global: the slot is per domain */
#define DESC_ACCESSED		(1u << 8)
#define DESC_PER_PAGE		(PAGE_SIZE / 8)

/* A page of null descriptors, for window pages that the guest has not filled: a selector there is #GP. */
static u8 null_descriptors[PAGE_SIZE] __aligned(4096);

u64 empty_descriptor_pte(void)
{
	return ((u64)mfn_x(virt_to_mfn(null_descriptors)) << PAGE_SHIFT) | WINDOW_FLAGS;
}

bool check_descriptor(const struct domain *d, u64 *desc)
{
	const u32 lowest = d->is_32bit ? 1 : 3;
	u32 b = *desc >> 32;

	/* Loading one that is not present faults, whatever else it says. */
	if (!(b & DESC_PRESENT))
		return true;
	if (!(b & DESC_S)) {
		/* System descriptors: only the harmless type 0, the upper half of nothing. */
		return DESC_TYPE(b) == 0 && DESC_DPL(b) >= lowest;
	}
	if (DESC_DPL(b) < lowest)
		b = (b & ~(3u << 13)) | lowest << 13;
	/* 64-bit code would see past 4 GiB. Conforming code runs at its caller's level, so it raises nobody's. */
	if ((b & DESC_CODE) && (b & DESC_L) && d->is_32bit)
		return false;
	b |= DESC_ACCESSED;
	*desc = (u64)b << 32 | (u32)*desc;
	return true;
}

static void drop_descriptor_frame(u64 mfn)
{
	put_page_and_type(mfn_to_page(MFN(mfn)));
}

void pv_destroy_gdt(struct vcpu *v)
{
	for (unsigned int i = 0; i < GDT_PAGES; i++) {
		if (v->pv.descriptor_ptes)
			WRITE_ONCE(v->pv.descriptor_ptes[i], empty_descriptor_pte());
		if (v->pv.gdt_mfn[i])
			drop_descriptor_frame(v->pv.gdt_mfn[i]);
		v->pv.gdt_mfn[i] = 0;
	}
	v->pv.gdt_entries = 0;
}

long pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries)
{
	const unsigned int pages = DIV_ROUND_UP(entries, DESC_PER_PAGE);
	unsigned int i;

	if (entries > GDT_PAGES * DESC_PER_PAGE)
		return -EINVAL;
	for (i = 0; i < pages; i++) {
		struct page_info *pg = get_page_from_mfn(MFN(frames[i]), v->domain);

		if (!pg)
			break;
		if (!get_page_type(pg, PGT_seg_desc)) {
			put_page(pg);
			break;
		}
	}
	if (i < pages) {
		while (i-- > 0)
			drop_descriptor_frame(frames[i]);
		return -EINVAL;
	}
	pv_destroy_gdt(v);
	for (i = 0; i < pages; i++) {
		v->pv.gdt_mfn[i] = frames[i];
		WRITE_ONCE(v->pv.descriptor_ptes[i], frames[i] << PAGE_SHIFT | WINDOW_FLAGS);
	}
	v->pv.gdt_entries = entries;
	if (v->domain->is_32bit)
		update_kernel_linear(v);
	return 0;
}

long do_set_gdt(u64 list, u64 uentries)
{
	struct vcpu *v = current;
	u64 frames[GDT_PAGES];
	const u32 entries = uentries;
	const unsigned int pages = DIV_ROUND_UP(entries, DESC_PER_PAGE);
	long rc;

	/* The hypervisor's own descriptors begin after the last entry a guest may have. */
	if (entries > GDT_PAGES * DESC_PER_PAGE)
		return -EINVAL;
	if (v->domain->is_32bit) {
		u32 narrow[GDT_PAGES];

		if (copy_from_guest(narrow, list, pages * sizeof(*narrow)))
			return -EFAULT;
		for (unsigned int i = 0; i < pages; i++)
			frames[i] = narrow[i];
	} else if (copy_from_guest(frames, list, pages * sizeof(*frames))) {
		return -EFAULT;
	}
	rc = pv_set_gdt(v, frames, entries);
	if (!rc)
		flush_tlb_local(FLUSH_TLB);
	return rc;
}

long do_update_descriptor(u64 maddr, u64 desc)
{
	struct domain *d = current->domain;
	struct page_info *pg;
	u64 *slot, type;
	long rc = -EINVAL;

	if (!IS_ALIGNED(maddr, 8) || (maddr >> PADDR_BITS) || !check_descriptor(d, &desc))
		return -EINVAL;
	pg = get_page_from_mfn(maddr_to_mfn(maddr), d);
	if (!pg)
		return -EINVAL;
	/* In use as descriptors already, or a page that is to become one and is still plain data. */
	type = (READ_ONCE(pg->type_info) & PGT_type_mask) == PGT_seg_desc ? PGT_seg_desc : PGT_writable;
	if (get_page_type(pg, type)) {
		slot = (u64 *)page_to_virt(pg) + (maddr & ~PAGE_MASK) / 8;
		WRITE_ONCE(*slot, desc);
		put_page_type(pg);
		if (d->is_32bit)
			update_kernel_linear(current);
		rc = 0;
	}
	put_page(pg);
	return rc;
}

bool pv_ldt_ok(const struct domain *d, vaddr_t base, u32 entries)
{
	if (!IS_ALIGNED(base, PAGE_SIZE) || entries > 8192)
		return false;
	return d->is_32bit ? access_ok_32(base, entries * 8ul) : access_ok(base, entries * 8ul);
}

void pv_invalidate_ldt(struct vcpu *v)
{
	u64 *window;

	if (!v->pv.ldt_mapped)
		return;
	window = v->pv.descriptor_ptes + 16;
	for (unsigned int i = 0; i < 16; i++) {
		const u64 e = window[i];

		if (!(v->pv.ldt_mapped & (1u << i)))
			continue;
		WRITE_ONCE(window[i], 0);
		drop_descriptor_frame(PTE_MFN(e));
	}
	v->pv.ldt_mapped = 0;
	if (v == current)
		flush_tlb_local(FLUSH_TLB);
}

bool pv_map_ldt_page(struct vcpu *v, unsigned int page)
{
	const vaddr_t va = v->pv.ldt_base + page * PAGE_SIZE;
	struct page_info *pg;
	mfn_t table;
	u64 l1e;

	if (page >= 16 || page * DESC_PER_PAGE >= v->pv.ldt_entries || (v->pv.ldt_mapped & (1u << page)))
		return false;
	if (!guest_kernel_walk(v, va, &l1e, &table) || !(l1e & _PAGE_PRESENT))
		return false;
	pg = get_page_from_mfn(MFN(PTE_MFN(l1e)), v->domain);
	if (!pg)
		return false;
	if (!get_page_type(pg, PGT_seg_desc)) {
		put_page(pg);
		return false;
	}
	v->pv.ldt_mapped |= 1u << page;
	WRITE_ONCE(v->pv.descriptor_ptes[16 + page], (PTE_MFN(l1e) << PAGE_SHIFT) | WINDOW_FLAGS);
	return true;
}
