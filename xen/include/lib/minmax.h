/* SPDX-License-Identifier: GPL-2.0-only */
/* Type-checked minimum and maximum, rounding and alignment. */
#ifndef XEN_LIB_MINMAX_H
#define XEN_LIB_MINMAX_H

#define min(a, b) ({							\
	const __typeof__(a) min_a_ = (a);				\
	const __typeof__(b) min_b_ = (b);				\
	(void)(&min_a_ == &min_b_);					\
	min_a_ < min_b_ ? min_a_ : min_b_; })
#define max(a, b) ({							\
	const __typeof__(a) max_a_ = (a);				\
	const __typeof__(b) max_b_ = (b);				\
	(void)(&max_a_ == &max_b_);					\
	max_a_ > max_b_ ? max_a_ : max_b_; })
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define clamp(v, lo, hi)	min(max(v, lo), hi)

/* n is a power of two. */
#define ALIGN_UP(x, n)		(((x) + ((__typeof__(x))(n) - 1)) & ~((__typeof__(x))(n) - 1))
#define ALIGN_DOWN(x, n)	((x) & ~((__typeof__(x))(n) - 1))
#define IS_ALIGNED(x, n)	(((x) & ((__typeof__(x))(n) - 1)) == 0)
#define DIV_ROUND_UP(x, n)	(((x) + (n) - 1) / (n))

#define PFN_UP(x)	(((x) + 4095) >> 12)
#define PFN_DOWN(x)	((x) >> 12)

#define swap(a, b) do {							\
	__typeof__(a) swap_ = (a);					\
	(a) = (b);							\
	(b) = swap_;							\
} while (0)

#endif
