/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDMSR and WRMSR of guest kernels. What is not listed does not exist for a
 * guest: #GP, as on a CPU without it. A write to a listed register that the
 * hypervisor owns is dropped when the value is what the guest reads anyway.
 */
#include <arch/cpufeature.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/frame.h>
#include <pv/cpuid.h>
#include <pv/hypercall_page.h>
#include <pv/traps.h>

#define MCG_BANKS		2
#define MSR_HYPERCALL_PAGE	0x40000000	/* as CPUID leaf 0x40000002 names it */

int guest_rdmsr(struct vcpu *v, u32 msr, u64 *value)
{
	struct domain *d = v->domain;

	switch (msr) {
	case MSR_FS_BASE:
		if (d->is_32bit)
			return -1;
		*value = read_fs_base();
		return 0;
	case MSR_GS_BASE:
		if (d->is_32bit)
			return -1;
		*value = read_gs_base();
		return 0;
	case MSR_SHADOW_GS_BASE:
		if (d->is_32bit)
			return -1;
		*value = read_shadow_gs_base();
		return 0;
	case MSR_EFER:
		*value = rdmsr(MSR_EFER) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_FFXSE);
		if (d->is_32bit)
			*value &= ~(u64)(EFER_LME | EFER_LMA);
		return 0;
	case MSR_IA32_CR_PAT:
		*value = XEN_MSR_PAT;
		return 0;
	case MSR_IA32_TSC:
		*value = rdtsc();
		return 0;
	case MSR_IA32_APICBASE:
		*value = rdmsr(MSR_IA32_APICBASE) & ~(u64)APICBASE_EXTD;
		if (v->id != 0)
			*value &= ~(u64)APICBASE_BSP;
		return 0;
	case MSR_IA32_MISC_ENABLE:
		if (rdmsr_safe(msr, value))
			return -1;
		/* No performance monitoring, no MONITOR, no SpeedStep, no xTPR messages. */
		*value &= ~(u64)((1u << 7) | (1u << 18) | (1u << 16));
		*value |= (1u << 11) | (1u << 12) | (1u << 23);
		return 0;
	case MSR_IA32_UCODE_REV:
		return rdmsr_safe(msr, value) ? -1 : 0;
	case MSR_IA32_PLATFORM_ID:
		if (boot_cpu.vendor != VENDOR_INTEL)
			return -1;
		return rdmsr_safe(msr, value) ? -1 : 0;
	case MSR_ARCH_CAPABILITIES:
		if (boot_cpu.vendor != VENDOR_INTEL)
			return -1;
		*value = d->cpu_policy->arch_caps;
		return 0;
	case MSR_INTEL_PLATFORM_INFO:
		*value = d->cpu_policy->platform_info;
		return 0;
	case MSR_IA32_FEATURE_CONTROL:
		if (boot_cpu.vendor != VENDOR_INTEL)
			return -1;
		*value = 1;			/* locked, with nothing on */
		return 0;
	/* What a kernel looks for without asking CPUID first, and finds to be nothing. */
	case MSR_INTEL_MISC_FEATURES_ENABLES:
	case MSR_IA32_PERF_CAPABILITIES:
	case MSR_HYPERCALL_PAGE:
		*value = 0;
		return 0;
	case MSR_K7_EVNTSEL0 ... MSR_K7_PERFCTR3:
	case MSR_K8_TOP_MEM1:
	case MSR_K8_TOP_MEM2:
		if (boot_cpu.vendor != VENDOR_AMD)
			return -1;
		*value = 0;
		return 0;
	/* Counters that count nothing. */
	case MSR_IA32_PERFCTR0 ... MSR_IA32_PERFCTR7:
	case MSR_IA32_EVNTSEL0 ... MSR_IA32_EVNTSEL7:
	case MSR_IA32_FIXED_CTR_CTRL ... MSR_IA32_PERF_GLOBAL_OVF:
	case MSR_IA32_THERM_STATUS:
		if (boot_cpu.vendor != VENDOR_INTEL)
			return -1;
		*value = 0;
		return 0;
	case MSR_IA32_MCG_CAP:
		*value = MCG_BANKS;
		return 0;
	case MSR_IA32_MCG_STATUS:
	case MSR_IA32_MCG_CTL:
		*value = 0;
		return 0;
	case MSR_IA32_MC0_CTL ... MSR_IA32_MC0_CTL + 4 * MCG_BANKS - 1:
		*value = 0;
		return 0;
	case MSR_IA32_PERF_CTL:
	case MSR_IA32_THERM_CONTROL:
	case MSR_IA32_ENERGY_PERF_BIAS:
		*value = 0;
		return 0;
	case MSR_IA32_PERF_STATUS:
		*value = 0;
		return 0;
	case MSR_TSC_AUX:
		if (!cpu_has_rdtscp)
			return -1;
		*value = v->pv.tsc_aux;
		return 0;
	case MSR_K8_HWCR:
		if (boot_cpu.vendor != VENDOR_AMD)
			return -1;
		*value = K8_HWCR_TSC_FREQ_SEL;
		return 0;
	case MSR_AMD64_NB_CFG:
	case MSR_AMD64_SYSCFG:
		if (boot_cpu.vendor != VENDOR_AMD)
			return -1;
		*value = 0;
		return 0;
	case MSR_AMD64_DE_CFG:
		if (boot_cpu.vendor != VENDOR_AMD)
			return -1;
		*value = 1u << 1;		/* LFENCE serializes */
		return 0;
	default:
		return -1;
	}
}

int guest_wrmsr(struct vcpu *v, u32 msr, u64 value)
{
	struct domain *d = v->domain;
	u64 now;

	switch (msr) {
	case MSR_FS_BASE:
		if (d->is_32bit || !is_canonical(value))
			return -1;
		write_fs_base(value);
		return 0;
	case MSR_GS_BASE:
		if (d->is_32bit || !is_canonical(value))
			return -1;
		write_gs_base(value);
		return 0;
	case MSR_SHADOW_GS_BASE:
		if (d->is_32bit || !is_canonical(value))
			return -1;
		write_shadow_gs_base(value);
		v->pv.gs_base_user = value;
		return 0;
	case MSR_HYPERCALL_PAGE:
		return fill_hypercall_page(v, value);
	case MSR_EFER:
		/* Only the values it already has: guests rewrite what they read. */
		if (guest_rdmsr(v, msr, &now))
			return -1;
		return ((value ^ now) & ~(u64)(EFER_SCE | EFER_NX)) ? -1 : 0;
	case MSR_INTEL_MISC_FEATURES_ENABLES:
		return value ? -1 : 0;
	/* Before an Intel CPU tells its microcode's revision, it is to be written a zero. */
	case MSR_IA32_UCODE_REV:
		return boot_cpu.vendor == VENDOR_INTEL && !value ? 0 : -1;
	case MSR_IA32_PERFCTR0 ... MSR_IA32_PERFCTR7:
	case MSR_IA32_EVNTSEL0 ... MSR_IA32_EVNTSEL7:
	case MSR_IA32_FIXED_CTR_CTRL ... MSR_IA32_PERF_GLOBAL_OVF:
	case MSR_K7_EVNTSEL0 ... MSR_K7_PERFCTR3:
	case MSR_IA32_MISC_ENABLE:
	case MSR_AMD64_DE_CFG:
	case MSR_K8_HWCR:
	case MSR_AMD64_SYSCFG:
	case MSR_AMD64_NB_CFG:
		return guest_rdmsr(v, msr, &now) ? -1 : 0;
	case MSR_IA32_MCG_CAP:
	case MSR_IA32_MCG_STATUS:
	case MSR_IA32_MCG_CTL:
	case MSR_IA32_MC0_CTL ... MSR_IA32_MC0_CTL + 4 * MCG_BANKS - 1:
	case MSR_IA32_PERF_CTL:
	case MSR_IA32_THERM_CONTROL:
	case MSR_IA32_ENERGY_PERF_BIAS:
	case MSR_IA32_MPERF:
	case MSR_IA32_APERF:
		return 0;
	case MSR_TSC_AUX:
		if (!cpu_has_rdtscp || value >> 32)
			return -1;
		v->pv.tsc_aux = value;
		set_tsc_aux(value);
		return 0;
	default:
		return -1;
	}
}
