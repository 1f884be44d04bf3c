// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct xen_platform_op between guest and hypervisor. Without state or lock.
 */
#include <common/guest_access.h>
#include "platform_private.h"

int platform_read_op(struct xen_platform_op *op, u64 arg, bool is_32bit)
{
	(void)is_32bit;
	return read_guest(op, arg);
}

int platform_write_op(u64 arg, const struct xen_platform_op *op, bool is_32bit)
{
	(void)is_32bit;
	return write_guest(arg, op);
}
