/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest memory named by hypercall arguments: see the header. */
#include <common/domain.h>
#include <common/guest_access.h>
#include <lib/compiler.h>
#include <lib/errno.h>

bool guest_range_ok(u64 addr, u64 bytes)
{
	return current->pv.flags & PV_RING1 ? access_ok_32(addr, bytes) : access_ok(addr, bytes);
}

int copy_from_guest(void *dst, u64 src, size_t bytes)
{
	if (unlikely(!guest_range_ok(src, bytes)))
		return -EFAULT;
	return copy_from_guest_raw(dst, src, bytes) ? -EFAULT : 0;
}

int copy_to_guest(u64 dst, const void *src, size_t bytes)
{
	if (unlikely(!guest_range_ok(dst, bytes)))
		return -EFAULT;
	return copy_to_guest_raw(dst, src, bytes) ? -EFAULT : 0;
}

int clear_guest(u64 dst, size_t bytes)
{
	if (unlikely(!guest_range_ok(dst, bytes)))
		return -EFAULT;
	return clear_guest_raw(dst, bytes) ? -EFAULT : 0;
}
