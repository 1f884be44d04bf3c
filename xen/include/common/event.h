/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels, both ABIs (two-level and FIFO). docs/events.md tells how
 * ports, locks and delivery fit together.
 *
 * event_lock guards the ports of a domain; the locks of two domains are taken
 * in ascending address order. Delivering an event takes neither: only the lock
 * of the port that was named, for reading.
 */
#ifndef XEN_COMMON_EVENT_H
#define XEN_COMMON_EVENT_H

#include <common/domain.h>
#include <lib/types.h>
#include <public/event_channel.h>
#include <public/sched.h>

void events_init(void);			/* boot, once: connects the console's notifications to VIRQs; debug key 'e' */

int evtchn_init(struct domain *d);	/* 0, -ENOMEM; event_lock becomes usable */
/*
 * Close everything. d is dying and none of its vcpus runs. Preemptible:
 * 0, or -ERESTART: call again.
 */
int evtchn_destroy(struct domain *d);
bool evtchn_free_some(struct domain *d);	/* before that, until it is true: storage of ports, a part a call */
void evtchn_destroy_final(struct domain *d);	/* free storage; last reference gone; evtchn_init may have failed */
int evtchn_init_vcpu(struct vcpu *v);		/* 0, -ENOMEM */
void evtchn_destroy_vcpu(struct vcpu *v);

/* Any context. Nothing happens when the guest has not bound it. */
void send_guest_vcpu_virq(struct vcpu *v, u32 virq);	/* per-vcpu VIRQ_* */
void send_guest_global_virq(struct domain *d, u32 virq);
void send_guest_pirq(struct domain *d, u32 pirq);
void send_global_virq(u32 virq);	/* to the domain that handles it (dom0, or set by domctl) */
/* XEN_DOMCTL_set_virq_handler: 0; -EINVAL, not a global virq or d dying. */
int set_global_virq_handler(struct domain *d, u32 virq);
bool virq_is_global(u32 virq);

int evtchn_send(struct domain *ld, evtchn_port_t lport);	/* 0, -EINVAL */
/* A port of d that remote (a real id) may bind to: 0, -EINVAL (d dying), -ENOSPC, -ENOMEM. */
long evtchn_alloc_unbound_for(struct domain *d, domid_t remote, evtchn_port_t *port);
int evtchn_close_port(struct domain *d, evtchn_port_t port);	/* 0, -EINVAL */
int evtchn_unmask_port(struct domain *d, evtchn_port_t port);	/* 0, -EINVAL */
evtchn_port_t evtchn_of_pirq(const struct domain *d, u32 pirq);	/* 0: not bound */
/*
 * Close all ports and go back to the two-level form: 0; -ERESTART, call again;
 * -EAGAIN, the domain opened ports meanwhile.
 */
int evtchn_reset(struct domain *d);

/* Mark the upcall pending and make v notice it: unblock, or IPI when it runs elsewhere. */
void vcpu_mark_events_pending(struct vcpu *v);
void vcpu_kick(struct vcpu *v);
bool local_events_need_delivery(void);			/* current: pending and not masked */
/* SCHEDOP_poll: 0, woken or not; -EINVAL, -EFAULT. The vcpu sleeps on the way out. */
int vcpu_poll(struct sched_poll *poll);

/*
 * pirq side, implemented by arch/x86/irq.c. event_lock is held for the first
 * two. The port is ready to receive before pirq_guest_bind is called.
 */
int pirq_guest_bind(struct vcpu *v, u32 pirq, bool will_share);	/* 0, -EINVAL, -EBUSY, -ENOMEM */
void pirq_guest_unbind(struct domain *d, u32 pirq);
void pirq_guest_eoi(struct domain *d, u32 pirq);
void pirq_guest_unmask(struct domain *d);

long do_event_channel_op(u64 cmd, u64 arg);
long do_event_channel_op_compat(u64 uop);	/* the old hypercall: one struct evtchn_op */

#endif
