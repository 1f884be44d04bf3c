/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug keys: from the serial console while it is switched to the hypervisor,
 * and from `xl debug-keys`. Handlers run with interrupts on and no lock held,
 * unless registered for interrupt context.
 */
#ifndef XEN_COMMON_KEYHANDLER_H
#define XEN_COMMON_KEYHANDLER_H

#include <arch/regs.h>
#include <lib/types.h>

/* desc: one line for the 'h' list, not copied. */
void register_keyhandler(char key, void (*fn)(unsigned char key), const char *desc);
/* Called at once, with the interrupted registers (or the caller's). */
void register_irq_keyhandler(char key, void (*fn)(unsigned char key, struct cpu_regs *regs),
			     const char *desc);
void handle_keypress(unsigned char key, struct cpu_regs *regs);
void keyhandler_init(void);

#endif
