/* SPDX-License-Identifier: GPL-2.0-only */
/* The current vcpu is a variable of the test. */
#ifndef SHIM_EVT_REGS_H
#define SHIM_EVT_REGS_H

#include_next <arch/regs.h>

extern struct vcpu *shim_current;
#undef current
#define current shim_current
#undef smp_cpu
#define smp_cpu() 0u

#endif
