/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vcpu's registers as the tools and other vcpus set and read them:
 * vcpu_guest_context. The vcpu does not run meanwhile.
 */
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/uaccess.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/shared.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/xen.h>
#include <public/vcpu.h>
#include <pv/cpu_ops.h>
#include <pv/mm.h>
#include <pv/traps.h>

#define CR3_TO_MFN(cr3)	((cr3) >> PAGE_SHIFT)

static int check_context(const struct domain *d, const struct vcpu_guest_context *c)
{
	/* Frame 0 is nobody's: without a root it could not run. */
	if (c->gdt_ents > 8192 || !CR3_TO_MFN(c->ctrlreg[3]) || !pv_ldt_ok(d, c->ldt_base, c->ldt_ents))
		return -EINVAL;
	if (!(c->flags & VGCF_in_kernel) && !CR3_TO_MFN(c->ctrlreg[1]))
		return -EINVAL;
	if (!is_canonical(c->user_regs.rip) ||
	    !is_canonical(c->event_callback_eip) || !is_canonical(c->failsafe_callback_eip) ||
	    !is_canonical(c->syscall_callback_eip) ||
	    !is_canonical(c->fs_base) || !is_canonical(c->gs_base_kernel) || !is_canonical(c->gs_base_user) ||
	    !pv_kernel_sp_ok(d, c->kernel_sp))
		return -EINVAL;
	for (unsigned int i = 0; i < 256; i++)
		if (!is_canonical(c->trap_ctxt[i].address))
			return -EINVAL;
	return 0;
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	const struct cpu_user_regs *u = &c->user_regs;

	v->regs = (struct cpu_regs){
		.r15 = u->r15, .r14 = u->r14, .r13 = u->r13, .r12 = u->r12,
		.rbp = u->rbp, .rbx = u->rbx, .r11 = u->r11, .r10 = u->r10,
		.r9 = u->r9, .r8 = u->r8, .rax = u->rax, .rcx = u->rcx,
		.rdx = u->rdx, .rsi = u->rsi, .rdi = u->rdi,
		.rip = u->rip, .rsp = u->rsp,
		.cs = u->cs | 3, .ss = u->ss | 3,
		.rflags = (u->rflags & 0x3fffff &
			   ~(u64)(X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_NT | X86_EFLAGS_VIF | X86_EFLAGS_VIP)) |
			  X86_EFLAGS_IF | X86_EFLAGS_MBS,
	};
	pv_set_iopl(v, (u->rflags & X86_EFLAGS_IOPL) >> 12);
	v->pv.ds = u->ds;
	v->pv.es = u->es;
	v->pv.fs = u->fs;
	v->pv.gs = u->gs;
	v->pv.fs_base = c->fs_base;
	v->pv.gs_base_kernel = c->gs_base_kernel;
	v->pv.gs_base_user = c->gs_base_user;
}

static int set_context_64(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	u64 cr4;
	int rc;

	rc = check_context(d, c);
	if (rc)
		return rc;
	/* After a preemption it may be in place already; a try that failed may have left another. */
	rc = set_vcpu_kernel_root(v, MFN(CR3_TO_MFN(c->ctrlreg[3])));
	if (rc)
		return rc;
	if (c->ctrlreg[1] >> PAGE_SHIFT) {
		rc = set_vcpu_user_root(v, MFN(CR3_TO_MFN(c->ctrlreg[1])));
		if (rc)
			return rc;
	}
	rc = pv_set_gdt(v, (const u64 *)c->gdt_frames, c->gdt_ents);
	if (rc)
		return rc;

	set_registers(v, c);
	v->pv.flags = (v->pv.flags & ~(PV_KERNEL_MODE | PV_GUEST_TS | PV_IN_NMI)) |
		      (c->flags & VGCF_in_kernel ? PV_KERNEL_MODE : 0);
	if (c->ctrlreg[0] & X86_CR0_TS)
		v->pv.flags |= PV_GUEST_TS;
	/* An entry's place is its vector; Linux leaves those that it does not use all zero. */
	for (unsigned int i = 0; i < 256; i++)
		pv_set_trap(v, i, c->trap_ctxt[i].flags,
			    c->trap_ctxt[i].cs, c->trap_ctxt[i].address);
	pv_invalidate_ldt(v);
	v->pv.ldt_base = c->ldt_base;
	v->pv.ldt_entries = c->ldt_ents;
	v->pv.kernel_sp = c->kernel_sp & ~15ul;
	v->pv.kernel_ss = c->kernel_ss & 0xffff;
	v->pv.event_entry = c->event_callback_eip;
	v->pv.failsafe_entry = c->failsafe_callback_eip;
	v->pv.syscall_entry = c->syscall_callback_eip;
	v->pv.failsafe_masks = !!(c->flags & VGCF_failsafe_disables_events);
	v->pv.syscall_masks = !!(c->flags & VGCF_syscall_disables_events);

	cr4 = v->pv.guest_cr4;
	v->pv.guest_cr4 = X86_CR4_PAE;
	guest_write_cr4(v, c->ctrlreg[4] ? c->ctrlreg[4] : cr4);
	memset(v->pv.dr, 0, sizeof(v->pv.dr));
	v->pv.dr6 = 0xffff0ff0;
	v->pv.dr7 = 0x400;
	for (unsigned int i = 0; i < 8; i++)
		if (c->debugreg[i])
			pv_set_debugreg(v, i, c->debugreg[i]);

	if (c->flags & VGCF_I387_VALID) {
		if (fpu_area_import_fxsave(v->xsave_area, &c->fpu_ctxt))
			fpu_area_reset(v->xsave_area);
	} else {
		fpu_area_reset(v->xsave_area);
	}
	if (v->id == 0 && !v->initialised)
		set_vm_assists(d, c->vm_assist);
	v->initialised = true;
	return 0;
}

int arch_set_info_guest(struct vcpu *v, u64 ctx)
{
	struct vcpu_guest_context *c;
	int rc;

	if (v->domain->is_32bit)
		return set_info_guest_32(v, ctx);
	c = xzalloc(struct vcpu_guest_context);
	if (!c)
		return -ENOMEM;
	rc = read_guest(c, ctx);
	if (!rc)
		rc = set_context_64(v, c);
	xfree(c);
	return rc;
}

static void get_context_64(struct vcpu *v, struct vcpu_guest_context *c)
{
	const struct cpu_regs *r = v == current ? guest_regs() : &v->regs;
	struct cpu_user_regs *u = &c->user_regs;

	memcpy(&c->fpu_ctxt, v->xsave_area, sizeof(c->fpu_ctxt));
	c->flags = VGCF_I387_VALID;
	if (v->pv.flags & PV_KERNEL_MODE)
		c->flags |= VGCF_in_kernel;
	if (v->pv.failsafe_masks)
		c->flags |= VGCF_failsafe_disables_events;
	if (v->pv.syscall_masks)
		c->flags |= VGCF_syscall_disables_events;
	if (!(v->pause_flags & (1ul << VPF_DOWN)))
		c->flags |= VGCF_online;

	u->r15 = r->r15; u->r14 = r->r14; u->r13 = r->r13; u->r12 = r->r12;
	u->rbp = r->rbp; u->rbx = r->rbx; u->r11 = r->r11; u->r10 = r->r10;
	u->r9 = r->r9; u->r8 = r->r8; u->rax = r->rax; u->rcx = r->rcx;
	u->rdx = r->rdx; u->rsi = r->rsi; u->rdi = r->rdi;
	u->rip = r->rip; u->rsp = r->rsp;
	u->cs = v->pv.flags & PV_KERNEL_MODE ? r->cs & ~3 : r->cs;
	u->ss = r->ss;
	u->rflags = (r->rflags & ~(u64)(X86_EFLAGS_IF | X86_EFLAGS_IOPL)) | (u64)v->pv.iopl << 12;
	if (!*vcpu_upcall_mask(v))
		u->rflags |= X86_EFLAGS_IF;
	u->ds = v->pv.ds;
	u->es = v->pv.es;
	u->fs = v->pv.fs;
	u->gs = v->pv.gs;

	for (unsigned int i = 0; i < 256; i++) {
		const struct pv_trap *t = &v->pv.trap[i];

		c->trap_ctxt[i].vector = i;
		c->trap_ctxt[i].flags = t->dpl | t->mask_events << 2;
		c->trap_ctxt[i].cs = t->cs;
		c->trap_ctxt[i].address = t->rip;
	}
	c->ldt_base = v->pv.ldt_base;
	c->ldt_ents = v->pv.ldt_entries;
	for (unsigned int i = 0; i < 14; i++)
		c->gdt_frames[i] = v->pv.gdt_mfn[i];
	c->gdt_ents = v->pv.gdt_entries;
	c->kernel_ss = v->pv.kernel_ss;
	c->kernel_sp = v->pv.kernel_sp;
	c->ctrlreg[0] = X86_CR0_PG | X86_CR0_AM | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE |
			(v->pv.flags & PV_GUEST_TS ? X86_CR0_TS : 0);
	c->ctrlreg[1] = v->pv.user_root & PTE_ADDR_MASK;
	c->ctrlreg[3] = v->pv.kernel_root & PTE_ADDR_MASK;
	c->ctrlreg[4] = v->pv.guest_cr4;
	for (unsigned int i = 0; i < 8; i++)
		c->debugreg[i] = i == 4 || i == 5 ? 0 : pv_get_debugreg(v, i);
	c->event_callback_eip = v->pv.event_entry;
	c->failsafe_callback_eip = v->pv.failsafe_entry;
	c->syscall_callback_eip = v->pv.syscall_entry;
	c->vm_assist = v->domain->vmassist;
	c->fs_base = v->pv.fs_base;
	c->gs_base_kernel = v->pv.gs_base_kernel;
	c->gs_base_user = v->pv.gs_base_user;
}

int arch_get_info_guest(struct vcpu *v, u64 ctx)
{
	struct vcpu_guest_context *c;
	int rc;

	if (v->domain->is_32bit)
		return get_info_guest_32(v, ctx);
	c = xzalloc(struct vcpu_guest_context);	/* zeroed: nothing of ours leaks in its padding */
	if (!c)
		return -ENOMEM;
	get_context_64(v, c);
	rc = write_guest(ctx, c);
	xfree(c);
	return rc;
}
