// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/arch/x86/cpu.c xen/arch/x86/fpu.c xen/pv/cpuid.c
// CFLAGS: -Itests/unit/shim_cpu -Itests/unit/shim -Ixen/include -Iinclude -D__XEN__ -fno-strict-aliasing -ffreestanding
/*
 * What the hypervisor makes of CPUs that the emulator is none of: AVX-512 and
 * where its state lies, told to guests and checked in theirs; and CPUs that can
 * fault on CPUID. The CPUs are tables of what CPUID says on real ones; numbers
 * here are the manuals', not our headers'.
 */
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/msr.h>
#include <arch/regs.h>
#include <arch/time.h>
#include <common/domain.h>
#include <common/percpu.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pv/cpuid.h>
#include <pv/traps.h>

void abort(void) __attribute__((__noreturn__));

#include "check.h"

/* --- CPUs --- */

struct row { u32 leaf, sub; struct cpuid_leaf r; };

/* The first AVX-512 server, which has MPX too: its state leaves the others' further up. */
static const struct row skylake_sp[] = {
	{ 0, 0, { 0x16, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ 1, 0, { 0x50654, 0x00400800, 0x7ffefbff, 0xbfebfbff } },
	{ 7, 0, { 0, 0xd39ffffb, 0x8, 0xbc000400 } },
	{ 13, 0, { 0x2ff, 0xa88, 0xa88, 0 } },
	{ 13, 1, { 0xf, 0xa08, 0x100, 0 } },
	{ 13, 2, { 256, 576, 0, 0 } },
	{ 13, 3, { 64, 960, 0, 0 } },
	{ 13, 4, { 64, 1024, 0, 0 } },
	{ 13, 5, { 64, 1088, 0, 0 } },
	{ 13, 6, { 512, 1152, 0, 0 } },
	{ 13, 7, { 1024, 1664, 0, 0 } },
	{ 13, 8, { 128, 0, 1, 0 } },
	{ 13, 9, { 8, 2688, 0, 0 } },
	{ 0x80000000, 0, { 0x80000008, 0, 0, 0 } },
	{ 0x80000001, 0, { 0, 0, 0x121, 0x2c100800 } },
	{ 0x80000008, 0, { 0x302e, 0, 0, 0 } },
	{ .leaf = ~0u },
};
/* Without MPX nothing is left free. CpuidUserDis is bit 17 of leaf 0x80000021. */
static const struct row zen4[] = {
	{ 0, 0, { 0x10, 0x68747541, 0x444d4163, 0x69746e65 } },
	{ 1, 0, { 0xa10f11, 0x00400800, 0x7efa320b, 0x178bfbff } },
	{ 7, 0, { 1, 0xf1bf97a9, 0x00405fce, 0x10000010 } },
	{ 7, 1, { 0x20, 0, 0, 0 } },
	{ 13, 0, { 0x2e7, 0x988, 0x988, 0 } },
	{ 13, 1, { 0xf, 0x988, 0x1800, 0 } },
	{ 13, 2, { 256, 576, 0, 0 } },
	{ 13, 5, { 64, 832, 0, 0 } },
	{ 13, 6, { 512, 896, 0, 0 } },
	{ 13, 7, { 1024, 1408, 0, 0 } },
	{ 13, 9, { 8, 2432, 0, 0 } },
	{ 0x80000000, 0, { 0x80000028, 0, 0, 0 } },
	{ 0x80000001, 0, { 0xa10f11, 0, 0x75c237ff, 0x2fd3fbff } },
	{ 0x80000008, 0, { 0x3030, 0x791ef257, 0, 0 } },
	{ 0x80000021, 0, { 1u << 17 | 0x4f, 0, 0, 0 } },
	{ .leaf = ~0u },
};

static const struct row *machine;
static struct row changed = { .leaf = ~0u };	/* one row in place of the table's */
struct cpuid_leaf cpuid(u32 leaf, u32 sub)
{
	bool has_subleaves = leaf == 7 || leaf == 13;

	if (changed.leaf == leaf && changed.sub == sub)
		return changed.r;
	for (const struct row *r = machine; r->leaf != ~0u; r++)
		if (r->leaf == leaf && (!has_subleaves || r->sub == sub))
			return r->r;
	return (struct cpuid_leaf){ 0, 0, 0, 0 };
}

/* --- registers --- */

static struct msr { u32 n; u64 v; } msr[8];
static unsigned int nr_msrs, msr_writes;
static u64 xcr0, cr0, cr4;

static struct msr *find(u32 n)
{
	for (unsigned int i = 0; i < nr_msrs; i++)
		if (msr[i].n == n)
			return &msr[i];
	return NULL;
}
static void has_msr(u32 n, u64 v) { msr[nr_msrs++] = (struct msr){ n, v }; }
static u64 value(u32 n) { return find(n) ? find(n)->v : 0xdead; }
int rdmsr_safe(u32 n, u64 *v)
{
	*v = find(n) ? find(n)->v : 0;
	return find(n) ? 0 : -EFAULT;
}
u64 rdmsr(u32 n)
{
	u64 v;

	CHECK(!rdmsr_safe(n, &v));
	return v;
}
void wrmsr(u32 n, u64 v)
{
	CHECK(find(n));
	if (find(n))
		find(n)->v = v;
	msr_writes++;
}
void xsetbv(u32 index, u64 v)
{
	u64 offered = cpuid(13, 0).a | (u64)cpuid(13, 0).d << 32;

	/* #GP: unknown bits, FP off, YMM without SSE, a part of AVX-512. */
	CHECK(!index && !(v & ~offered) && (v & 1) && (!(v & 4) || (v & 2)) &&
	      (!(v & 0xe0) || (v & 0xe4) == 0xe4) && (cr4 & 1u << 18));
	xcr0 = v;
}
unsigned long read_cr3(void) { return 0; }
unsigned long read_cr4(void) { return cr4; }
void write_cr0(unsigned long v) { cr0 = v; }
void write_cr3(unsigned long v) { (void)v; }
void write_cr4(unsigned long v) { cr4 = v; }
void clts(void) { }
void write_dr(unsigned int n, unsigned long v) { (void)n; (void)v; }

/* --- what else these files ask for --- */

u64 per_cpu_offset[MAX_CPUS];
static struct cpu_info info;
struct cpu_info *cpu_info(void) { return &info; }
u32 tsc_khz;
struct tsc_scale tsc_scale;
int parse_bool(const char *s) { (void)s; return -1; }
bool list_option(const char *list, const char *name, char *value, size_t size) { (void)list; (void)name; (void)value; (void)size; return false; }
void printk(const char *fmt, ...) { (void)fmt; }
void panic(const char *fmt, ...) { printf("panic: %s", fmt); abort(); }
void *xzalloc_bytes(size_t bytes) { (void)bytes; return NULL; }
void xfree(void *p) { (void)p; }
void *memchr_inv(const void *s, int c, size_t bytes)
{
	for (const u8 *p = s; bytes--; p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

static struct cpuid_policy policy;
static struct domain guest = { .cpu_policy = &policy };
static struct vcpu vcpu = { .domain = &guest };

static void start(const struct row *m)
{
	machine = m;
	host_policy.nr = 0;
	host_xcr0 = xcr0 = cr4 = msr_writes = 0;
	cpuid_faulting_available = false;
	cpu_identify_boot();
	fpu_init_boot();
	cpuid_policy_init();
	policy = pv_default_policy;
	vcpu.pv.xcr0 = 0;
	vcpu.pv.guest_cr4 = 0;
}
static struct cpuid_leaf told(u32 leaf, u32 sub)
{
	struct cpuid_leaf r;

	guest_cpuid(&vcpu, leaf, sub, true, &r);
	return r;
}

/* --- AVX-512 --- */

#define FP_SSE_AVX	0x07ull
#define ALL		0xe7ull
static u8 area[4096] __aligned(64), image[4096] __aligned(64);

static int import(u64 xstate_bv, u32 bytes)
{
	memset(image, 0, sizeof(image));
	memset(area, 0x5a, sizeof(area));
	memcpy(image + 512, &xstate_bv, 8);
	for (u32 at = 576; at < sizeof(image); at++)
		image[at] = at * 7;
	return fpu_area_import(area, image, bytes);
}

static void check_avx512(const struct row *m, u32 total)
{
	static const struct { u64 xcr0; bool valid; } loads[] = {
		{ 0, false }, { 1, true }, { 2, false }, { 3, true }, { 5, false }, { 7, true }, { ALL, true },
		{ 0xe3, false }, { 0x27, false }, { 0x47, false }, { 0x87, false }, { 0x67, false }, { 0xa7, false },
		{ 0xc7, false }, { 0x2e7, false }, { 0x1f, false }, { 0xff, false }, { ALL | 1ull << 63, false },
		{ 0xe5, false },
	};
	const u32 avx512[] = { 16, 17, 28, 30, 31 };
	u32 word[NR_FEATURE_WORDS];

	start(m);
	CHECK_EQ(host_xcr0, ALL);
	CHECK_EQ(fpu_area_bytes, total);
	has_msr(0xc0000080, 0x500);
	has_msr(0x277, 0x0007040600070406);
	has_msr(0xc0010015, 0);
	has_msr(0xc0000103, 5);
	cpu_init();
	CHECK_EQ(xcr0, ALL);
	CHECK_EQ(value(0x277), 0x050100070406);
	CHECK_EQ(value(0xc0000080) & 0x4901, 0x0901);
	CHECK_EQ(cr4 & 0x350000, 0x350000 & ~(cpuid(7, 0).b & 1u << 7 ? 0 : 1u << 20));

	CHECK_EQ(xstate_size(1), 576);
	CHECK_EQ(xstate_size(3), 576);
	CHECK_EQ(xstate_size(FP_SSE_AVX), 832);
	CHECK_EQ(xstate_size(ALL), total);
	for (unsigned int i = 0; i < ARRAY_SIZE(loads); i++)
		if (xcr0_valid(loads[i].xcr0) != loads[i].valid) {
			printf("XCR0 %#lx is taken for %s\n", loads[i].xcr0, loads[i].valid ? "bad" : "good");
			failures++;
		}

	/* What guests see: the features, and the layout as the CPU has it, without what is not theirs. */
	for (unsigned int i = 0; i < ARRAY_SIZE(avx512); i++)
		CHECK(told(7, 0).b & 1u << avx512[i]);
	cpu_policy_featureset(&policy, word, NR_FEATURE_WORDS);
	CHECK_EQ(word[5], told(7, 0).b);
	CHECK(told(1, 0).c & 1u << 26 && told(1, 0).c & 1u << 27);
	CHECK(!(told(1, 0).c & (1u << 21 | 1u << 24)));
	CHECK_EQ(told(13, 0).a, ALL);
	CHECK_EQ(told(13, 0).d, 0);
	CHECK_EQ(told(13, 0).c, total);
	CHECK_EQ(told(13, 0).b, 576);
	vcpu.pv.xcr0 = FP_SSE_AVX;
	CHECK_EQ(told(13, 0).b, 832);
	vcpu.pv.xcr0 = ALL;
	CHECK_EQ(told(13, 0).b, total);
	for (u32 sub = 2; sub < 64; sub++) {
		bool has = sub < 63 && ALL >> sub & 1;

		CHECK_EQ(told(13, sub).a, has ? cpuid(13, sub).a : 0);
		CHECK_EQ(told(13, sub).b, has ? cpuid(13, sub).b : 0);
		CHECK_EQ(told(13, sub).c, 0);
	}

	/* State from outside: no shorter than what it says is in it, nothing unknown, not compacted. */
	CHECK_EQ(import(ALL, total), 0);
	CHECK(!memcmp(area, image, total));
	CHECK_EQ(import(ALL, total - 1), -EINVAL);
	CHECK_EQ(import(0x27, cpuid(13, 5).b + 64), 0);
	CHECK_EQ(import(0x27, cpuid(13, 5).b + 63), -EINVAL);
	CHECK_EQ(import(0x47, cpuid(13, 6).b + 511), -EINVAL);
	CHECK_EQ(import(0x40, cpuid(13, 6).b + 512), 0);
	CHECK_EQ(import(FP_SSE_AVX, 832), 0);
	CHECK_EQ(area[832], 0);
	CHECK_EQ(import(FP_SSE_AVX, 831), -EINVAL);
	CHECK_EQ(import(0, 576), 0);
	CHECK_EQ(import(0, 575), -EINVAL);
	CHECK_EQ(import(0x200, 4096), -EINVAL);
	CHECK_EQ(import(0x18, 4096), -EINVAL);
	CHECK_EQ(import(1ull << 63, 4096), -EINVAL);
	import(0, 576);
	image[520 + 7] = 0x80;			/* XCOMP_BV: compacted */
	CHECK_EQ(fpu_area_import(area, image, 576), -EINVAL);
}

/* A hypervisor above us may offer a part only; and a CPU with AVX-512 but no AVX state is none. */
static void check_parts_of_avx512(void)
{
	static const u32 offered[] = { 0x2c7, 0x267, 0x2a7, 0x207, 0x2e3 };

	for (unsigned int i = 0; i < ARRAY_SIZE(offered); i++) {
		changed = (struct row){ 13, 0, { offered[i], 0x988, 0x988, 0 } };
		start(zen4);
		CHECK_EQ(host_xcr0, offered[i] & 7);
		CHECK_EQ(told(13, 0).a, offered[i] & 7);
		CHECK_EQ(fpu_area_bytes, offered[i] & 4 ? 832 : 576);
	}
	changed.leaf = ~0u;
}

/* --- faulting on CPUID --- */

static void check_faulting(const struct row *m, u32 n, u64 bit)
{
	const u64 others = 0x2000000f0f0f0aull & ~bit;

	start(m);
	CHECK(cpuid_faulting_available);
	CHECK_EQ(pv_max_policy.platform_info, 1u << 31);
	find(n)->v = others;
	set_cpuid_faulting(false);
	CHECK_EQ(msr_writes, 0);
	set_cpuid_faulting(true);
	CHECK_EQ(value(n), others | bit);
	CHECK_EQ(msr_writes, 1);
	set_cpuid_faulting(true);
	CHECK_EQ(msr_writes, 1);
	set_cpuid_faulting(false);
	CHECK_EQ(value(n), others);
	CHECK_EQ(msr_writes, 2);
}
static void check_no_faulting(const struct row *m)
{
	start(m);
	CHECK(!cpuid_faulting_available && !pv_max_policy.platform_info);
	set_cpuid_faulting(true);
	CHECK_EQ(msr_writes, 0);
}

static void check_cpuid_faulting(void)
{
	/* Intel: MSR_PLATFORM_INFO (0xce) bit 31 tells, MISC_FEATURES_ENABLES (0x140) bit 0 switches. */
	nr_msrs = 0;
	check_no_faulting(skylake_sp);
	has_msr(0xce, ~(1ull << 31));
	has_msr(0x140, 0);
	check_no_faulting(skylake_sp);
	msr[0].v = 1u << 31;
	check_faulting(skylake_sp, 0x140, 1);
	/* AMD: HWCR (0xc0010015) bit 35. Intel's registers, were they there, would mean nothing. */
	has_msr(0xc0010015, 0);
	check_faulting(zen4, 0xc0010015, 1ull << 35);
	CHECK_EQ(value(0x140), 0x2000000f0f0f0aull);
	changed = (struct row){ 0x80000021, 0, { 0xfffdffff, ~0u, ~0u, ~0u } };
	check_no_faulting(zen4);
	/* An older CPU whose leaves end before says nothing by that one. */
	changed = (struct row){ 0x80000000, 0, { 0x80000020, 0, 0, 0 } };
	check_no_faulting(zen4);
	/* Neither vendor's. */
	changed = (struct row){ 0, 0, { 0x10, 0x746e6543, 0x736c7561, 0x48727561 } };
	check_no_faulting(zen4);
	changed.leaf = ~0u;
}

int main(void)
{
	check_avx512(skylake_sp, 2688);
	nr_msrs = 0;
	check_avx512(zen4, 2432);
	check_parts_of_avx512();
	check_cpuid_faulting();
	if (!failures)
		printf("CPUs are used as the manuals have them\n");
	return failures != 0;
}
