/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit arrays. Not atomic; the caller's lock guards the array. */
#include <lib/bitmap.h>

/* The bits of the last word that belong to a map of nbits. */
static unsigned long last_word_mask(unsigned int nbits)
{
	return nbits % BITS_PER_LONG ? BIT(nbits % BITS_PER_LONG) - 1 : ~0ul;
}

void bitmap_zero(unsigned long *map, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		map[i] = 0;
}

void bitmap_fill(unsigned long *map, unsigned int nbits)
{
	unsigned int words = BITS_TO_LONGS(nbits);

	for (unsigned int i = 0; i < words; i++)
		map[i] = i == words - 1 ? last_word_mask(nbits) : ~0ul;
}

bool bitmap_empty(const unsigned long *map, unsigned int nbits)
{
	return find_first_bit(map, nbits) == nbits;
}

bool bitmap_full(const unsigned long *map, unsigned int nbits)
{
	return find_first_zero_bit(map, nbits) == nbits;
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits)
{
	unsigned int words = BITS_TO_LONGS(nbits), n = 0;

	for (unsigned int i = 0; i < words; i++)
		n += hweight64(i == words - 1 ? map[i] & last_word_mask(nbits) : map[i]);
	return n;
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

/* invert: ~0 looks for zeros, 0 for ones. */
static unsigned int find_next(const unsigned long *map, unsigned int nbits,
			      unsigned int from, unsigned long invert)
{
	for (unsigned int i = from / BITS_PER_LONG; i < BITS_TO_LONGS(nbits); i++) {
		unsigned long w = map[i] ^ invert;
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

unsigned int find_next_bit(const unsigned long *map, unsigned int nbits, unsigned int from)
{
	return find_next(map, nbits, from, 0);
}

unsigned int find_next_zero_bit(const unsigned long *map, unsigned int nbits, unsigned int from)
{
	return find_next(map, nbits, from, ~0ul);
}
