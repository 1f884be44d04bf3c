/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching a CPU from one vcpu to another. Everything of the vcpu that left
 * is in memory before its is_running is cleared, so another CPU may take it
 * up at once.
 */
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/desc.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/tlb.h>
#include <common/domain.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/time.h>
#include <lib/compiler.h>
#include <pv/cpu_ops.h>
#include <pv/mm.h>
#include <pv/traps.h>


static void save_guest(struct vcpu *v)
{
	struct pv_vcpu *pv = &v->pv;

	v->regs = *guest_regs();
	pv->ds = read_ds();
	pv->es = read_es();
	pv->fs = read_fs();
	pv->gs = read_gs();
	if (!(pv->flags & PV_RING1)) {
		u64 gs = read_gs_base(), shadow = read_shadow_gs_base();

		pv->fs_base = read_fs_base();
		if (pv->flags & PV_KERNEL_MODE) {
			pv->gs_base_kernel = gs;
			pv->gs_base_user = shadow;
		} else {
			pv->gs_base_kernel = shadow;
			pv->gs_base_user = gs;
		}
	}
	if (pv->dr7 & 0xff) {
		write_dr(7, 0x400);
	}
	if (pv->flags & PV_GUEST_TS)
		clts();
	fpu_save(v->xsave_area);
}

/* The failsafe callback tells a kernel that a selector it left behind no longer loads. */
static void failsafe(struct vcpu *v)
{
	struct bounce b = {
		.rip = v->pv.failsafe_entry,
		.cs = v->pv.failsafe_cs,
		.mask_events = v->pv.failsafe_masks,
		.has_selectors = true,
	};

	if (!b.rip) {
		domain_crash(v->domain, "a data selector does not load and there is no failsafe callback");
		return;
	}
	bounce_to_kernel(v, guest_regs(), &b);
}

/* The same in every descriptor table of either ABI. */
static bool is_null_selector(u16 sel)
{
	return !(sel & ~3);
}

void load_guest_segments(struct vcpu *v)
{
	struct pv_vcpu *pv = &v->pv;
	bool ok = true;

	/*
	 * Null is by far the most common for 64-bit code: skip what is loaded already.
	 * Any other may name something else in the table of the guest that left.
	 */
	if (pv->ds != read_ds() || !is_null_selector(pv->ds))
		ok &= load_ds(pv->ds);
	if (pv->es != read_es() || !is_null_selector(pv->es))
		ok &= load_es(pv->es);

	if (pv->flags & PV_RING1) {
		ok &= load_fs(pv->fs);
		ok &= load_gs(pv->gs);
	} else {
		u64 live, shadow;

		if (pv->fs != 0 || read_fs() != 0)
			ok &= load_fs(pv->fs);
		if (pv->gs != 0 || read_gs() != 0)
			ok &= load_gs(pv->gs);
		if (pv->flags & PV_KERNEL_MODE) {
			live = pv->gs_base_kernel;
			shadow = pv->gs_base_user;
		} else {
			live = pv->gs_base_user;
			shadow = pv->gs_base_kernel;
		}
		/* Loading a selector has overwritten the bases: they come last. */
		write_fs_base(pv->fs_base);
		write_gs_base(live);
		write_shadow_gs_base(shadow);
	}
	if (!ok)
		failsafe(v);
}

unsigned long vcpu_real_cr4(const struct vcpu *v)
{
	unsigned long chosen = X86_CR4_TSD | X86_CR4_DE | X86_CR4_FSGSBASE;
	unsigned long cr4 = (host_cr4 & ~chosen) | (v->pv.guest_cr4 & chosen);

	/* A ring-1 kernel is supervisor code to the CPU, and does not expect these of itself. */
	if (v->pv.flags & PV_RING1)
		cr4 &= ~(unsigned long)(X86_CR4_SMEP | X86_CR4_SMAP);
	return cr4;
}

static void load_guest(struct vcpu *v, bool moved)
{
	struct pv_vcpu *pv = &v->pv;
	unsigned long cr4 = vcpu_real_cr4(v);

	if (moved)
		pv_map_reserved_gdt(v, smp_cpu());
	cpumask_set_cpu(smp_cpu(), &v->domain->dirty_cpus);
	*guest_regs() = v->regs;

	/* Bases are written below while the host's CR4 still stands. */
	load_vcpu_root(v);
	flush_tlb_local(FLUSH_TLB | FLUSH_TLB_GLOBAL);
	load_gdt_at(GDT_VIRT(v->id));
	load_guest_ldt(LDT_VIRT(v->id), pv->ldt_entries);
	load_guest_segments(v);
	if (read_cr4() != cr4)
		write_cr4(cr4);

	fpu_restore(v->xsave_area);
	fpu_set_xcr0(pv->xcr0);
	if (pv->flags & PV_GUEST_TS)
		stts();
	if (pv->dr7 & 0xff) {
		pv_load_debug_addresses(v);
		write_dr(7, pv->dr7);
	}
	set_tsc_aux(pv->tsc_aux);
	set_cpuid_faulting(!is_control_domain(v->domain));
}

static void run_guest(void)
{
	resume_guest(cpu_info());
}

void context_switch(struct vcpu *prev, struct vcpu *next)
{
	struct cpu_info *info = cpu_info();
	bool moved;

	if (!prev->is_idle) {
		vcpu_time_switch_out(prev);
		save_guest(prev);
	}
	info->current_vcpu = next;

	if (next->is_idle) {
		load_cr3(virt_to_maddr(idle_root));
		info->root = virt_to_maddr(idle_root);
		flush_tlb_local(FLUSH_TLB | FLUSH_TLB_GLOBAL);
		load_host_gdt();
		load_guest_ldt(0, 0);
		if (read_cr4() != host_cr4)
			write_cr4(host_cr4);
	} else {
		if (read_cr4() != host_cr4)
			write_cr4(host_cr4);
		/* The reserved page of its GDT window names this CPU's TSS. */
		moved = next->pv.reserved_gdt_cpu != info->cpu + 1;
		next->pv.reserved_gdt_cpu = info->cpu + 1;
		load_guest(next, moved);
	}
	if (!prev->is_idle && prev->domain != next->domain)
		cpumask_clear_cpu(info->cpu, &prev->domain->dirty_cpus);

	smp_wmb();
	WRITE_ONCE(prev->is_running, false);
	sched_context_switched(prev, next);
	local_irq_enable();
	if (next->is_idle)
		reset_stack_and_jump(info, startup_cpu_idle_loop);
	vcpu_time_switch_in(next);
	update_runstate_area(next);
	local_irq_disable();
	reset_stack_and_jump(info, run_guest);
}

/* Nothing of a vcpu stays on a CPU that it has left. */
void sync_vcpu_state(struct vcpu *v)
{
	(void)v;
}
