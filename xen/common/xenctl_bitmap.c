// SPDX-License-Identifier: GPL-2.0-only
/* Bit maps in control operations: copied between tools and the hypervisor. */
#include <common/domctl.h>
#include <common/guest_access.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/minmax.h>

#define LONGEST_BITMAP	4096u		/* bytes */

static u32 bytes_for(u32 bits)
{
	return bits / 8 + (bits % 8 != 0);
}

int bitmap_from_xenctl(unsigned long *map, const struct xenctl_bitmap *b, u32 nbits)
{
	u32 bytes = min(bytes_for(b->nr_bits), bytes_for(nbits));

	bitmap_zero(map, nbits);
	if (bytes && copy_from_guest(map, handle_addr(b->bitmap), bytes))
		return -EFAULT;
	if (b->nr_bits < nbits)
		bitmap_clear_range(map, b->nr_bits, nbits - b->nr_bits);
	return 0;
}

int bitmap_to_xenctl(const struct xenctl_bitmap *b, const unsigned long *map, u32 nbits)
{
	u32 room = bytes_for(b->nr_bits), bytes = min(room, bytes_for(nbits));
	const u8 *src = (const u8 *)map;
	u8 last;

	if (room > LONGEST_BITMAP)
		return -EINVAL;
	if (!bytes)
		return 0;
	/* The last byte may be cut by the shorter of the two. */
	last = src[bytes - 1];
	if (min(b->nr_bits, nbits) < bytes * 8)
		last &= (1u << (min(b->nr_bits, nbits) % 8)) - 1;
	if (copy_to_guest(handle_addr(b->bitmap), src, bytes - 1) ||
	    copy_to_guest(handle_addr(b->bitmap) + bytes - 1, &last, 1))
		return -EFAULT;
	if (room > bytes && clear_guest(handle_addr(b->bitmap) + bytes, room - bytes))
		return -EFAULT;
	return 0;
}
