/* SPDX-License-Identifier: GPL-2.0-only */
/* Non-maskable interrupts: nmi_interrupt is declared in pv/traps.h. */
#ifndef XEN_ARCH_NMI_H
#define XEN_ARCH_NMI_H

void nmi_init(void);	/* boot: its softirq */

#endif
