// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory maps as guests see them: the machine's, a domain's own as its toolstack
 * set it, and where the machine-to-physical table is. A domain's map is guarded
 * by its domain_lock.
 */
#include <arch/boot_info.h>
#include <common/frame.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include "memory_private.h"

#define MAX_MAP_ENTRIES 128

/* As BIOS function E820h returns them. */
struct e820_entry {
	u64 start, size;
	u32 type;
} __packed;

struct map_arg {
	u32 nr;
	u64 buffer;
	u64 at;			/* guest address of the structure */
};

static int read_map_arg(struct map_arg *m, u64 at)
{
	struct { u32 nr, buffer; } narrow;
	struct { u32 nr, pad; u64 buffer; } wide;

	m->at = at;
	if (current->domain->is_32bit) {
		if (read_guest(&narrow, at))
			return -EFAULT;
		m->nr = narrow.nr;
		m->buffer = narrow.buffer;
	} else {
		if (read_guest(&wide, at))
			return -EFAULT;
		m->nr = wide.nr;
		m->buffer = wide.buffer;
	}
	return 0;
}

/* nr_entries is the first field in both layouts. */
static int write_map_nr(const struct map_arg *m, u32 nr)
{
	return copy_to_guest(m->at, &nr, sizeof(nr));
}

static int write_map(const struct map_arg *m, const struct memory_range *range, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		const struct e820_entry e = { range[i].start, range[i].size, range[i].type };

		if (copy_to_guest(m->buffer + i * sizeof(e), &e, sizeof(e)))
			return -EFAULT;
	}
	return write_map_nr(m, nr);
}

long machine_memory_map(u64 arg)
{
	struct map_arg m;

	if (!is_control_domain(current->domain))
		return -EPERM;
	if (read_map_arg(&m, arg))
		return -EFAULT;
	if (!m.buffer)
		return write_map_nr(&m, boot_info.nr_ranges);
	return write_map(&m, boot_info.range, min(m.nr, boot_info.nr_ranges));
}

long get_memory_map(u64 arg)
{
	struct domain *d = current->domain;
	struct map_arg m;
	long rc;

	if (read_map_arg(&m, arg))
		return -EFAULT;
	spin_lock(&d->domain_lock);
	if (!d->memory_map)
		rc = -ENOSYS;
	else
		rc = write_map(&m, d->memory_map, min(m.nr, d->nr_memory_map));
	spin_unlock(&d->domain_lock);
	return rc;
}

static int read_map(const struct map_arg *m, struct memory_range **out)
{
	struct memory_range *range = xzalloc_array(struct memory_range, m->nr);

	if (!range)
		return -ENOMEM;
	for (u32 i = 0; i < m->nr; i++) {
		struct e820_entry e;

		if (copy_from_guest(&e, m->buffer + i * sizeof(e), sizeof(e))) {
			xfree(range);
			return -EFAULT;
		}
		range[i] = (struct memory_range){ e.start, e.size, e.type };
	}
	*out = range;
	return 0;
}

long set_memory_map(u64 arg)
{
	struct memory_range *range = NULL, *old;
	struct map_arg m;
	struct domain *d;
	domid_t domid;
	long rc;

	/* The map follows the domain id at the handle's alignment. */
	if (read_guest(&domid, arg) ||
	    read_map_arg(&m, arg + (current->domain->is_32bit ? 4 : 8)))
		return -EFAULT;
	if (!is_control_domain(current->domain))
		return -EPERM;
	if (m.nr > MAX_MAP_ENTRIES)
		return -EINVAL;
	rc = get_target_domain(domid, &d);
	if (rc)
		return rc;
	if (m.nr)
		rc = read_map(&m, &range);
	if (!rc) {
		spin_lock(&d->domain_lock);
		old = d->memory_map;
		d->memory_map = range;
		d->nr_memory_map = m.nr;
		spin_unlock(&d->domain_lock);
		xfree(old);
	}
	put_domain(d);
	return rc;
}

long machphys_mapping(u64 arg)
{
	const struct domain *d = current->domain;

	if (d->is_32bit) {
		const u32 narrow[3] = { d->pv.hv_start_low, M2P_32_END,
					(M2P_32_END - d->pv.hv_start_low) / sizeof(u32) - 1 };

		return copy_to_guest(arg, narrow, sizeof(narrow));
	} else {
		const struct xen_machphys_mapping wide = {
			.v_start = MACH2PHYS_VIRT_START,
			.v_end = MACH2PHYS_VIRT_END,
			.max_mfn = MACH2PHYS_NR_ENTRIES - 1,
		};

		return copy_to_guest(arg, &wide, sizeof(wide));
	}
}

/* The table's frames become mappable, read-only, by the control domain. */
static void share_m2p_chunk(mfn_t first)
{
	static DEFINE_SPINLOCK(share_lock);

	spin_lock(&share_lock);
	for (unsigned int i = 0; i < 512; i++)
		share_xen_page_with_privileged(mfn_to_page(mfn_add(first, i)), false);
	spin_unlock(&share_lock);
}

struct machphys_mfn_list_32 {
	u32 max_extents, extent_start, nr_extents;
};

static mfn_t m2p_32_chunk_mfn(unsigned int chunk)
{
	return chunk < M2P_32_CHUNKS && m2p_32_chunk[chunk] ? virt_to_mfn(m2p_32_chunk[chunk]) : INVALID_MFN;
}

long machphys_mfn_list(u64 arg, bool compat)
{
	const bool is_32bit = current->domain->is_32bit;
	struct xen_machphys_mfn_list list;
	struct machphys_mfn_list_32 list_32;
	unsigned long per_chunk;
	u32 i;

	if (is_32bit) {
		compat = true;
		if (read_guest(&list_32, arg))
			return -EFAULT;
		list.max_extents = list_32.max_extents;
		list.extent_start.p = (void *)(unsigned long)list_32.extent_start;
	} else if (read_guest(&list, arg)) {
		return -EFAULT;
	}
	per_chunk = (2ul << 20) / (compat ? sizeof(u32) : sizeof(unsigned long));
	for (i = 0; i < list.max_extents && i * per_chunk < max_page; i++) {
		const mfn_t m = compat ? m2p_32_chunk_mfn(i) : m2p_chunk_mfn(i);
		const unsigned long frame = mfn_valid_number(m) ? mfn_x(m) : 0;

		if (frame && is_control_domain(current->domain))
			share_m2p_chunk(m);
		if (write_extent(handle_addr(list.extent_start), i, frame))
			return -EFAULT;
	}
	return copy_to_guest(arg + (is_32bit ? offsetof(struct machphys_mfn_list_32, nr_extents) :
				    offsetof(struct xen_machphys_mfn_list, nr_extents)), &i, sizeof(i));
}
