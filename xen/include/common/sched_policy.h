/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the two halves of the scheduler: common/sched.c, which owns states,
 * run states and the switch, and a policy, which owns the queues and decides
 * who runs where. Nobody else includes this.
 *
 * Each CPU has a run-queue lock, taken with interrupts off. The lock of
 * v->processor guards a vcpu's scheduling state and that field itself. A
 * second run-queue lock may only be tried for, never waited for.
 */
#ifndef XEN_COMMON_SCHED_POLICY_H
#define XEN_COMMON_SCHED_POLICY_H

#include <arch/cpumask.h>
#include <common/domain.h>
#include <common/heap.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <lib/list.h>
#include <public/domctl.h>
#include <public/sysctl.h>

#define NR_WATCHDOGS	2

enum sched_place {
	PLACE_OFF,		/* not runnable, or between two queues */
	PLACE_QUEUED,		/* in the queue of v->processor */
	PLACE_RUNNING,		/* the one that v->processor runs */
	PLACE_PARKED,		/* runnable, but its domain has used up its cap */
};

struct sched_vcpu {
	struct vcpu *vcpu;
	struct sched_domain *domain;
	cpumask_t hard, soft;		/* affinities; run-queue lock */
	cpumask_t saved_hard;		/* while overridden */
	bool overridden;		/* SCHEDOP_pin_override */
	bool must_move;			/* hard affinity forbids its CPU: place it anew once saved */

	/* --- the policy's; run-queue lock --- */
	enum sched_place place;
	bool active;			/* counted in domain->active */
	bool yielded;
	struct heap_node node;		/* while PLACE_QUEUED */
	u64 vtime;			/* virtual time it has used; stale while queued */
	s_time_t charged_until;		/* while running: used time before is accounted */
	s_time_t running_since;
	struct list_head parked_link;	/* domain->cap_lock */
};

struct sched_domain {
	struct domain *domain;
	u32 weight;
	u32 cap;			/* percent of one CPU, 0 for none */
	int active;			/* vcpus that run or could; atomic */

	/* --- the cap --- */
	spinlock_t cap_lock;		/* inside run-queue locks */
	struct list_head parked;	/* cap_lock */
	bool refill_armed;		/* cap_lock */
	s_time_t next_refill;		/* cap_lock */
	s64 budget;			/* ns of CPU left in this period; atomic; may be negative */
	struct timer refill_timer;

	/* --- SCHEDOP_watchdog (common/sched_op.c) --- */
	spinlock_t watchdog_lock;
	u32 watchdogs_in_use;
	struct timer watchdog[NR_WATCHDOGS];
};

/* A physical CPU, as both halves see it. */
struct sched_cpu {
	spinlock_t lock;		/* the run-queue lock */
	struct sched_vcpu *running;	/* NULL: idle */
	struct vcpu *idle;
	struct timer slice;		/* ends the present choice */
} __aligned(64);

extern struct sched_cpu sched_cpus[MAX_CPUS];

/* A policy. The run-queue lock of the vcpu's processor is held throughout. */
struct scheduler {
	const char *option;		/* sched=NAME */
	const char *name;
	u32 id;				/* XEN_SCHEDULER_* */

	void (*init_cpu)(u32 cpu);
	void (*init_domain)(struct sched_domain *sd);
	void (*destroy_domain)(struct sched_domain *sd);	/* no vcpus left; no lock */

	/* Where a vcpu that is nowhere should run next: a CPU of its hard affinity. */
	u32 (*pick_cpu)(const struct sched_vcpu *sv);
	/* It became runnable: queue it on v->processor; interrupt a CPU that should look. */
	void (*wake)(struct sched_vcpu *sv, s_time_t now);
	/* It stopped being runnable (or moves) and does not run: take it off. */
	void (*sleep)(struct sched_vcpu *sv);
	void (*yield)(struct sched_vcpu *sv);
	/*
	 * Choose for a CPU whose lock is held. sched_cpus[cpu].running is who ran
	 * until now. NULL: nobody, idle. *slice: ns after which to ask again, or -1.
	 */
	struct sched_vcpu *(*schedule)(u32 cpu, s_time_t now, s_time_t *slice);
	/* The registers of one that left its CPU are in memory: others may take it. */
	void (*saved)(struct sched_vcpu *sv, s_time_t now);

	long (*adjust_domain)(struct sched_domain *sd, struct xen_domctl_scheduler_op *op);
	long (*adjust_global)(struct xen_sysctl_scheduler_op *op);
	void (*dump_cpu)(u32 cpu, s_time_t now);
};

extern const struct scheduler sched_credit;

/* --- what common/sched.c offers a policy --- */

/* Have a CPU choose anew. */
void sched_tickle(u32 cpu);
/* Have it choose anew at deadline, if it would not before. Its lock is held. */
void sched_tickle_at(u32 cpu, s_time_t deadline);
/* Interrupt flag around locking from a timer function. */
unsigned long sched_irq_save(void);
void sched_irq_restore(unsigned long flags);

/* Lock the queue of a vcpu's processor, which may change until it is held. */
struct sched_cpu *sched_lock_vcpu(const struct vcpu *v, unsigned long *flags);
void sched_unlock(struct sched_cpu *sc, unsigned long flags);

/* common/runstate.c; run-queue lock held */
void runstate_change(struct vcpu *v, int state, s_time_t now);
/* common/sched_op.c */
void watchdogs_init(struct sched_domain *sd);
void watchdogs_kill(struct sched_domain *sd);

#endif
