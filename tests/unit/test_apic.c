// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/arch/x86/apic.c xen/arch/x86/apic_timer.c xen/arch/x86/timesource.c xen/arch/x86/acpi_tables.c xen/lib/bitmap.c xen/lib/div.c
// CFLAGS: -Itests/unit/shim_cpu -Itests/unit/shim -Ixen/include -Iinclude -D__XEN__ -fno-strict-aliasing -ffreestanding
/*
 * The local APIC in the modes that the emulator lacks, on a model of it that is
 * written from the manual: x2APIC by MSR, where a register that is not there or
 * a reserved bit is a fault; the timer by TSC deadline; and CPUs whose TSCs
 * differ. Numbers here are the manual's, not our headers'.
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/apic_regs.h>
#include <arch/boot_info.h>
#include <arch/cpufeature.h>
#include <arch/io.h>
#include <arch/msr.h>
#include <arch/platform_timer.h>
#include <arch/regs.h>
#include <arch/setup.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/percpu.h>
#include <common/softirq.h>
#include <common/timer.h>
#include <lib/string.h>
#include <pthread.h>

void abort(void) __attribute__((__noreturn__));

#include "check.h"

/* --- CPUs: each thread is one, and may be another later --- */

#define CPUS		6
#define AREA_BYTES	16384

u64 per_cpu_offset[MAX_CPUS];
u32 cpu_apic_id[MAX_CPUS], nr_cpu_ids = CPUS;
cpumask_t cpu_online_mask;
struct cpu_data boot_cpu;
static struct cpu_info infos[CPUS];
static __thread u32 me;
static DEFINE_PER_CPU(u64, anchor);

struct cpu_info *cpu_info(void) { return &infos[me]; }

/* Every per-CPU variable is near the anchor. */
static void make_cpus(void)
{
	static u8 area[CPUS][AREA_BYTES] __aligned(64);

	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		infos[cpu].cpu = cpu;
		if (cpu)
			per_cpu_offset[cpu] = ((u64)area[cpu] + AREA_BYTES / 2 -
					       (u64)&per_cpu__anchor) & ~63ull;
		infos[cpu].per_cpu_offset = per_cpu_offset[cpu];
	}
}

/* --- time: a tick count that each look moves on --- */

#define TICKS_PER_LOOK	100
#define PLATFORM_HZ	14318180ull
#define LAPIC_HZ	1000000000ull

static u64 ticks, tsc_hz;
static __thread s64 tsc_ahead;		/* of this CPU */

u64 rdtsc(void)
{
	return __atomic_add_fetch(&ticks, TICKS_PER_LOOK, __ATOMIC_SEQ_CST) + tsc_ahead;
}
u64 rdtsc_ordered(void) { return rdtsc(); }
static u64 to_hz(u64 n, u64 hz) { return (u64)((unsigned __int128)n * hz / tsc_hz); }
static u64 platform_read(void) { return to_hz(rdtsc(), PLATFORM_HZ) & 0xffffffff; }
const struct platform_timer *platform_timer_init(void)
{
	static const struct platform_timer t = { "model", PLATFORM_HZ, 0xffffffff, platform_read };

	return &t;
}

/* --- the local APIC. Offsets are xAPIC's; an x2APIC register is at 0x800 + offset / 16 --- */

static struct {
	u64 base;			/* IA32_APIC_BASE */
	u32 reg[64];
	u64 icr, id, timer_start, deadline;
	unsigned int icr_writes, busy_reads;
} lapic;

static void fault(const char *what, u64 number)
{
	printf("fault: %s %#lx\n", what, number);
	failures++;
}
static bool is_x2apic(void) { return lapic.base & 1u << 10; }

static u32 current_count(void)
{
	u64 gone = to_hz(ticks - lapic.timer_start, LAPIC_HZ / 16);

	return gone < lapic.reg[0x38] ? lapic.reg[0x38] - gone : 0;
}
static void end_of_interrupt(void)
{
	for (int i = 7; i >= 0; i--)
		if (lapic.reg[0x10 + i]) {
			lapic.reg[0x10 + i] &= ~(1u << (31 - __builtin_clz(lapic.reg[0x10 + i])));
			return;
		}
}
static void put(unsigned int n, u32 v)
{
	lapic.reg[n] = v;
	if (n == 0x0b)
		end_of_interrupt();
	else if (n == 0x38)
		lapic.timer_start = ticks;
}

/* What may be written to each register, by the manual's table of x2APIC registers; 0: nothing, or only 0. */
static const struct { u8 n; u64 bits; } writable[] = {
	{ 0x08, 0xff }, { 0x0b, 0 }, { 0x0f, 0x13ff }, { 0x28, 0 }, { 0x2f, 0x107ff },
	{ 0x30, 0xffffffff000ccfff }, { 0x32, 0x700ff }, { 0x33, 0x107ff }, { 0x34, 0x107ff },
	{ 0x35, 0x1a7ff }, { 0x36, 0x1a7ff }, { 0x37, 0x100ff }, { 0x38, 0xffffffff },
	{ 0x3e, 0xb }, { 0x3f, 0xff },
};

static void x2apic_write(unsigned int n, u64 v)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(writable); i++)
		if (writable[i].n == n) {
			if (v & ~writable[i].bits)
				fault("reserved bits in x2APIC register", n);
			if (n == 0x30) {
				lapic.icr = v;
				lapic.icr_writes++;
			} else {
				put(n, v);
			}
			return;
		}
	fault("write of x2APIC register", n);
}
static u64 x2apic_read(unsigned int n)
{
	if (n == 0x02)
		return lapic.id;
	if (n == 0x30)
		return lapic.icr;
	if (n == 0x39)
		return current_count();
	if (n == 0x0b || n == 0x0e || n == 0x31 || n >= 0x3f)
		fault("read of x2APIC register", n);
	return lapic.reg[n & 63];
}

u64 rdmsr(u32 msr)
{
	if (msr == 0x1b)
		return lapic.base;
	if (msr >= 0x800 && msr < 0x840 && is_x2apic())
		return x2apic_read(msr - 0x800);
	fault("read of MSR", msr);
	return 0;
}
void wrmsr(u32 msr, u64 v)
{
	const u64 modes = 3u << 10;
	u64 from = lapic.base & modes, to = v & modes;

	if (msr == 0x1b) {
		/* Not x2APIC without being on, from off, or back. */
		if (to == 1u << 10 || (to == modes && !from) || (from == modes && to == 1u << 11) ||
		    ((v ^ lapic.base) & ~modes))
			fault("change of APIC mode", v);
		lapic.base = v;
	} else if (msr == 0x6e0) {
		/* Not heeded in the timer's other modes. */
		if ((lapic.reg[0x32] & 0x60000) == 0x40000)
			lapic.deadline = v;
		else
			fault("deadline in timer mode", lapic.reg[0x32]);
	} else if (msr >= 0x800 && msr < 0x840 && is_x2apic()) {
		x2apic_write(msr - 0x800, v);
	} else {
		fault("write of MSR", msr);
	}
}

static u8 window[4096];
static u64 window_at;
void *ioremap(paddr_t pa, size_t bytes)
{
	CHECK_EQ(bytes, 4096);
	window_at = pa;
	return window;
}
static unsigned int offset_of(const volatile void *p)
{
	u64 at = (u64)p - (u64)window;

	if (is_x2apic() || !window_at || at >= 0x400 || at % 16)
		fault("memory-mapped APIC access", at);
	return at / 16 & 63;
}
u32 readl(const volatile void *p)
{
	unsigned int n = offset_of(p);

	if (n == 0x02)
		return lapic.id << 24;
	if (n == 0x30)
		return lapic.busy_reads && lapic.busy_reads-- ? 0x1000 : 0;
	return n == 0x39 ? current_count() : lapic.reg[n];
}
void writel(u32 v, volatile void *p)
{
	unsigned int n = offset_of(p);

	put(n, v);
	if (n == 0x30) {
		if (lapic.busy_reads)
			fault("ICR written while busy", v);
		lapic.icr = (u64)lapic.reg[0x31] << 32 | v;
		lapic.icr_writes++;
	}
}

static void power_on(u64 base, u64 id)
{
	memset(&lapic, 0, sizeof(lapic));
	lapic.base = base;
	lapic.id = id;
	lapic.reg[0x03] = 6 << 16 | 0x15;	/* seven local vectors */
	for (unsigned int n = 0x2f; n <= 0x37; n++)
		lapic.reg[n] = 0x10000;
	window_at = 0;
	x2apic_enabled = false;
}

/* --- what else these files ask for --- */

struct boot_info boot_info;
unsigned long shim_ram;
void printk(const char *fmt, ...) { (void)fmt; }
void panic(const char *fmt, ...) { printf("panic: %s", fmt); abort(); }
const void *map_firmware(paddr_t pa, size_t bytes) { (void)bytes; return (const void *)pa; }
void raise_softirq(enum softirq nr) { (void)nr; }
void timer_init(struct timer *t, void (*fn)(void *), void *data, u32 cpu) { (void)t; (void)fn; (void)data; (void)cpu; }
void timer_set(struct timer *t, s_time_t at) { (void)t; (void)at; }
void tlbflush_epoch(void) { }

/* --- ACPI: which CPUs there are --- */

static u8 rsdp[36] __aligned(16), rsdt[36 + 8] __aligned(16), madt[256] __aligned(16);

static void put32(u8 *p, u32 v) { memcpy(p, &v, 4); }
static void finish(u8 *t, const char *signature, u32 bytes)
{
	u8 sum = 0;

	memcpy(t, signature, 4);
	put32(t + 4, bytes);
	t[9] = 0;
	for (u32 i = 0; i < bytes; i++)
		sum += t[i];
	t[9] = -sum;
}
static void read_tables(u32 x2apic_id)
{
	u8 *e = madt + 44, sum = 0;
	u64 root = (u64)rsdt, first = (u64)madt;

	memset(madt, 0, sizeof(madt));
	put32(madt + 36, 0xfee00000);
	/* Type 0: ACPI id, APIC id, flags. */
	memcpy(e, "\0\x08\x07\x04\x01\0\0", 8);
	/* Type 9: two reserved bytes, x2APIC id, flags, ACPI id. The second is not enabled. */
	for (u32 i = 0; i < 2; i++) {
		u8 *x = e + 8 + 16 * i;

		x[0] = 9;
		x[1] = 16;
		put32(x + 4, x2apic_id + i);
		put32(x + 8, !i);
		put32(x + 12, 0x10a + i);
	}
	finish(madt, "APIC", 44 + 8 + 32);
	memcpy(rsdt + 36, &first, 8);
	finish(rsdt, "XSDT", sizeof(rsdt));
	memset(rsdp, 0, sizeof(rsdp));
	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = 2;
	put32(rsdp + 20, sizeof(rsdp));
	memcpy(rsdp + 24, &root, 8);
	for (u32 i = 0; i < 20; i++)
		sum += rsdp[i];
	rsdp[8] = -sum;
	for (u32 i = sum = 0; i < sizeof(rsdp); i++)
		sum += rsdp[i];
	rsdp[32] = -sum;
	boot_info.rsdp = (u64)rsdp;
	memset(&acpi_info, 0, sizeof(acpi_info));
	acpi_init();
}

/* --- checks --- */

#define XAPIC	(0xfee00000ull | 1u << 11)
#define X2APIC	(XAPIC | 1u << 10)
#define BOOT	(1u << 8)

static void check_mode_choice(void)
{
	memset(boot_cpu.feature, 0, sizeof(boot_cpu.feature));
	boot_cpu.feature[FEATURE_1C] = 1u << 21;	/* leaf 1, ECX: x2APIC */
	read_tables(254);
	CHECK_EQ(acpi_info.nr_cpus, 2);
	CHECK_EQ(acpi_info.apic_id[0], 4);
	CHECK_EQ(acpi_info.acpi_id[0], 7);
	CHECK_EQ(acpi_info.apic_id[1], 254);
	CHECK_EQ(acpi_info.acpi_id[1], 0x10a);
	CHECK_EQ(acpi_info.nr_disabled_cpus, 1);
	power_on(XAPIC | BOOT, 0);
	apic_init_boot();
	CHECK(!x2apic_enabled && window_at == 0xfee00000);

	/* 255 addresses all CPUs in the old mode. */
	for (u32 id = 255; id <= 0x12345678; id += 0x12345678 - 255) {
		read_tables(id);
		CHECK_EQ(acpi_info.apic_id[1], id);
		power_on(XAPIC | BOOT, 0);
		apic_init_boot();
		CHECK(x2apic_enabled && !window_at);
	}

	/* Without the feature there is only the old one; left on by the firmware, only the new. */
	boot_cpu.feature[FEATURE_1C] = 1u << 20 | 1u << 22;
	power_on(XAPIC | BOOT, 0);
	apic_init_boot();
	CHECK(!x2apic_enabled);
	boot_cpu.feature[FEATURE_1C] = 1u << 21;
	read_tables(1);
	power_on(X2APIC | BOOT, 0);
	apic_init_boot();
	CHECK(x2apic_enabled && !window_at);
}

/* What a CPU's local vectors are after apic_init_cpu. */
static void check_vectors(bool boot)
{
	CHECK_EQ(lapic.reg[0x08], 0);
	CHECK_EQ(lapic.reg[0x0f], 0x100 | VECTOR_APIC_SPURIOUS);
	CHECK_EQ(lapic.reg[0x2f], 0x10000);
	CHECK_EQ(lapic.reg[0x32], 0x10000 | VECTOR_APIC_TIMER);
	CHECK_EQ(lapic.reg[0x33], 0x10000);
	CHECK_EQ(lapic.reg[0x34], 0x10000);
	CHECK_EQ(lapic.reg[0x35], 0x10000);
	CHECK_EQ(lapic.reg[0x36], boot ? 0x400 : 0x10000);
	CHECK_EQ(lapic.reg[0x37], VECTOR_APIC_ERROR);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(lapic.reg[0x10 + i], 0);
}

static void check_x2apic(void)
{
	static const u64 left_by_firmware[] = { XAPIC, X2APIC, 0xfee00000 };
	cpumask_t mask = { { 0 } };

	boot_cpu.feature[FEATURE_1C] = 1u << 21;
	for (unsigned int i = 0; i < ARRAY_SIZE(left_by_firmware); i++) {
		power_on(X2APIC, 0x12345678);
		apic_init_boot();
		lapic.base = left_by_firmware[i] | (i == 1 ? BOOT : 0);
		lapic.reg[0x11] = 1u << 17;
		lapic.reg[0x17] = 3u << 15;
		me = i == 1 ? 0 : 1;
		apic_init_cpu();
		CHECK_EQ(lapic.base, X2APIC | (i == 1 ? BOOT : 0));
		check_vectors(i == 1);
		CHECK_EQ(apic_id(), 0x12345678);
		CHECK_EQ(cpu_apic_id[me], 0x12345678);
	}
	cpu_apic_id[2] = 0x1ff;
	cpu_apic_id[3] = 0xabcdef01;
	apic_send_ipi(2, 0xfc);
	CHECK_EQ(lapic.icr, 0x1ff000000fc);
	apic_send_ipi(3, 0xfa);
	CHECK_EQ(lapic.icr, 0xabcdef01000000fa);
	apic_send_nmi(3);
	CHECK_EQ(lapic.icr, 0xabcdef0100000400);
	apic_send_init(0x100);
	CHECK_EQ(lapic.icr, 0x1000000c500);
	apic_send_startup(0x100, 0x9a000);
	CHECK_EQ(lapic.icr, 0x1000000069a);
	CHECK_EQ(lapic.icr_writes, 5);
	cpumask_set_cpu(2, &mask);
	cpumask_set_cpu(3, &mask);
	apic_send_ipi_mask(&mask, 0xfb);
	CHECK_EQ(lapic.icr_writes, 7);
	cpu_online_mask = mask;
	cpumask_set_cpu(me, &cpu_online_mask);
	apic_send_nmi_others();
	CHECK_EQ(lapic.icr_writes, 9);

	lapic.reg[0x15] = 1u << 2;
	CHECK(apic_in_service(0xa2) && !apic_in_service(0xa3) && !apic_in_service(0x82));
	apic_eoi();
	CHECK(!apic_in_service(0xa2));
	lapic.reg[0x11] = 1u << 4;
	apic_error_interrupt();
	CHECK(!apic_in_service(0x24));
}

static void check_xapic(void)
{
	power_on(XAPIC, 0x42);
	boot_cpu.feature[FEATURE_1C] = 0;
	apic_init_boot();
	me = 1;
	lapic.reg[0x14] = 1u << 30;
	apic_init_cpu();
	check_vectors(false);
	CHECK_EQ(lapic.reg[0x0e], 0xffffffff);
	CHECK_EQ(cpu_apic_id[1], 0x42);
	cpu_apic_id[2] = 0xfe;
	lapic.busy_reads = 3;
	apic_send_ipi(2, 0xfc);
	CHECK_EQ(lapic.icr, 0xfe000000000000fc);
	apic_send_init(5);
	CHECK_EQ(lapic.icr, 0x050000000000c500);
}

/* An interrupt at that TSC reading is not early, and not a millionth of the way late. */
static void check_deadline(s_time_t from, s_time_t deadline)
{
	s_time_t at = tsc_to_s_time(lapic.deadline), late = at - deadline;

	CHECK(lapic.deadline);
	if (deadline > from && (late < 0 || late > 200 + (deadline - from) / 1000000)) {
		printf("%lu Hz: for %ld ns, at %ld: the interrupt comes at %ld\n", tsc_hz, deadline, from, at);
		failures++;
	}
	if (deadline <= from)
		CHECK(lapic.deadline <= ticks + tsc_ahead);
}

static void check_deadline_timer(bool x2apic)
{
	static const u64 rates[] = { 999999937, 1000000000, 1800003456, 2394454000, 3000000000, 4999123456, 7000000001 };
	static const s_time_t delay[] = { 1, 999, 50000, 1000000, 10000000, 999999999, 3600000000000, 1ll << 50 };

	boot_cpu.feature[FEATURE_1C] = 1u << 21 | 1u << 24;	/* leaf 1, ECX: TSC deadline */
	read_tables(x2apic ? 256 : 1);
	power_on(XAPIC, 4);
	apic_init_boot();
	me = x2apic ? 2 : 3;
	apic_init_cpu();
	for (unsigned int i = 0; i < ARRAY_SIZE(rates); i++) {
		tsc_hz = rates[i];
		timesource_init();
		CHECK(tsc_khz > tsc_hz / 1000 * 0.9999 && tsc_khz < tsc_hz / 1000 * 1.0001);
		apic_timer_calibrate();
		/* Soon after boot, and years later. */
		for (int years = 0; years < 4; years++) {
			for (unsigned int k = 0; k < ARRAY_SIZE(delay); k++) {
				s_time_t now = NOW();

				apic_timer_set(now + delay[k]);
				check_deadline(now, now + delay[k]);
				CHECK_EQ(lapic.reg[0x32], 0x40000 | VECTOR_APIC_TIMER);
			}
			apic_timer_set(1);
			check_deadline(NOW(), 1);
			/* For ever, as a guest can ask: never at once. */
			for (int bit = 57; bit < 63; bit++)
				for (s_time_t less = 0; less < 3; less++) {
					apic_timer_set((1ll << bit) - less);
					CHECK(tsc_to_s_time(lapic.deadline) > NOW() + SECONDS(1000000));
				}
			apic_timer_set(STIME_MAX);
			CHECK(tsc_to_s_time(lapic.deadline) > NOW() + SECONDS(1000000));
			apic_timer_set(0);
			CHECK_EQ(lapic.deadline, 0);
			ticks += tsc_hz * 3600 * 24 * 365;
		}
	}
}

static void check_count_timer(void)
{
	s_time_t now;
	u64 per_ms = LAPIC_HZ / 16 / 1000;

	tsc_hz = 2394454000;
	boot_cpu.feature[FEATURE_1C] = 1u << 23 | 1u << 25;
	read_tables(1);
	power_on(XAPIC, 4);
	apic_init_boot();
	me = 4;
	apic_init_cpu();
	timesource_init();
	apic_timer_calibrate();
	apic_timer_set(NOW() + MILLISECS(10));
	CHECK_EQ(lapic.reg[0x32], VECTOR_APIC_TIMER);
	CHECK_EQ(lapic.reg[0x3e], 3);		/* divide by 16 */
	CHECK(lapic.reg[0x38] > per_ms * 10 * 0.999 && lapic.reg[0x38] < per_ms * 10 * 1.001);
	now = NOW();
	apic_timer_set(now - 1);
	CHECK_EQ(lapic.reg[0x38], 1);
	apic_timer_set(1ll << 62);
	CHECK_EQ(lapic.reg[0x38], 0xffffffff);
	apic_timer_set(0);
	CHECK_EQ(lapic.reg[0x38], 0);
}

/* --- CPUs whose TSCs differ --- */

static s64 apart;
static void *new_cpu(void *unused)
{
	me = 5;
	tsc_ahead = apart;
	timesource_init_cpu();
	return unused;
}
static void check_differing_tscs(void)
{
	static const s64 offsets[] = { 0, 1000, 123456789012, -1000, -123456789012, 50, 1ll << 60 };
	pthread_t thread;

	tsc_hz = 2000000000;
	me = 0;
	timesource_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		s_time_t here, there, off;

		apart = offsets[i];
		if (pthread_create(&thread, NULL, new_cpu, NULL))
			abort();
		timesource_sync_new_cpu();
		pthread_join(thread, NULL);
		here = NOW();
		me = 5;
		tsc_ahead = apart;
		there = NOW();
		me = 0;
		tsc_ahead = 0;
		/* The second look is 50 ns after the first; TSCs less than two looks apart count as the same. */
		off = there - here;
		if (off < 49 || off > 76) {
			printf("TSCs %ld ticks apart: times %ld ns apart\n", apart, off);
			failures++;
		}
	}
}

int main(void)
{
	make_cpus();
	ticks = 1000000007;
	check_mode_choice();
	check_x2apic();
	check_xapic();
	check_deadline_timer(true);
	check_deadline_timer(false);
	check_count_timer();
	check_differing_tscs();
	if (!failures)
		printf("the local APIC and the time are as the manuals have them\n");
	return failures != 0;
}
