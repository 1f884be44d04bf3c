/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu_guest_context in the ring-1 ABI's layout: the counterpart of
 * pv/vcpu_context.c. The vcpu does not run meanwhile.
 */
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/shared.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/xen.h>
#include <pv/cpu_ops.h>
#include <pv/mm.h>
#include <pv/traps.h>

struct user_regs_32 {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u16 error_code, entry_vector;
	u32 eip;
	u16 cs;
	u8 saved_upcall_mask, pad0;
	u32 eflags, esp;
	u16 ss, pad1, es, pad2, ds, pad3, fs, pad4, gs, pad5;
};
struct context_32 {
	u8 fpu[512];
	u32 flags;
	struct user_regs_32 regs;
	struct { u8 vector, flags; u16 cs; u32 address; } trap[256];
	u32 ldt_base, ldt_ents;
	u32 gdt_frames[16], gdt_ents;
	u32 kernel_ss, kernel_sp;
	u32 ctrlreg[8];
	u32 debugreg[8];
	u32 event_cs, event_eip, failsafe_cs, failsafe_eip;
	u32 vm_assist;
};
BUILD_BUG_ON(sizeof(struct context_32) != 2800);

#define GUEST_GDT_PAGES	14

/* No selector of a kernel's names ring 0. */
static u16 raise(u16 sel)
{
	return sel & 3 ? sel : sel | 1;
}

static void set_registers(struct vcpu *v, const struct user_regs_32 *u)
{
	v->regs = (struct cpu_regs){
		.rbx = u->ebx, .rcx = u->ecx, .rdx = u->edx, .rsi = u->esi,
		.rdi = u->edi, .rbp = u->ebp, .rax = u->eax,
		.rip = u->eip, .rsp = u->esp,
		.cs = raise(u->cs), .ss = raise(u->ss),
		.rflags = (u->eflags & 0x3fffff &
			   ~(u64)(X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_NT | X86_EFLAGS_VIF | X86_EFLAGS_VIP)) |
			  X86_EFLAGS_IF | X86_EFLAGS_MBS,
	};
	pv_set_iopl(v, (u->eflags & X86_EFLAGS_IOPL) >> 12);
	v->pv.ds = u->ds;
	v->pv.es = u->es;
	v->pv.fs = u->fs;
	v->pv.gs = u->gs;
	v->pv.fs_base = v->pv.gs_base_kernel = v->pv.gs_base_user = 0;
}

static int set_context(struct vcpu *v, const struct context_32 *c)
{
	const mfn_t root = cr3_32_to_mfn(c->ctrlreg[3]);
	u64 frames[GUEST_GDT_PAGES], cr4;
	int rc;

	if (c->gdt_ents > 8192 || !mfn_x(root) || !pv_ldt_ok(v->domain, c->ldt_base, c->ldt_ents))
		return -EINVAL;
	/* Called again after a preemption it finds the root that was asked for in place. */
	if (v->pv.kernel_root != mfn_to_maddr(root) || v->initialised) {
		rc = set_vcpu_kernel_root(v, root);
		if (rc)
			return rc;
	}
	for (unsigned int i = 0; i < GUEST_GDT_PAGES; i++)
		frames[i] = c->gdt_frames[i];
	rc = pv_set_gdt(v, frames, c->gdt_ents);
	if (rc)
		return rc;

	set_registers(v, &c->regs);
	v->pv.flags = (v->pv.flags & ~PV_GUEST_TS) | (c->ctrlreg[0] & X86_CR0_TS ? PV_GUEST_TS : 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap); i++)
		pv_set_trap(v, i, c->trap[i].flags, c->trap[i].cs, c->trap[i].address);
	pv_invalidate_ldt(v);
	v->pv.ldt_base = c->ldt_base;
	v->pv.ldt_entries = c->ldt_ents;
	v->pv.kernel_ss = (c->kernel_ss & 0xfffc) | 1;
	v->pv.kernel_sp = c->kernel_sp;
	update_kernel_linear(v);
	v->pv.event_cs = raise(c->event_cs);
	v->pv.event_entry = c->event_eip;
	v->pv.failsafe_cs = raise(c->failsafe_cs);
	v->pv.failsafe_entry = c->failsafe_eip;
	v->pv.failsafe_masks = !!(c->flags & VGCF_failsafe_disables_events);

	cr4 = v->pv.guest_cr4;
	v->pv.guest_cr4 = X86_CR4_PAE;
	guest_write_cr4(v, c->ctrlreg[4] ? c->ctrlreg[4] : cr4);
	memset(v->pv.dr, 0, sizeof(v->pv.dr));
	v->pv.dr6 = 0xffff0ff0;
	v->pv.dr7 = 0x400;
	for (unsigned int i = 0; i < 8; i++)
		if (c->debugreg[i])
			pv_set_debugreg(v, i, c->debugreg[i]);

	if (!(c->flags & VGCF_I387_VALID) || fpu_area_import_fxsave(v->xsave_area, c->fpu))
		fpu_area_reset(v->xsave_area);
	if (v->id == 0 && !v->initialised)
		set_vm_assists(v->domain, c->vm_assist);
	v->initialised = true;
	return 0;
}

int set_info_guest_32(struct vcpu *v, u64 ctx)
{
	struct context_32 *c = xzalloc(struct context_32);
	int rc;

	if (!c)
		return -ENOMEM;
	rc = read_guest(c, ctx);
	if (!rc)
		rc = set_context(v, c);
	xfree(c);
	return rc;
}

static void get_context(struct vcpu *v, struct context_32 *c)
{
	const struct cpu_regs *r = v == current ? guest_regs() : &v->regs;
	struct user_regs_32 *u = &c->regs;

	memcpy(c->fpu, v->xsave_area, sizeof(c->fpu));
	c->flags = VGCF_I387_VALID;
	if (guest_kernel_mode(v, r))
		c->flags |= VGCF_in_kernel;
	if (v->pv.failsafe_masks)
		c->flags |= VGCF_failsafe_disables_events;
	if (!(v->pause_flags & (1ul << VPF_DOWN)))
		c->flags |= VGCF_online;

	u->ebx = r->rbx; u->ecx = r->rcx; u->edx = r->rdx; u->esi = r->rsi;
	u->edi = r->rdi; u->ebp = r->rbp; u->eax = r->rax;
	u->eip = r->rip; u->esp = r->rsp;
	u->cs = r->cs;
	u->ss = r->ss;
	u->saved_upcall_mask = *vcpu_upcall_mask(v);
	u->eflags = (r->rflags & ~(u64)(X86_EFLAGS_IF | X86_EFLAGS_IOPL)) | v->pv.iopl << 12;
	if (!*vcpu_upcall_mask(v))
		u->eflags |= X86_EFLAGS_IF;
	u->ds = v->pv.ds;
	u->es = v->pv.es;
	u->fs = v->pv.fs;
	u->gs = v->pv.gs;

	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap); i++) {
		const struct pv_trap *t = &v->pv.trap[i];

		c->trap[i].vector = i;
		c->trap[i].flags = t->dpl | t->mask_events << 2;
		c->trap[i].cs = t->cs;
		c->trap[i].address = t->rip;
	}
	c->ldt_base = v->pv.ldt_base;
	c->ldt_ents = v->pv.ldt_entries;
	for (unsigned int i = 0; i < GUEST_GDT_PAGES; i++)
		c->gdt_frames[i] = v->pv.gdt_mfn[i];
	c->gdt_ents = v->pv.gdt_entries;
	c->kernel_ss = v->pv.kernel_ss;
	c->kernel_sp = v->pv.kernel_sp;
	c->ctrlreg[0] = X86_CR0_PG | X86_CR0_AM | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE |
			(v->pv.flags & PV_GUEST_TS ? X86_CR0_TS : 0);
	c->ctrlreg[3] = mfn_to_cr3_32(maddr_to_mfn(v->pv.kernel_root));
	c->ctrlreg[4] = v->pv.guest_cr4;
	for (unsigned int i = 0; i < 8; i++)
		c->debugreg[i] = i == 4 || i == 5 ? 0 : pv_get_debugreg(v, i);
	c->event_cs = v->pv.event_cs;
	c->event_eip = v->pv.event_entry;
	c->failsafe_cs = v->pv.failsafe_cs;
	c->failsafe_eip = v->pv.failsafe_entry;
	c->vm_assist = v->domain->vmassist;
}

int get_info_guest_32(struct vcpu *v, u64 ctx)
{
	struct context_32 *c = xzalloc(struct context_32);	/* zeroed: nothing of ours leaks in its padding */
	int rc;

	if (!c)
		return -ENOMEM;
	get_context(v, c);
	rc = write_guest(ctx, c);
	xfree(c);
	return rc;
}
