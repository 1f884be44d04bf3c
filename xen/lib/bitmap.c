/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit arrays. Not atomic; the caller's lock guards the array. */
#include <lib/bitmap.h>

void bitmap_zero(unsigned long *map, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		map[i] = 0;
}

void bitmap_set_range(unsigned long *map, unsigned int first, unsigned int count)
{
	for (; count; first++, count--)
		bitmap_set_bit(map, first);
}

void bitmap_clear_range(unsigned long *map, unsigned int first, unsigned int count)
{
	for (; count; first++, count--)
		bitmap_clear_bit(map, first);
}

unsigned int find_next_bit(const unsigned long *map, unsigned int nbits, unsigned int from)
{
	for (unsigned int i = from / BITS_PER_LONG; i < BITS_TO_LONGS(nbits); i++) {
		unsigned long w = map[i];
		unsigned int bit;

		if (i == from / BITS_PER_LONG)
			w &= ~0ul << (from % BITS_PER_LONG);
		if (!w)
			continue;
		bit = i * BITS_PER_LONG + lowest_bit(w);
		return bit < nbits ? bit : nbits;
	}
	return nbits;
}
