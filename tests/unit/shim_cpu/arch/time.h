/* SPDX-License-Identifier: GPL-2.0-only */
/* The time-stamp counter is the test's. */
#ifndef SHIM_CPU_TIME_H
#define SHIM_CPU_TIME_H

#define rdtsc real_rdtsc
#define rdtsc_ordered real_rdtsc_ordered
#include_next <arch/time.h>
#undef rdtsc
#undef rdtsc_ordered

u64 rdtsc(void);
u64 rdtsc_ordered(void);

#endif
