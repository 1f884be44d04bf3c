/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * start_hypervisor: from the boot loader's machine to a running dom0, on the
 * boot CPU, one step after the other. The order is the file's whole content:
 * each step may use what the steps above it set up, and nothing else.
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/bios.h>
#include <arch/cpufeature.h>
#include <arch/desc.h>
#include <arch/extable.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/mca.h>
#include <arch/msr_asm.h>
#include <arch/page.h>
#include <arch/regs.h>
#include <arch/setup.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <arch/tlb.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/grant.h>
#include <common/irq.h>
#include <common/keyhandler.h>
#include <common/percpu.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <common/time.h>
#include <common/timer.h>
#include <lib/string.h>
#include <pv/cpuid.h>
#include <pv/dom0.h>
#include <pv/mm.h>

static_assert(CPU_INFO_SIZE == sizeof(struct cpu_info), "boot/head.S leaves room for it");

extern char __per_cpu_start[], __per_cpu_end[], __per_cpu_copy[];

static void __init print_banner(void)
{
	printk(" Xen version %d.%d%s (pvxen " RELEASE ") (gcc " __VERSION__ ") debug=%c\n",
	       XEN_VERSION_MAJOR, XEN_VERSION_MINOR, XEN_VERSION_EXTRA,
#ifdef CONFIG_DEBUG
	       'y'
#else
	       'n'
#endif
	       );
	printk("Bootloader: %s\n", boot_info.loader[0] ? boot_info.loader : "unknown");
	printk("Command line: %s\n", boot_info.cmdline);
}

/* The boot CPU's permanent stack: mapped at its place, with guard pages. */
static void __init prepare_boot_cpu(void)
{
	struct cpu_info *info = cpu_info_of(0);

	if (map_cpu_stacks(0, false))
		panic("No memory for the boot CPU's stack\n");
	*info = *cpu_info();
	info->root = virt_to_maddr(idle_root);
	cpu_gdt_page[0] = maddr_to_mfn(boot_alloc_high(PAGE_SIZE, PAGE_SIZE));
	cpu_compat_gdt_page[0] = maddr_to_mfn(boot_alloc_high(PAGE_SIZE, PAGE_SIZE));
	desc_init_cpu(0);
	idt_init();
}

static void noreturn run_idle(void)
{
	paging_seal();
	paging_free_init();
	startup_cpu_idle_loop();
}

/* The rest, on the permanent stack. */
static void __init noreturn start_on_own_stack(void)
{
	desc_load_cpu();
	console_init_video();
	acpi_init();
	smp_prepare_trampoline();

	frame_alloc_init();
	boot_memory_to_heap();
	paging_heap_ready();

	pic_init();
	apic_init_boot();
	apic_init_cpu();
	timesource_init();
	apic_timer_calibrate();
	smp_enumerate();

	tasklets_init();
	timers_init();
	keyhandler_init();
	domains_init();
	domain_keys_init();
	scheduler_init();
	scheduler_init_cpu(0);
	events_init();
	grant_tables_init();
	pv_mm_init();
	cpuid_policy_init();
	irq_init();
	wallclock_init(cmos_read_time());

	unpack_dom0_kernel(&boot_info);
	local_irq_enable();
	smp_boot_cpus();
	spin_check_interrupts = true;
	timesource_start_checks();
	mca_init();
	console_init_late();

	construct_dom0(&boot_info);
	console_input_to_dom0();
	console_give_up_video();
	console_send_by_timer();
	domain_unpause_by_controller(dom0);
	reset_stack_and_jump(cpu_info(), run_idle);
}

void start_hypervisor(u32 magic, u32 info)
{
	memcpy(__per_cpu_copy, __per_cpu_start, __per_cpu_end - __per_cpu_start);
	boot_info_init(magic, info);
	cmdline_parse(boot_info.cmdline);
	console_init_early();
	print_banner();
	cpu_identify_boot();
	fpu_init_boot();
	apply_alternatives(cpu_has_smap);

	boot_memory_init();
	bios_info_init();
	cpumask_set_cpu(0, &cpu_online_mask);
	paging_init();
	cpu_init();
	prepare_boot_cpu();
	reset_stack_and_jump(cpu_info_of(0), start_on_own_stack);
}
