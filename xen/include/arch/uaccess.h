/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Touching guest memory through the page tables that are loaded. A fault in
 * one of these routines is found in the exception table and becomes a count
 * of bytes not done; nothing else may touch guest addresses. Where SMAP is on
 * they open it for the access only.
 */
#ifndef XEN_ARCH_UACCESS_H
#define XEN_ARCH_UACCESS_H

#include <arch/layout.h>
#include <lib/types.h>

/* No byte of the range is the hypervisor's. The range may still be unmapped. */
static inline bool access_ok(vaddr_t va, size_t bytes)
{
	vaddr_t end;

	if (__builtin_add_overflow(va, bytes, &end))
		return end == 0 && va >= HYPERVISOR_END;
	return end <= (1ul << 47) || va >= HYPERVISOR_END;
}
/* The same for a guest of the ring-1 ABI: below 4 GiB. */
static inline bool access_ok_32(vaddr_t va, size_t bytes)
{
	return va <= 0xfffffffful && bytes <= 0x100000000ul - va;
}

/*
 * The caller has checked the range. Return the number of bytes NOT done,
 * 0 on success. A short copy is always a prefix.
 */
unsigned long copy_from_guest_raw(void *dst, vaddr_t guest, size_t bytes);
unsigned long copy_raw(void *dst, vaddr_t src, size_t bytes);	/* src is the hypervisor's, and may be missing */
unsigned long copy_to_guest_raw(vaddr_t guest, const void *src, size_t bytes);
unsigned long clear_guest_raw(vaddr_t guest, size_t bytes);

/* One aligned or unaligned object of 1, 2, 4 or 8 bytes, in one access. 0 or -EFAULT. */
int get_guest_u8(u8 *v, vaddr_t guest);
int get_guest_u16(u16 *v, vaddr_t guest);
int get_guest_u32(u32 *v, vaddr_t guest);
int get_guest_u64(u64 *v, vaddr_t guest);
int get_guest_u64_pair(u64 v[2], vaddr_t guest);	/* in two accesses */
int put_guest_u8(u8 v, vaddr_t guest);
int put_guest_u16(u16 v, vaddr_t guest);
int put_guest_u32(u32 v, vaddr_t guest);
int put_guest_u64(u64 v, vaddr_t guest);
#define get_guest_ulong(v, guest)	get_guest_u64((u64 *)(v), guest)

/* Locked compare-and-exchange of a guest u64 or u32; *old takes the value seen. 0 or -EFAULT. */
int cmpxchg_guest_u64(vaddr_t guest, u64 *old, u64 new);
int cmpxchg_guest_u32(vaddr_t guest, u32 *old, u32 new);

/*
 * Exception table: where a fault at rip continues, or 0 when a fault there is
 * a bug. Assembly adds entries with ASM_EXTABLE(insn label, fixup label).
 */
vaddr_t search_exception_table(vaddr_t rip);

#endif
