// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_memory_op: which operation, who may, and the questions that need
 * no work. The work is in memory_reservation.c, memory_exchange.c, memory_map.c
 * and memory_resource.c. Accounts are guarded by the domain's page_lock.
 */
#include <common/frame.h>
#include <common/hypercall.h>
#include <common/rangeset.h>
#include <common/shared.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include "memory_private.h"

#define MAX_NUMNODES	64
#define XENMEMF_NO_NODE	0xff
#define ORDER_DOMU	9	/* 2 MiB at a time for guests */
#define ORDER_DEVICES	10	/* more for those with a device to feed */

unsigned int max_extent_order(void)
{
	const struct domain *d = current->domain;

	if (is_control_domain(d))
		return MAX_ORDER;
	return rangeset_is_empty(d->iomem_caps) && rangeset_is_empty(d->ioport_caps) ? ORDER_DOMU
										     : ORDER_DEVICES;
}

bool reservation_memflags(u32 flags, u32 *memflags)
{
	const unsigned int bits = XENMEMF_get_address_bits(flags);

	*memflags = 0;
	/* There is one node, and 0xff says that any will do; those that no machine has are refused. */
	if (XENMEMF_get_node(flags) >= MAX_NUMNODES && XENMEMF_get_node(flags) != XENMEMF_NO_NODE)
		return false;
	if (!bits || bits >= get_order_from_pages(max_page) + PAGE_SHIFT)
		return true;
	if (bits <= PAGE_SHIFT)
		return false;
	*memflags = MEMF_bits(bits);
	return true;
}

int read_reservation(struct reservation *r, u64 arg)
{
	if (current->domain->is_32bit) {
		struct reservation_32 raw;

		if (read_guest(&raw, arg))
			return -EFAULT;
		*r = (struct reservation){ raw.extents, raw.nr, raw.order, raw.flags, raw.domid };
	} else {
		struct reservation_64 raw;

		if (read_guest(&raw, arg))
			return -EFAULT;
		*r = (struct reservation){ raw.extents, raw.nr, raw.order, raw.flags, raw.domid };
	}
	return 0;
}

int read_extent(u64 list, u64 n, unsigned long *frame)
{
	u32 narrow;
	int rc;

	if (!current->domain->is_32bit)
		return copy_from_guest(frame, list + n * 8, 8);
	rc = copy_from_guest(&narrow, list + n * 4, 4);
	*frame = narrow;
	return rc;
}

int write_extent(u64 list, u64 n, unsigned long frame)
{
	const u32 narrow = frame;

	if (!current->domain->is_32bit)
		return copy_to_guest(list + n * 8, &frame, 8);
	return copy_to_guest(list + n * 4, &narrow, 4);
}

static unsigned long highest_gpfn(struct domain *d)
{
	/* Once: a domain loses it when it dies, maybe now. */
	struct shared_info *s = READ_ONCE(d->shared_info);
	unsigned long max_pfn;

	if (!s)
		return 0;
	max_pfn = d->is_32bit ? READ_ONCE(((struct shared_info_32 *)s)->wc_sec_hi_or_arch[0])
			      : READ_ONCE(s->arch.max_pfn);
	return max_pfn ? max_pfn - 1 : 0;
}

static long domain_query(unsigned int op, u64 arg)
{
	struct xen_memory_domain query;
	struct domain *d;
	long rc;

	if (read_guest(&query, arg))
		return -EFAULT;
	rc = get_target_domain(query.domid, &d);
	if (rc)
		return rc;
	switch (op) {
	case XENMEM_current_reservation:
		rc = d->tot_pages;
		break;
	case XENMEM_maximum_reservation:
		rc = d->max_pages;
		break;
	default:
		rc = highest_gpfn(d);
		break;
	}
	put_domain(d);
	return rc;
}

static long claim_pages(u64 arg)
{
	struct reservation r;
	struct domain *d;
	long rc;

	if (!is_control_domain(current->domain))
		return -EPERM;
	if (read_reservation(&r, arg))
		return -EFAULT;
	if (r.extents || r.order || r.flags)
		return -EINVAL;
	if (get_target_domain(r.domid, &d))
		return -EINVAL;
	rc = domain_set_claim(d, r.nr);
	put_domain(d);
	return rc;
}

/* Physical address spaces that the hypervisor keeps are for other kinds of guests. */
static long physmap_op(domid_t domid)
{
	struct domain *d;
	long rc = get_target_domain(domid, &d);

	if (rc)
		return rc;
	put_domain(d);
	return -EACCES;
}

static long add_to_physmap(u64 arg)
{
	struct xen_add_to_physmap x;

	if (read_guest(&x, arg))
		return -EFAULT;
	return x.space == XENMAPSPACE_gmfn_foreign ? -ENOSYS : physmap_op(x.domid);
}

static long add_to_physmap_batch(u64 arg)
{
	struct xen_add_to_physmap_batch x;

	return read_guest(&x, arg) ? -EFAULT : physmap_op(x.domid);
}

static long remove_from_physmap(u64 arg)
{
	struct xen_remove_from_physmap x;

	return read_guest(&x, arg) ? -EFAULT : physmap_op(x.domid);
}

static long get_vnumainfo(u64 arg)
{
	struct xen_vnuma_topology_info info;
	struct domain *d;
	long rc;

	if (read_guest(&info, arg))
		return -EFAULT;
	if (info.pad)
		return -EINVAL;
	rc = get_target_domain(info.domid, &d);
	if (rc)
		return rc;
	put_domain(d);
	return -EOPNOTSUPP;	/* no domain has virtual nodes */
}

static long pod_target(u64 arg)
{
	struct xen_pod_target target;
	struct domain *d;
	long rc;

	if (read_guest(&target, arg))
		return -EFAULT;
	rc = get_target_domain(target.domid, &d);
	if (rc)
		return rc;
	put_domain(d);
	return -EINVAL;		/* populating on demand needs a translated guest */
}

static long reserved_device_memory_map(u64 arg)
{
	struct xen_reserved_device_memory_map map;

	if (read_guest(&map, arg))
		return -EFAULT;
	if (map.flags & ~XENMEM_RDM_ALL)
		return -EINVAL;
	map.nr_entries = 0;
	return write_guest(arg, &map) ? -EFAULT : 0;
}

long do_memory_op(u64 cmd, u64 arg)
{
	const unsigned int op = cmd & MEMOP_CMD_MASK;
	const unsigned long start = (u32)cmd >> MEMOP_EXTENT_SHIFT;

	switch (op) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return memory_reservation(op, start, op, arg);
	case XENMEM_exchange:
		return start ? -EINVAL : memory_exchange(cmd, arg);
	case XENMEM_maximum_ram_page:
		return start ? -EINVAL : (long)max_page;
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return start ? -EINVAL : domain_query(op, arg);
	case XENMEM_machphys_mfn_list:
		return machphys_mfn_list(arg, false);
	case XENMEM_machphys_compat_mfn_list:
		return machphys_mfn_list(arg, true);
	case XENMEM_machphys_mapping:
		return machphys_mapping(arg);
	case XENMEM_memory_map:
		return get_memory_map(arg);
	case XENMEM_set_memory_map:
		return set_memory_map(arg);
	case XENMEM_machine_memory_map:
		return machine_memory_map(arg);
	case XENMEM_claim_pages:
		return start ? -EINVAL : claim_pages(arg);
	case XENMEM_acquire_resource:
		return acquire_resource(op, arg, start);
	case XENMEM_add_to_physmap:
		return add_to_physmap(arg);
	case XENMEM_add_to_physmap_batch:
		return add_to_physmap_batch(arg);
	case XENMEM_remove_from_physmap:
		return start ? -EINVAL : remove_from_physmap(arg);
	case XENMEM_get_vnumainfo:
		return start ? -EINVAL : get_vnumainfo(arg);
	case XENMEM_set_pod_target:
	case XENMEM_get_pod_target:
		return pod_target(arg);
	case XENMEM_reserved_device_memory_map:
		return start ? -EINVAL : reserved_device_memory_map(arg);
	default:
		return -ENOSYS;
	}
}
