/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC. Registers are reached through memory (xAPIC) or MSRs
 * (x2APIC). Each CPU touches only its own; sending is done with interrupts off.
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/apic_regs.h>
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/regs.h>
#include <arch/smp.h>
#include <common/cmdline.h>
#include <common/console.h>

#define ICR_WAIT_SPINS	100000

bool x2apic_enabled __ro_after_init;
static void *xapic __ro_after_init;

/* x2apic=: used by default only where the firmware or APIC ids demand it,
 * because devices cannot reach all of it without interrupt remapping. */
static bool x2apic_option __initdata;
option_bool("x2apic", x2apic_option);

u32 apic_read(unsigned int reg)
{
	if (x2apic_enabled)
		return rdmsr(MSR_X2APIC_BASE + (reg >> 4));
	return readl((char *)xapic + reg);
}

void apic_write(unsigned int reg, u32 v)
{
	if (x2apic_enabled)
		wrmsr(MSR_X2APIC_BASE + (reg >> 4), v);
	else
		writel(v, (char *)xapic + reg);
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

u32 apic_id(void)
{
	u32 v = apic_read(APIC_ID);

	return x2apic_enabled ? v : v >> 24;
}

bool apic_in_service(unsigned int vector)
{
	return apic_read(APIC_ISR + (vector / 32) * 0x10) >> (vector % 32) & 1;
}

static void write_icr(u32 dest, u32 low)
{
	unsigned long irq;

	if (x2apic_enabled) {
		/* This MSR write does not wait for earlier stores. */
		mb();
		wrmsr(MSR_X2APIC_BASE + (APIC_ICR >> 4), (u64)dest << 32 | low);
		return;
	}
	irq = local_irq_save_flags();
	for (unsigned int i = 0; i < ICR_WAIT_SPINS && (apic_read(APIC_ICR) & ICR_PENDING); i++)
		cpu_relax();
	apic_write(APIC_ICR_HIGH, dest << 24);
	apic_write(APIC_ICR, low);
	local_irq_restore(irq);
}

void apic_send_ipi(u32 cpu, unsigned int vector)
{
	write_icr(cpu_apic_id[cpu], ICR_FIXED | vector);
}

void apic_send_ipi_mask(const cpumask_t *mask, unsigned int vector)
{
	u32 cpu;

	for_each_cpu(cpu, mask)
		apic_send_ipi(cpu, vector);
}

void apic_send_nmi(u32 cpu)
{
	write_icr(cpu_apic_id[cpu], ICR_NMI);
}

void apic_send_nmi_others(void)
{
	u32 cpu;

	for_each_online_cpu(cpu)
		if (cpu != smp_cpu())
			apic_send_nmi(cpu);
}

void apic_send_init(u32 id)
{
	write_icr(id, ICR_INIT | ICR_LEVEL | ICR_ASSERT);
}

void apic_send_startup(u32 id, paddr_t start)
{
	write_icr(id, ICR_STARTUP | (u32)(start >> 12));
}

static bool __init ids_need_x2apic(void)
{
	for (u32 i = 0; i < acpi_info.nr_cpus; i++)
		if (acpi_info.apic_id[i] > 254)
			return true;
	return false;
}

void __init apic_init_boot(void)
{
	u64 base = rdmsr(MSR_IA32_APICBASE);
	paddr_t pa = base & 0x000ffffffffff000ull;

	if (base & APICBASE_EXTD)
		x2apic_enabled = true;
	else if (cpu_has_x2apic)
		x2apic_enabled = x2apic_option || ids_need_x2apic();
	if (!x2apic_enabled)
		xapic = ioremap(pa, PAGE_SIZE);
	printk(XENLOG_INFO "Local APIC: %s mode\n", x2apic_enabled ? "x2APIC" : "xAPIC");
}

static void enable(void)
{
	u64 base = rdmsr(MSR_IA32_APICBASE), want = base | APICBASE_ENABLE;

	/* x2APIC is reached only from enabled xAPIC, in a second write. */
	if (want != base)
		wrmsr(MSR_IA32_APICBASE, want);
	if (x2apic_enabled && !(base & APICBASE_EXTD))
		wrmsr(MSR_IA32_APICBASE, want | APICBASE_EXTD);
}

void apic_init_cpu(void)
{
	unsigned int max_lvt;

	enable();
	max_lvt = apic_read(APIC_VERSION) >> 16 & 0xff;
	apic_write(APIC_TPR, 0);
	if (!x2apic_enabled) {
		apic_write(APIC_DFR, 0xffffffff);
		apic_write(APIC_LDR, 0);
	}
	apic_write(APIC_SPIV, APIC_SPIV_ENABLE | VECTOR_APIC_SPURIOUS);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	/* The firmware wires NMI to the second pin of every CPU's local APIC. */
	apic_write(APIC_LVT_LINT1, smp_cpu() ? LVT_MASKED : LVT_NMI);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_APIC_TIMER);
	if (max_lvt >= 4)
		apic_write(APIC_LVT_PERF, LVT_MASKED);
	if (max_lvt >= 5)
		apic_write(APIC_LVT_THERMAL, LVT_MASKED);
	if (max_lvt >= 6)
		apic_write(APIC_LVT_CMCI, LVT_MASKED);
	apic_write(APIC_ESR, 0);
	apic_write(APIC_LVT_ERROR, VECTOR_APIC_ERROR);
	/* What was in service when the firmware let go would block us. */
	for (unsigned int vector = 255; vector >= 0x20; vector--)
		if (apic_in_service(vector))
			apic_eoi();
	cpu_apic_id[smp_cpu()] = apic_id();
}

void apic_error_interrupt(void)
{
	u32 esr;

	apic_write(APIC_ESR, 0);
	esr = apic_read(APIC_ESR);
	apic_eoi();
	printk(XENLOG_DEBUG "Local APIC error on CPU %u: %02x\n", smp_cpu(), esr);
}

void apic_spurious_interrupt(void)
{
	/* Not in service: no EOI. */
	printk(XENLOG_DEBUG "Spurious local APIC interrupt on CPU %u\n", smp_cpu());
}
