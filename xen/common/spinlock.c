/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spin locks and fair reader-writer locks. A waiter spins on the
 * number being served, so the lock's line is only read until it changes.
 */
#include <arch/regs.h>
#include <arch/tlb.h>
#include <common/percpu.h>
#include <common/spinlock.h>
#include <lib/bug.h>

static inline void wait_a_little(void)
{
	cpu_relax();
	flush_tlb_poll();
}

#define TICKET		0x10000u	/* one in the tail half of spinlock_t.both */

bool spin_check_interrupts;

#ifdef CONFIG_DEBUG
#define TAKEN_WITH_IRQS_ON	1
#define TAKEN_WITH_IRQS_OFF	2	/* by a handler, or with such a lock held */
#define OWNER_COUNTED		0x8000u

DEFINE_PER_CPU(u32, interrupt_depth);	/* handlers under way, and locks held that are taken with interrupts off */

/*
 * A lock that interrupt handlers take, or that is taken inside of such a lock,
 * is never to be held with interrupts on: the handler would wait for ever. So
 * each lock is taken in one of the two ways and never in the other. Where
 * interrupts are off for another reason, a fault's or a return to a guest,
 * nobody is kept from letting go: there any lock may be taken.
 */
static void check_interrupts(spinlock_t *l)
{
	u16 now = local_irq_is_enabled() ? TAKEN_WITH_IRQS_ON : TAKEN_WITH_IRQS_OFF;

	if (!spin_check_interrupts || l->taken == now ||
	    (now == TAKEN_WITH_IRQS_OFF && !this_cpu(interrupt_depth)))
		return;
	ASSERT(!l->taken);
	WRITE_ONCE(l->taken, now);
}
static bool is_mine(const spinlock_t *l)
{
	return (READ_ONCE(l->owner) & ~OWNER_COUNTED) == smp_cpu() + 1;
}
static void set_owner(spinlock_t *l)
{
	bool counted = spin_check_interrupts && l->taken == TAKEN_WITH_IRQS_OFF;

	WRITE_ONCE(l->owner, (smp_cpu() + 1) | (counted ? OWNER_COUNTED : 0));
	if (counted)
		this_cpu(interrupt_depth)++;
}
static void clear_owner(spinlock_t *l)
{
	ASSERT(is_mine(l));
	if (l->owner & OWNER_COUNTED)
		this_cpu(interrupt_depth)--;
	WRITE_ONCE(l->owner, 0);
}
#else
static void check_interrupts(spinlock_t *l) { (void)l; }
static bool is_mine(const spinlock_t *l) { (void)l; return false; }
static void set_owner(spinlock_t *l) { (void)l; }
static void clear_owner(spinlock_t *l) { (void)l; }
#endif

void spin_lock(spinlock_t *l)
{
	u32 both = fetch_add(&l->both, TICKET);
	u16 mine = both >> 16;

	check_interrupts(l);
	ASSERT((u16)both == mine || !is_mine(l));
	if ((u16)both != mine)
		while (READ_ONCE(l->head) != mine)
			wait_a_little();
	barrier();
	set_owner(l);
}

bool spin_trylock(spinlock_t *l)
{
	u32 both = READ_ONCE(l->both);

	if ((u16)both != both >> 16 || !try_cmpxchg(&l->both, &both, both + TICKET))
		return false;
	set_owner(l);
	return true;
}

void spin_unlock(spinlock_t *l)
{
	clear_owner(l);
	store_release(&l->head, (u16)(l->head + 1));
}

bool spin_is_locked(const spinlock_t *l)
{
	u32 both = READ_ONCE(l->both);

	return (u16)both != both >> 16;
}

void spin_barrier(spinlock_t *l)
{
	u32 both = READ_ONCE(l->both);
	u16 head = both;

	smp_mb();
	if (head != both >> 16)
		while (READ_ONCE(l->head) == head)
			cpu_relax();
	smp_mb();
}

void spin_lock_break(spinlock_t *l)
{
	spin_lock_init(l);
}

/*
 * Readers count themselves in; a writer marks the lock and waits for the
 * count to drain. Whoever finds the lock taken queues, so that neither kind
 * starves the other. An interrupted reader may be read-locked again by an
 * interrupt handler only if no writer can be queued: locks used in
 * interrupts are taken with interrupts off.
 */
void read_lock(rwlock_t *l)
{
	u32 n = READ_ONCE(l->count);

	check_interrupts(&l->queue);
	if (!spin_is_locked(&l->queue) && !(n & RWLOCK_WRITER) &&
	    try_cmpxchg(&l->count, &n, n + 1))
		return;
	spin_lock(&l->queue);
	for (;;) {
		n = READ_ONCE(l->count);
		if (!(n & RWLOCK_WRITER) && try_cmpxchg(&l->count, &n, n + 1))
			break;
		wait_a_little();
	}
	spin_unlock(&l->queue);
}

void read_unlock(rwlock_t *l)
{
	(void)fetch_sub(&l->count, 1);
}

void write_lock(rwlock_t *l)
{
	u32 n;

	spin_lock(&l->queue);
	for (;;) {
		n = 0;
		if (READ_ONCE(l->count) == 0 && try_cmpxchg(&l->count, &n, RWLOCK_WRITER))
			break;
		wait_a_little();
	}
	spin_unlock(&l->queue);
}

void write_unlock(rwlock_t *l)
{
	store_release(&l->count, 0);
}
