/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the local APIC, for the files that implement arch/apic.h. */
#ifndef XEN_ARCH_APIC_REGS_H
#define XEN_ARCH_APIC_REGS_H

#include <lib/types.h>

#define APIC_ID			0x020
#define APIC_VERSION		0x030
#define APIC_TPR		0x080
#define APIC_EOI		0x0b0
#define APIC_LDR		0x0d0
#define APIC_DFR		0x0e0
#define APIC_SPIV		0x0f0
#define  APIC_SPIV_ENABLE	0x100
#define APIC_ISR		0x100
#define APIC_ESR		0x280
#define APIC_LVT_CMCI		0x2f0
#define APIC_ICR		0x300
#define APIC_ICR_HIGH		0x310
#define  ICR_FIXED		0x00000
#define  ICR_NMI		0x00400
#define  ICR_INIT		0x00500
#define  ICR_STARTUP		0x00600
#define  ICR_PENDING		0x01000
#define  ICR_ASSERT		0x04000
#define  ICR_LEVEL		0x08000
#define APIC_LVT_TIMER		0x320
#define  LVT_TIMER_DEADLINE	0x40000
#define APIC_LVT_THERMAL	0x330
#define APIC_LVT_PERF		0x340
#define APIC_LVT_LINT0		0x350
#define APIC_LVT_LINT1		0x360
#define APIC_LVT_ERROR		0x370
#define  LVT_MASKED		0x10000
#define  LVT_NMI		0x00400
#define APIC_TIMER_INITIAL	0x380
#define APIC_TIMER_CURRENT	0x390
#define APIC_TIMER_DIVIDE	0x3e0
#define  TIMER_DIVIDE_16	0x3

u32 apic_read(unsigned int reg);
void apic_write(unsigned int reg, u32 v);

#endif
