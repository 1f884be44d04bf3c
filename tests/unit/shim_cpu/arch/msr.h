/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU's registers are functions of the test. */
#ifndef SHIM_CPU_MSR_H
#define SHIM_CPU_MSR_H

#define rdmsr real_rdmsr
#define wrmsr real_wrmsr
#define read_cr3 real_read_cr3
#define read_cr4 real_read_cr4
#define write_cr0 real_write_cr0
#define write_cr3 real_write_cr3
#define write_cr4 real_write_cr4
#define clts real_clts
#define xsetbv real_xsetbv
#include_next <arch/msr.h>
#undef rdmsr
#undef wrmsr
#undef read_cr3
#undef read_cr4
#undef write_cr0
#undef write_cr3
#undef write_cr4
#undef clts
#undef xsetbv
#undef write_dr

u64 rdmsr(u32 msr);
void wrmsr(u32 msr, u64 v);
unsigned long read_cr3(void);
unsigned long read_cr4(void);
void write_cr0(unsigned long v);
void write_cr3(unsigned long v);
void write_cr4(unsigned long v);
void clts(void);
void xsetbv(u32 index, u64 v);
void write_dr(unsigned int n, unsigned long v);

#endif
