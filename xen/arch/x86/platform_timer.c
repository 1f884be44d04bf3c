/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of known frequency that the TSC is measured against: HPET, ACPI PM
 * timer or the PIT's second channel, the best that there is. Boot CPU, at
 * boot and once a second.
 */
#include <arch/acpi.h>
#include <arch/io.h>
#include <arch/platform_timer.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <lib/string.h>

#define HPET_BYTES		0x400
#define HPET_CAPABILITIES	0x000
#define HPET_CONFIG		0x010
#define  HPET_ENABLE		0x1
#define HPET_COUNTER		0x0f0
#define FEMTOSECONDS		1000000000000000ull
#define HPET_MAX_PERIOD		100000000u	/* femtoseconds: the specification's limit */

#define PM_TIMER_HZ		3579545
#define PIT_HZ			1193182
#define PIT_CHANNEL2		0x42
#define PIT_MODE		0x43
#define  PIT_CH2_RATE		0xb4		/* both bytes, counts from 0 round and round */
#define  PIT_LATCH_CH2		0x80
#define PIT_GATE		0x61

static struct platform_timer timer __ro_after_init;
static void *hpet __ro_after_init;
static u16 pm_port __ro_after_init;

static char wanted[8] __initdata;
option_string("clocksource", wanted);

static u64 read_hpet(void) { return readl((char *)hpet + HPET_COUNTER); }
static u64 read_pm(void) { return inl(pm_port) & timer.mask; }

static u64 read_pit(void)
{
	u8 lo;

	outb(PIT_LATCH_CH2, PIT_MODE);
	lo = inb(PIT_CHANNEL2);
	/* It counts down. */
	return 0xffff & ~(lo | (u16)inb(PIT_CHANNEL2) << 8);
}

static bool __init is_wanted(const char *name)
{
	return !wanted[0] || !strcmp(wanted, name);
}

static bool __init find_hpet(void)
{
	u32 period;

	if (!acpi_info.hpet || !is_wanted("hpet"))
		return false;
	hpet = ioremap(acpi_info.hpet, HPET_BYTES);
	period = readq((char *)hpet + HPET_CAPABILITIES) >> 32;
	if (!period || period > HPET_MAX_PERIOD)
		return false;
	writel(readl((char *)hpet + HPET_CONFIG) | HPET_ENABLE, (char *)hpet + HPET_CONFIG);
	timer = (struct platform_timer){ "HPET", FEMTOSECONDS / period, 0xffffffff, read_hpet };
	return true;
}

static bool __init find_pm_timer(void)
{
	if (!acpi_info.pm_timer.address || acpi_info.pm_timer.space != 1 || !is_wanted("acpi"))
		return false;
	pm_port = acpi_info.pm_timer.address;
	timer = (struct platform_timer){ "ACPI PM timer", PM_TIMER_HZ,
		acpi_info.pm_timer_is_32bit ? 0xffffffff : 0xffffff, read_pm };
	return true;
}

static void __init find_pit(void)
{
	outb((inb(PIT_GATE) & ~0x02) | 0x01, PIT_GATE);
	outb(PIT_CH2_RATE, PIT_MODE);
	outb(0, PIT_CHANNEL2);
	outb(0, PIT_CHANNEL2);
	timer = (struct platform_timer){ "PIT", PIT_HZ, 0xffff, read_pit };
}

const struct platform_timer *__init platform_timer_init(void)
{
	if (!find_hpet() && !find_pm_timer())
		find_pit();
	return &timer;
}
