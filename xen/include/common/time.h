/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest-visible time: versioned vcpu_time_info, wallclock, and the vcpu
 * timers. NOW() and TSC scaling are arch/time.h's.
 */
#ifndef XEN_COMMON_TIME_H
#define XEN_COMMON_TIME_H

#include <common/domain.h>
#include <lib/types.h>

void time_init_vcpu(struct vcpu *v);
void time_destroy_vcpu(struct vcpu *v);
void update_vcpu_time(struct vcpu *v);		/* republish its time info; v current or not running */
void force_update_vcpu_time(struct vcpu *v);
void update_domain_wallclock(struct domain *d);
void wallclock_set(u64 sec, u32 nsec, u64 system_time_base);	/* XENPF_settime */
void wallclock_init(u64 sec);			/* from the CMOS clock: seconds since 1970 now */
/* Register the secondary copies (guest linear addresses). 0, -EFAULT, -EINVAL */
int vcpu_register_time_area(struct vcpu *v, vaddr_t addr);
void vcpu_time_switch_in(struct vcpu *v);	/* periodic timers, time info: on the way in */
void vcpu_time_switch_out(struct vcpu *v);

/* VCPUOP_set_singleshot_timer; v is current. deadline: system time, ns. 0, -ETIME */
int vcpu_set_singleshot(struct vcpu *v, u64 deadline, bool must_be_future);
void vcpu_stop_singleshot(struct vcpu *v);
/* VCPUOP_set_periodic_timer; ns, 0 stops it. Any vcpu of the caller's domain. 0, -EINVAL */
int vcpu_set_periodic(struct vcpu *v, u64 period);

/* common/runstate.c */
int vcpu_register_runstate_area(struct vcpu *v, vaddr_t addr);	/* 0, -EFAULT */
int runstate_copy_to_guest(struct vcpu *v, u64 addr);	/* in the guest's layout. 0, -EFAULT */
void update_runstate_area(struct vcpu *v);	/* copy to the guest; v current */

/* Deliver a tick that is due and arm the next; v current, its period may have changed. */
void vcpu_periodic_timer_update(struct vcpu *v);

#endif
