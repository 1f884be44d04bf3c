/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CPU is, and the control registers and MSRs every CPU runs with.
 * boot_cpu is filled once by the boot CPU; each CPU then sets itself up.
 */
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/msr.h>
#include <arch/regs.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/percpu.h>
#include <lib/errno.h>
#include <lib/string.h>

struct cpu_data boot_cpu __ro_after_init;
unsigned long host_cr4 __ro_after_init;
bool cpuid_faulting_available __ro_after_init;

static bool smep_option __initdata = true;
option_bool("smep", smep_option);
static bool smap_option __initdata = true;
option_bool("smap", smap_option);
static bool xsave_option __initdata = true;
option_bool("xsave", xsave_option);
static bool fsgsbase_option __initdata = true;
option_bool("fsgsbase", fsgsbase_option);
static bool cpuid_faulting_option __initdata = true;
option_bool("cpuid-faulting", cpuid_faulting_option);
static bool rdrand_option __initdata = true, rdseed_option __initdata = true;

/*
 * cpuid=no-rdrand,no-rdseed: some CPUs draw their numbers from a buffer that others can
 * read. The further words of the list, Xen's speculation controls, are neither used
 * here nor offered to guests.
 */
static int __init parse_cpuid(const char *list)
{
	char value[8];

	if (list_option(list, "rdrand", value, sizeof(value)))
		rdrand_option = parse_bool(value) != 0;
	if (list_option(list, "rdseed", value, sizeof(value)))
		rdseed_option = parse_bool(value) != 0;
	return list ? 0 : -EINVAL;
}
option_custom("cpuid", parse_cpuid);

/* Without these no guest of either ABI can run. */
static const unsigned int required[] = {
	X86_FEATURE_FPU, X86_FEATURE_TSC, X86_FEATURE_MSR, X86_FEATURE_PAE, X86_FEATURE_CX8,
	X86_FEATURE_APIC, X86_FEATURE_PGE, X86_FEATURE_PAT, X86_FEATURE_FXSR, X86_FEATURE_SSE,
	X86_FEATURE_SSE2, X86_FEATURE_SYSCALL, X86_FEATURE_NX, X86_FEATURE_LM,
};

static void clear_feature(unsigned int f)
{
	boot_cpu.feature[f / 32] &= ~(1u << (f % 32));
}

static void read_features(u32 *feature)
{
	u32 max = cpuid(0, 0).a, max_ext = cpuid(0x80000000, 0).a;
	struct cpuid_leaf r = cpuid(1, 0);

	memset(feature, 0, NR_FEATURE_WORDS * sizeof(*feature));
	feature[FEATURE_1D] = r.d;
	feature[FEATURE_1C] = r.c;
	if (max >= 7) {
		r = cpuid(7, 0);
		feature[FEATURE_7B0] = r.b;
		feature[FEATURE_7C0] = r.c;
		feature[FEATURE_7D0] = r.d;
		if (r.a >= 1)
			feature[FEATURE_7A1] = cpuid(7, 1).a;
	}
	if (max >= 13)
		feature[FEATURE_DA1] = cpuid(13, 1).a;
	r = cpuid(0x80000001, 0);
	feature[FEATURE_E1D] = r.d;
	feature[FEATURE_E1C] = r.c;
	if (max_ext >= 0x80000007)
		feature[FEATURE_E7D] = cpuid(0x80000007, 0).d;
	if (max_ext >= 0x80000008)
		feature[FEATURE_E8B] = cpuid(0x80000008, 0).b;
	if (max_ext >= 0x80000021)
		feature[FEATURE_E21A] = cpuid(0x80000021, 0).a;
}

static void __init read_identity(struct cpu_data *c)
{
	struct cpuid_leaf r = cpuid(0, 0);
	u32 sig;

	c->max_leaf = r.a;
	memcpy(c->vendor_string, &r.b, 4);
	memcpy(c->vendor_string + 4, &r.d, 4);
	memcpy(c->vendor_string + 8, &r.c, 4);
	if (!strcmp(c->vendor_string, "GenuineIntel"))
		c->vendor = VENDOR_INTEL;
	else if (!strcmp(c->vendor_string, "AuthenticAMD") || !strcmp(c->vendor_string, "HygonGenuine"))
		c->vendor = VENDOR_AMD;
	else
		c->vendor = VENDOR_OTHER;

	r = cpuid(1, 0);
	sig = r.a;
	c->family = sig >> 8 & 15;
	c->model = sig >> 4 & 15;
	c->stepping = sig & 15;
	if (c->family == 15)
		c->family += sig >> 20 & 0xff;
	if (c->family >= 15 || c->family == 6)
		c->model += (sig >> 16 & 15) << 4;
	c->clflush_bytes = (r.b >> 8 & 0xff) * 8;

	c->max_ext_leaf = cpuid(0x80000000, 0).a;
	c->phys_bits = 36;
	c->virt_bits = 48;
	if (c->max_ext_leaf >= 0x80000004)
		for (u32 i = 0; i < 3; i++) {
			r = cpuid(0x80000002 + i, 0);
			memcpy(c->model_name + i * 16, &r, 16);
		}
	if (c->max_ext_leaf >= 0x80000008) {
		r = cpuid(0x80000008, 0);
		c->phys_bits = r.a & 0xff;
		c->virt_bits = r.a >> 8 & 0xff;
	}
}

/* How APIC ids divide into threads, cores and packages. */
static void __init read_topology(struct cpu_data *c)
{
	u32 logical = 1, cores = 1;

	if (cpu_has(X86_FEATURE_HTT))
		logical = cpuid(1, 0).b >> 16 & 0xff;
	if (c->vendor == VENDOR_INTEL && c->max_leaf >= 11 && (cpuid(11, 0).b & 0xffff)) {
		c->threads_per_core = 1u << (cpuid(11, 0).a & 31);
		c->cores_per_package = 1u << ((cpuid(11, 1).a & 31) - (cpuid(11, 0).a & 31));
		return;
	}
	if (c->vendor == VENDOR_INTEL && c->max_leaf >= 4)
		cores = (cpuid(4, 0).a >> 26) + 1;
	else if (c->max_ext_leaf >= 0x80000008)
		cores = (cpuid(0x80000008, 0).c & 0xff) + 1;
	if (!logical)
		logical = 1;
	if (c->vendor == VENDOR_AMD && c->family >= 0x17 && c->max_ext_leaf >= 0x8000001e) {
		c->threads_per_core = (cpuid(0x8000001e, 0).b >> 8 & 0xff) + 1;
		c->cores_per_package = cores / c->threads_per_core;
	} else {
		c->cores_per_package = cores;
		c->threads_per_core = logical > cores ? logical / cores : 1;
	}
	if (!c->cores_per_package)
		c->cores_per_package = 1;
}

static void __init probe_cpuid_faulting(void)
{
	u64 v;

	if (!cpuid_faulting_option)
		return;
	if (boot_cpu.vendor == VENDOR_INTEL)
		cpuid_faulting_available = !rdmsr_safe(MSR_INTEL_PLATFORM_INFO, &v) &&
					   (v & PLATFORM_INFO_CPUID_FAULTING);
	else if (boot_cpu.vendor == VENDOR_AMD)
		/* CpuidUserDis, bit 17 of leaf 0x80000021. */
		cpuid_faulting_available = boot_cpu.feature[FEATURE_E21A] >> 17 & 1;
}

void set_cpuid_faulting(bool on)
{
	u32 msr = boot_cpu.vendor == VENDOR_INTEL ? MSR_INTEL_MISC_FEATURES_ENABLES : MSR_K8_HWCR;
	u64 bit = boot_cpu.vendor == VENDOR_INTEL ? MISC_FEATURES_CPUID_FAULTING :
		  K8_HWCR_CPUID_USER_DIS;
	u64 v;

	if (!cpuid_faulting_available)
		return;
	v = rdmsr(msr);
	if (!(v & bit) != !on)
		wrmsr(msr, on ? v | bit : v & ~bit);
}

static DEFINE_PER_CPU(u32, loaded_tsc_aux);

void set_tsc_aux(u32 value)
{
	if (!cpu_has_rdtscp || this_cpu(loaded_tsc_aux) == value)
		return;
	wrmsr(MSR_TSC_AUX, value);
	this_cpu(loaded_tsc_aux) = value;
}

void __init cpu_identify_boot(void)
{
	struct cpu_data *c = &boot_cpu;

	read_identity(c);
	read_features(c->feature);
	for (unsigned int i = 0; i < ARRAY_SIZE(required); i++)
		if (!cpu_has(required[i]))
			panic("This CPU lacks a feature that guests need: word %u bit %u\n",
			      required[i] / 32, required[i] % 32);
	if (!smep_option)
		clear_feature(X86_FEATURE_SMEP);
	if (!smap_option)
		clear_feature(X86_FEATURE_SMAP);
	if (!xsave_option)
		clear_feature(X86_FEATURE_XSAVE);
	if (!fsgsbase_option)
		clear_feature(X86_FEATURE_FSGSBASE);
	if (!rdrand_option)
		clear_feature(X86_FEATURE_RDRAND);
	if (!rdseed_option)
		clear_feature(X86_FEATURE_RDSEED);
	read_topology(c);
	probe_cpuid_faulting();

	host_cr4 = X86_CR4_PAE | X86_CR4_PGE | X86_CR4_DE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
	if (cpu_has(X86_FEATURE_MCE))
		host_cr4 |= X86_CR4_MCE;
	if (cpu_has_smep)
		host_cr4 |= X86_CR4_SMEP;
	if (cpu_has_smap)
		host_cr4 |= X86_CR4_SMAP;
	if (cpu_has_xsave)
		host_cr4 |= X86_CR4_OSXSAVE;
	if (cpu_has_fsgsbase)
		host_cr4 |= X86_CR4_FSGSBASE;

	printk(XENLOG_INFO "CPU: %s, %s family %#x model %#x stepping %u, %u physical bits\n",
	       c->model_name, c->vendor_string, c->family, c->model, c->stepping, c->phys_bits);
	printk(XENLOG_INFO "CPU: SMEP %s, SMAP %s, FSGSBASE %s, XSAVE %s, 1GB pages %s, CPUID faulting %s\n",
	       cpu_has_smep ? "on" : "off", cpu_has_smap ? "on" : "off",
	       cpu_has_fsgsbase ? "on" : "off", cpu_has_xsave ? "on" : "off",
	       cpu_has_page1gb ? "yes" : "no", cpuid_faulting_available ? "yes" : "no");
}

/* What the boot CPU has and uses must be everywhere. */
static void check_features(void)
{
	u32 feature[NR_FEATURE_WORDS];

	read_features(feature);
	for (unsigned int i = 0; i < NR_FEATURE_WORDS; i++) {
		u32 missing = boot_cpu.feature[i] & ~feature[i];

		/* The APIC bit and OSXSAVE follow the CPU's own set-up. */
		if (i == FEATURE_1C)
			missing &= ~(1u << (X86_FEATURE_OSXSAVE % 32));
		if (missing)
			panic("CPU %u lacks features of the boot CPU: word %u, %08x\n",
			      smp_cpu(), i, missing);
	}
}

void cpu_init(void)
{
	if (smp_cpu())
		check_features();
	write_cr0(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE);
	write_cr4(host_cr4);
	wrmsr(MSR_EFER, (rdmsr(MSR_EFER) & ~(u64)EFER_FFXSE) | EFER_SCE | EFER_NX);
	/* The guest ABI fixes the PAT. Nothing uses its changed entries yet. */
	wrmsr(MSR_IA32_CR_PAT, XEN_MSR_PAT);
	write_cr3(read_cr3());
	set_cpuid_faulting(false);
	fpu_init_cpu();
	write_dr(6, 0xffff0ff0);
	write_dr(7, 0x400);
	if (cpu_has_rdtscp)
		wrmsr(MSR_TSC_AUX, 0);
}

u64 read_fs_base(void)
{
	u64 base;

	if (!(read_cr4() & X86_CR4_FSGSBASE))
		return rdmsr(MSR_FS_BASE);
	asm volatile ("rdfsbase %0" : "=r" (base));
	return base;
}

u64 read_gs_base(void)
{
	u64 base;

	if (!(read_cr4() & X86_CR4_FSGSBASE))
		return rdmsr(MSR_GS_BASE);
	asm volatile ("rdgsbase %0" : "=r" (base));
	return base;
}

void write_fs_base(u64 base)
{
	if (read_cr4() & X86_CR4_FSGSBASE)
		asm volatile ("wrfsbase %0" : : "r" (base));
	else
		wrmsr(MSR_FS_BASE, base);
}

void write_gs_base(u64 base)
{
	if (read_cr4() & X86_CR4_FSGSBASE)
		asm volatile ("wrgsbase %0" : : "r" (base));
	else
		wrmsr(MSR_GS_BASE, base);
}
