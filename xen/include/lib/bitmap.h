/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays of unsigned long seen as bits 0 to nbits - 1. Not atomic: see
 * arch/bitops.h for bits that CPUs or guests share.
 */
#ifndef XEN_LIB_BITMAP_H
#define XEN_LIB_BITMAP_H

#include <lib/types.h>

#define BITS_PER_LONG		64
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, n)	unsigned long name[BITS_TO_LONGS(n)]
#define BIT(n)			(1ul << (n))
#define BIT_U64(n)		((u64)1 << (n))

/* Index of the lowest or highest set bit; v must not be 0. */
static inline unsigned int lowest_bit(unsigned long v) { return __builtin_ctzl(v); }
static inline unsigned int highest_bit(unsigned long v) { return 63 - __builtin_clzl(v); }

/* 1 + that index, or 0 for v == 0. */
static inline unsigned int ffsl(unsigned long v) { return v ? lowest_bit(v) + 1 : 0; }
static inline unsigned int flsl(unsigned long v) { return v ? highest_bit(v) + 1 : 0; }

static inline unsigned int hweight64(u64 v)
{
	v -= (v >> 1) & 0x5555555555555555ull;
	v = (v & 0x3333333333333333ull) + ((v >> 2) & 0x3333333333333333ull);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (v * 0x0101010101010101ull) >> 56;
}
static inline unsigned int hweight32(u32 v) { return hweight64(v); }

static inline bool is_power_of_two(unsigned long v) { return v && !(v & (v - 1)); }

/* The smallest order with (1 << order) pages holding bytes. */
static inline unsigned int get_order_from_pages(unsigned long pages)
{
	return pages <= 1 ? 0 : highest_bit(pages - 1) + 1;
}
static inline unsigned int get_order_from_bytes(unsigned long bytes)
{
	return get_order_from_pages((bytes + 4095) >> 12);
}

static inline void bitmap_set_bit(unsigned long *map, unsigned int n)
{
	map[n / BITS_PER_LONG] |= BIT(n % BITS_PER_LONG);
}
static inline void bitmap_clear_bit(unsigned long *map, unsigned int n)
{
	map[n / BITS_PER_LONG] &= ~BIT(n % BITS_PER_LONG);
}
static inline bool bitmap_test_bit(const unsigned long *map, unsigned int n)
{
	return (map[n / BITS_PER_LONG] >> (n % BITS_PER_LONG)) & 1;
}

void bitmap_zero(unsigned long *map, unsigned int nbits);
void bitmap_set_range(unsigned long *map, unsigned int first, unsigned int count);
void bitmap_clear_range(unsigned long *map, unsigned int first, unsigned int count);

/* Return nbits when there is none. */
unsigned int find_next_bit(const unsigned long *map, unsigned int nbits, unsigned int from);
static inline unsigned int find_first_bit(const unsigned long *map, unsigned int nbits)
{
	return find_next_bit(map, nbits, 0);
}

#define for_each_set_bit(bit, map, nbits)				\
	for ((bit) = find_first_bit(map, nbits); (bit) < (nbits);	\
	     (bit) = find_next_bit(map, nbits, (bit) + 1))

#endif
