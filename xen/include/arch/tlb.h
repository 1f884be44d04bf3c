/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flushing translations here and on other CPUs.
 *
 * A clock counts flushes: each full flush of a CPU's TLB stamps the CPU with
 * the clock, each frame whose last mapping goes is stamped too (its
 * tlbflush_stamp). A CPU stamped later than the frame cannot hold a stale
 * translation of it, and is left out of the shootdown. Before stamps can be
 * mistaken for ones of the next turn of the clock, every CPU flushes once.
 * Guests' translations are never global, so that loading a root flushes them.
 */
#ifndef XEN_ARCH_TLB_H
#define XEN_ARCH_TLB_H

#include <arch/cpumask.h>
#include <lib/types.h>

#define FLUSH_TLB		0x1	/* all of guests' translations */
#define FLUSH_TLB_GLOBAL	0x2	/* the hypervisor's own too */
#define FLUSH_CACHE		0x4	/* write back and invalidate caches */

#define FLUSH_CLOCK_NONE	0	/* stamp of a frame never mapped: no CPU need flush */

u32 tlbflush_now(void);			/* stamp for a frame whose last mapping went just now */
/* Take out of mask the CPUs that have flushed since stamp. */
void tlbflush_filter(cpumask_t *mask, u32 stamp);

/* This CPU. */
void flush_tlb_local(unsigned int flags);
void flush_tlb_local_va(vaddr_t va);
/* Load a root, counting as the flush that it is. root: machine address. */
void load_cr3(u64 root);

/*
 * All CPUs of mask, this one too if it is in. Returns when done. Interrupts
 * may be off only if this CPU alone is in mask; IPIs to CPUs that wait for
 * this one with interrupts off would deadlock.
 */
void flush_tlb_mask(const cpumask_t *mask, unsigned int flags);
void flush_tlb_mask_va(const cpumask_t *mask, vaddr_t va);

/*
 * To be called while waiting for another CPU, for a lock or a busy frame: that one may be
 * waiting for this one's flush, whose interrupt does not come while interrupts are off.
 */
void flush_tlb_poll(void);

/* Once a second, on one CPU: the flush of all that keeps stamps unambiguous. */
void tlbflush_epoch(void);

#endif
