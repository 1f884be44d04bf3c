/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine for the page-typing core: RAM with holes, two to four CPUs
 * with TLBs that keep what nobody flushed, and domains. Hypercalls are made as a
 * guest makes them, preempted at random and continued. world_check() recomputes
 * every count from scratch and compares it with the frame table.
 */
#ifndef SHIM_WORLD_H
#define SHIM_WORLD_H

#include <common/domain.h>
#include <common/frame.h>
#include <common/frame_heap.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/rangeset.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/memory.h>
#include <public/xen.h>
#include <pv/pgtype.h>
#include <pv/walk.h>

int printf(const char *fmt, ...);
int fflush(void *stream);
void abort(void) __attribute__((__noreturn__));
void exit(int code) __attribute__((__noreturn__));

#define WORLD_FRAMES	1536u		/* frame numbers; RAM begins at 256 */
#define WORLD_FIRST	256u
#define HOLE_FIRST	700u		/* device memory in the middle of RAM */
#define HOLE_LAST	715u
#define WORLD_CPUS	3u
#define WORLD_VCPUS	2u		/* of each domain */

enum { CONTROL, GUEST_A, GUEST_B, NR_DOMAINS };
extern struct domain *world_domain[NR_DOMAINS];

/* Fresh: no domains. */
void world_init(u64 seed);
/* A domain of that id with frames of its own. */
void world_create(unsigned int id, unsigned int frames);
/* Tear it down, with preemption; frames others hold stay. */
void world_destroy(unsigned int id);
/* Run as vcpu n of a domain, on any CPU. */
void world_run(unsigned int id, unsigned int n);
/* Go on as whatever another CPU, or this one, runs. */
void world_run_any(void);
/* Each thread that is a CPU of its own, before anything else. */
void world_thread(u32 cpu);
extern bool world_concurrent;		/* several threads: the model TLBs are off */

u64 world_random(void);
static inline u32 pick(u32 n) { return world_random() % n; }
static inline bool chance(u32 percent) { return pick(100) < percent; }

/* 0 to 100: how often a preemption check says yes; and a continuation is never made. */
extern u32 world_preempt_percent, world_abandon_percent;

/* Hypercalls of the current vcpu, continued until they are done. */
long guest_mmu_update(const struct mmu_update *reqs, u32 n, u32 foreign);
long guest_mmuext(const struct mmuext_op *ops, u32 n, u32 foreign);
long guest_mmuext1(u32 cmd, u64 mfn);
long guest_memory_op(u32 cmd, void *arg);
long guest_write_pte(u64 maddr, u64 val);

/* The CPUs load translations at random from tables in use; stale ones are found by world_check. */
void world_walk_some(void);

bool world_check_tlbs(void);
/* Everything is consistent, or a message and false. */
bool world_check(void);
/* Test-held references (as grants hold them), which world_check expects. */
bool world_hold(struct page_info *pg, struct domain *d, bool writable);
bool world_drop_one_hold(void);
unsigned int world_holds(void);
/* Shared hypervisor frames of a domain, for tests that map them. */
struct page_info *world_shared_frame(unsigned int id, bool writable);

/* A random frame of a domain, RAM or not, as a hostile guest would name it. */
u64 world_any_frame(unsigned int id);
/* One of a domain's own. */
u64 world_own_frame(unsigned int id);

/* Called, if set, when a frame's flush stamp is drawn, TLBs are shot down, a frame's cache lines are written back. */
enum world_moment { WORLD_STAMP, WORLD_TLB_FLUSH, WORLD_CACHE_FLUSH };
extern void (*world_watcher)(enum world_moment what);

#endif
