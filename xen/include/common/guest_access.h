/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory named by a hypercall argument. A guest address is a u64 as it
 * came from a register or a guest handle; it is checked by every access.
 * All return 0, or -EFAULT when any byte could not be accessed.
 * Only the current vcpu's memory can be reached, on its current page tables.
 */
#ifndef XEN_COMMON_GUEST_ACCESS_H
#define XEN_COMMON_GUEST_ACCESS_H

#include <arch/uaccess.h>
#include <lib/types.h>

/* Bytes not copied become -EFAULT. Implemented over arch/uaccess.h in common/guest_access.c. */
int copy_from_guest(void *dst, u64 src, size_t bytes);
int copy_to_guest(u64 dst, const void *src, size_t bytes);
int clear_guest(u64 dst, size_t bytes);
/* True when the range is the guest's to name (not necessarily mapped). */
bool guest_range_ok(u64 addr, u64 bytes);

/* Entry n of a list of frame numbers, each as wide as the caller's word. In common/memory.c. */
int read_extent(u64 list, u64 n, unsigned long *frame);
int write_extent(u64 list, u64 n, unsigned long frame);

/* The address in a public guest handle. */
#define handle_addr(h)		((u64)(unsigned long)(h).p)
#define read_guest(ptr_dst, src)	copy_from_guest(ptr_dst, src, sizeof(*(ptr_dst)))
#define write_guest(dst, ptr_src)	copy_to_guest(dst, ptr_src, sizeof(*(ptr_src)))

#endif
