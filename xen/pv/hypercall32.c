/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall table of the ring-1 ABI. Handlers are the 64-bit ABI's; those
 * whose structures have another layout look at the domain's word size. What
 * is here puts 64-bit arguments together from pairs of registers, and does
 * multicalls, whose entries are of 32-bit words.
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
#include <pv/mm.h>

typedef long (*hypercall_fn)(u64, u64, u64, u64, u64, u64);

static long no_hypercall(void)
{
	return -ENOSYS;
}

static u64 pair(u64 low, u64 high)
{
	return (u32)low | high << 32;
}

static long update_descriptor_32(u64 maddr_lo, u64 maddr_hi, u64 desc_lo, u64 desc_hi)
{
	return do_update_descriptor(pair(maddr_lo, maddr_hi), pair(desc_lo, desc_hi));
}

static long update_va_mapping_32(u64 va, u64 val_lo, u64 val_hi, u64 flags)
{
	if (unlikely(current->pv.deferred) && finish_deferred(current))
		return hypercall_continue(__HYPERVISOR_update_va_mapping, 4, va, val_lo, val_hi, flags);
	return do_update_va_mapping(va, pair(val_lo, val_hi), flags);
}

static long update_va_mapping_otherdomain_32(u64 va, u64 val_lo, u64 val_hi, u64 flags, u64 domid)
{
	return do_update_va_mapping_otherdomain(va, pair(val_lo, val_hi), flags, domid);
}

static long set_timer_op_32(u64 lo, u64 hi)
{
	return do_set_timer_op(pair(lo, hi));
}

static long multicall_32(u64 list, u64 nr);

#define H(n, f)	[__HYPERVISOR_##n] = (hypercall_fn)(f)
#pragma GCC diagnostic ignored "-Wcast-function-type"
#pragma GCC diagnostic ignored "-Woverride-init"	/* the default of the whole table comes first */

extern const hypercall_fn hypercall_table_32[NR_HYPERCALLS];
const hypercall_fn hypercall_table_32[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = (hypercall_fn)no_hypercall,
	H(set_trap_table, do_set_trap_table),
	H(mmu_update, do_mmu_update),
	H(set_gdt, do_set_gdt),
	H(stack_switch, do_stack_switch),
	H(set_callbacks, do_set_callbacks_32),
	H(fpu_taskswitch, do_fpu_taskswitch),
	H(sched_op_compat, do_sched_op_compat),
	H(platform_op, do_platform_op),
	H(set_debugreg, do_set_debugreg),
	H(get_debugreg, do_get_debugreg),
	H(update_descriptor, update_descriptor_32),
	H(memory_op, do_memory_op),
	H(multicall, multicall_32),
	H(update_va_mapping, update_va_mapping_32),
	H(set_timer_op, set_timer_op_32),
	H(event_channel_op_compat, do_event_channel_op_compat),
	H(xen_version, do_xen_version),
	H(console_io, do_console_io),
	H(physdev_op_compat, do_physdev_op_compat),
	H(grant_table_op, do_grant_table_op),
	H(vm_assist, do_vm_assist),
	H(update_va_mapping_otherdomain, update_va_mapping_otherdomain_32),
	H(iret, do_iret_32),
	H(vcpu_op, do_vcpu_op),
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

struct multicall_entry_32 {
	u32 op, result;
	u32 args[6];
};

static long call_one(const struct multicall_entry_32 *e)
{
	u32 op = e->op;

	if (op >= NR_HYPERCALLS)
		return -ENOSYS;
	op = array_index_nospec(op, NR_HYPERCALLS);
	return hypercall_table_32[op](e->args[0], e->args[1], e->args[2], e->args[3], e->args[4], e->args[5]);
}

static long multicall_32(u64 list, u64 nr)
{
	struct vcpu *v = current;
	struct multicall_entry_32 e;

	if (v->in_multicall)
		return -EINVAL;
	if (nr > 0xffffffffu / sizeof(e) || !guest_range_ok(list, nr * sizeof(e)))
		return -EFAULT;

	v->in_multicall = true;
	for (u64 i = 0; i < nr; i++) {
		const u64 at = list + i * sizeof(e);
		long rc;
		u32 result;

		if (i && hypercall_preempt_check()) {
			v->in_multicall = false;
			return hypercall_continue(__HYPERVISOR_multicall, 2, at, nr - i);
		}
		if (read_guest(&e, at)) {
			v->in_multicall = false;
			return -EFAULT;
		}
		rc = call_one(&e);
		/* It has left for another frame: there is nobody to go on for, or to tell. */
		if (e.op == __HYPERVISOR_iret)
			break;
		if (rc == HYPERCALL_RESTART && v->continuation.pending) {
			/* The entry becomes what is left of it. */
			v->continuation.pending = false;
			e.op = v->continuation.op;
			for (unsigned int k = 0; k < ARRAY_SIZE(e.args); k++)
				e.args[k] = v->continuation.arg[k];
			v->in_multicall = false;
			if (write_guest(at, &e))
				return -EFAULT;
			return hypercall_continue(__HYPERVISOR_multicall, 2, at, nr - i);
		}
		result = rc;
		if (copy_to_guest(at + offsetof(struct multicall_entry_32, result), &result, sizeof(result))) {
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
