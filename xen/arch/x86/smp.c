/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making other CPUs do something: function calls by interrupt, a look at
 * their softirqs, and stopping when the machine dies. One call is in flight
 * at a time, under call_lock.
 */
#include <arch/apic.h>
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/irqflags.h>
#include <arch/regs.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/spinlock.h>
#include <lib/bug.h>

cpumask_t cpu_online_mask, cpu_present_mask;
u32 nr_cpu_ids = 1;
u32 cpu_apic_id[MAX_CPUS], cpu_acpi_id[MAX_CPUS];

static DEFINE_SPINLOCK(call_lock);
static struct {
	void (*fn)(void *);
	void *data;
	bool wait;
	cpumask_t pending;	/* have not begun, or with wait not ended */
} call;

u32 cpu_to_core(u32 cpu)
{
	return cpu_apic_id[cpu] / boot_cpu.threads_per_core;
}

u32 cpu_to_socket(u32 cpu)
{
	return cpu_apic_id[cpu] / (boot_cpu.threads_per_core * boot_cpu.cores_per_package);
}

void smp_call_function_interrupt(void)
{
	void (*fn)(void *) = call.fn;
	void *data = call.data;
	bool wait = call.wait;
	u32 cpu = smp_cpu();

	apic_eoi();
	if (!cpumask_test_cpu(cpu, &call.pending))
		return;
	if (wait) {
		fn(data);
		cpumask_clear_cpu(cpu, &call.pending);
	} else {
		cpumask_clear_cpu(cpu, &call.pending);
		fn(data);
	}
}

void smp_call_function_mask(const cpumask_t *mask, void (*fn)(void *), void *data, bool wait)
{
	cpumask_t others;
	unsigned long irq;
	bool self = cpumask_test_cpu(smp_cpu(), mask);

	ASSERT(local_irq_is_enabled());
	cpumask_and(&others, mask, &cpu_online_mask);
	cpumask_clear_cpu_local(smp_cpu(), &others);
	if (!cpumask_empty(&others)) {
		spin_lock(&call_lock);
		call.fn = fn;
		call.data = data;
		call.wait = wait;
		smp_mb();
		cpumask_copy(&call.pending, &others);
		smp_mb();
		apic_send_ipi_mask(&others, VECTOR_CALL_FUNCTION);
	}
	if (self) {
		local_irq_save(irq);
		fn(data);
		local_irq_restore(irq);
	}
	if (cpumask_empty(&others))
		return;
	while (!cpumask_empty(&call.pending)) {
		cpu_relax();
		barrier();
	}
	spin_unlock(&call_lock);
}

void smp_call_function_on(u32 cpu, void (*fn)(void *), void *data, bool wait)
{
	cpumask_t mask = cpumask_of(cpu);

	smp_call_function_mask(&mask, fn, data, wait);
}

/* The interrupt itself is the message: the way out looks at the softirqs. */
void smp_event_check_interrupt(void)
{
	apic_eoi();
}

void smp_send_event_check_cpu(u32 cpu)
{
	apic_send_ipi(cpu, VECTOR_EVENT_CHECK);
}

static void stop_this_cpu(void *unused)
{
	(void)unused;
	local_irq_disable();
	cpumask_clear_cpu(smp_cpu(), &cpu_online_mask);
	for (;;)
		halt();
}

/*
 * The machine is dying: locks may be held by anyone. The call below leaves
 * call_lock aside, and a CPU that does not stop within a moment is left to
 * the NMI, whose handler finds machine_is_stopping set.
 */
static bool machine_is_stopping;

void smp_stop_others(void)
{
	cpumask_t others = cpu_online_mask;

	cpumask_clear_cpu_local(smp_cpu(), &others);
	if (cpumask_empty(&others) || machine_is_stopping)
		return;
	machine_is_stopping = true;
	call.fn = stop_this_cpu;
	call.wait = false;
	smp_mb();
	call.pending = others;
	apic_send_ipi_mask(&others, VECTOR_CALL_FUNCTION);
	for (int i = 0; i < 100 && cpumask_weight(&cpu_online_mask) > 1; i++)
		udelay(1000);
	if (cpumask_weight(&cpu_online_mask) > 1)
		apic_send_nmi_others();
	for (int i = 0; i < 100 && cpumask_weight(&cpu_online_mask) > 1; i++)
		udelay(1000);
}

void smp_stop_by_nmi(void)
{
	if (machine_is_stopping)
		stop_this_cpu(NULL);
}
