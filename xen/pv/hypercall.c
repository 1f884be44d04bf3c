/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall table of the 64-bit ABI, continuations, and multicalls.
 */
#include <arch/regs.h>
#include <common/event.h>
#include <common/grant.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <public/arch-x86/xen-mca.h>
#include <pv/traps.h>

typedef long (*hypercall_fn)(u64, u64, u64, u64, u64, u64);

static long no_hypercall(void)
{
	return -ENOSYS;
}

/* Out of a multicall; the entry code takes all others. */
long do_iret(void)
{
	do_guest_iret(guest_regs());
	return 0;
}

#define H(n, f)	[__HYPERVISOR_##n] = (hypercall_fn)(f)
#pragma GCC diagnostic ignored "-Wcast-function-type"
#pragma GCC diagnostic ignored "-Woverride-init"	/* the default of the whole table comes first */

/* Each handler reads as many of the six argument registers as it has parameters. */
extern const hypercall_fn hypercall_table[NR_HYPERCALLS];
const hypercall_fn hypercall_table[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = (hypercall_fn)no_hypercall,
	H(set_trap_table, do_set_trap_table),
	H(mmu_update, do_mmu_update),
	H(set_gdt, do_set_gdt),
	H(stack_switch, do_stack_switch),
	H(set_callbacks, do_set_callbacks),
	H(fpu_taskswitch, do_fpu_taskswitch),
	H(sched_op_compat, do_sched_op_compat),
	H(platform_op, do_platform_op),
	H(set_debugreg, do_set_debugreg),
	H(get_debugreg, do_get_debugreg),
	H(update_descriptor, do_update_descriptor),
	H(memory_op, do_memory_op),
	H(multicall, do_multicall),
	H(update_va_mapping, do_update_va_mapping),
	H(set_timer_op, do_set_timer_op),
	H(event_channel_op_compat, do_event_channel_op_compat),
	H(xen_version, do_xen_version),
	H(console_io, do_console_io),
	H(physdev_op_compat, do_physdev_op_compat),
	H(grant_table_op, do_grant_table_op),
	H(vm_assist, do_vm_assist),
	H(update_va_mapping_otherdomain, do_update_va_mapping_otherdomain),
	H(iret, do_iret),
	H(vcpu_op, do_vcpu_op),
	H(set_segment_base, do_set_segment_base),
	H(mmuext_op, do_mmuext_op),
	H(nmi_op, do_nmi_op),
	H(sched_op, do_sched_op),
	H(callback_op, do_callback_op),
	H(event_channel_op, do_event_channel_op),
	H(physdev_op, do_physdev_op),
	H(sysctl, do_sysctl),
	H(domctl, do_domctl),
	H(mca, do_mca),
};

long hypercall_continue(u32 op, u32 n, ...)
{
	struct vcpu *v = current;
	va_list ap;

	v->continuation.pending = true;
	v->continuation.op = op;
	v->continuation.nr_args = n;
	va_start(ap, n);
	for (u32 i = 0; i < 6; i++)
		v->continuation.arg[i] = i < n ? va_arg(ap, u64) : 0;
	va_end(ap);
	return HYPERCALL_RESTART;
}

void hypercall_rewind(struct cpu_regs *regs);

/*
 * The interrupted handler is called again by the guest itself: its rip goes
 * back to the hypercall instruction, which is two bytes in both ABIs.
 */
void hypercall_rewind(struct cpu_regs *regs)
{
	static const u8 args_64[] = {
		offsetof(struct cpu_regs, rdi), offsetof(struct cpu_regs, rsi), offsetof(struct cpu_regs, rdx),
		offsetof(struct cpu_regs, r10), offsetof(struct cpu_regs, r8), offsetof(struct cpu_regs, r9),
	};
	static const u8 args_32[] = {
		offsetof(struct cpu_regs, rbx), offsetof(struct cpu_regs, rcx), offsetof(struct cpu_regs, rdx),
		offsetof(struct cpu_regs, rsi), offsetof(struct cpu_regs, rdi), offsetof(struct cpu_regs, rbp),
	};
	struct vcpu *v = current;
	const u8 *where = v->pv.flags & PV_RING1 ? args_32 : args_64;

	/* A result that only looks like it: a debug register can hold any number. */
	if (!v->continuation.pending) {
		regs->rax = (u64)HYPERCALL_RESTART;
		return;
	}
	v->continuation.pending = false;
	regs->rip -= 2;
	regs->rax = v->continuation.op;
	/* Old kernels expect all other registers to stay as they are. */
	for (u32 i = 0; i < v->continuation.nr_args; i++)
		*(u64 *)((u8 *)regs + where[i]) = v->continuation.arg[i];
	regs->entry_vector = 0;
}

static long call_one(u64 op, const u64 *a)
{
	if (op >= NR_HYPERCALLS)
		return -ENOSYS;
	op = array_index_nospec(op, NR_HYPERCALLS);
	return hypercall_table[op](a[0], a[1], a[2], a[3], a[4], a[5]);
}

long do_multicall(u64 list, u64 nr)
{
	struct vcpu *v = current;
	struct multicall_entry e;

	if (v->in_multicall)
		return -EINVAL;
	if (nr > 0xffffffffu / sizeof(e) || !guest_range_ok(list, nr * sizeof(e)))
		return -EFAULT;

	v->in_multicall = true;
	for (u64 i = 0; i < nr; i++) {
		u64 at = list + i * sizeof(e);
		long rc;

		if (i && hypercall_preempt_check()) {
			v->in_multicall = false;
			return hypercall_continue(__HYPERVISOR_multicall, 2, at, nr - i);
		}
		if (read_guest(&e, at)) {
			v->in_multicall = false;
			return -EFAULT;
		}
		rc = call_one(e.op, (const u64 *)e.args);
		/* It has left for another frame: there is nobody to go on for, or to tell. */
		if (e.op == __HYPERVISOR_iret)
			break;
		if (rc == HYPERCALL_RESTART && v->continuation.pending) {
			/* The entry becomes what is left of it. */
			v->continuation.pending = false;
			e.op = v->continuation.op;
			for (unsigned int k = 0; k < 6; k++)
				e.args[k] = v->continuation.arg[k];
			v->in_multicall = false;
			if (write_guest(at, &e))
				return -EFAULT;
			return hypercall_continue(__HYPERVISOR_multicall, 2, at, nr - i);
		}
		if (copy_to_guest(at + offsetof(struct multicall_entry, result), &rc, sizeof(rc))) {
			v->in_multicall = false;
			return -EFAULT;
		}
		/* The call may have ended this domain's life on this CPU. */
		if (v->domain->is_shutting_down)
			break;
	}
	v->in_multicall = false;
	return 0;
}
