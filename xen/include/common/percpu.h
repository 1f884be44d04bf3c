/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One instance of a variable for each CPU. The linker collects the initial
 * values; CPU 0 uses that copy, others get copies of their own before they
 * start. Another CPU's instance may be read only if its owner allows races.
 */
#ifndef XEN_COMMON_PERCPU_H
#define XEN_COMMON_PERCPU_H

#include <arch/regs.h>
#include <lib/compiler.h>

#define DEFINE_PER_CPU(type, name)					\
	__section(".data.percpu") __typeof__(type) per_cpu__##name
#define DECLARE_PER_CPU(type, name)					\
	extern __typeof__(type) per_cpu__##name

#ifndef PER_CPU_OFFSETS_DEFINED
extern u64 per_cpu_offset[MAX_CPUS];	/* of CPUs that were prepared */
#endif

#define per_cpu(name, cpu)	(*RELOC_HIDE(&per_cpu__##name, per_cpu_offset[cpu]))
#define this_cpu(name)		(*RELOC_HIDE(&per_cpu__##name, cpu_info()->per_cpu_offset))
#define this_cpu_ptr(name)	(&this_cpu(name))

#endif
