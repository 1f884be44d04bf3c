/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting the other CPUs, one after the other, while the boot CPU waits.
 * Everything a CPU needs is there before it gets its first instruction.
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/atomic.h>
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/desc.h>
#include <arch/irqflags.h>
#include <arch/page.h>
#include <arch/regs.h>
#include <arch/setup.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <arch/tlb.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/frame.h>
#include <common/percpu.h>
#include <common/sched.h>
#include <common/timer.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/string.h>

#define INIT_WAIT_MS		10
#define STARTUP_WAIT_US		300
#define ALIVE_WAIT_MS		2000
#define ONLINE_WAIT_MS		20000

extern char __per_cpu_start[], __per_cpu_end[], __per_cpu_copy[];
extern const char trampoline_start[], trampoline_words[], trampoline_end[];

u64 per_cpu_offset[MAX_CPUS];

static u32 maxcpus __initdata = MAX_CPUS;
option_uint("maxcpus", maxcpus);
static bool nosmp __initdata;
option_bool("nosmp", nosmp);

static paddr_t trampoline __initdata;

/* What the trampoline's code reads: boot/trampoline.S lays it out. */
struct trampoline {
	u64 stack, target;
	u32 root, alive;
	u32 entry_offset;
	u16 entry_sel;
	u16 gdt_limit;
	u32 gdt_base;
} __packed;

static void add_present(u32 cpu, u32 apic, u32 acpi)
{
	cpu_apic_id[cpu] = apic;
	cpu_acpi_id[cpu] = acpi;
	cpumask_set_cpu(cpu, &cpu_present_mask);
	if (cpu >= nr_cpu_ids)
		nr_cpu_ids = cpu + 1;
}

void __init smp_enumerate(void)
{
	u32 boot_id = apic_id(), cpu = 1;

	add_present(0, boot_id, 0);
	for (u32 i = 0; i < acpi_info.nr_cpus; i++) {
		u32 apic = acpi_info.apic_id[i];

		if (apic == boot_id)
			cpu_acpi_id[0] = acpi_info.acpi_id[i];
		else if (cpu >= MAX_CPUS || (!x2apic_enabled && apic > 254))
			printk(XENLOG_WARNING "CPU with APIC id %#x left out\n", apic);
		else
			add_present(cpu++, apic, acpi_info.acpi_id[i]);
	}
	/* Firmware may have left them in a busy loop: from now on they wait to be started. */
	for_each_cpu(cpu, &cpu_present_mask)
		if (cpu != 0)
			apic_send_init(cpu_apic_id[cpu]);
}

void __init smp_prepare_trampoline(void)
{
	struct trampoline *t;
	char *page;

	trampoline = boot_alloc_real_mode();
	if (!trampoline)
		return;
	page = maddr_to_virt(trampoline);
	memcpy(page, trampoline_start, trampoline_end - trampoline_start);
	t = (struct trampoline *)(page + (trampoline_words - trampoline_start));
	t->root = trampoline_root_init(trampoline);
	t->entry_offset += trampoline;
	t->gdt_base += trampoline;
}

static struct trampoline *__init trampoline_data(void)
{
	return maddr_to_virt(trampoline + (trampoline_words - trampoline_start));
}

static int __init prepare_per_cpu(u32 cpu)
{
	size_t bytes = __per_cpu_end - __per_cpu_start;
	void *area = alloc_xenheap_pages(get_order_from_bytes(bytes), MEMF_zero);

	if (!area)
		return -ENOMEM;
	memcpy(area, __per_cpu_copy, bytes);
	per_cpu_offset[cpu] = (vaddr_t)area - (vaddr_t)__per_cpu_start;
	return 0;
}

static int __init prepare_cpu(u32 cpu)
{
	struct cpu_info *info = cpu_info_of(cpu);
	void *gdt = alloc_xenheap_page(), *compat_gdt = alloc_xenheap_page();

	if (!gdt || !compat_gdt || prepare_per_cpu(cpu) || map_cpu_stacks(cpu, true))
		return -ENOMEM;
	cpu_gdt_page[cpu] = virt_to_mfn(gdt);
	cpu_compat_gdt_page[cpu] = virt_to_mfn(compat_gdt);
	info->cpu = cpu;
	info->per_cpu_offset = per_cpu_offset[cpu];
	info->root = virt_to_maddr(idle_root);
	desc_init_cpu(cpu);
	timers_init_cpu(cpu);
	scheduler_init_cpu(cpu);
	return 0;
}

/* On the new CPU, on its own stack, with the trampoline's root and GDT. */
static void noreturn start_secondary(void)
{
	load_cr3(cpu_info()->root);
	cpu_init();
	desc_load_cpu();
	apic_init_cpu();
	timesource_init_cpu();
	flush_tlb_local(FLUSH_TLB | FLUSH_TLB_GLOBAL);
	cpumask_set_cpu(smp_cpu(), &cpu_online_mask);
	startup_cpu_idle_loop();
}

static bool __init wait_alive(const struct trampoline *t, unsigned int ms)
{
	for (unsigned int i = 0; i < ms * 10; i++) {
		if (READ_ONCE(t->alive))
			return true;
		udelay(100);
	}
	return false;
}

static bool __init wake_cpu(u32 cpu)
{
	struct trampoline *t = trampoline_data();
	u32 id = cpu_apic_id[cpu];

	t->stack = (vaddr_t)cpu_info_of(cpu);
	t->target = (vaddr_t)start_secondary;
	WRITE_ONCE(t->alive, 0);
	smp_mb();
	apic_send_init(id);
	mdelay(INIT_WAIT_MS);
	for (int i = 0; i < 2; i++) {
		apic_send_startup(id, trampoline);
		udelay(STARTUP_WAIT_US);
		if (READ_ONCE(t->alive))
			return true;
	}
	return wait_alive(t, ALIVE_WAIT_MS);
}

static bool __init start_cpu(u32 cpu)
{
	if (prepare_cpu(cpu)) {
		printk(XENLOG_ERR "CPU %u: no memory\n", cpu);
		return false;
	}
	if (!wake_cpu(cpu)) {
		printk(XENLOG_ERR "CPU %u (APIC id %#x) does not answer\n", cpu, cpu_apic_id[cpu]);
		return false;
	}
	timesource_sync_new_cpu();
	for (unsigned int ms = 0; ms < ONLINE_WAIT_MS && !cpu_online(cpu); ms++)
		mdelay(1);
	if (!cpu_online(cpu))
		panic("CPU %u got stuck while starting\n", cpu);
	printk(XENLOG_DEBUG "CPU %u (APIC id %#x) is up\n", cpu, cpu_apic_id[cpu]);
	return true;
}

void __init smp_boot_cpus(void)
{
	u32 cpu;

	if (nosmp || maxcpus == 0)
		maxcpus = 1;
	if (!trampoline && cpumask_weight(&cpu_present_mask) > 1) {
		printk(XENLOG_WARNING "No memory below 1MB to start other CPUs from\n");
		maxcpus = 1;
	}
	for_each_cpu(cpu, &cpu_present_mask) {
		if (cpu == 0)
			continue;
		if (num_online_cpus() >= maxcpus || !start_cpu(cpu))
			cpumask_clear_cpu(cpu, &cpu_present_mask);
	}
	printk("Brought up %u CPUs\n", num_online_cpus());
}
