/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls by name, over the one function that arch.h has for all of them, and
 * the memory barriers that shared pages need. Results are 0 or above, or negative
 * error numbers of <xen/errno.h>.
 */
#ifndef MINIOS_HYPERCALL_H
#define MINIOS_HYPERCALL_H

#include <arch.h>
#include <xen/event_channel.h>
#include <xen/errno.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/version.h>

/* x86 keeps loads in order among themselves, and stores: only the compiler errs. */
#define barrier()	__asm__ volatile("" : : : "memory")
#define xen_mb()	__sync_synchronize()
#define xen_rmb()	barrier()
#define xen_wmb()	barrier()

static inline long hypercall_console_io(unsigned int cmd, unsigned int count, void *buffer)
{
	return hypercall(__HYPERVISOR_console_io, cmd, count, (unsigned long)buffer, 0, 0);
}

static inline long hypercall_event_channel(unsigned int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_event_channel_op, cmd, (unsigned long)arg, 0, 0, 0);
}

static inline long hypercall_grant_table(unsigned int cmd, void *ops, unsigned int count)
{
	return hypercall(__HYPERVISOR_grant_table_op, cmd, (unsigned long)ops, count, 0, 0);
}

static inline long hypercall_memory(unsigned int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_memory_op, cmd, (unsigned long)arg, 0, 0, 0);
}

static inline long hypercall_mmu_update(struct mmu_update *requests, unsigned int count)
{
	return hypercall(__HYPERVISOR_mmu_update, (unsigned long)requests, count, 0, DOMID_SELF, 0);
}

static inline long hypercall_sched(unsigned int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_sched_op, cmd, (unsigned long)arg, 0, 0, 0);
}

static inline long hypercall_set_trap_table(struct trap_info *table)
{
	return hypercall(__HYPERVISOR_set_trap_table, (unsigned long)table, 0, 0, 0, 0);
}

static inline long hypercall_xen_version(unsigned int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_xen_version, cmd, (unsigned long)arg, 0, 0, 0);
}

#endif
