/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of HYPERVISOR_memory_op: operations, and arguments in either word size. */
#ifndef XEN_COMMON_MEMORY_PRIVATE_H
#define XEN_COMMON_MEMORY_PRIVATE_H

#include <common/domain.h>
#include <common/guest_access.h>
#include <public/memory.h>

#define MEMOP_EXTENT_SHIFT	6	/* cmd above it: extents that the interrupted call has done */
#define MEMOP_CMD_MASK		((1u << MEMOP_EXTENT_SHIFT) - 1)
#define MEMOP_MAX_EXTENTS	(0xffffffffu >> MEMOP_EXTENT_SHIFT)

/* struct xen_memory_reservation, whatever the caller's word size. */
struct reservation {
	u64 extents;		/* guest address of the list, 0 for none */
	u64 nr;
	u32 order;
	u32 flags;		/* XENMEMF_* */
	domid_t domid;
};
struct reservation_32 {
	u32 extents, nr, order, flags;
	domid_t domid;
};
struct reservation_64 {
	u64 extents, nr;
	u32 order, flags;
	domid_t domid;
};

static inline struct reservation widen_reservation(const struct reservation_32 *r)
{
	return (struct reservation){ r->extents, r->nr, r->order, r->flags, r->domid };
}
static inline struct reservation plain_reservation(const struct reservation_64 *r)
{
	return (struct reservation){ r->extents, r->nr, r->order, r->flags, r->domid };
}

/* An argument in the caller's layout. 0, -EFAULT. */
int read_reservation(struct reservation *r, u64 arg);

/* The largest order that the current domain may ask for. */
unsigned int max_extent_order(void);
/* MEMF_* for a caller's XENMEMF_*; false when the address limit can hold no frame. */
bool reservation_memflags(u32 flags, u32 *memflags);

/* common/memory_reservation.c */
long memory_reservation(unsigned int op, unsigned long start, u64 cmd, u64 arg);
/* common/memory_exchange.c */
long memory_exchange(u64 cmd, u64 arg);
/* common/memory_map.c: 0 or an error */
long machphys_mfn_list(u64 arg, bool compat);
long machphys_mapping(u64 arg);
long get_memory_map(u64 arg);
long set_memory_map(u64 arg);
long machine_memory_map(u64 arg);
/* common/memory_resource.c */
long acquire_resource(u64 cmd, u64 arg, unsigned long start);

#endif
