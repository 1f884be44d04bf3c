// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers: a heap of deadlines for each CPU, the earliest of which is in the
 * local APIC. Called by everyone, in any context. Each heap and the `cpu`
 * field of the timers in it are guarded by that CPU's timer lock, which is
 * taken with interrupts off and is inside every lock but the console's.
 */
#include <arch/apic.h>
#include <arch/barrier.h>
#include <arch/regs.h>
#include <arch/time.h>
#include <common/softirq.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <lib/bug.h>

#define NOT_PROGRAMMED	0

struct cpu_timers {
	spinlock_t lock;
	struct heap heap;
	struct timer *running;		/* its function is being called */
	s_time_t programmed;		/* deadline in the local APIC; own CPU, interrupts off */
} __aligned(64);

static struct cpu_timers cpu_timers[MAX_CPUS];

static struct timer *timer_of(struct heap_node *n)
{
	return container_of(n, struct timer, node);
}

/* Lock the heap a timer belongs to; it may move until the lock is held. */
static struct cpu_timers *lock_timer(const struct timer *t, unsigned long *flags)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);
		struct cpu_timers *ct = &cpu_timers[cpu];

		spin_lock_irqsave(&ct->lock, *flags);
		if (likely(t->cpu == cpu))
			return ct;
		spin_unlock_irqrestore(&ct->lock, *flags);
	}
}

/* The deadline is now the CPU's first: have it put into the local APIC. */
static void request_programming(u32 cpu)
{
	if (cpu == smp_cpu())
		raise_softirq(SOFTIRQ_TIMER);
	else
		cpu_raise_softirq(cpu, SOFTIRQ_TIMER);
}

void timer_init(struct timer *t, void (*fn)(void *), void *data, u32 cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}

void timer_set(struct timer *t, s_time_t expires)
{
	unsigned long flags;
	struct cpu_timers *ct = lock_timer(t, &flags);
	bool first;

	if (heap_contains(&t->node))
		heap_remove(&ct->heap, &t->node);
	if (!t->killed) {
		t->node.key = expires;
		heap_insert(&ct->heap, &t->node);
	}
	first = ct->heap.root == &t->node;
	if (first)
		request_programming(t->cpu);
	spin_unlock_irqrestore(&ct->lock, flags);
}

void timer_stop(struct timer *t)
{
	unsigned long flags;
	struct cpu_timers *ct = lock_timer(t, &flags);

	/* The local APIC keeps the deadline: one early interrupt costs less. */
	if (heap_contains(&t->node))
		heap_remove(&ct->heap, &t->node);
	spin_unlock_irqrestore(&ct->lock, flags);
}

void timer_migrate(struct timer *t, u32 new_cpu)
{
	struct cpu_timers *to = &cpu_timers[new_cpu];
	unsigned long flags;

	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);
		struct cpu_timers *from = &cpu_timers[cpu];

		if (cpu == new_cpu)
			return;
		local_irq_save(flags);
		spin_lock_pair(&from->lock, &to->lock);
		if (t->cpu == cpu) {
			bool active = heap_contains(&t->node);

			if (active)
				heap_remove(&from->heap, &t->node);
			t->cpu = new_cpu;
			if (active) {
				heap_insert(&to->heap, &t->node);
				if (to->heap.root == &t->node)
					request_programming(new_cpu);
			}
			spin_unlock_pair(&from->lock, &to->lock);
			local_irq_restore(flags);
			return;
		}
		spin_unlock_pair(&from->lock, &to->lock);
		local_irq_restore(flags);
	}
}

void timer_kill(struct timer *t)
{
	unsigned long flags;
	struct cpu_timers *ct = lock_timer(t, &flags);

	t->killed = true;
	if (heap_contains(&t->node))
		heap_remove(&ct->heap, &t->node);
	spin_unlock_irqrestore(&ct->lock, flags);

	/* It may have been moved while its function ran: ask every CPU. */
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++)
		while (READ_ONCE(cpu_timers[cpu].running) == t)
			cpu_relax();
}

bool timer_active(const struct timer *t)
{
	return heap_contains(&t->node);
}

s_time_t timer_expires(const struct timer *t)
{
	return t->node.key;
}

void timer_interrupt(void)
{
	cpu_timers[smp_cpu()].programmed = NOT_PROGRAMMED;
	raise_softirq(SOFTIRQ_TIMER);
}

/* Lock held, interrupts off. */
static void program(struct cpu_timers *ct)
{
	s_time_t deadline;

	if (!ct->heap.root)
		return;
	deadline = ct->heap.root->key;
	/* 0 turns the APIC's timer off; a deadline that long past means now. */
	if (deadline <= NOT_PROGRAMMED)
		deadline = 1;
	if (deadline == ct->programmed)
		return;
	ct->programmed = deadline;
	apic_timer_set(deadline);
}

/*
 * Time is read once, so a function that re-arms its timer in the past cannot
 * keep the CPU here: the timer fires again by a new interrupt.
 */
static void timer_softirq(void)
{
	struct cpu_timers *ct = &cpu_timers[smp_cpu()];
	s_time_t now = NOW();

	spin_lock_irq(&ct->lock);
	while (ct->heap.root && !key_before(now, ct->heap.root->key)) {
		struct timer *t = timer_of(ct->heap.root);
		void (*fn)(void *) = t->fn;
		void *data = t->data;

		heap_remove(&ct->heap, &t->node);
		ct->running = t;
		spin_unlock_irq(&ct->lock);
		fn(data);
		spin_lock_irq(&ct->lock);
		WRITE_ONCE(ct->running, NULL);
	}
	program(ct);
	spin_unlock_irq(&ct->lock);
}

void timers_init_cpu(u32 cpu)
{
	spin_lock_init(&cpu_timers[cpu].lock);
	cpu_timers[cpu].programmed = NOT_PROGRAMMED;
}

void timers_init(void)
{
	open_softirq(SOFTIRQ_TIMER, timer_softirq);
	timers_init_cpu(smp_cpu());
}
