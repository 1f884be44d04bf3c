/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delivery to ring-1 kernels, the general form of what pv/entry32.S does by
 * hand for the hottest cases, and the iret hypercall. Everything is 32 bits
 * wide; a frame from an outer ring stands on the stack that the kernel has
 * named, any other below its present one. The current vcpu's, no lock.
 */
#include <arch/desc.h>
#include <arch/irqflags.h>
#include <arch/page.h>
#include <arch/uaccess.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/shared.h>
#include <lib/compiler.h>
#include <lib/minmax.h>
#include <pv/cpu_ops.h>
#include <pv/traps.h>

#define GUEST_GDT_PAGES		14
#define DESC_PER_PAGE		(PAGE_SIZE / 8)

/* What a guest's eflags may hold when they become the CPU's. */
#define EFLAGS_FORBIDDEN	(X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_VIF | X86_EFLAGS_VIP)
#define EFLAGS_GUEST		0x3fffffu

bool guest_descriptor(struct vcpu *v, u16 sel, u64 *desc)
{
	const unsigned int page = sel / (DESC_PER_PAGE * 8);

	if (sel & 4) {
		/* By its window, where a missing page is filled in. */
		if (v != current || sel / 8u >= v->pv.ldt_entries ||
		    copy_raw(desc, LDT_VIRT(v->id) + (sel & ~7u), sizeof(*desc)))
			return false;
	} else {
		u64 mfn;

		if (page >= GUEST_GDT_PAGES)
			return false;
		mfn = v->pv.gdt_mfn[array_index_nospec(page, GUEST_GDT_PAGES)];
		if (!mfn)
			return false;
		*desc = READ_ONCE(((const u64 *)mfn_to_virt(MFN(mfn)))[sel / 8 % DESC_PER_PAGE]);
	}
	return true;
}

u32 guest_segment_base(struct vcpu *v, u16 sel)
{
	u64 desc;

	if (!guest_descriptor(v, sel, &desc))
		return 0;		/* the hypervisor's are all flat */
	return (desc >> 16 & 0xffffff) | (desc >> 32 & 0xff000000);
}

vaddr_t guest_linear_ip(struct vcpu *v, const struct cpu_regs *regs)
{
	u64 desc;

	/* Of a 64-bit guest nearly all code is the hypervisor's flat segment, or one of 64 bits of its own. */
	if (likely(regs->cs == SEL_RING3_CS64 && !(v->pv.flags & PV_RING1)))
		return regs->rip;
	if (!guest_descriptor(v, regs->cs, &desc))
		return v->pv.flags & PV_RING1 ? (u32)regs->rip : regs->rip;
	if (desc >> 32 & DESC_L)
		return regs->rip;
	return (u32)(regs->rip + (u32)((desc >> 16 & 0xffffff) | (desc >> 32 & 0xff000000)));
}

void update_kernel_linear(struct vcpu *v)
{
	v->pv.kernel_linear = (u32)v->pv.kernel_sp + guest_segment_base(v, v->pv.kernel_ss);
}

void bounce_to_ring1(struct vcpu *v, struct cpu_regs *regs, const struct bounce *b)
{
	const bool outer = !guest_kernel_mode(v, regs);
	const bool masked = *vcpu_upcall_mask(v) != 0;
	u32 frame[10], sp, linear;
	unsigned int n = 0;
	u64 ss;

	/* Lowest address first. */
	if (b->has_selectors) {
		frame[n++] = v->pv.ds;
		frame[n++] = v->pv.es;
		frame[n++] = v->pv.fs;
		frame[n++] = v->pv.gs;
	}
	if (b->has_error_code)
		frame[n++] = b->error_code;
	frame[n++] = regs->rip;
	frame[n++] = regs->cs | (u32)masked << 16;
	frame[n++] = shown_eflags(v, regs, masked);
	if (outer) {
		frame[n++] = regs->rsp;
		frame[n++] = regs->ss;
		ss = v->pv.kernel_ss;
		sp = (u32)v->pv.kernel_sp - n * 4;
		linear = v->pv.kernel_linear - n * 4;
	} else {
		ss = regs->ss;
		sp = (u32)regs->rsp - n * 4;
		linear = sp + guest_segment_base(v, ss);
	}
	if (!access_ok_32(linear, n * 4) || copy_to_guest_raw(linear, frame, n * 4)) {
		domain_crash(v->domain, "no kernel stack at %04x:%08x for a trap frame", (unsigned int)ss, sp);
		return;
	}
	if (b->mask_events)
		*vcpu_upcall_mask(v) = 1;

	regs->rip = b->rip;
	regs->cs = b->cs ? b->cs : SEL_RING1_CS32;
	regs->ss = ss;
	regs->rsp = sp;
	regs->rflags &= ~(u64)(X86_EFLAGS_VM | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_TF |
			       X86_EFLAGS_AC | X86_EFLAGS_IOPL);
	regs->rflags |= X86_EFLAGS_IF;
	regs->entry_vector = 0;
}

/*
 * What the frame names cannot be gone to. When it is user space, its kernel is
 * told by the failsafe callback, else by #GP; when it is the kernel itself, there
 * is nobody left to tell.
 */
void ring1_iret_fault(struct vcpu *v, struct cpu_regs *regs)
{
	struct bounce b = {
		.rip = v->pv.failsafe_entry,
		.cs = v->pv.failsafe_cs,
		.mask_events = v->pv.failsafe_masks,
		.has_selectors = true,
	};

	/* A handler with a selector of ring 3 is no better. */
	if (guest_kernel_mode(v, regs) || regs->ss == v->pv.kernel_ss) {
		domain_crash(v->domain, "its kernel cannot be entered at %04x:%08x with stack segment %04x",
			     regs->cs, (u32)regs->rip, regs->ss);
		return;
	}
	if (!b.rip) {
		inject_trap(regs, TRAP_GP, 0);
		return;
	}
	v->pv.ds = read_ds();
	v->pv.es = read_es();
	v->pv.fs = read_fs();
	v->pv.gs = read_gs();
	bounce_to_ring1(v, regs, &b);
}

/* What the iret hypercall finds on the guest's stack, lowest address first. */
struct iret_frame_32 {
	u32 eax, eip, cs, eflags;
	u32 esp, ss;			/* to an outer ring, and to virtual-8086 mode */
	u32 es, ds, fs, gs;		/* to virtual-8086 mode */
};
#define IRET_SAME_RING	offsetof(struct iret_frame_32, esp)
#define IRET_OUTER	offsetof(struct iret_frame_32, es)

/*
 * There is no virtual-8086 mode under a 64-bit hypervisor: it is as if its first
 * instruction had faulted, which a kernel that has such tasks is prepared for.
 */
static void fault_in_vm86(struct vcpu *v, struct cpu_regs *regs, const struct iret_frame_32 *f)
{
	const struct pv_trap *t = &v->pv.trap[TRAP_GP];
	const u32 frame[] = { 0, f->eip, (u16)f->cs, f->eflags & ~EFLAGS_FORBIDDEN, f->esp, (u16)f->ss,
			      (u16)f->es, (u16)f->ds, (u16)f->fs, (u16)f->gs };
	u32 image[ARRAY_SIZE(frame)];

	if (!t->cs) {
		domain_crash(v->domain, "virtual-8086 mode with no handler for #GP");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(frame); i++)
		image[i] = frame[i];
	image[3] |= X86_EFLAGS_VM | X86_EFLAGS_MBS | (f->eflags & X86_EFLAGS_IOPL);
	if (!access_ok_32(v->pv.kernel_linear - sizeof(image), sizeof(image)) ||
	    copy_to_guest_raw(v->pv.kernel_linear - sizeof(image), image, sizeof(image))) {
		domain_crash(v->domain, "no kernel stack at %08x for a trap frame", (u32)v->pv.kernel_sp);
		return;
	}
	*vcpu_upcall_mask(v) = t->mask_events || !(f->eflags & X86_EFLAGS_IF);
	regs->rax = f->eax;
	regs->rip = t->rip;
	regs->cs = t->cs;
	regs->ss = v->pv.kernel_ss;
	regs->rsp = (u32)(v->pv.kernel_sp - sizeof(image));
	regs->rflags = X86_EFLAGS_IF | X86_EFLAGS_MBS;
}

/* Mostly for the returns that a real IRET cannot do: out of an NMI, and to virtual-8086 mode. */
long do_iret_32(void)
{
	struct vcpu *v = current;
	struct cpu_regs *regs = guest_regs();
	const u32 sp = regs->rsp, linear = sp + guest_segment_base(v, regs->ss);
	struct iret_frame_32 f = { 0 };
	u32 bytes = IRET_SAME_RING;

	regs->entry_vector = 0;
	if (!access_ok_32(linear, bytes) || copy_from_guest_raw(&f, linear, bytes))
		goto no_frame;
	if (f.eflags & X86_EFLAGS_VM)
		bytes = sizeof(f);
	else if ((f.cs & 3) > 1)
		bytes = IRET_OUTER;
	if (bytes > IRET_SAME_RING) {
		const u32 more = bytes - IRET_SAME_RING, at = linear + IRET_SAME_RING;

		if (!access_ok_32(at, more) || copy_from_guest_raw(&f.esp, at, more))
			goto no_frame;
	}
	v->pv.flags &= ~PV_IN_NMI;
	if (f.eflags & X86_EFLAGS_VM) {
		fault_in_vm86(v, regs, &f);
		return 0;
	}
	regs->rax = f.eax;
	regs->rip = f.eip;
	regs->cs = f.cs & 3 ? f.cs : f.cs | 1;
	regs->rflags = (f.eflags & EFLAGS_GUEST & ~EFLAGS_FORBIDDEN) | X86_EFLAGS_IF | X86_EFLAGS_MBS;
	if (bytes == IRET_OUTER) {
		regs->rsp = f.esp;
		regs->ss = f.ss;
	} else {
		regs->rsp = sp + bytes;
	}
	*vcpu_upcall_mask(v) = !(f.eflags & X86_EFLAGS_IF);
	pv_iret_iopl(v, f.eflags);
	return 0;

no_frame:
	domain_crash(v->domain, "iret hypercall with no frame at %04x:%08x", regs->ss, sp);
	return 0;
}
