// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing to areas that a vcpu registered by linear address, while it is
 * being switched in or out. A 64-bit guest that is in user mode has only its
 * user page tables loaded, in which its kernel's addresses are not mapped:
 * then its kernel tables are walked and the frame is written through the
 * direct map, under a reference. No lock; the vcpu is the CPU's current one.
 */
#include <arch/page.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/guest_area.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <pv/mm.h>
#include <pv/pv_state.h>
#include <pv/walk.h>

static int write_by_walk(struct vcpu *v, vaddr_t addr, const u8 *src, size_t bytes)
{
	while (bytes) {
		size_t offset = addr & ~PAGE_MASK;
		size_t chunk = min_t(size_t, bytes, PAGE_SIZE - offset);
		struct page_info *pg;
		mfn_t table, mfn;
		u64 l1e;

		if (!guest_kernel_walk(v, addr, &l1e, &table) ||
		    (l1e & (_PAGE_PRESENT | _PAGE_RW)) != (_PAGE_PRESENT | _PAGE_RW))
			return -EFAULT;
		mfn = maddr_to_mfn(l1e & PTE_ADDR_MASK);
		pg = get_page_from_mfn(mfn, v->domain);
		if (!pg)
			return -EFAULT;
		if (!get_page_type(pg, PGT_writable)) {
			put_page(pg);
			return -EFAULT;
		}
		memcpy((u8 *)mfn_to_virt(mfn) + offset, src, chunk);
		put_page_and_type(pg);
		addr += chunk;
		src += chunk;
		bytes -= chunk;
	}
	return 0;
}

int guest_area_write(struct vcpu *v, vaddr_t addr, const void *src, size_t bytes)
{
	if (v->domain->is_32bit || (v->pv.flags & PV_KERNEL_MODE))
		return copy_to_guest(addr, src, bytes);
	return write_by_walk(v, addr, src, bytes);
}
