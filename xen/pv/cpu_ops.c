/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls that stand for privileged instructions on the current vcpu:
 * kernel stack, segment bases, debug registers, CR0.TS.
 */
#include <arch/cpufeature.h>
#include <arch/desc.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/uaccess.h>
#include <common/domain.h>
#include <common/hypercall.h>
#include <lib/errno.h>
#include <public/xen.h>
#include <pv/cpu_ops.h>
#include <pv/traps.h>

bool pv_kernel_sp_ok(const struct domain *d, u64 sp)
{
	if (d->is_32bit)
		return sp <= 0xffffffffu;
	/* Room for the largest frame below it, none of it the hypervisor's. */
	return is_canonical(sp) && (sp < 4096 || access_ok(sp - 4096, 4096));
}

long do_stack_switch(u64 ss, u64 esp)
{
	struct vcpu *v = current;

	if (!pv_kernel_sp_ok(v->domain, esp))
		return -EINVAL;
	if (v->domain->is_32bit) {
		/* The stack segment of ring 1, never one of the hypervisor's. */
		ss = (ss & ~3ull) | 1;
		v->pv.kernel_sp = esp;
	} else {
		v->pv.kernel_sp = esp & ~15ull;
	}
	v->pv.kernel_ss = ss & 0xffff;
	if (v->domain->is_32bit)
		update_kernel_linear(v);
	return 0;
}

long do_fpu_taskswitch(u64 set)
{
	struct vcpu *v = current;

	if (set) {
		v->pv.flags |= PV_GUEST_TS;
		stts();
	} else {
		v->pv.flags &= ~PV_GUEST_TS;
		clts();
	}
	return 0;
}

/*
 * With the architectural_iopl assist IOPL shows in frames and comes with an iret, all of
 * which then go the long way: the mask in the fast path leaves nothing that equals this.
 */
#define IOPL_SHIFT		12
#define IRET_NEVER_PLAIN	(X86_EFLAGS_IF | X86_EFLAGS_MBS)

static bool architectural_iopl(const struct domain *d)
{
	return d->vmassist & (1u << VMASST_TYPE_architectural_iopl);
}

void pv_assists_changed(struct vcpu *v)
{
	const bool architectural = architectural_iopl(v->domain);

	v->pv.shown_iopl = architectural ? v->pv.iopl << IOPL_SHIFT : 0;
	v->pv.iret_plain_flags = architectural ? IRET_NEVER_PLAIN : X86_EFLAGS_IF;
}

void pv_set_iopl(struct vcpu *v, u32 iopl)
{
	v->pv.iopl = iopl;
	pv_assists_changed(v);
}

void pv_iret_iopl(struct vcpu *v, u32 eflags)
{
	if (architectural_iopl(v->domain))
		pv_set_iopl(v, (eflags & X86_EFLAGS_IOPL) >> IOPL_SHIFT);
}

bool pv_iopl_allows(struct vcpu *v, const struct cpu_regs *regs)
{
	if (!guest_kernel_mode(v, regs))
		return v->pv.iopl == 3;
	return v->pv.iopl >= 1 || architectural_iopl(v->domain);
}

/* A base the CPU would refuse is refused here. */
static bool base_ok(u64 base)
{
	return is_canonical(base);
}

long do_set_segment_base(u64 which, u64 base)
{
	struct vcpu *v = current;

	if (v->domain->is_32bit)
		return -ENOSYS;
	switch (which) {
	case SEGBASE_FS:
		if (!base_ok(base))
			return -EINVAL;
		write_fs_base(base);
		return 0;
	case SEGBASE_GS_USER:
		if (!base_ok(base))
			return -EINVAL;
		write_shadow_gs_base(base);	/* the kernel runs: the user's is the hidden one */
		v->pv.gs_base_user = base;
		return 0;
	case SEGBASE_GS_KERNEL:
		if (!base_ok(base))
			return -EINVAL;
		write_gs_base(base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		load_gs_index(base & 0xffff);
		return 0;
	default:
		return -EINVAL;
	}
}

/*
 * DR7: which breakpoints are on, without general-detect, I/O breakpoints
 * (which need CR4.DE that is the hypervisor's) or the bits that are fixed.
 */
#define DR7_ENABLED	0x000000ffu
#define DR7_GD		0x00002000u
#define DR7_FIXED_ONE	0x00000400u
#define DR7_FIXED_ZERO	0x0000d800u

void pv_load_debug_addresses(const struct vcpu *v)
{
	write_dr(0, v->pv.dr[0]);
	write_dr(1, v->pv.dr[1]);
	write_dr(2, v->pv.dr[2]);
	write_dr(3, v->pv.dr[3]);
	write_dr(6, v->pv.dr6);
}

int pv_set_debugreg(struct vcpu *v, unsigned int reg, u64 value)
{
	bool live = v == current;

	switch (reg) {
	case 0 ... 3:
		/* A watchpoint in the hypervisor's range would strike in the hypervisor. */
		if (!access_ok(value, 8))
			return -EPERM;
		v->pv.dr[reg & 3] = value;
		if (live) {
			switch (reg) {
			case 0: write_dr(0, value); break;
			case 1: write_dr(1, value); break;
			case 2: write_dr(2, value); break;
			case 3: write_dr(3, value); break;
			}
		}
		return 0;
	case 4:
	case 6:
		if (value >> 32)
			return -EINVAL;
		v->pv.dr6 = (value & 0xffffefffu) | 0xffff0ff0u;
		if (live)
			write_dr(6, v->pv.dr6);
		return 0;
	case 5:
	case 7:
		if (value >> 32)
			return -EINVAL;
		value = (value & ~(u64)DR7_FIXED_ZERO) | DR7_FIXED_ONE;
		if (value & DR7_GD)
			return -EPERM;
		for (unsigned int i = 0; i < 4; i++)
			if (((value >> (16 + 4 * i)) & 3) == 2)	/* I/O */
				return -EPERM;
		if (live) {
			/* While none is on the registers may hold what another guest left there. */
			if (!(v->pv.dr7 & DR7_ENABLED) && (value & DR7_ENABLED))
				pv_load_debug_addresses(v);
			write_dr(7, value);
		}
		v->pv.dr7 = value;
		return 0;
	default:
		return -ENODEV;
	}
}

long do_set_debugreg(u64 reg, u64 value)
{
	if (reg > 7)
		return -ENODEV;
	return pv_set_debugreg(current, reg, value);
}

u64 pv_get_debugreg(struct vcpu *v, unsigned int reg)
{
	switch (reg) {
	case 0 ... 3:
		return v->pv.dr[reg & 3];	/* for speculation, too */
	case 4:
	case 6:
		return v->pv.dr6;
	default:
		return v->pv.dr7;
	}
}

long do_get_debugreg(u64 reg)
{
	if (reg > 7)
		return -ENODEV;
	return pv_get_debugreg(current, reg);
}
