/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The set of CPUs, and making another CPU do something. A CPU that is online
 * stays so until the machine stops.
 */
#ifndef XEN_ARCH_SMP_H
#define XEN_ARCH_SMP_H

#include <arch/cpumask.h>
#include <lib/types.h>

extern cpumask_t cpu_online_mask;	/* running and taking interrupts */
extern cpumask_t cpu_present_mask;	/* found in the ACPI tables */
extern u32 cpu_apic_id[MAX_CPUS];	/* local APIC id of each present CPU */
extern u32 cpu_acpi_id[MAX_CPUS];

#define for_each_online_cpu(cpu)	for_each_cpu(cpu, &cpu_online_mask)
#define num_online_cpus()		cpumask_weight(&cpu_online_mask)
#define cpu_online(cpu)			((cpu) < MAX_CPUS && cpumask_test_cpu(cpu, &cpu_online_mask))

/* Core and package numbers from the APIC id, for topology reports. */
u32 cpu_to_core(u32 cpu);
u32 cpu_to_socket(u32 cpu);

/*
 * Run fn(data) on every CPU of mask that is online, this one included, in
 * interrupt context. wait: return when all have run it. Interrupts must be on
 * when called, and no lock may be held that an interrupt handler takes.
 */
void smp_call_function_mask(const cpumask_t *mask, void (*fn)(void *), void *data, bool wait);
void smp_call_function_on(u32 cpu, void (*fn)(void *), void *data, bool wait);

/* Make CPUs leave the guest or the idle loop and look at their softirqs. */
void smp_send_event_check_cpu(u32 cpu);

/* IPI handlers, called by the interrupt dispatcher; they acknowledge themselves. */
void smp_event_check_interrupt(void);
void smp_call_function_interrupt(void);
void smp_flush_tlb_interrupt(void);

/* Boot: number the CPUs that the ACPI tables list; the boot CPU is 0. */
void smp_enumerate(void);
/* Boot: start all present CPUs up to the command line's maxcpus. */
void smp_boot_cpus(void);
/* Stop all others, for a dying machine: by NMI when they do not answer. */
void smp_stop_others(void);
/* From the NMI handler: stops here if that is what the NMI is for. */
void smp_stop_by_nmi(void);

extern mfn_t cpu_gdt_page[MAX_CPUS];		/* the reserved GDT page for vcpus of the 64-bit ABI */
extern mfn_t cpu_compat_gdt_page[MAX_CPUS];	/* and of the ring-1 ABI */

#endif
