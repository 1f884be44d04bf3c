/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One-shot timers, kept per CPU in deadline order. A timer's function runs in
 * the timer softirq of its CPU, with interrupts on and no lock held. All
 * calls but timer_kill may be made in any context.
 */
#ifndef XEN_COMMON_TIMER_H
#define XEN_COMMON_TIMER_H

#include <common/heap.h>
#include <lib/types.h>

struct timer {
	struct heap_node node;		/* keyed by the deadline: system time, ns */
	void (*fn)(void *data);
	void *data;
	u32 cpu;
	bool killed;
};

void timers_init(void);			/* boot CPU; registers the softirq */
void timers_init_cpu(u32 cpu);		/* before that CPU runs timers */
void timer_init(struct timer *t, void (*fn)(void *), void *data, u32 cpu);
void timer_set(struct timer *t, s_time_t expires);	/* re-arms */
void timer_stop(struct timer *t);
void timer_migrate(struct timer *t, u32 new_cpu);
/* Stop it for good and wait until its function does not run; not from that function. */
void timer_kill(struct timer *t);
bool timer_active(const struct timer *t);
s_time_t timer_expires(const struct timer *t);	/* of an active timer */
void timer_interrupt(void);		/* from the local APIC timer vector: raises the softirq */

#endif
