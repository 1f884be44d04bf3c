/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one-shot timer of the local APIC: by TSC deadline where the CPU can,
 * else by counting down a clock whose rate is measured at boot. Per CPU,
 * interrupts off.
 */
#include <arch/apic.h>
#include <arch/apic_regs.h>
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/msr.h>
#include <arch/time.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/percpu.h>
#include <lib/div.h>

#define CALIBRATION_MS		20
#define MAX_COUNT		0xffffffffu

static u64 count_hz __ro_after_init;		/* after division */
static bool use_deadline __ro_after_init;
static DEFINE_PER_CPU(bool, lvt_is_set);

static bool tdt_option __initdata = true;
option_bool("tdt", tdt_option);

void __init apic_timer_calibrate(void)
{
	u64 start, end;
	u32 before, after;

	use_deadline = cpu_has_tsc_deadline && tdt_option;
	if (use_deadline) {
		printk(XENLOG_INFO "Local APIC timer: TSC deadline\n");
		return;
	}
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	apic_write(APIC_TIMER_INITIAL, MAX_COUNT);
	start = rdtsc_ordered();
	before = apic_read(APIC_TIMER_CURRENT);
	mdelay(CALIBRATION_MS);
	end = rdtsc_ordered();
	after = apic_read(APIC_TIMER_CURRENT);
	apic_write(APIC_TIMER_INITIAL, 0);
	count_hz = muldiv64(before - after, (u64)tsc_khz * 1000, end - start);
	if (!count_hz)
		panic("The local APIC timer does not count\n");
	printk(XENLOG_INFO "Local APIC timer: %lu kHz\n", count_hz / 1000);
}

static void set_lvt(void)
{
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	apic_write(APIC_LVT_TIMER, VECTOR_APIC_TIMER | (use_deadline ? LVT_TIMER_DEADLINE : 0));
	/* In xAPIC mode the store above must be seen before the deadline MSR. */
	mb();
	this_cpu(lvt_is_set) = true;
}

void apic_timer_set(s_time_t deadline)
{
	s_time_t delta;
	u64 count;

	if (!this_cpu(lvt_is_set))
		set_lvt();
	if (use_deadline) {
		wrmsr(MSR_IA32_TSC_DEADLINE, deadline ? s_time_to_tsc(deadline) : 0);
		return;
	}
	if (!deadline) {
		apic_write(APIC_TIMER_INITIAL, 0);
		return;
	}
	delta = deadline - NOW();
	/* Rounded up: early interrupts would only come twice. */
	count = delta > 0 ? muldiv64(delta, count_hz, SECONDS(1)) + 1 : 1;
	apic_write(APIC_TIMER_INITIAL, count > MAX_COUNT ? MAX_COUNT : count);
}
