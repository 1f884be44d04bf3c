/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delivery of traps, events and callbacks to a guest kernel: the frame on its
 * stack and the change of mode. The general form of what pv/entry.S does by
 * hand for the two hottest cases; both must build the same frames.
 */
#include <arch/cpufeature.h>
#include <arch/irqflags.h>
#include <arch/uaccess.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/shared.h>
#include <pv/mm.h>
#include <pv/traps.h>

void toggle_guest_mode(struct vcpu *v)
{
	asm volatile ("swapgs" ::: "memory");
	v->pv.flags ^= PV_KERNEL_MODE;
	load_vcpu_root(v);
}

/* What eflags a frame shows: IF is the virtual one, IOPL is hidden unless the guest asked to see it. */
u32 shown_eflags(const struct vcpu *v, const struct cpu_regs *regs, bool masked)
{
	u32 flags = regs->rflags & ~(X86_EFLAGS_IF | X86_EFLAGS_IOPL);

	if (!masked)
		flags |= X86_EFLAGS_IF;
	return flags | v->pv.shown_iopl;
}

static void bounce_64(struct vcpu *v, struct cpu_regs *regs, const struct bounce *b)
{
	bool from_user = !(v->pv.flags & PV_KERNEL_MODE);
	bool masked = *vcpu_upcall_mask(v) != 0;
	u64 frame[12];
	unsigned int n = 0;
	vaddr_t sp;

	/* Lowest address first. */
	frame[n++] = regs->rcx;
	frame[n++] = regs->r11;
	if (b->has_selectors) {
		frame[n++] = v->pv.ds;
		frame[n++] = v->pv.es;
		frame[n++] = v->pv.fs;
		frame[n++] = v->pv.gs;
	}
	if (b->has_error_code)
		frame[n++] = b->error_code;
	frame[n++] = regs->rip;
	frame[n++] = (from_user ? regs->cs : (regs->cs & ~3u)) | (u64)masked << 32;
	frame[n++] = shown_eflags(v, regs, masked);
	frame[n++] = regs->rsp;
	frame[n++] = regs->ss;

	if (from_user) {
		toggle_guest_mode(v);
		sp = v->pv.kernel_sp;
	} else {
		sp = regs->rsp & ~15ul;
	}
	sp -= n * 8;
	if (!access_ok(sp, n * 8) || copy_to_guest_raw(sp, frame, n * 8)) {
		domain_crash(v->domain, "no kernel stack at %#lx for a trap frame", sp);
		return;
	}
	if (b->mask_events)
		*vcpu_upcall_mask(v) = 1;

	regs->rip = b->rip;
	regs->cs = SEL_RING3_CS64;
	regs->ss = SEL_RING3_DS32;
	regs->rsp = sp;
	regs->rflags &= ~(u64)(X86_EFLAGS_VM | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_TF |
			       X86_EFLAGS_AC | X86_EFLAGS_IOPL);
	regs->rflags |= X86_EFLAGS_IF;
	regs->entry_vector = 0;		/* leave by IRETQ with all registers */
}

void bounce_to_kernel(struct vcpu *v, struct cpu_regs *regs, const struct bounce *b)
{
	if (v->pv.flags & PV_RING1)
		bounce_to_ring1(v, regs, b);
	else
		bounce_64(v, regs, b);
}

static void inject(struct cpu_regs *regs, unsigned int vector, bool has_error_code, u32 error_code)
{
	struct vcpu *v = current;
	const struct pv_trap *t = &v->pv.trap[vector & (PV_NR_TRAPS - 1)];
	struct bounce b = {
		.rip = t->rip,
		.cs = t->cs,
		.mask_events = t->mask_events,
		.has_error_code = has_error_code,
		.error_code = error_code,
	};

	if (!t->cs) {
		domain_crash(v->domain, "trap %u with no handler (error code %#x)", vector, error_code);
		return;
	}
	bounce_to_kernel(v, regs, &b);
}

void inject_trap(struct cpu_regs *regs, unsigned int vector, u32 error_code)
{
	inject(regs, vector, vector < 32 && ((TRAPS_WITH_ERROR_CODE >> vector) & 1), error_code);
}

void inject_interrupt(struct cpu_regs *regs, unsigned int vector)
{
	inject(regs, vector, false, 0);
}

void inject_page_fault(struct cpu_regs *regs, vaddr_t cr2, u32 error_code)
{
	struct vcpu *v = current;

	v->pv.cr2 = cr2;
	if (v->domain->is_32bit)
		((struct vcpu_info_32 *)v->info)->cr2 = cr2;
	else
		v->info->arch.cr2 = cr2;
	/* The guest's kernel runs unprivileged too; it must see the mode it believes in. */
	if (guest_kernel_mode(v, regs))
		error_code &= ~PFEC_USER;
	else
		error_code |= PFEC_USER;
	inject_trap(regs, TRAP_PF, error_code);
}
