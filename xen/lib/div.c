/* SPDX-License-Identifier: GPL-2.0-only */
/* Wide division without the compiler's run-time library. Pure. */
#include <lib/div.h>

u64 muldiv64(u64 a, u64 b, u64 c)
{
	unsigned __int128 p = (unsigned __int128)a * b;
	u64 hi = p >> 64, lo = (u64)p, q = 0;

	if (hi >= c)
		return ~0ull;
	/* Long division, a bit at a time: the remainder stays below c. */
	for (int i = 63; i >= 0; i--) {
		bool carry = hi >> 63;

		hi = hi << 1 | lo >> 63;
		lo <<= 1;
		q <<= 1;
		if (carry || hi >= c) {
			hi -= c;
			q |= 1;
		}
	}
	return q;
}
