// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasklets: functions queued to run once, soon, on a given CPU. May be
 * scheduled in any context. Each CPU's queue and the tasklets on it are
 * guarded by the queue's lock, taken with interrupts off.
 */
#include <arch/regs.h>
#include <common/softirq.h>
#include <common/spinlock.h>
#include <lib/bug.h>

struct tasklet_queue {
	spinlock_t lock;
	struct tasklet *first, **last;
} __aligned(64);

static struct tasklet_queue queues[MAX_CPUS];

void tasklet_init(struct tasklet *t, void (*fn)(void *), void *data)
{
	*t = (struct tasklet){ .fn = fn, .data = data };
}

void tasklet_schedule_on(struct tasklet *t, u32 cpu)
{
	struct tasklet_queue *q = &queues[cpu];
	unsigned long flags;

	/* Whoever turns `pending` on is the one who queues. */
	if (xchg(&t->pending, true))
		return;
	t->cpu = cpu;
	t->next = NULL;
	spin_lock_irqsave(&q->lock, flags);
	if (!q->first)
		q->last = &q->first;
	*q->last = t;
	q->last = &t->next;
	spin_unlock_irqrestore(&q->lock, flags);
	cpu_raise_softirq(cpu, SOFTIRQ_TASKLET);
}

void tasklet_schedule(struct tasklet *t)
{
	tasklet_schedule_on(t, smp_cpu());
}

/* One tasklet a call: others of higher urgency come in between. */
static void tasklet_softirq(void)
{
	struct tasklet_queue *q = &queues[smp_cpu()];
	struct tasklet *t;
	void (*fn)(void *);
	void *data;

	spin_lock_irq(&q->lock);
	t = q->first;
	if (t)
		q->first = t->next;
	if (q->first)
		raise_softirq(SOFTIRQ_TASKLET);
	spin_unlock_irq(&q->lock);
	if (!t)
		return;
	fn = t->fn;
	data = t->data;
	store_release(&t->pending, false);	/* may be scheduled again, also by fn */
	fn(data);
}

void tasklets_init(void)
{
	open_softirq(SOFTIRQ_TASKLET, tasklet_softirq);
}
