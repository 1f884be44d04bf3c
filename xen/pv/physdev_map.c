// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSDEVOP_map_pirq and unmap_pirq: giving interrupts to domains. For the
 * control domain, which also names other domains; the maps themselves and
 * their lock are common/pirq.c's.
 */
#include <arch/msi.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/irq.h>
#include <lib/errno.h>
#include <public/physdev.h>
#include "physdev_private.h"

/* The 32-bit layout ends in an 8-byte number at a multiple of four. */
struct physdev_map_pirq_32 {
	domid_t domid;
	s32 type, index, pirq, bus, devfn, entry_nr;
	u32 table_base_low, table_base_high;
};

static int read_map(struct physdev_map_pirq *map, u64 arg, bool is_32bit)
{
	struct physdev_map_pirq_32 m;

	if (!is_32bit)
		return read_guest(map, arg);
	if (read_guest(&m, arg))
		return -EFAULT;
	*map = (struct physdev_map_pirq){
		.domid = m.domid, .type = m.type, .index = m.index, .pirq = m.pirq, .bus = m.bus,
		.devfn = m.devfn, .entry_nr = m.entry_nr,
		.table_base = m.table_base_low | (u64)m.table_base_high << 32,
	};
	return 0;
}

/* The number goes back. */
static int write_map(u64 arg, const struct physdev_map_pirq *map, bool is_32bit)
{
	u64 pirq_at = is_32bit ? offsetof(struct physdev_map_pirq_32, pirq)
			       : offsetof(struct physdev_map_pirq, pirq);

	return write_guest(arg + pirq_at, &map->pirq);
}

static int to_request(const struct physdev_map_pirq *map, struct msi_request *req)
{
	/* Segment, a byte that must be zero, bus; the oldest form has no segment. */
	if (map->devfn < 0 || map->devfn > 0xff || map->bus < 0 || (map->bus & 0xff00) ||
	    (map->type == MAP_PIRQ_TYPE_MSI && map->bus > 0xff))
		return -EINVAL;
	*req = (struct msi_request){
		.id = { .segment = (u32)map->bus >> 16, .bus = map->bus, .devfn = map->devfn },
		.msix = map->table_base != 0,
		.count = 1,
		.table_base = map->table_base,
	};
	if (map->type == MAP_PIRQ_TYPE_MULTI_MSI) {
		if (req->msix || map->entry_nr <= 0 || map->entry_nr > MSI_MAX_VECTORS)
			return -EINVAL;
		req->count = map->entry_nr;
	} else if (req->msix) {
		if (map->entry_nr < 0)
			return -EINVAL;
		req->entry = map->entry_nr;
	}
	return 0;
}

static long map_for(struct domain *d, struct physdev_map_pirq *map)
{
	struct msi_request req;
	int rc;

	switch (map->type) {
	case MAP_PIRQ_TYPE_GSI:
		return map->index < 0 ? -EINVAL : pirq_map_gsi(d, map->index, &map->pirq);
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
	case MAP_PIRQ_TYPE_MULTI_MSI:
		rc = to_request(map, &req);
		return rc ? rc : pirq_map_msi(d, &req, &map->pirq);
	default:
		return -EINVAL;
	}
}

long physdev_map_pirq(u64 arg)
{
	struct domain *caller = current->domain, *d;
	struct physdev_map_pirq map;
	long rc;

	if (!is_control_domain(caller))
		return -EPERM;
	if (read_map(&map, arg, caller->is_32bit))
		return -EFAULT;
	d = get_domain_self_or(map.domid);
	if (!d)
		return -ESRCH;
	rc = map_for(d, &map);
	if (!rc && write_map(arg, &map, caller->is_32bit))
		rc = -EFAULT;
	put_domain(d);
	return rc;
}

long physdev_unmap_pirq(u64 arg)
{
	struct physdev_unmap_pirq unmap;
	struct domain *d;
	long rc;

	if (!is_control_domain(current->domain))
		return -EPERM;
	if (read_guest(&unmap, arg))
		return -EFAULT;
	d = get_domain_self_or(unmap.domid);
	if (!d)
		return -ESRCH;
	rc = unmap.pirq < 0 ? -EINVAL : pirq_unmap(d, unmap.pirq);
	put_domain(d);
	return rc;
}
