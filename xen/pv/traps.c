/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * C side of the entry paths: what each exception and interrupt means, from a
 * guest and from the hypervisor itself, and the work done on the way out.
 */
#include <arch/apic.h>
#include <arch/cpufeature.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <arch/uaccess.h>
#include <arch/vectors.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/softirq.h>
#include <common/timer.h>
#include <public/callback.h>
#include <pv/cpu_ops.h>
#include <pv/mm.h>
#include <pv/traps.h>
#include <drivers/serial.h>

void handle_entry(struct cpu_regs *regs);
void handle_ist_entry(struct cpu_regs *regs);
void exit_to_guest_work(struct cpu_regs *regs);
void do_guest_syscall(struct cpu_regs *regs);
void do_guest_syscall32(struct cpu_regs *regs);
void do_guest_sysenter(struct cpu_regs *regs);
void bounce_fault(struct cpu_regs *regs);
void guest_iret_fault(struct cpu_regs *regs);
extern const char guest_iret_refused[];

/* The LDT window of the current vcpu: its pages are filled in when they are first touched. */
static bool fix_ldt_fault(vaddr_t addr)
{
	struct vcpu *v = current;
	vaddr_t base;

	if (v->is_idle)
		return false;
	base = LDT_VIRT(v->id);
	if (addr < base || addr >= base + 16 * PAGE_SIZE)
		return false;
	return pv_map_ldt_page(v, (addr - base) >> PAGE_SHIFT);
}

static void page_fault_guest(struct cpu_regs *regs, vaddr_t cr2)
{
	struct vcpu *v = current;
	u32 code = regs->error_code;

	if (cr2 >= HYPERVISOR_START && cr2 < HYPERVISOR_END) {
		if (fix_ldt_fault(cr2))
			return;
		/* A page of the LDT that is not there, or not of descriptors: the guest knows it by its own address. */
		if (cr2 - LDT_VIRT(v->id) < v->pv.ldt_entries * 8ul)
			cr2 = v->pv.ldt_base + (cr2 - LDT_VIRT(v->id));
		/* Nothing there is the guest's to see, not even whether it is mapped: but for the table that it reads. */
		if (cr2 >= RO_M2P_END)
			code &= ~PFEC_PRESENT;
	} else if ((code & (PFEC_PRESENT | PFEC_WRITE | PFEC_RESERVED)) == (PFEC_PRESENT | PFEC_WRITE) &&
		   guest_kernel_mode(v, regs) &&
		   (v->domain->vmassist & (1u << VMASST_TYPE_writable_pagetables))) {
		if (ptwr_emulate_fault(v, regs, cr2))
			return;
	}
	inject_page_fault(regs, cr2, code);
}

/* rip is behind the INT; where the gate is not the guest's to use, the fault is the INT's own. */
static void software_interrupt(struct cpu_regs *regs, unsigned int vector)
{
	struct vcpu *v = current;
	const struct pv_trap *t = &v->pv.trap[vector];

	if (!t->cs || (!guest_kernel_mode(v, regs) && t->dpl < 3)) {
		regs->rip -= 2;
		inject_trap(regs, TRAP_GP, (vector << 3) | 2);
		return;
	}
	/* INT pushes no error code, whatever the vector is. */
	inject_interrupt(regs, vector);
}

static void general_protection_guest(struct cpu_regs *regs)
{
	u32 code = regs->error_code;

	/*
	 * INT n through a gate that is closed to it: the IDT bit, and a real INT n. The
	 * vector is the instruction's: emulators are known to get it wrong in the error code.
	 */
	if ((code & 3) == 2) {
		const vaddr_t at = guest_linear_ip(current, regs);
		u8 insn[2];

		if (access_ok(at, 2) && !copy_from_guest_raw(insn, at, 2) && insn[0] == 0xcd) {
			regs->rip += 2;
			software_interrupt(regs, insn[1]);
			return;
		}
	} else if (code == 0 && emulate_privileged(regs)) {
		return;
	}
	inject_trap(regs, TRAP_GP, code);
}

static void debug_guest(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	unsigned long dr6 = read_dr(6);

	write_dr(6, 0xffff0ff0ul);
	local_irq_enable();
	v->pv.dr6 = dr6;
	inject_trap(regs, TRAP_DB, 0);
}

static void exception_guest(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	vaddr_t cr2;

	switch (regs->entry_vector) {
	case TRAP_PF:
		cr2 = read_cr2();
		local_irq_enable();
		page_fault_guest(regs, cr2);
		return;
	case TRAP_GP:
		local_irq_enable();
		general_protection_guest(regs);
		return;
	case TRAP_UD:
		local_irq_enable();
		if (!emulate_forced_cpuid(regs))
			inject_trap(regs, TRAP_UD, 0);
		return;
	case TRAP_NM:
		/* Delivering it clears the guest's TS: its handler need not ask for that. */
		clts();
		local_irq_enable();
		if (v->pv.flags & PV_GUEST_TS) {
			v->pv.flags &= ~PV_GUEST_TS;
			inject_trap(regs, TRAP_NM, 0);
		}
		return;
	case TRAP_DB:
		debug_guest(regs);
		return;
	case TRAP_NMI:
		nmi_interrupt(regs);
		return;
	default:
		local_irq_enable();
		inject_trap(regs, regs->entry_vector, regs->error_code);
		return;
	}
}

static void exception_hypervisor(struct cpu_regs *regs)
{
	vaddr_t fixup;

	if (regs->entry_vector == TRAP_PF && fix_ldt_fault(read_cr2()))
		return;
	if (regs->entry_vector == TRAP_NM) {
		/* A guest's TS, met by the hypervisor saving that guest's registers. */
		clts();
		return;
	}
	fixup = search_exception_table(regs->rip);
	if (fixup) {
		if (fixup == (vaddr_t)guest_iret_refused) {
			current->pv.iret_vector = regs->entry_vector;
			current->pv.iret_error = regs->error_code;
		}
		regs->rip = fixup;
		return;
	}
	fatal_trap(regs);
}

static void interrupt(struct cpu_regs *regs)
{
	unsigned int vector = regs->entry_vector;

	switch (vector) {
	case VECTOR_APIC_TIMER:
		apic_eoi();
		timer_interrupt();
		break;
	case VECTOR_EVENT_CHECK:
		smp_event_check_interrupt();
		break;
	case VECTOR_CALL_FUNCTION:
		smp_call_function_interrupt();
		break;
	case VECTOR_FLUSH_TLB:
		smp_flush_tlb_interrupt();
		break;
	case VECTOR_APIC_ERROR:
		apic_error_interrupt();
		break;
	case VECTOR_APIC_SPURIOUS:
		apic_spurious_interrupt();
		break;
	case VECTOR_PIC_BASE ... VECTOR_PIC_LAST:
		pic_spurious_interrupt(vector);
		break;
	default:
		irq_interrupt(vector, regs);
		break;
	}
}

void handle_entry(struct cpu_regs *regs)
{
	bool guest = regs->cs & 3;

	/*
	 * There is no virtual-8086 mode in long mode; but emulators are known to let
	 * 32-bit code IRET to it, with a CS that looks like anyone's. It is ring 3.
	 */
	if (unlikely(regs->rflags & X86_EFLAGS_VM)) {
		regs->cs |= 3;
		guest = true;
	}
	if (regs->entry_vector < 32) {
		if (guest)
			exception_guest(regs);
		else
			exception_hypervisor(regs);
	} else if (guest && regs->entry_vector == VECTOR_LEGACY_SYSCALL) {
		local_irq_enable();
		software_interrupt(regs, VECTOR_LEGACY_SYSCALL);
	} else {
#ifdef CONFIG_DEBUG
		this_cpu(interrupt_depth)++;
#endif
		interrupt(regs);
#ifdef CONFIG_DEBUG
		this_cpu(interrupt_depth)--;
#endif
	}
}

void handle_ist_entry(struct cpu_regs *regs)
{
	switch (regs->entry_vector) {
	case TRAP_NMI:
		nmi_interrupt(regs);
		return;
	case TRAP_DB:
		/* In the hypervisor: a guest's single step crossed SYSENTER, or a watchpoint of ours was hit. */
		write_dr(6, 0xffff0ff0ul);
		regs->rflags &= ~(u64)X86_EFLAGS_TF;
		return;
	default:
		fatal_trap(regs);
	}
}

static void deliver_event(struct vcpu *v, struct cpu_regs *regs)
{
	struct bounce b = {
		.rip = v->pv.event_entry,
		.cs = v->pv.event_cs,
		.mask_events = true,
	};

	bounce_to_kernel(v, regs, &b);
}

static void deliver_nmi(struct vcpu *v, struct cpu_regs *regs)
{
	struct bounce b = {
		.rip = v->pv.trap[TRAP_NMI].rip,
		.cs = v->pv.trap[TRAP_NMI].cs,
		.mask_events = true,
	};

	v->nmi_pending = false;
	v->pv.flags |= PV_IN_NMI;
	bounce_to_kernel(v, regs, &b);
}

/* Called and returns with interrupts off; on return nothing is left to do for this guest. */
void exit_to_guest_work(struct cpu_regs *regs)
{
	struct vcpu *v = current;

	while (softirq_pending()) {
		local_irq_enable();
		do_softirq();		/* may give the CPU to another vcpu and never come back here */
		local_irq_disable();
	}
	if (v->nmi_pending && !(v->pv.flags & PV_IN_NMI) && v->pv.trap[TRAP_NMI].cs)
		deliver_nmi(v, regs);
	else if (*vcpu_upcall_pending(v) && !*vcpu_upcall_mask(v) && v->pv.event_entry)
		deliver_event(v, regs);
	/* A frame that could not be delivered crashed the domain: the scheduler takes over. */
	while (softirq_pending()) {
		local_irq_enable();
		do_softirq();
		local_irq_disable();
	}
}

void do_guest_syscall(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	struct bounce b = {
		.rip = v->pv.syscall_entry,
		.mask_events = v->pv.syscall_masks,
	};

	bounce_to_kernel(v, regs, &b);
}

void do_guest_syscall32(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	struct bounce b = {
		.rip = v->pv.syscall32_entry,
		.cs = v->pv.syscall32_cs,
		.mask_events = v->pv.syscall32_masks,
	};

	if (v->pv.flags & PV_RING1) {
		regs->cs = SEL_RING1_USER_CS32;
		regs->ss = SEL_RING1_USER_DS32;
	}
	/* Without a callback SYSCALL does not exist for 32-bit code. */
	if (!b.rip) {
		regs->rip -= 2;
		inject_trap(regs, TRAP_UD, 0);
		return;
	}
	bounce_to_kernel(v, regs, &b);
}

void do_guest_sysenter(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	struct bounce b = {
		.rip = v->pv.sysenter_entry,
		.cs = v->pv.sysenter_cs,
		.mask_events = v->pv.sysenter_masks,
	};

	if (v->pv.flags & PV_RING1)
		regs->ss = SEL_RING1_USER_DS32;
	if (!b.rip || (v->pv.flags & (PV_RING1 | PV_KERNEL_MODE)) == PV_KERNEL_MODE) {
		inject_trap(regs, TRAP_GP, 0);
		return;
	}
	bounce_to_kernel(v, regs, &b);
}

/* A frame could not be written by the fast paths; they have already gone to kernel mode. */
void bounce_fault(struct cpu_regs *regs)
{
	(void)regs;
	domain_crash(current->domain, "no kernel stack at %#lx for a trap frame",
		     (unsigned long)current->pv.kernel_sp);
}

/* The frame is not one that IRETQ takes: tell the kernel, on a frame that is. */
void guest_iret_fault(struct cpu_regs *regs)
{
	struct vcpu *v = current;

	if (v->pv.flags & PV_RING1)
		ring1_iret_fault(v, regs);
	else if (v->pv.iret_vector == TRAP_NP || v->pv.iret_vector == TRAP_SS || v->pv.iret_vector == TRAP_GP)
		inject_trap(regs, v->pv.iret_vector, v->pv.iret_error);
	else
		inject_trap(regs, TRAP_GP, 0);
}

/* What the iret hypercall finds on the guest's stack, lowest address first. */
struct iret_frame {
	u64 rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

void do_guest_iret(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	struct iret_frame f;

	if (!access_ok(regs->rsp, sizeof(f)) || copy_from_guest_raw(&f, regs->rsp, sizeof(f))) {
		domain_crash(v->domain, "iret hypercall with no frame at %#lx", (unsigned long)regs->rsp);
		return;
	}
	if ((f.cs & 3) == 3) {
		if (!v->pv.user_root) {
			domain_crash(v->domain, "return to user space without a user page table");
			return;
		}
		toggle_guest_mode(v);
	}
	regs->rip = f.rip;
	regs->cs = f.cs | 3;		/* the kernel is shown ring 0 and runs in ring 3 */
	regs->ss = f.ss | 3;
	regs->rsp = f.rsp;
	regs->rflags = (f.rflags & ~(u64)(X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_VIF | X86_EFLAGS_VIP) & 0x3fffff) |
		       X86_EFLAGS_IF | X86_EFLAGS_MBS;
	*vcpu_upcall_mask(v) = !(f.rflags & X86_EFLAGS_IF);
	pv_iret_iopl(v, f.rflags);
	v->pv.flags &= ~PV_IN_NMI;

	regs->entry_vector = 0;
	if (!(f.flags & VGCF_in_syscall)) {
		regs->r11 = f.r11;
		regs->rcx = f.rcx;
	} else {
		regs->r11 = regs->rflags;
		regs->rcx = regs->rip;
	}
	regs->rax = f.rax;
}
