/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiply and divide with a 128-bit intermediate. */
#ifndef XEN_LIB_DIV_H
#define XEN_LIB_DIV_H

#include <lib/types.h>

/* a * b >> shift, shift below 128; the result is truncated to 64 bits. */
static inline u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * b) >> shift);
}

/* a * b / c without losing the high half; saturates when it does not fit. */
u64 muldiv64(u64 a, u64 b, u64 c);

#endif
