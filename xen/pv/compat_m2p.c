// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine-to-physical table as ring-1 guests see it: entries of 32 bits, in
 * the last level-2 table of each root, read-only. Built at boot beside the
 * 64-bit one and kept in step by set_gpfn_of. A guest's table begins at the
 * lowest address that is the hypervisor's in its address space, so that address
 * is also a limit on the frames it may have.
 */
#include <arch/boot_info.h>
#include <common/console.h>
#include <common/frame.h>
#include <common/time.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <pv/mm.h>
#include <pv/pgtype.h>

#define CHUNK_FRAMES	(1ul << M2P_32_CHUNK_SHIFT)
#define CHUNK_ORDER	9		/* 2 MiB */
#define CHUNK_BYTES	(PAGE_SIZE << CHUNK_ORDER)

static __init bool any_ram(unsigned long first)
{
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct memory_range *r = &boot_info.range[i];

		if (r->type == MEMORY_RAM && PFN_UP(r->start + r->size) > first &&
		    PFN_DOWN(r->start) < first + CHUNK_FRAMES)
			return true;
	}
	return false;
}

static __init u32 *new_chunk(void)
{
	u32 *chunk = alloc_xenheap_pages(CHUNK_ORDER, MEMF_no_scrub);

	if (chunk)
		memset(chunk, 0xff, CHUNK_BYTES);
	return chunk;
}

__init void m2p_32_init(void)
{
	u32 *hole = NULL;

	for (unsigned long n = 0; n < M2P_32_CHUNKS && n * CHUNK_FRAMES < max_page; n++) {
		const unsigned long first = n * CHUNK_FRAMES, end = min(first + CHUNK_FRAMES, max_page);
		u32 *chunk;

		if (!any_ram(first)) {
			/* Nothing is ever written there. */
			if (!hole)
				hole = new_chunk();
			m2p_32_chunk[n] = hole;
			continue;
		}
		chunk = new_chunk();
		if (!chunk) {
			printk(XENLOG_WARNING "No memory for a table that 32-bit guests read: they get frames below %lu MiB\n",
			       first >> 8);
			return;
		}
		for (unsigned long m = first; m < end; m++)
			if (mfn_valid(MFN(m)))
				chunk[m - first] = get_gpfn_of(MFN(m));
		m2p_32_chunk[n] = chunk;
	}
}

vaddr_t m2p_32_start(vaddr_t lowest)
{
	const u64 bytes = ((u64)max_page * sizeof(u32) + CHUNK_BYTES - 1) & ~(u64)(CHUNK_BYTES - 1);
	const vaddr_t enough = bytes > M2P_32_END - M2P_32_LOWEST ? M2P_32_LOWEST : M2P_32_END - bytes;

	lowest = max((lowest + CHUNK_BYTES - 1) & ~(CHUNK_BYTES - 1), M2P_32_LOWEST);
	return max(lowest, min(enough, M2P_32_START));
}

/* Frames that a table from start on covers, as bits of their addresses: whole powers of two. */
static u32 address_bits(vaddr_t start)
{
	unsigned long frames = 0;
	u32 bits = PAGE_SHIFT;

	for (unsigned int n = 0; n < (M2P_32_END - start) / CHUNK_BYTES && m2p_32_chunk[n]; n++)
		frames += CHUNK_FRAMES;
	while (frames >>= 1)
		bits++;
	return bits;
}

int pv_make_32bit(struct domain *d, vaddr_t hv_start)
{
	struct vcpu *v;

	if (virt_to_maddr(d->shared_info) >> 32)
		return -ENOMEM;
	for_each_vcpu(d, v) {
		if (!v->pv.compat_root)
			v->pv.compat_root = alloc_xenheap_page();
		if (!v->pv.compat_root)
			return -ENOMEM;
		init_root_table(v->pv.compat_root, d);
	}
	d->pv.hv_start_low = hv_start;
	/* All of RAM is covered: no limit. */
	d->pv.address_bits = (M2P_32_END - hv_start) / sizeof(u32) < max_page ||
			     !m2p_32_chunk[(max_page - 1) >> M2P_32_CHUNK_SHIFT] ? address_bits(hv_start) : 0;
	d->is_32bit = true;
	for_each_vcpu(d, v)
		v->pv.flags = (v->pv.flags & ~PV_KERNEL_MODE) | PV_RING1;
	/* It stands elsewhere in this layout. */
	update_domain_wallclock(d);
	return 0;
}
