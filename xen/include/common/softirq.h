/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deferred work of a CPU, run on the way out to a guest or from the idle
 * loop, with interrupts on and no lock held.
 */
#ifndef XEN_COMMON_SOFTIRQ_H
#define XEN_COMMON_SOFTIRQ_H

#include <arch/regs.h>
#include <arch/smp.h>
#include <lib/types.h>

enum softirq {
	SOFTIRQ_TIMER,
	SOFTIRQ_SCHEDULE,
	SOFTIRQ_TASKLET,
	SOFTIRQ_TIME_CALIBRATION,
	SOFTIRQ_NMI,
	SOFTIRQ_CONSOLE,
	SOFTIRQ_SERIAL,
	NR_SOFTIRQS
};

void open_softirq(enum softirq nr, void (*handler)(void));
void raise_softirq(enum softirq nr);			/* on this CPU */
void cpu_raise_softirq(u32 cpu, enum softirq nr);	/* and wake that CPU by IPI when it is another */
void do_softirq(void);					/* runs until nothing is pending */

#define softirq_pending()	(cpu_info()->softirq_pending != 0)

/* Work for later, on a given CPU. A tasklet runs once for each schedule; re-scheduling a pending one is a no-op. */
struct tasklet {
	struct tasklet *next;
	void (*fn)(void *);
	void *data;
	u32 cpu;
	bool pending;
};
void tasklet_init(struct tasklet *t, void (*fn)(void *), void *data);
void tasklet_schedule_on(struct tasklet *t, u32 cpu);
void tasklet_schedule(struct tasklet *t);
void tasklets_init(void);		/* boot CPU; registers the softirq */

#endif
