/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CPUs can do. Feature words stand in the order of the public
 * cpufeatureset.h, so a number here is the number there. Filled on the boot
 * CPU; a feature that another CPU lacks stops that CPU from coming up.
 */
#ifndef XEN_ARCH_CPUFEATURE_H
#define XEN_ARCH_CPUFEATURE_H

#include <lib/types.h>

enum feature_word {
	FEATURE_1D, FEATURE_1C, FEATURE_E1D, FEATURE_E1C, FEATURE_DA1,
	FEATURE_7B0, FEATURE_7C0, FEATURE_E7D, FEATURE_E8B, FEATURE_7D0,
	FEATURE_7A1, FEATURE_E21A,
	NR_FEATURE_WORDS
};
#define FEATURE(word, bit)	((word) * 32 + (bit))

#define X86_FEATURE_FPU		FEATURE(FEATURE_1D, 0)
#define X86_FEATURE_VME		FEATURE(FEATURE_1D, 1)
#define X86_FEATURE_DE		FEATURE(FEATURE_1D, 2)
#define X86_FEATURE_PSE		FEATURE(FEATURE_1D, 3)
#define X86_FEATURE_TSC		FEATURE(FEATURE_1D, 4)
#define X86_FEATURE_MSR		FEATURE(FEATURE_1D, 5)
#define X86_FEATURE_PAE		FEATURE(FEATURE_1D, 6)
#define X86_FEATURE_MCE		FEATURE(FEATURE_1D, 7)
#define X86_FEATURE_CX8		FEATURE(FEATURE_1D, 8)
#define X86_FEATURE_APIC	FEATURE(FEATURE_1D, 9)
#define X86_FEATURE_SEP		FEATURE(FEATURE_1D, 11)
#define X86_FEATURE_MTRR	FEATURE(FEATURE_1D, 12)
#define X86_FEATURE_PGE		FEATURE(FEATURE_1D, 13)
#define X86_FEATURE_MCA		FEATURE(FEATURE_1D, 14)
#define X86_FEATURE_PAT		FEATURE(FEATURE_1D, 16)
#define X86_FEATURE_CLFLUSH	FEATURE(FEATURE_1D, 19)
#define X86_FEATURE_FXSR	FEATURE(FEATURE_1D, 24)
#define X86_FEATURE_SSE		FEATURE(FEATURE_1D, 25)
#define X86_FEATURE_SSE2	FEATURE(FEATURE_1D, 26)
#define X86_FEATURE_HTT		FEATURE(FEATURE_1D, 28)
#define X86_FEATURE_PCID	FEATURE(FEATURE_1C, 17)
#define X86_FEATURE_X2APIC	FEATURE(FEATURE_1C, 21)
#define X86_FEATURE_TSC_DEADLINE FEATURE(FEATURE_1C, 24)
#define X86_FEATURE_XSAVE	FEATURE(FEATURE_1C, 26)
#define X86_FEATURE_OSXSAVE	FEATURE(FEATURE_1C, 27)
#define X86_FEATURE_RDRAND	FEATURE(FEATURE_1C, 30)
#define X86_FEATURE_HYPERVISOR	FEATURE(FEATURE_1C, 31)
#define X86_FEATURE_SYSCALL	FEATURE(FEATURE_E1D, 11)
#define X86_FEATURE_NX		FEATURE(FEATURE_E1D, 20)
#define X86_FEATURE_PAGE1GB	FEATURE(FEATURE_E1D, 26)
#define X86_FEATURE_RDTSCP	FEATURE(FEATURE_E1D, 27)
#define X86_FEATURE_LM		FEATURE(FEATURE_E1D, 29)
#define X86_FEATURE_XSAVEOPT	FEATURE(FEATURE_DA1, 0)
#define X86_FEATURE_XSAVEC	FEATURE(FEATURE_DA1, 1)
#define X86_FEATURE_XSAVES	FEATURE(FEATURE_DA1, 3)
#define X86_FEATURE_FSGSBASE	FEATURE(FEATURE_7B0, 0)
#define X86_FEATURE_TSC_ADJUST	FEATURE(FEATURE_7B0, 1)
#define X86_FEATURE_SMEP	FEATURE(FEATURE_7B0, 7)
#define X86_FEATURE_ERMS	FEATURE(FEATURE_7B0, 9)
#define X86_FEATURE_INVPCID	FEATURE(FEATURE_7B0, 10)
#define X86_FEATURE_RDSEED	FEATURE(FEATURE_7B0, 18)
#define X86_FEATURE_SMAP	FEATURE(FEATURE_7B0, 20)
#define X86_FEATURE_CLFLUSHOPT	FEATURE(FEATURE_7B0, 23)
#define X86_FEATURE_UMIP	FEATURE(FEATURE_7C0, 2)
#define X86_FEATURE_PKU		FEATURE(FEATURE_7C0, 3)
#define X86_FEATURE_LA57	FEATURE(FEATURE_7C0, 16)
#define X86_FEATURE_INVARIANT_TSC FEATURE(FEATURE_E7D, 8)
#define X86_FEATURE_IBRSB	FEATURE(FEATURE_7D0, 26)
#define X86_FEATURE_ARCH_CAPS	FEATURE(FEATURE_7D0, 29)

enum cpu_vendor { VENDOR_UNKNOWN, VENDOR_INTEL, VENDOR_AMD, VENDOR_OTHER };

struct cpu_data {
	enum cpu_vendor vendor;
	char vendor_string[13];
	char model_name[49];
	u32 family, model, stepping;
	u32 max_leaf, max_ext_leaf;
	u32 phys_bits, virt_bits;
	u32 clflush_bytes;
	u32 threads_per_core, cores_per_package;	/* of the boot CPU */
	u32 feature[NR_FEATURE_WORDS];
};
extern struct cpu_data boot_cpu;		/* read-only after boot */

static inline bool cpu_has(unsigned int feature)
{
	return (boot_cpu.feature[feature / 32] >> (feature % 32)) & 1;
}
#define cpu_has_nx		cpu_has(X86_FEATURE_NX)
#define cpu_has_page1gb		cpu_has(X86_FEATURE_PAGE1GB)
#define cpu_has_xsave		cpu_has(X86_FEATURE_XSAVE)
#define cpu_has_xsaveopt	cpu_has(X86_FEATURE_XSAVEOPT)
#define cpu_has_xsavec		cpu_has(X86_FEATURE_XSAVEC)
#define cpu_has_fsgsbase	cpu_has(X86_FEATURE_FSGSBASE)
#define cpu_has_smep		cpu_has(X86_FEATURE_SMEP)	/* and not turned off */
#define cpu_has_smap		cpu_has(X86_FEATURE_SMAP)	/* and not turned off */
#define cpu_has_x2apic		cpu_has(X86_FEATURE_X2APIC)
#define cpu_has_tsc_deadline	cpu_has(X86_FEATURE_TSC_DEADLINE)
#define cpu_has_rdtscp		cpu_has(X86_FEATURE_RDTSCP)
#define cpu_has_sep		cpu_has(X86_FEATURE_SEP)

/* CR4 that every CPU runs with outside guests; guests' CR4 is built from it. */
extern unsigned long host_cr4;

/* This CPU: what RDTSCP and RDPID return from now on; no-op without them. */
void set_tsc_aux(u32 value);

/* The CPU can be told to fault on CPUID outside ring 0 (Intel or AMD way). */
extern bool cpuid_faulting_available;
void set_cpuid_faulting(bool on);		/* this CPU; no-op when unavailable */

struct cpuid_leaf { u32 a, b, c, d; };
static inline struct cpuid_leaf cpuid(u32 leaf, u32 sub)
{
	struct cpuid_leaf r;

	asm volatile ("cpuid" : "=a" (r.a), "=b" (r.b), "=c" (r.c), "=d" (r.d)
		      : "0" (leaf), "2" (sub));
	return r;
}

void cpu_identify_boot(void);	/* fills boot_cpu */
void cpu_init(void);		/* this CPU's control registers and MSRs */

#endif
