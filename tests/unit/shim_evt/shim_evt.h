/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What event and grant code needs of the rest of the hypervisor, played by a
 * host process: frames with counts, domains, guest memory, page-table entries,
 * locks that notice what would deadlock, and preemption at will. A failing
 * check prints where and makes the program fail.
 */
#ifndef SHIM_EVT_H
#define SHIM_EVT_H

#include <common/domain.h>
#include <common/frame.h>
#include <common/hypercall.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <lib/types.h>

int printf(const char *fmt, ...);
void *calloc(size_t n, size_t size);
void free(void *p);
void abort(void) __attribute__((__noreturn__));

#define SHIM_FRAMES	8192u	/* of 4 KiB, all of the machine's memory */

void shim_init(void);

/* A domain with vcpus, its shared_info and nothing else; destroyed with its last reference. */
struct domain *shim_domain(domid_t id, u32 vcpus, bool privileged, bool is_32bit);
extern void (*shim_domain_final)(struct domain *d);	/* called when the last reference goes */
void shim_run_as(struct domain *d, u32 vcpu);
void shim_forget_domain(struct domain *d);	/* no longer found by id */

/* A frame of d's, filled with a byte. */
mfn_t shim_frame(struct domain *d, u8 fill);
u64 shim_refs(mfn_t m);		/* general references */
u64 shim_type_refs(mfn_t m);
u32 shim_free_frames(void);
u32 shim_objects(void);		/* of xzalloc, not yet freed */
extern u32 shim_fail_alloc;	/* fail the n-th allocation from now, 0 never */
void shim_drop_frame(mfn_t m);	/* its owner gives it up */

/* Guest memory for hypercall arguments: below 4 GiB. Never freed. */
void *shim_guest(size_t bytes);
extern u32 shim_fail_copy;	/* fail the n-th access to guest memory from now, 0 never */

/* Preemption: the n-th question from now, and each later one until re-armed, says yes; 0 never. */
extern u32 shim_preempt_after;
extern bool shim_continue_pending;

/* Repeat a hypercall while it asks to be continued; preempt_each is what shim_preempt_after is set to each time. */
long shim_grant_op(u32 cmd, void *arg, u32 count);
long shim_event_op(u32 cmd, void *arg);
extern u32 shim_preempt_each, shim_continuations;

/* Page-table entries made by the grant code, by address. */
u64 shim_pte(u64 addr);			/* 0: none */
void shim_set_pte(u64 addr, u64 e);	/* by the guest: takes no references */
void shim_zap_pte(u64 addr);		/* by the guest or its end: drops what the entry holds */
u32 shim_ptes(void);

/* What was asked of others. */
extern u32 shim_flushes, shim_kicks, shim_schedules;
extern s64 shim_timer_set;		/* expiry of the last timer_set, -1 stopped */
extern void (*shim_key[128])(unsigned char key);	/* debug keys */
extern int shim_pirq_bind_result;
extern u32 shim_pirq_bound;		/* count */
bool shim_locks_free(void);

/* The usual frame of a test program. */
extern int shim_failures;
void shim_result(const char *name);	/* prints ok or FAIL, by the checks since the last */
#define CHECK(cond) do {						\
	if (!(cond)) {							\
		printf("%s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		shim_failures++;					\
	}								\
} while (0)
#define CHECK_EQ(a, b) do {						\
	long a_ = (long)(a), b_ = (long)(b);				\
	if (a_ != b_) {							\
		printf("%s:%d: %s is %ld, not %s (%ld)\n",		\
		       __FILE__, __LINE__, #a, a_, #b, b_);		\
		shim_failures++;					\
	}								\
} while (0)
u32 shim_random(void);
int shim_exit(void);

#endif
