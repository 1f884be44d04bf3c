/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduling. common/sched.c owns states and the switch; a policy
 * (common/sched_credit.c) behind struct scheduler decides who runs.
 */
#ifndef XEN_COMMON_SCHED_H
#define XEN_COMMON_SCHED_H

#include <arch/smp.h>
#include <common/domain.h>
#include <lib/types.h>
#include <public/domctl.h>
#include <public/sysctl.h>

void scheduler_init(void);			/* boot CPU, before the first vcpu */
void scheduler_init_cpu(u32 cpu);		/* makes that CPU's idle vcpu current-to-be */
int sched_init_domain(struct domain *d);	/* 0, -ENOMEM */
void sched_destroy_domain(struct domain *d);
int sched_init_vcpu(struct vcpu *v);		/* 0, -ENOMEM; picks v->processor */
void sched_destroy_vcpu(struct vcpu *v);

void vcpu_wake(struct vcpu *v);			/* runnable now, if nothing else holds it */
void vcpu_unblock(struct vcpu *v);		/* an event came: clear VPF_BLOCKED and wake */
void vcpu_block(void);				/* current; returns when the flag is set (or an event already waits) */
void vcpu_pause(struct vcpu *v);		/* nests; returns when v does not run */
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
void vcpu_sleep_nosync(struct vcpu *v);	/* after adding a reason not to run: takes it off soon */
void vcpu_sleep_sync(struct vcpu *v);		/* waits until a non-runnable v is off its CPU and saved */
void vcpu_yield(void);
bool vcpu_runnable(const struct vcpu *v);
void vcpu_force_reschedule(struct vcpu *v);

/* NULL: unchanged. 0, -EINVAL (no online CPU in it), -EBUSY (overridden) */
int vcpu_set_affinity(struct vcpu *v, const cpumask_t *hard, const cpumask_t *soft);
int vcpu_pin_override(struct vcpu *v, s32 cpu);	/* SCHEDOP_pin_override; cpu < 0 ends it. 0, -EINVAL, -EBUSY */
const cpumask_t *vcpu_hard_affinity(const struct vcpu *v);
const cpumask_t *vcpu_soft_affinity(const struct vcpu *v);
void vcpu_send_nmi(struct vcpu *v);	/* common/vcpu_op.c; any context but an NMI */
void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out);
u64 vcpu_cpu_time(struct vcpu *v);		/* ns it has run */
u64 cpu_idle_time(u32 cpu);			/* ns */

long sched_domctl(struct domain *d, struct xen_domctl_scheduler_op *op);	/* 0, -EINVAL, -ESRCH; vcpu lists in guest memory */
long sched_sysctl(struct xen_sysctl_scheduler_op *op);
u32 sched_id(void);				/* XEN_SCHEDULER_* */

void runstate_init(struct vcpu *v);		/* common/runstate.c; from sched_init_vcpu */

/*
 * pv/context.c: make next the current vcpu of this CPU. Interrupts on entry:
 * off. Never returns: it ends in the guest or in the idle loop, on a fresh stack.
 * prev's frame is saved, and prev->is_running cleared (with a barrier) once its
 * state is in memory; then sched_context_switched(prev, next) is called.
 */
void context_switch(struct vcpu *prev, struct vcpu *next) noreturn;
void sched_context_switched(struct vcpu *prev, struct vcpu *next);
/* Lazily kept register state of a vcpu that left its CPU for idle: flush it to memory. */
void sync_vcpu_state(struct vcpu *v);

void startup_cpu_idle_loop(void) noreturn;

/* Softirqs, signals of preemption. True when a long operation must return -ERESTART. */
#define hypercall_preempt_check() (softirq_pending())

#endif
