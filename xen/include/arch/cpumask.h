/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of physical CPUs. Only the *_atomic forms may race with each other. */
#ifndef XEN_ARCH_CPUMASK_H
#define XEN_ARCH_CPUMASK_H

#include <arch/bitops.h>
#include <arch/layout.h>
#include <lib/bitmap.h>
#include <lib/types.h>

#define CPUMASK_LONGS	BITS_TO_LONGS(MAX_CPUS)
typedef struct { unsigned long bits[CPUMASK_LONGS]; } cpumask_t;

extern u32 nr_cpu_ids;		/* CPU numbers in use are below it */

static inline void cpumask_clear(cpumask_t *m)
{
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		m->bits[i] = 0;
}
static inline void cpumask_setall(cpumask_t *m)
{
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		m->bits[i] = ~0ul;
}
/* Atomic, as CPUs set and clear bits of shared masks. */
static inline void cpumask_set_cpu(u32 cpu, cpumask_t *m) { set_bit(cpu, m->bits); }
static inline void cpumask_clear_cpu(u32 cpu, cpumask_t *m) { clear_bit(cpu, m->bits); }
static inline bool cpumask_test_and_set_cpu(u32 cpu, cpumask_t *m) { return test_and_set_bit(cpu, m->bits); }
static inline bool cpumask_test_and_clear_cpu(u32 cpu, cpumask_t *m) { return test_and_clear_bit(cpu, m->bits); }
static inline bool cpumask_test_cpu(u32 cpu, const cpumask_t *m) { return test_bit(cpu, m->bits); }
/* Not atomic: for masks nobody else sees. */
static inline void cpumask_set_cpu_local(u32 cpu, cpumask_t *m) { bitmap_set_bit(m->bits, cpu); }
static inline void cpumask_clear_cpu_local(u32 cpu, cpumask_t *m) { bitmap_clear_bit(m->bits, cpu); }

#define CPUMASK_BINARY_(name, expr)					\
static inline void cpumask_##name(cpumask_t *d, const cpumask_t *a,	\
				  const cpumask_t *b)			\
{									\
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)		\
		d->bits[i] = expr;					\
}
CPUMASK_BINARY_(and, a->bits[i] & b->bits[i])
CPUMASK_BINARY_(or, a->bits[i] | b->bits[i])
CPUMASK_BINARY_(andnot, a->bits[i] & ~b->bits[i])
#undef CPUMASK_BINARY_

static inline void cpumask_copy(cpumask_t *d, const cpumask_t *s) { *d = *s; }
static inline bool cpumask_empty(const cpumask_t *m)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		any |= m->bits[i];
	return !any;
}
static inline bool cpumask_equal(const cpumask_t *a, const cpumask_t *b)
{
	unsigned long diff = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		diff |= a->bits[i] ^ b->bits[i];
	return !diff;
}
static inline bool cpumask_intersects(const cpumask_t *a, const cpumask_t *b)
{
	unsigned long common = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		common |= a->bits[i] & b->bits[i];
	return common;
}
/* All of a is in b. */
static inline bool cpumask_subset(const cpumask_t *a, const cpumask_t *b)
{
	unsigned long extra = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		extra |= a->bits[i] & ~b->bits[i];
	return !extra;
}
static inline u32 cpumask_weight(const cpumask_t *m)
{
	u32 n = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		n += hweight64(m->bits[i]);
	return n;
}
/* The lowest CPU at or above from (first: 0), or MAX_CPUS when there is none. */
static inline u32 cpumask_next_from(u32 from, const cpumask_t *m)
{
	for (u32 i = from / 64; i < CPUMASK_LONGS; i++) {
		unsigned long w = m->bits[i];

		if (i == from / 64)
			w &= ~0ul << (from % 64);
		if (w)
			return i * 64 + lowest_bit(w);
	}
	return MAX_CPUS;
}
static inline u32 cpumask_first(const cpumask_t *m) { return cpumask_next_from(0, m); }
static inline u32 cpumask_next(u32 cpu, const cpumask_t *m) { return cpumask_next_from(cpu + 1, m); }
/* As cpumask_next, going round; MAX_CPUS only when the mask is empty. */
static inline u32 cpumask_cycle(u32 cpu, const cpumask_t *m)
{
	u32 next = cpumask_next(cpu, m);

	return next < MAX_CPUS ? next : cpumask_first(m);
}
static inline cpumask_t cpumask_of(u32 cpu)
{
	cpumask_t m = { { 0 } };

	bitmap_set_bit(m.bits, cpu);
	return m;
}

#define for_each_cpu(cpu, m)						\
	for ((cpu) = cpumask_first(m); (cpu) < MAX_CPUS; (cpu) = cpumask_next(cpu, m))

#endif
