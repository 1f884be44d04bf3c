/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_vcpu_op(cmd, vcpuid, arg): starting, stopping and timing the vcpus of
 * the caller's own domain.
 */
#ifndef __XEN_PUBLIC_VCPU_H__
#define __XEN_PUBLIC_VCPU_H__

#include "xen.h"

/* initialise takes a vcpu_guest_context, once, and leaves the vcpu down. */
#define VCPUOP_initialise	0
#define VCPUOP_up		1
#define VCPUOP_down		2	/* asynchronous, unless it is the caller */
#define VCPUOP_is_up		3	/* returns 1 or 0 */

#define VCPUOP_get_runstate_info	4
struct vcpu_runstate_info {
	int state;			/* RUNSTATE_* */
	uint64_t state_entry_time;	/* system time, ns */
/* Set in state_entry_time of a shared area while it is being written. */
#define XEN_RUNSTATE_UPDATE	(xen_mk_ullong(1) << 63)
	uint64_t time[4];	/* ns spent, by RUNSTATE_* */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

#define RUNSTATE_running	0
#define RUNSTATE_runnable	1	/* waiting for a CPU */
#define RUNSTATE_blocked	2	/* idle */
#define RUNSTATE_offline	3	/* paused or down, and not blocked */

/* A shared area that the hypervisor updates when the vcpu is scheduled. */
#define VCPUOP_register_runstate_memory_area	5
struct vcpu_register_runstate_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
		struct vcpu_runstate_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

#define VCPUOP_set_periodic_timer	6
#define VCPUOP_stop_periodic_timer	7
struct vcpu_set_periodic_timer {
	uint64_t period_ns;	/* at least a millisecond */
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

#define VCPUOP_set_singleshot_timer	8
#define VCPUOP_stop_singleshot_timer	9
struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;	/* system time */
	uint32_t flags;			/* VCPU_SSHOTTMR_* */
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);

/* Fail with -ETIME when the time has passed, instead of firing at once. */
#define _VCPU_SSHOTTMR_future	0
#define VCPU_SSHOTTMR_future	(1U << _VCPU_SSHOTTMR_future)

/*
 * Move the vcpu's vcpu_info to a place of the guest's choice, once, within one
 * page.
 */
#define VCPUOP_register_vcpu_info	10
struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset;	/* within the page */
	uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

#define VCPUOP_send_nmi			11

/*
 * The physical ids of the CPU a pinned vcpu is on: APIC id in the low half,
 * ACPI id in the high.
 */
#define VCPUOP_get_physid		12
struct vcpu_get_physid {
	uint64_t phys_id;
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);
#define xen_vcpu_physid_to_x86_apicid(physid)	((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid)	((uint32_t)((physid) >> 32))

/* A second copy of vcpu_time_info, fit to be mapped into user space. */
#define VCPUOP_register_vcpu_time_memory_area	13
DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);
struct vcpu_register_time_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_time_info_t) h;
		struct vcpu_time_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);

#endif /* __XEN_PUBLIC_VCPU_H__ */
