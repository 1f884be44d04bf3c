/* SPDX-License-Identifier: GPL-2.0-only */
/* Areas that a vcpu registered by linear address (run state, time). */
#ifndef XEN_COMMON_GUEST_AREA_H
#define XEN_COMMON_GUEST_AREA_H

#include <common/domain.h>
#include <lib/types.h>

/*
 * Write to v's kernel address space; v is current. The address has passed
 * guest_range_ok. 0, or -EFAULT when a part is not mapped writable.
 */
int guest_area_write(struct vcpu *v, vaddr_t addr, const void *src, size_t bytes);

#endif
