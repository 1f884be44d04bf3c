/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory ordering between CPUs and towards devices. */
#ifndef XEN_ARCH_BARRIER_H
#define XEN_ARCH_BARRIER_H

#include <lib/compiler.h>

#define barrier()	compiler_barrier()

/* Against devices and non-temporal stores. */
#define mb()		asm volatile ("mfence" ::: "memory")
#define rmb()		asm volatile ("lfence" ::: "memory")
#define wmb()		asm volatile ("sfence" ::: "memory")

/* Between CPUs: x86 only lets a later load pass an earlier store. */
#define smp_mb()	asm volatile ("lock addl $0, -4(%%rsp)" ::: "memory", "cc")
#define smp_rmb()	barrier()
#define smp_wmb()	barrier()

static inline void cpu_relax(void)
{
	asm volatile ("pause" ::: "memory");
}

/* No later instruction runs, even speculatively, before earlier ones end. */
static inline void block_speculation(void)
{
	asm volatile ("lfence" ::: "memory");
}

#endif
