/* SPDX-License-Identifier: GPL-2.0-only */
/* A host process has no interrupts to turn off. */
#ifndef SHIM_ARCH_IRQFLAGS_H
#define SHIM_ARCH_IRQFLAGS_H

#define local_irq_disable real_irq_disable
#define local_irq_enable real_irq_enable
#define local_irq_save_flags real_irq_save_flags
#define local_irq_restore real_irq_restore
#include_next <arch/irqflags.h>
#undef local_irq_disable
#undef local_irq_enable
#undef local_irq_save_flags
#undef local_irq_restore

static inline void local_irq_disable(void) {}
static inline void local_irq_enable(void) {}
static inline unsigned long local_irq_save_flags(void) { return 0; }
static inline void local_irq_restore(unsigned long flags) { (void)flags; }

#endif
