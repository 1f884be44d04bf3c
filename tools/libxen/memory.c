// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory operations a domain builder needs: populating guest frames,
 * claims, the guest's memory map; and where the machine's table of frames is.
 */
#include <errno.h>
#include <string.h>

#include "private.h"

#define E820_RAM	1

/* One entry of the firmware's memory map, as XENMEM_set_memory_map takes it. */
struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

long hv_populate(struct hv *h, uint32_t domid, xen_pfn_t *extents, size_t n, unsigned int order, unsigned int flags)
{
	size_t mark = hv_mark(h);
	struct xen_memory_reservation *r = hv_take(h, sizeof(*r));
	xen_pfn_t *list = hv_take(h, n * sizeof(*list));
	long rc = -ENOBUFS;

	if (hv_stopped(h)) {
		rc = -EINTR;
	} else if (r && list) {
		memcpy(list, extents, n * sizeof(*list));
		set_xen_guest_handle(r->extent_start, list);
		r->nr_extents = n;
		r->extent_order = order;
		r->mem_flags = flags;
		r->domid = domid;
		rc = hv_call(h, __HYPERVISOR_memory_op, XENMEM_populate_physmap, (uintptr_t)r, 0, 0, 0);
		if (rc > (long)n)
			rc = -EPROTO;
		if (rc > 0)
			memcpy(extents, list, rc * sizeof(*list));
	}
	hv_release(h, mark);
	return rc;
}

int hv_claim_pages(struct hv *h, uint32_t domid, uint64_t pages)
{
	size_t mark = hv_mark(h);
	struct xen_memory_reservation *r = hv_take(h, sizeof(*r));
	long rc;

	if (!r)
		return -ENOBUFS;
	r->nr_extents = pages;
	r->domid = domid;
	rc = hv_call(h, __HYPERVISOR_memory_op, XENMEM_claim_pages, (uintptr_t)r, 0, 0, 0);
	hv_release(h, mark);
	/* A hypervisor without claims simply gives no early warning. */
	return rc == -ENOSYS ? 0 : rc;
}

int hv_set_memory_map(struct hv *h, uint32_t domid, uint64_t bytes)
{
	size_t mark = hv_mark(h);
	struct xen_foreign_memory_map *m = hv_take(h, sizeof(*m));
	struct e820_entry *e = hv_take(h, sizeof(*e));
	long rc = -ENOBUFS;

	if (m && e) {
		e->size = bytes;
		e->type = E820_RAM;
		m->domid = domid;
		m->map.nr_entries = 1;
		set_xen_guest_handle(m->map.buffer, (void *)e);
		rc = hv_call(h, __HYPERVISOR_memory_op, XENMEM_set_memory_map, (uintptr_t)m, 0, 0, 0);
	}
	hv_release(h, mark);
	return rc;
}

long hv_max_ram_frame(struct hv *h)
{
	return hv_call(h, __HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0);
}

long hv_machine_table(struct hv *h, xen_pfn_t *chunks, size_t n)
{
	size_t mark = hv_mark(h);
	struct xen_machphys_mfn_list *l = hv_take(h, sizeof(*l));
	xen_pfn_t *list = hv_take(h, n * sizeof(*list));
	long rc = -ENOBUFS;

	if (l && list) {
		l->max_extents = n;
		set_xen_guest_handle(l->extent_start, list);
		rc = hv_call(h, __HYPERVISOR_memory_op, XENMEM_machphys_mfn_list, (uintptr_t)l, 0, 0, 0);
		if (!rc) {
			rc = l->nr_extents < n ? l->nr_extents : n;
			memcpy(chunks, list, rc * sizeof(*list));
		}
	}
	hv_release(h, mark);
	return rc;
}
