// SPDX-License-Identifier: GPL-2.0-only
/*
 * XENMEM_acquire_resource: the frames of something that the hypervisor keeps for
 * another domain, so that the toolstack can map them.
 */
#include <common/grant.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include "memory_private.h"

#define BATCH 32

/* How many frames the resource can ever have; 0: there is no such resource. */
static u32 resource_frames(const struct domain *d, const struct xen_mem_acquire_resource *r)
{
	if (r->type != XENMEM_resource_grant_table)
		return 0;
	switch (r->id) {
	case XENMEM_resource_grant_table_id_shared:
		return d->max_grant_frames;
	case XENMEM_resource_grant_table_id_status:
		/* Two bytes of status for each 16-byte entry. */
		return DIV_ROUND_UP(d->max_grant_frames, 8);
	default:
		return 0;
	}
}

static long acquire(struct domain *d, const struct xen_mem_acquire_resource *r, u64 arg, u64 cmd,
		    unsigned long start)
{
	u32 done = start;

	while (done < r->nr_frames) {
		const u32 n = min(r->nr_frames - done, (u32)BATCH);
		mfn_t frames[BATCH];
		long rc = grant_table_acquire_resource(d, r->id, r->frame + done, n, frames);

		if (rc == -ERESTART)
			goto again;
		if (rc)
			return rc;
		for (u32 i = 0; i < n; i++)
			if (write_extent(handle_addr(r->frame_list), done + i, mfn_x(frames[i])))
				return -EFAULT;
		done += n;
		if (done < r->nr_frames && hypercall_preempt_check())
			goto again;
	}
	return 0;

again:
	return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd | (u64)done << MEMOP_EXTENT_SHIFT, arg);
}

/* In the 32-bit layout the handle is narrow; what comes before it is the same. */
static int read_resource(struct xen_mem_acquire_resource *r, u64 arg)
{
	const u32 at = offsetof(struct xen_mem_acquire_resource, frame_list);
	u32 narrow;

	if (!current->domain->is_32bit)
		return read_guest(r, arg);
	if (copy_from_guest(r, arg, at) || copy_from_guest(&narrow, arg + at, sizeof(narrow)))
		return -EFAULT;
	r->frame_list.p = (void *)(unsigned long)narrow;
	return 0;
}

long acquire_resource(u64 cmd, u64 arg, unsigned long start)
{
	struct xen_mem_acquire_resource r;
	struct domain *d;
	u32 max;
	long rc;

	if (read_resource(&r, arg))
		return -EFAULT;
	if (r.pad)
		return -EINVAL;
	if (!is_control_domain(current->domain))
		return -EPERM;
	rc = get_target_domain(r.domid, &d);
	if (rc)
		return rc;
	max = resource_frames(d, &r);
	if (!max) {
		rc = -EINVAL;
	} else if (!handle_addr(r.frame_list)) {
		/* A question for the size. */
		rc = r.nr_frames || start ? -EINVAL : 0;
		if (!rc && copy_to_guest(arg + offsetof(struct xen_mem_acquire_resource, nr_frames),
					 &max, sizeof(max)))
			rc = -EFAULT;
	} else if (r.nr_frames > MEMOP_MAX_EXTENTS || start > r.nr_frames ||
		   r.frame > 0xffffffffu - r.nr_frames) {
		rc = -EINVAL;
	} else {
		rc = acquire(d, &r, arg, cmd, start);
	}
	put_domain(d);
	return rc;
}
