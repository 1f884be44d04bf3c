/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stopping and restarting the machine. Any context; other CPUs are stopped
 * first. reboot=acpi|pci|kbd|triple names the way to try first.
 */
#include <arch/acpi.h>
#include <arch/barrier.h>
#include <arch/desc.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <lib/errno.h>
#include <lib/string.h>

#define RESET_CONTROL_PORT	0xcf9
#define  RESET_SYSTEM		0x02
#define  RESET_CPU		0x04
#define KBD_STATUS		0x64
#define KBD_COMMAND		0x64
#define  KBD_INPUT_FULL		0x02
#define  KBD_PULSE_RESET	0xfe

static const char *const way_name[] = { "acpi", "pci", "kbd", "triple" };
static unsigned int first_way;

static int __init parse_reboot(const char *s)
{
	for (unsigned int i = 0; s && i < ARRAY_SIZE(way_name); i++)
		if (!strcmp(s, way_name[i])) {
			first_way = i;
			return 0;
		}
	return -EINVAL;
}
option_custom("reboot", parse_reboot);

void (*power_off_hook)(void);

static void reset_by_acpi(void)
{
	const struct acpi_address *a = &acpi_info.reset;

	if (!acpi_info.has_reset)
		return;
	if (a->space == 1)
		outb(acpi_info.reset_value, a->address);
	else if (a->space == 2)
		pci_conf_write(0, 0, (a->address >> 32 & 0x1f) << 3 | (a->address >> 16 & 7),
			       a->address & 0xffff, 1, acpi_info.reset_value);
}

static void reset_by_port(void)
{
	u8 v = inb(RESET_CONTROL_PORT) & ~(RESET_SYSTEM | RESET_CPU);

	outb(v | RESET_SYSTEM, RESET_CONTROL_PORT);
	udelay(50);
	outb(v | RESET_SYSTEM | RESET_CPU, RESET_CONTROL_PORT);
}

static void reset_by_keyboard(void)
{
	for (int i = 0; i < 10; i++) {
		for (int spins = 0; spins < 0x10000 && (inb(KBD_STATUS) & KBD_INPUT_FULL); spins++)
			cpu_relax();
		outb(KBD_PULSE_RESET, KBD_COMMAND);
		udelay(50);
	}
}

static void reset_by_triple_fault(void)
{
	static const struct table_pointer no_idt;

	lidt(&no_idt);
	asm volatile ("int3");
}

void machine_restart(unsigned int delay_ms)
{
	static void (*const way[])(void) = {
		reset_by_acpi, reset_by_port, reset_by_keyboard, reset_by_triple_fault,
	};

	local_irq_disable();
	smp_stop_others();
	console_flush();
	mdelay(delay_ms);
	printk("Resetting the machine\n");
	for (unsigned int i = 0; ; i++) {
		way[(first_way + i) % ARRAY_SIZE(way)]();
		mdelay(100);
	}
}

void machine_halt(void)
{
	local_irq_disable();
	smp_stop_others();
	console_flush();
	for (;;)
		halt();
}

void machine_power_off(void)
{
	console_flush();
	if (power_off_hook)
		power_off_hook();
	printk("The machine can be turned off now\n");
	machine_halt();
}
