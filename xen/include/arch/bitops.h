/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Atomic bit operations on an array of bits of any length, 4-byte aligned,
 * bit 0 being the lowest bit of the first byte: the same bits whether the
 * other side sees words of 32 or of 64 bits. All are full barriers. The bit
 * number must have been checked against the array's length.
 */
#ifndef XEN_ARCH_BITOPS_H
#define XEN_ARCH_BITOPS_H

#include <arch/atomic.h>
#include <lib/bitmap.h>
#include <lib/types.h>

#define BIT_WORD32_(nr, addr)	((volatile u32 *)(addr) + ((nr) >> 5))
#define BIT_MASK32_(nr)		((u32)1 << ((nr) & 31))

static inline void set_bit(unsigned int nr, volatile void *addr)
{
	(void)fetch_or(BIT_WORD32_(nr, addr), BIT_MASK32_(nr));
}
static inline void clear_bit(unsigned int nr, volatile void *addr)
{
	(void)fetch_and(BIT_WORD32_(nr, addr), ~BIT_MASK32_(nr));
}
static inline void change_bit(unsigned int nr, volatile void *addr)
{
	(void)__atomic_fetch_xor(BIT_WORD32_(nr, addr), BIT_MASK32_(nr), __ATOMIC_SEQ_CST);
}
static inline bool test_bit(unsigned int nr, const volatile void *addr)
{
	return (*((const volatile u32 *)addr + (nr >> 5)) >> (nr & 31)) & 1;
}
/* Return the bit's value before. */
static inline bool test_and_set_bit(unsigned int nr, volatile void *addr)
{
	return fetch_or(BIT_WORD32_(nr, addr), BIT_MASK32_(nr)) & BIT_MASK32_(nr);
}
static inline bool test_and_clear_bit(unsigned int nr, volatile void *addr)
{
	return fetch_and(BIT_WORD32_(nr, addr), ~BIT_MASK32_(nr)) & BIT_MASK32_(nr);
}

#endif
