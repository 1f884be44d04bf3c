/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels, both ABIs (two-level and FIFO). Ports are checked against
 * the domain's storage; ends are bound under both domains' event_lock in
 * ascending address order.
 */
#ifndef XEN_COMMON_EVENT_H
#define XEN_COMMON_EVENT_H

#include <common/domain.h>
#include <lib/types.h>
#include <public/event_channel.h>

int evtchn_init(struct domain *d);			/* 0, -ENOMEM */
void evtchn_destroy(struct domain *d);			/* closes all; called once, d dying, vcpus paused */
void evtchn_destroy_final(struct domain *d);		/* frees storage */
int evtchn_init_vcpu(struct vcpu *v);
void evtchn_destroy_vcpu(struct vcpu *v);

void send_guest_vcpu_virq(struct vcpu *v, u32 virq);	/* per-vcpu VIRQ_*; any context */
void send_guest_global_virq(struct domain *d, u32 virq);
void send_guest_pirq(struct domain *d, u32 pirq);
void send_global_virq(u32 virq);			/* to the domain that handles it (dom0, or set by domctl) */
int set_global_virq_handler(struct domain *d, u32 virq);

int evtchn_send(struct domain *ld, evtchn_port_t lport);	/* 0, -EINVAL */
long evtchn_alloc_unbound_for(struct domain *d, domid_t remote, evtchn_port_t *port); /* dom0 builder, domctl */
int evtchn_close_port(struct domain *d, evtchn_port_t port);
int evtchn_bind_xen_none(void);
bool evtchn_port_usable(const struct domain *d, evtchn_port_t port);
int evtchn_reset(struct domain *d);			/* EVTCHNOP_reset: 0, -ERESTART */
void evtchn_dump(struct domain *d);			/* debug key 'e' */

/* Mark the upcall pending and make v notice it: unblock, or IPI when it runs elsewhere. */
void vcpu_mark_events_pending(struct vcpu *v);
void vcpu_kick(struct vcpu *v);
bool local_events_need_delivery(void);			/* current: pending and not masked */
int vcpu_poll(struct sched_poll *poll);			/* SCHEDOP_poll */

/* pirq side, implemented by arch/x86/irq.c */
int pirq_guest_bind(struct vcpu *v, u32 pirq, bool will_share);	/* 0, -EINVAL, -EBUSY, -ENOMEM; event_lock held */
void pirq_guest_unbind(struct domain *d, u32 pirq);
void pirq_guest_eoi(struct domain *d, u32 pirq);
void pirq_guest_unmask(struct domain *d);

long do_event_channel_op(u64 cmd, u64 arg);
long do_event_channel_op_compat(u64 cmd, u64 arg);	/* pre-3.2 numbers: op structure */

#endif
