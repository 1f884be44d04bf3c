/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains and their virtual CPUs: the state every part of the hypervisor
 * shares. Each field names the lock that guards it; parts with much state of
 * their own hang it off a pointer and keep its layout private.
 *
 * Lock order, outermost first (docs/architecture.md says why):
 *   domctl_lock > d->domain_lock > grant-table locks > d->event_lock
 *   > page-table page lock (in the frame's type word) > d->page_lock
 *   > heap_lock > scheduler run-queue lock > timer lock > console lock
 */
#ifndef XEN_COMMON_DOMAIN_H
#define XEN_COMMON_DOMAIN_H

#include <arch/regs.h>
#include <arch/smp.h>
#include <common/softirq.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <lib/bitmap.h>
#include <lib/list.h>
#include <lib/types.h>
#include <public/xen.h>
#include <public/domctl.h>
#include <public/vcpu.h>
#include <pv/pv_state.h>

#define MAX_VCPUS_PER_DOMAIN	128
#define SHUTDOWN_CODE_INVALID	(~0u)	/* none given yet */
#define DOMID_INVALID_NR	0x7FF4u

struct evtchn;
struct evtchn_state;
struct evtchn_fifo_domain;
struct evtchn_fifo_vcpu;
struct grant_table;
struct sched_vcpu;
struct sched_domain;
struct page_info;
struct pirq_map;
struct rangeset;
struct memory_range;

/* Why a vcpu does not run; all zero means runnable. Guarded by atomics. */
#define VPF_BLOCKED		0	/* waits for an event (SCHEDOP_block, poll) */
#define VPF_DOWN		1	/* not brought up, or VCPUOP_down */

struct vcpu {
	/* --- hot: used by the entry paths; offsets generated --- */
	struct pv_vcpu pv;
	struct domain *domain;
	u32 id;
	u32 processor;			/* physical CPU it runs or last ran on; run-queue lock */
	struct vcpu_info *info;		/* the guest's, mapped here; never NULL */

	/* --- saved while not running --- */
	struct cpu_regs regs;		/* frame; on the CPU's stack while it runs */
	void *xsave_area;		/* FPU and extended state (arch/fpu.h) */
	bool fpu_dirty;			/* registers hold newer state than xsave_area */

	/* --- scheduling (common/sched.c; run-queue lock) --- */
	struct sched_vcpu *sched;
	unsigned long pause_flags;	/* VPF_*, atomic bits */
	int pause_count;		/* atomic; vcpu_pause() */
	bool paused_for_shutdown;	/* domain_lock */
	bool is_running;		/* its registers are on some CPU */
	bool is_idle;
	bool initialised;		/* has a context to run */
	struct vcpu_runstate_info runstate;
	vaddr_t runstate_guest;		/* guest address of its copy, or 0 */
	bool runstate_is_physical;

	/* --- time (common/time.c; only its own CPU) --- */
	struct timer singleshot_timer;
	struct timer periodic_timer;
	s_time_t periodic_period;	/* ns, 0 when off */
	s_time_t periodic_last;
	vaddr_t time_info_guest;	/* secondary vcpu_time_info, or 0 */
	u32 time_version;
	u64 time_tsc;			/* stamp last published; 0: none, publish again */

	/* --- events (common/event*.c; d->event_lock) --- */
	evtchn_port_t virq_to_evtchn[NR_VIRQS];
	rwlock_t virq_lock;
	evtchn_port_t poll_evtchn;	/* SCHEDOP_poll: the single port, 0 several, or none when not polling */
	bool polling;
	struct timer poll_timer;
	struct evtchn_fifo_vcpu *evtchn_fifo;
	struct page_info *info_page;	/* frame of a registered vcpu_info, with a writable-type reference */

	/* --- hypercalls --- */
	struct {
		bool pending;		/* the handler asked to be called again */
		u32 op;
		u32 nr_args;		/* the other registers stay as they are */
		u64 arg[6];
	} continuation;
	bool in_multicall;

	/* --- traps that any CPU may post --- */
	bool nmi_pending, mce_pending;
};

struct domain {
	domid_t id;
	bool is_privileged;		/* dom0 */
	bool is_32bit;			/* the ring-1 ABI; set before any vcpu has a context */
	bool is_dying;			/* teardown begun: no new references to its frames */
	bool is_shutting_down, is_shut_down;
	bool is_paused_by_controller;
	bool is_debugger_attached;
	bool creation_finished;		/* it was unpaused once: its CPU policy stands */
	u32 shutdown_code;		/* SHUTDOWN_*; domain_lock */
	u32 ssidref;
	xen_domain_handle_t handle;
	u32 create_flags;		/* XEN_DOMCTL_CDF_* */
	u64 vmassist;			/* bit set of VMASST_TYPE_* */

	int refcount;			/* atomic; get_domain()/put_domain() */
	int pause_count;		/* atomic; domain_pause() */
	int controller_pause_count;	/* domctl_lock */
	spinlock_t domain_lock;

	/* the list of all domains and the hash by id: domlist lock (common/domain.c) */
	struct domain *next_in_list;
	struct list_head dying_link;

	u32 max_vcpus;
	struct vcpu **vcpu;		/* max_vcpus entries, NULL until created */

	/* --- memory: page_lock (common/frame.c, common/memory.c, pv/mm*.c) --- */
	spinlock_t page_lock;
	u32 page_list, xenpage_list;	/* heads: first frame number, or 0 for none */
	unsigned long tot_pages;	/* frames on page_list */
	unsigned long max_pages;	/* ceiling for tot_pages; 0 for none */
	unsigned long outstanding_claim; /* frames; heap_lock */
	unsigned long xenheap_pages;
	unsigned long relinquish_left;	/* frames that teardown has yet to look at, plus one; 0: not begun */
	enum { KILL_NONE, KILL_GRANTS, KILL_VCPUS, KILL_MEMORY, KILL_DONE } kill_state; /* domctl lock */
	struct tasklet free_tasklet;
	struct timer free_timer;
	evtchn_port_t suspend_evtchn;	/* told when it has suspended; 0 none */

	struct shared_info *shared_info; /* one hypervisor-allocated frame, shared with the guest */
	struct pv_domain pv;

	/* --- events: event_lock (common/event*.c) --- */
	spinlock_t event_lock;
	struct evtchn **evtchn;		/* buckets of ports; entry published before use */
	u32 nr_evtchns;			/* ports with storage */
	u32 max_evtchn_port;		/* highest the toolstack allows */
	struct evtchn_fifo_domain *evtchn_fifo;	/* NULL: two-level ABI */
	struct evtchn_state *evtchn_state;	/* private to common/event*.c */
	unsigned long *poll_mask;	/* vcpus in SCHEDOP_poll */

	struct grant_table *grant_table;
	u32 max_grant_frames, max_maptrack_frames, max_grant_version;

	struct pirq_map *pirqs;		/* common/pirq or arch irq code; event_lock */
	struct rangeset *irq_caps, *iomem_caps, *ioport_caps;

	struct sched_domain *sched;	/* weight, cap; scheduler lock */
	s64 time_offset_seconds;	/* wallclock offset */
	cpumask_t dirty_cpus;		/* CPUs that may hold its translations */

	/* timing policy as the tools set it (settscinfo) */
	u32 tsc_mode, tsc_khz, tsc_incarnation;
	struct cpuid_policy *cpu_policy;	/* pv/cpuid.c */
	struct memory_range *memory_map; /* XENMEM_set_memory_map; domain_lock */
	u32 nr_memory_map;
	void *console_buf;		/* line buffer for guest output (common/console_io.c) */
	u32 console_len;
};

void domains_init(void);		/* boot: idle_domain, dom_xen, dom_io */
void domain_keys_init(void);
/* Where the vcpu_info of vcpus beyond shared_info points until they register one: always masked. */
extern struct vcpu_info dummy_vcpu_info;

extern struct domain *dom0;		/* NULL until constructed */
extern struct domain *idle_domain;
extern struct domain *dom_xen;		/* owns frames shared read-only by the hypervisor */
extern struct domain *dom_io;		/* owns device frames */

#define is_control_domain(d)	((d)->is_privileged)
#define for_each_vcpu(d, v)						\
	for (u32 _i = 0; _i < (d)->max_vcpus; _i++)			\
		if (((v) = (d)->vcpu[_i]) != NULL)

/*
 * common/domain.c
 *
 * domain_create: a new domain with an id of its own (or the one given), no
 * vcpus, no memory, one pause. 0 or -EEXIST, -ENOMEM, -EINVAL.
 * The result holds one reference, dropped at the end of its destruction.
 */
int domain_create(domid_t id, const struct xen_domctl_createdomain *config,
		  bool privileged, struct domain **out);
int domain_set_max_vcpus(struct domain *d, u32 max);	/* once, before vcpus */
struct vcpu *vcpu_create(struct domain *d, u32 id);	/* NULL: no memory */

/* Look a domain up and take a reference; NULL when there is none (or it is a ghost). */
struct domain *get_domain_by_id(domid_t id);
/* As above, but DOMID_SELF and own id give the caller's own domain. */
struct domain *get_domain_self_or(domid_t id);
/* get_domain_by_id for a caller who must be the control domain unless it names itself:
 * 0 and *out, or -ESRCH, -EPERM. */
int get_target_domain(domid_t id, struct domain **out);
bool get_domain(struct domain *d);	/* false when it is already being freed */
void put_domain(struct domain *d);

/* Walk the list in id order: the next domain with id > after, with a reference; NULL at end. */
struct domain *get_next_domain(int after);

void domain_pause(struct domain *d);		/* returns when no vcpu of it runs; not for the caller's own */
void domain_unpause(struct domain *d);
int domain_pause_by_controller(struct domain *d);
int domain_unpause_by_controller(struct domain *d);

void domain_shutdown(struct domain *d, u32 reason);	/* SHUTDOWN_* */
void domain_resume(struct domain *d);
/* First part of destruction, preemptible: 0 done, -ERESTART call again. */
int domain_kill(struct domain *d);
/* Stop the current vcpu's domain for a guest error; does not return to that guest.
 * Prints a line and the guest's registers, rate-limited. */
void domain_crash(struct domain *d, const char *why, ...);
void dump_guest_state(struct vcpu *v);		/* registers and stack to the console */

struct vcpu *domain_vcpu(const struct domain *d, u32 id);	/* bounded look-up, speculation-safe; NULL */

/* Guest's shared_info and vcpu_info accessors are in common/shared.h (both ABIs). */

#endif
