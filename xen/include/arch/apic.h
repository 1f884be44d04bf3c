/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC, in xAPIC or x2APIC mode behind the same calls, and the
 * one-shot timer in it.
 */
#ifndef XEN_ARCH_APIC_H
#define XEN_ARCH_APIC_H

#include <arch/cpumask.h>
#include <arch/vectors.h>
#include <lib/types.h>

extern bool x2apic_enabled;
/* Ids above 255 exist or x2APIC is on: MSI and I/O APIC targets need remapping. */

void apic_init_boot(void);		/* find it, choose the mode */
void apic_init_cpu(void);		/* this CPU */
void apic_eoi(void);
u32 apic_id(void);			/* of this CPU */
/* True when vector is in service on this CPU (read from ISR). */
bool apic_in_service(unsigned int vector);

void apic_send_ipi(u32 cpu, unsigned int vector);
void apic_send_ipi_mask(const cpumask_t *mask, unsigned int vector);	/* not to self unless in mask */
void apic_send_nmi(u32 cpu);
void apic_send_nmi_others(void);
void apic_send_init(u32 apic_id);
void apic_send_startup(u32 apic_id, paddr_t start);	/* start: page-aligned, below 1 MiB */

/*
 * Fire VECTOR_APIC_TIMER on this CPU at deadline (system time, ns), or a
 * little after; at once when it is past. 0 turns the timer off. Interrupts off.
 */
void apic_timer_set(s_time_t deadline);
void apic_timer_calibrate(void);	/* boot CPU, after the TSC is */

void apic_error_interrupt(void);
void apic_spurious_interrupt(void);

/* For MSI and I/O APIC entries: the destination id of a CPU. */
static inline u32 apic_dest_id(u32 cpu);
extern u32 cpu_apic_id[MAX_CPUS];
static inline u32 apic_dest_id(u32 cpu) { return cpu_apic_id[cpu]; }

void pic_init(void);			/* both 8259s: remapped and masked */
/* A vector of VECTOR_PIC_BASE to VECTOR_PIC_LAST came: acknowledged if it was not spurious. */
void pic_spurious_interrupt(unsigned int vector);

#endif
