/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the hypervisor itself is at fault: what is printed, and how the
 * machine stops. Any context, any lock held.
 */
#ifndef XEN_ARCH_PANIC_H
#define XEN_ARCH_PANIC_H

#include <arch/regs.h>
#include <lib/types.h>

void show_registers(const struct cpu_regs *regs);
void show_stack(const struct cpu_regs *regs);		/* a symbolized call trace */
void show_execution_state(const struct cpu_regs *regs);	/* both and the stack's words */

/* A trap that the hypervisor cannot go on from: describes it and panics. */
void fatal_trap(const struct cpu_regs *regs) __attribute__((__noreturn__));

/* Never return. machine_restart uses the ACPI reset register, the reset
 * control port, the keyboard controller and a triple fault, in that order or
 * as reboot= says, after the delay (ms). */
void machine_restart(unsigned int delay_ms) __attribute__((__noreturn__));
void machine_halt(void) __attribute__((__noreturn__));
void machine_power_off(void) __attribute__((__noreturn__));

/* The command line's noreboot: a crashed machine stays as it is, to be looked at. */
extern bool noreboot;

/* Set by the code that knows how to turn the machine off (ACPI sleep by dom0). */
extern void (*power_off_hook)(void);

/* The guest's state, printed after ours: set by pv code. */
extern void (*panic_guest_hook)(void);

#endif
