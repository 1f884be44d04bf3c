/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls. Every handler takes up to six 64-bit arguments, zero-extended
 * for the ring-1 ABI, and returns the guest's result. The table is in
 * pv/hypercall.c.
 *
 * A handler that has worked long enough stores where it stands and asks to be
 * called again: return hypercall_continue(op, n, args...). The guest re-enters
 * through its own hypercall instruction, so interrupts and scheduling happen
 * in between; within a multicall the remaining entries are what continues.
 */
#ifndef XEN_COMMON_HYPERCALL_H
#define XEN_COMMON_HYPERCALL_H

#include <common/domain.h>
#include <common/hypercall_numbers.h>
#include <lib/types.h>

/* A result no handler returns to a guest: the call is to be made again. */
#define HYPERCALL_RESTART	((long)HYPERCALL_RESTART_VALUE)

/* n arguments (at most 6) of type u64 follow. Always returns HYPERCALL_RESTART. */
long hypercall_continue(u32 op, u32 n, ...);

long do_set_trap_table(u64 traps);
long do_mmu_update(u64 ureqs, u64 count, u64 pdone, u64 foreigndom);
long do_set_gdt(u64 frames, u64 entries);
long do_stack_switch(u64 ss, u64 esp);
long do_set_callbacks(u64 event, u64 failsafe, u64 syscall);
long do_set_callbacks_32(u64 event_cs, u64 event, u64 failsafe_cs, u64 failsafe);
long do_fpu_taskswitch(u64 set);
long do_platform_op(u64 uop);
long do_set_debugreg(u64 reg, u64 value);
long do_get_debugreg(u64 reg);
long do_update_descriptor(u64 maddr, u64 desc);
long do_memory_op(u64 cmd, u64 arg);
long do_multicall(u64 list, u64 nr);
long do_update_va_mapping(u64 va, u64 val, u64 flags);
long do_set_timer_op(u64 deadline);
long do_xen_version(u64 cmd, u64 arg);
long do_console_io(u64 cmd, u64 count, u64 buffer);
long do_physdev_op_compat(u64 uop);
long do_vm_assist(u64 cmd, u64 type);
/* All of d's assists at once, VMASST_TYPE_* bits: those that its ABI lacks are dropped. d is paused. */
void set_vm_assists(struct domain *d, u64 assists);
long do_update_va_mapping_otherdomain(u64 va, u64 val, u64 flags, u64 domid);
long do_iret(void);
long do_iret_32(void);
long do_vcpu_op(u64 cmd, u64 vcpuid, u64 arg);
long do_set_segment_base(u64 which, u64 base);
long do_mmuext_op(u64 uops, u64 count, u64 pdone, u64 foreigndom);
long do_nmi_op(u64 cmd, u64 arg);
long do_sched_op(u64 cmd, u64 arg);
long do_sched_op_compat(u64 cmd, u64 arg);
long do_callback_op(u64 cmd, u64 arg);
long do_physdev_op(u64 cmd, u64 arg);
long do_sysctl(u64 op);
long do_domctl(u64 op);
long do_mca(u64 op);

#endif
