/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spin locks and reader-writer locks. A lock that an interrupt handler
 * takes is only ever taken with interrupts off. Waiting for locks is fair:
 * first come, first served; writers of a rwlock keep new readers out.
 */
#ifndef XEN_COMMON_SPINLOCK_H
#define XEN_COMMON_SPINLOCK_H

#include <arch/atomic.h>
#include <arch/barrier.h>
#include <arch/irqflags.h>
#include <common/percpu.h>
#include <lib/types.h>

typedef struct {
	union {
		u32 both;
		struct { u16 head, tail; };	/* served; next ticket */
	};
	u16 owner;			/* in debug builds: CPU number + 1 while held, and whether it counts */
	u16 taken;			/* in debug builds: with interrupts on, or by their handlers */
} spinlock_t;

#define SPIN_LOCK_UNLOCKED	{ { 0 }, 0, 0 }
#define DEFINE_SPINLOCK(name)	spinlock_t name = SPIN_LOCK_UNLOCKED

static inline void spin_lock_init(spinlock_t *l)
{
	*l = (spinlock_t)SPIN_LOCK_UNLOCKED;
}

/* Debug builds: from now on each lock is taken with interrupts on, or by their handlers, but not both. */
extern bool spin_check_interrupts;
DECLARE_PER_CPU(u32, interrupt_depth);

void spin_lock(spinlock_t *l);
bool spin_trylock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
bool spin_is_locked(const spinlock_t *l);
/* Wait until whoever holds it now has let go. */
void spin_barrier(spinlock_t *l);
/* Forget the state of a lock: for a dying machine's console. */
void spin_lock_break(spinlock_t *l);

static inline void spin_lock_irq(spinlock_t *l)
{
	local_irq_disable();
	spin_lock(l);
}
static inline void spin_unlock_irq(spinlock_t *l)
{
	spin_unlock(l);
	local_irq_enable();
}
static inline unsigned long spin_lock_irqsave_flags(spinlock_t *l)
{
	unsigned long flags = local_irq_save_flags();

	spin_lock(l);
	return flags;
}
#define spin_lock_irqsave(l, flags) ((void)((flags) = spin_lock_irqsave_flags(l)))
static inline void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	spin_unlock(l);
	local_irq_restore(flags);
}

/* Two locks of a kind, in address order; the same one twice is taken once. */
static inline void spin_lock_pair(spinlock_t *a, spinlock_t *b)
{
	if (a == b) {
		spin_lock(a);
	} else if (a < b) {
		spin_lock(a);
		spin_lock(b);
	} else {
		spin_lock(b);
		spin_lock(a);
	}
}
static inline void spin_unlock_pair(spinlock_t *a, spinlock_t *b)
{
	spin_unlock(a);
	if (a != b)
		spin_unlock(b);
}

typedef struct {
	u32 count;			/* readers inside; RWLOCK_WRITER while written */
	spinlock_t queue;		/* those who wait, in order */
} rwlock_t;
#define RWLOCK_WRITER		0x80000000u
#define RW_LOCK_UNLOCKED	{ 0, SPIN_LOCK_UNLOCKED }
#define DEFINE_RWLOCK(name)	rwlock_t name = RW_LOCK_UNLOCKED

static inline void rwlock_init(rwlock_t *l)
{
	*l = (rwlock_t)RW_LOCK_UNLOCKED;
}
void read_lock(rwlock_t *l);
void read_unlock(rwlock_t *l);
void write_lock(rwlock_t *l);
void write_unlock(rwlock_t *l);
static inline unsigned long read_lock_irqsave_flags(rwlock_t *l)
{
	unsigned long flags = local_irq_save_flags();

	read_lock(l);
	return flags;
}
static inline unsigned long write_lock_irqsave_flags(rwlock_t *l)
{
	unsigned long flags = local_irq_save_flags();

	write_lock(l);
	return flags;
}
#define read_lock_irqsave(l, flags)	((void)((flags) = read_lock_irqsave_flags(l)))
#define write_lock_irqsave(l, flags)	((void)((flags) = write_lock_irqsave_flags(l)))
static inline void read_unlock_irqrestore(rwlock_t *l, unsigned long flags)
{
	read_unlock(l);
	local_irq_restore(flags);
}
static inline void write_unlock_irqrestore(rwlock_t *l, unsigned long flags)
{
	write_unlock(l);
	local_irq_restore(flags);
}

#endif
