/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUID says is the test's to tell. */
#ifndef SHIM_CPU_CPUFEATURE_H
#define SHIM_CPU_CPUFEATURE_H

#define cpuid(...) real_cpuid(__VA_ARGS__)
#include_next <arch/cpufeature.h>
#undef cpuid

struct cpuid_leaf cpuid(u32 leaf, u32 sub);

#endif
