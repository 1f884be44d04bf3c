/* SPDX-License-Identifier: GPL-2.0-only */
/* The per-CPU block: each thread of a test is a CPU, and may be several in turn. */
#ifndef SHIM_ARCH_REGS_H
#define SHIM_ARCH_REGS_H

#define cpu_info(...) real_cpu_info(__VA_ARGS__)
#include_next <arch/regs.h>
#undef cpu_info

struct cpu_info *cpu_info(void);

#endif
