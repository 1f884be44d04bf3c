/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt flag is a variable of the test. */
#ifndef XEN_ARCH_IRQFLAGS_H
#define XEN_ARCH_IRQFLAGS_H

#include <stdbool.h>

extern bool shim_irqs_on;
static inline void local_irq_disable(void) { shim_irqs_on = false; }
static inline void local_irq_enable(void) { shim_irqs_on = true; }
static inline bool local_irq_is_enabled(void) { return shim_irqs_on; }
static inline unsigned long local_irq_save_flags(void)
{
	unsigned long was = shim_irqs_on;

	shim_irqs_on = false;
	return was;
}
static inline void local_irq_restore(unsigned long flags) { shim_irqs_on = flags; }

#endif
