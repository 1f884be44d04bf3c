/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers and control registers. */
#ifndef XEN_ARCH_MSR_H
#define XEN_ARCH_MSR_H

#include <lib/types.h>

#define MSR_IA32_P5_MC_ADDR	0x00000000
#define MSR_IA32_TSC		0x00000010
#define MSR_IA32_PLATFORM_ID	0x00000017
#define MSR_IA32_APICBASE	0x0000001b
#define  APICBASE_BSP		(1u << 8)
#define  APICBASE_EXTD		(1u << 10)
#define  APICBASE_ENABLE	(1u << 11)
#define MSR_IA32_FEATURE_CONTROL 0x0000003a
#define MSR_IA32_TSC_ADJUST	0x0000003b
#define MSR_SPEC_CTRL		0x00000048
#define MSR_PRED_CMD		0x00000049
#define MSR_IA32_UCODE_REV	0x0000008b
#define MSR_INTEL_PLATFORM_INFO	0x000000ce
#define  PLATFORM_INFO_CPUID_FAULTING (1ull << 31)
#define MSR_IA32_MTRRCAP	0x000000fe
#define MSR_ARCH_CAPABILITIES	0x0000010a
#define MSR_IA32_PERFCTR0	0x000000c1
#define MSR_IA32_PERFCTR7	0x000000c8
#define MSR_IA32_MPERF		0x000000e7
#define MSR_IA32_APERF		0x000000e8
#define MSR_IA32_EVNTSEL0	0x00000186
#define MSR_IA32_EVNTSEL7	0x0000018d
#define MSR_IA32_THERM_STATUS	0x0000019c
#define MSR_IA32_FIXED_CTR_CTRL	0x0000038d
#define MSR_IA32_PERF_GLOBAL_OVF 0x00000390
#define MSR_FLUSH_CMD		0x0000010b
#define MSR_INTEL_MISC_FEATURES_ENABLES 0x00000140
#define MSR_IA32_PERF_CAPABILITIES 0x00000345
#define MSR_K7_EVNTSEL0		0xc0010000
#define MSR_K7_PERFCTR3		0xc0010007
#define MSR_K8_TOP_MEM1		0xc001001a
#define MSR_K8_TOP_MEM2		0xc001001d
#define  MISC_FEATURES_CPUID_FAULTING (1ull << 0)
#define MSR_IA32_SYSENTER_CS	0x00000174
#define MSR_IA32_SYSENTER_ESP	0x00000175
#define MSR_IA32_SYSENTER_EIP	0x00000176
#define MSR_IA32_MCG_CAP	0x00000179
#define MSR_IA32_MCG_STATUS	0x0000017a
#define MSR_IA32_MCG_CTL	0x0000017b
#define MSR_IA32_PERF_STATUS	0x00000198
#define MSR_IA32_PERF_CTL	0x00000199
#define MSR_IA32_THERM_CONTROL	0x0000019a
#define MSR_IA32_MISC_ENABLE	0x000001a0
#define MSR_IA32_ENERGY_PERF_BIAS 0x000001b0
#define MSR_IA32_DEBUGCTL	0x000001d9
#define MSR_IA32_MTRR_PHYSBASE0	0x00000200
#define MSR_IA32_MTRR_FIX64K	0x00000250
#define MSR_IA32_CR_PAT		0x00000277
#define MSR_IA32_MTRR_DEF_TYPE	0x000002ff
#define MSR_IA32_MC0_CTL	0x00000400
#define MSR_IA32_MC0_STATUS	0x00000401
#define MSR_IA32_MC0_ADDR	0x00000402
#define MSR_IA32_MC0_MISC	0x00000403
#define MSR_IA32_TSC_DEADLINE	0x000006e0
#define MSR_X2APIC_BASE		0x00000800
#define MSR_IA32_XSS		0x00000da0
#define MSR_EFER		0xc0000080
#define  EFER_SCE		(1u << 0)
#define  EFER_LME		(1u << 8)
#define  EFER_LMA		(1u << 10)
#define  EFER_NX		(1u << 11)
#define  EFER_SVME		(1u << 12)
#define  EFER_FFXSE		(1u << 14)
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SYSCALL_MASK	0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_SHADOW_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103
#define MSR_AMD64_SYSCFG	0xc0010010
#define MSR_K8_HWCR		0xc0010015
#define  K8_HWCR_TSC_FREQ_SEL	(1ull << 24)
#define  K8_HWCR_CPUID_USER_DIS	(1ull << 35)
#define MSR_AMD64_NB_CFG	0xc001001f
#define MSR_AMD_PSTATE0		0xc0010064
#define MSR_AMD64_DE_CFG	0xc0011029

/* The page attribute table that the guest ABI fixes: entries 0 to 7 are
 * WB, WT, UC-, UC, WC, WP, UC, UC. */
#define XEN_MSR_PAT		0x050100070406ull

#define X86_CR0_PE		0x00000001ul
#define X86_CR0_MP		0x00000002ul
#define X86_CR0_EM		0x00000004ul
#define X86_CR0_TS		0x00000008ul
#define X86_CR0_ET		0x00000010ul
#define X86_CR0_NE		0x00000020ul
#define X86_CR0_WP		0x00010000ul
#define X86_CR0_AM		0x00040000ul
#define X86_CR0_NW		0x20000000ul
#define X86_CR0_CD		0x40000000ul
#define X86_CR0_PG		0x80000000ul

#define X86_CR4_VME		0x00000001ul
#define X86_CR4_PVI		0x00000002ul
#define X86_CR4_TSD		0x00000004ul
#define X86_CR4_DE		0x00000008ul
#define X86_CR4_PSE		0x00000010ul
#define X86_CR4_PAE		0x00000020ul
#define X86_CR4_MCE		0x00000040ul
#define X86_CR4_PGE		0x00000080ul
#define X86_CR4_PCE		0x00000100ul
#define X86_CR4_OSFXSR		0x00000200ul
#define X86_CR4_OSXMMEXCPT	0x00000400ul
#define X86_CR4_UMIP		0x00000800ul
#define X86_CR4_LA57		0x00001000ul
#define X86_CR4_VMXE		0x00002000ul
#define X86_CR4_FSGSBASE	0x00010000ul
#define X86_CR4_PCIDE		0x00020000ul
#define X86_CR4_OSXSAVE		0x00040000ul
#define X86_CR4_SMEP		0x00100000ul
#define X86_CR4_SMAP		0x00200000ul
#define X86_CR4_PKE		0x00400000ul

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile ("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}
static inline void wrmsr(u32 msr, u64 v)
{
	asm volatile ("wrmsr" :: "c" (msr), "a" ((u32)v), "d" ((u32)(v >> 32)) : "memory");
}

/* 0, or -EFAULT when the CPU has no such register (*v is 0 then). */
int rdmsr_safe(u32 msr, u64 *v);
int wrmsr_safe(u32 msr, u64 v);

static inline unsigned long read_cr0(void) { unsigned long v; asm volatile ("mov %%cr0, %0" : "=r" (v)); return v; }
static inline unsigned long read_cr2(void) { unsigned long v; asm volatile ("mov %%cr2, %0" : "=r" (v)); return v; }
static inline unsigned long read_cr3(void) { unsigned long v; asm volatile ("mov %%cr3, %0" : "=r" (v)); return v; }
static inline unsigned long read_cr4(void) { unsigned long v; asm volatile ("mov %%cr4, %0" : "=r" (v)); return v; }
static inline void write_cr0(unsigned long v) { asm volatile ("mov %0, %%cr0" :: "r" (v) : "memory"); }
static inline void write_cr2(unsigned long v) { asm volatile ("mov %0, %%cr2" :: "r" (v) : "memory"); }
static inline void write_cr3(unsigned long v) { asm volatile ("mov %0, %%cr3" :: "r" (v) : "memory"); }
static inline void write_cr4(unsigned long v) { asm volatile ("mov %0, %%cr4" :: "r" (v) : "memory"); }
static inline void clts(void) { asm volatile ("clts" ::: "memory"); }
static inline void stts(void) { write_cr0(read_cr0() | X86_CR0_TS); }
static inline void wbinvd(void) { asm volatile ("wbinvd" ::: "memory"); }

static inline u64 xgetbv(u32 index)
{
	u32 lo, hi;

	asm volatile ("xgetbv" : "=a" (lo), "=d" (hi) : "c" (index));
	return lo | (u64)hi << 32;
}
static inline void xsetbv(u32 index, u64 v)
{
	asm volatile ("xsetbv" :: "c" (index), "a" ((u32)v), "d" ((u32)(v >> 32)) : "memory");
}

/*
 * Segment bases. With CR4.FSGSBASE on the instructions are used, else the
 * MSRs; the caller need not know. The hypervisor itself uses neither base:
 * both live ones belong to the running guest, as does the shadow one.
 */
u64 read_fs_base(void);
u64 read_gs_base(void);
void write_fs_base(u64 base);
void write_gs_base(u64 base);
static inline u64 read_shadow_gs_base(void) { return rdmsr(MSR_SHADOW_GS_BASE); }
static inline void write_shadow_gs_base(u64 base) { wrmsr(MSR_SHADOW_GS_BASE, base); }

#define read_dr(n) ({ unsigned long dr_; asm volatile ("mov %%db" #n ", %0" : "=r" (dr_)); dr_; })
#define write_dr(n, v) asm volatile ("mov %0, %%db" #n :: "r" ((unsigned long)(v)))

#endif
