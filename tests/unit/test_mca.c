// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/arch/x86/mca.c xen/pv/mca.c
// CFLAGS: -Itests/unit/shim_cpu -Itests/unit/shim -Ixen/include -Iinclude -D__XEN__ -fno-strict-aliasing -ffreestanding
/*
 * Errors from a CPU's machine-check banks to dom0's logger: found, told, fetched
 * as the public header has it by dom0 of either ABI, acknowledged, and never
 * more of them than there is room for.
 */
#include <arch/cpufeature.h>
#include <arch/mca.h>
#include <arch/msr.h>
#include <arch/regs.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/percpu.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/arch-x86/xen-mca.h>


#include "check.h"

/* --- the CPU: bank n has its control at MSR 0x400 + 4n, then status, address, the rest --- */

#define BANKS	10
#define VALID	(1ull << 63)
#define UC	(1ull << 61)
#define MISCV	(1ull << 59)
#define ADDRV	(1ull << 58)

static u64 bank[40][4], cap = BANKS | 1u << 8;
static u64 tsc = 1000;
u64 rdtsc(void) { return ++tsc; }
int rdmsr_safe(u32 msr, u64 *v)
{
	u32 n = (msr - 0x400) / 4, reg = msr % 4;

	*v = 0;
	if (msr == 0x179)
		*v = cap;
	else if (msr == 0x17a)
		*v = 7;
	else if (msr >= 0x400 && n < (cap & 0xff) && n < 32)
		*v = bank[n][reg];
	else
		CHECK(!"a register that is not there");
	/* What is not valid is not to be read. */
	CHECK(msr < 0x400 || reg < 2 || bank[n][1] & (reg == 2 ? ADDRV : MISCV));
	return 0;
}
int wrmsr_safe(u32 msr, u64 v)
{
	CHECK(msr >= 0x400 && msr % 4 == 1 && !v);
	bank[(msr - 0x400) / 4 & 31][1] = v;
	return 0;
}

/* --- the rest of the hypervisor --- */

static struct domain dom = { .is_privileged = true };
static struct vcpu vcpu = { .domain = &dom };
static struct cpu_info info = { .cpu = 3, .current_vcpu = &vcpu };
struct cpu_info *cpu_info(void) { return &info; }
struct cpu_data boot_cpu = { .cores_per_package = 4, .threads_per_core = 2 };
u64 per_cpu_offset[MAX_CPUS];
cpumask_t cpu_online_mask = { { 8 } };
u32 nr_cpu_ids = 4, cpu_apic_id[MAX_CPUS] = { 0, 1, 2, 0x123 };
u32 cpu_to_core(u32 cpu) { return cpu + 3; }
u32 cpu_to_socket(u32 cpu) { return cpu + 40; }
struct cpuid_leaf cpuid(u32 leaf, u32 sub) { (void)leaf; (void)sub; return (struct cpuid_leaf){ 0, 0, 0, 0 }; }

static bool locked;
void spin_lock(spinlock_t *l) { (void)l; CHECK(!locked); locked = true; }
void spin_unlock(spinlock_t *l) { (void)l; CHECK(locked); locked = false; }
static s_time_t now = 77, due;
static void (*timer_function)(void *);
s_time_t get_s_time(void) { return now; }
void timer_init(struct timer *t, void (*fn)(void *), void *data, u32 cpu)
{
	(void)t; (void)data;
	CHECK_EQ(cpu, 3);
	timer_function = fn;
}
void timer_set(struct timer *t, s_time_t at) { (void)t; due = at; }
static unsigned int told;
void send_global_virq(u32 virq) { CHECK_EQ(virq, 16); told++; }
void printk(const char *fmt, ...) { (void)fmt; }
size_t strlcpy(char *dst, const char *src, size_t size) { (void)dst; (void)src; return size; }

/* Guest memory below 4 GiB is an array; nothing else is the guest's. */
#define GUEST_BASE	0x10000000ull
static u8 memory[8192];
static void *at(u64 addr, size_t bytes)
{
	return addr >= GUEST_BASE && addr - GUEST_BASE + bytes <= sizeof(memory) ? memory + (addr - GUEST_BASE) : NULL;
}
int copy_to_guest(u64 dst, const void *src, size_t bytes)
{
	CHECK(!locked);
	if (!at(dst, bytes))
		return -EFAULT;
	memcpy(at(dst, bytes), src, bytes);
	return 0;
}
int copy_from_guest(void *dst, u64 src, size_t bytes)
{
	if (!at(src, bytes))
		return -EFAULT;
	memcpy(dst, at(src, bytes), bytes);
	return 0;
}

static void pass_time(void)
{
	CHECK(due > now && due <= now + SECONDS(60));
	now = due;
	timer_function(NULL);
}

/* --- dom0. Offsets are the public header's: flags at 8, id at 16, buffer at 24, in both ABIs --- */

static u64 buffer = GUEST_BASE + 4096, fetched_id;
static u32 answer;
static long call(u32 flags, u64 id)
{
	long ret;
	u32 head[4] = { 1, 0x01ecc003, flags, 0 };

	memset(memory, 0x5a, sizeof(memory));
	memcpy(memory, head, 16);
	memcpy(memory + 16, &id, 8);
	/* A 32-bit pointer has somebody else's bytes behind it. */
	memcpy(memory + 24, &buffer, dom.is_32bit ? 4 : 8);
	ret = do_mca(GUEST_BASE);
	memcpy(&answer, memory + 8, 4);
	memcpy(&fetched_id, memory + 16, 8);
	return ret;
}
static u64 got(u32 offset, u32 bytes)
{
	u64 v = 0;

	memcpy(&v, memory + 4096 + offset, bytes);
	return v;
}
static void expect_nothing(u32 kind)
{
	CHECK_EQ(call(kind, 5), 0);
	CHECK_EQ(answer, 2);
	CHECK_EQ(fetched_id, 0);
	CHECK_EQ(memory[4096], 0x5a);
}
/* The oldest of a kind is that bank's, with this status; acknowledged. */
static void expect(u32 kind, u32 n, u64 status, u64 addr, u64 misc)
{
	u64 id;

	CHECK_EQ(call(kind, 5), 0);
	CHECK_EQ(answer, 0);
	CHECK(fetched_id);
	CHECK_EQ(got(0, 4), 2);			/* entries */
	CHECK_EQ(got(4, 4), 0);
	CHECK_EQ(got(8, 4), 32 << 16 | 0);	/* MC_TYPE_GLOBAL and its size */
	CHECK_EQ(got(12, 2), 0x7ff4);
	CHECK_EQ(got(14, 2), 0xffff);
	CHECK_EQ(got(16, 4), 43);
	CHECK_EQ(got(20, 2), 6 % 4);
	CHECK_EQ(got(22, 2), 0x123 % 2);
	CHECK_EQ(got(24, 4), 0x123);
	CHECK_EQ(got(28, 4), 8 | (status & UC ? 2 : 1));
	CHECK_EQ(got(32, 8), 7);
	CHECK_EQ(got(40, 4), 48 << 16 | 1);	/* MC_TYPE_BANK */
	CHECK_EQ(got(44, 2), n);
	CHECK_EQ(got(46, 2), 0x7ff4);
	CHECK_EQ(got(48, 8), status);
	CHECK_EQ(got(56, 8), addr);
	CHECK_EQ(got(64, 8), misc);
	CHECK_EQ(got(72, 8), 0);
	CHECK(got(80, 8) > 1000 && got(80, 8) <= tsc);
	/* The rest is of nobody's stack; behind the report nothing changes. */
	for (u32 i = 88; i < 768; i++)
		CHECK(!got(i, 1));
	CHECK_EQ(got(768, 1), 0x5a);
	/* It stays until it is acknowledged. */
	id = fetched_id;
	CHECK_EQ(call(kind, 0), 0);
	CHECK_EQ(fetched_id, id);
	CHECK_EQ(call(kind | 4, id + 1000), 0);
	CHECK_EQ(call(kind, 0), 0);
	CHECK_EQ(fetched_id, id);
	CHECK_EQ(call(kind | 4, id), 0);
	CHECK_EQ(answer, 0);
	CHECK_EQ(fetched_id, 0);
}

static void fill(u32 n, u64 status, u64 addr, u64 misc)
{
	bank[n][0] = ~0ull;
	bank[n][1] = status;
	bank[n][2] = addr;
	bank[n][3] = misc;
}

static void check_both_kinds(bool is_32bit)
{
	const u64 plain = VALID | 0x151, full = VALID | MISCV | ADDRV | 0x9f, fatal = VALID | UC | ADDRV | 0x135;

	dom.is_32bit = is_32bit;
	expect_nothing(1);
	expect_nothing(2);
	told = 0;
	pass_time();
	CHECK_EQ(told, 0);
	fill(0, plain, 0x111, 0x222);
	fill(3, fatal, 0x4444000, 0x555);
	fill(5, full & ~VALID, 6, 7);
	fill(9, full, 0x7777040, 0x86);
	pass_time();
	CHECK_EQ(told, 1);
	CHECK(!bank[0][1] && !bank[3][1] && !bank[9][1]);
	/* dom0 did not listen: it is told again, once more and not more often. */
	pass_time();
	CHECK_EQ(told, 2);
	expect(1, 0, plain, 0, 0);
	expect(1, 9, full, 0x7777040, 0x86);
	expect_nothing(1);
	expect(2, 3, fatal, 0x4444000, 0);
	expect_nothing(2);
	pass_time();
	CHECK_EQ(told, 2);
}

static void check_bad_buffers(void)
{
	const u64 good = buffer;

	bank[1][1] = VALID;
	pass_time();
	buffer = 0xffff800000000000ull;
	CHECK_EQ(call(1, 0), -EFAULT);
	buffer = GUEST_BASE + sizeof(memory) - 700;
	CHECK_EQ(call(1, 0), -EFAULT);
	buffer = good;
	dom.is_privileged = false;
	CHECK_EQ(call(1, 0), -EPERM);
	CHECK_EQ(call(5, 1), -EPERM);
	dom.is_privileged = true;
	CHECK_EQ(call(3, 0), -EINVAL);
	CHECK_EQ(call(4, 0), -EINVAL);
	/* Nothing was lost by that. */
	expect(1, 1, VALID, 0, 0);
	expect_nothing(1);
}

/* What has no room stays in its bank, and comes later. */
static void check_full(void)
{
	u32 reports = 0;

	for (u64 round = 1; ; round++) {
		for (u32 n = 0; n < BANKS; n++)
			bank[n][1] = bank[n][1] & VALID ? bank[n][1] : VALID | round << 8;
		pass_time();
		if (bank[BANKS - 1][1])
			break;
		reports += BANKS;
		if (reports > 1000) {
			CHECK(!"bounded");
			break;
		}
	}
	CHECK_EQ(reports, 30);
	CHECK(!bank[0][1] && !bank[1][1] && bank[2][1]);
	for (u32 i = 0; i < 40; i++) {
		expect(1, i % BANKS, VALID | (u64)(i / BANKS + 1) << 8, 0, 0);
		pass_time();
	}
	expect_nothing(1);
}

/* More banks than the registers in a row are for: the first of them. */
static void check_many_banks(void)
{
	cap = 40;
	bank[31][1] = VALID;
	bank[32][1] = VALID;
	pass_time();
	expect(1, 31, VALID, 0, 0);
	CHECK(bank[32][1]);
	cap = 0;
	bank[0][1] = VALID;
	pass_time();
	expect_nothing(1);
}

int main(void)
{
	mca_init();
	CHECK(!timer_function);		/* without the feature there is nothing to look into */
	boot_cpu.feature[FEATURE_1D] = 1u << 7 | 1u << 14;
	mca_init();
	CHECK(timer_function);
	check_both_kinds(false);
	check_both_kinds(true);
	check_bad_buffers();
	dom.is_32bit = false;
	check_bad_buffers();
	check_full();
	check_many_banks();
	if (!failures)
		printf("errors come from the banks to dom0\n");
	return failures != 0;
}
