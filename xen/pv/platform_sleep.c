// SPDX-License-Identifier: GPL-2.0-only
/*
 * XENPF_enter_acpi_sleep, and turning the machine off: dom0 interprets the
 * firmware's bytecode and tells what to write to the power-management control
 * registers; the hypervisor writes it. Under platform_lock.
 */
#include <arch/acpi.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/console.h>
#include <lib/errno.h>
#include "platform_private.h"

#define PM1_SLEEP_ENABLE	0x2000u
#define ADDRESS_IN_PORTS	1
#define S5			5

static u16 pm1a_value, pm1b_value;

/* SLP_TYP first and SLP_EN with it in a second write, as the specification has it. */
static void write_control(u16 a, u16 b)
{
	const struct acpi_address *pm1a = &acpi_info.pm1a_control, *pm1b = &acpi_info.pm1b_control;

	outw(a & ~PM1_SLEEP_ENABLE, pm1a->address);
	if (pm1b->address)
		outw(b & ~PM1_SLEEP_ENABLE, pm1b->address);
	outw(a | PM1_SLEEP_ENABLE, pm1a->address);
	if (pm1b->address)
		outw(b | PM1_SLEEP_ENABLE, pm1b->address);
}

/* power_off_hook; comes back when the machine is still on. */
static void power_off(void)
{
	local_irq_disable();
	smp_stop_others();
	write_control(pm1a_value, pm1b_value);
	mdelay(500);
	printk(XENLOG_WARNING "The firmware did not turn the machine off\n");
}

static bool have_registers(void)
{
	const struct acpi_address *pm1a = &acpi_info.pm1a_control, *pm1b = &acpi_info.pm1b_control;

	return acpi_info.valid && !acpi_info.hw_reduced &&
	       pm1a->address && pm1a->space == ADDRESS_IN_PORTS &&
	       (!pm1b->address || pm1b->space == ADDRESS_IN_PORTS);
}

/*
 * The control registers' other bits may be anything that dom0 read there. The
 * extended form, for machines without these registers, is not known.
 */
long platform_enter_sleep(const struct xenpf_enter_acpi_sleep *sleep)
{
	if (sleep->flags & XENPF_ACPI_SLEEP_EXTENDED)
		return -EPERM;
	if (sleep->flags || !sleep->sleep_state || sleep->sleep_state > S5)
		return -EINVAL;
	if (sleep->sleep_state != S5 || !have_registers())
		return -EOPNOTSUPP;
	printk("Entering S5: the machine is turned off\n");
	pm1a_value = sleep->val_a;
	pm1b_value = sleep->val_b;
	power_off_hook = power_off;
	machine_power_off();
}
