/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU that takes an interrupt is a variable of the test. */
#ifndef SHIM_IRQ_REGS_H
#define SHIM_IRQ_REGS_H

#include_next <arch/regs.h>

extern unsigned int shim_cpu;
#undef smp_cpu
#define smp_cpu() shim_cpu

#endif
