// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: the hypercall, and sending. Each operation works on a copy
 * of the guest's argument, which is written back when it has an answer; a port
 * whose number the guest could not be told is closed again. Ports, VIRQs and
 * the two ABIs have files of their own; event_private.h states the locking.
 */
#include "event_private.h"

#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/irq.h>
#include <lib/errno.h>

static long alloc_unbound(struct evtchn_alloc_unbound *alloc)
{
	domid_t remote = alloc->remote_dom;
	struct domain *d;
	long rc;

	rc = get_target_domain(alloc->dom, &d);
	if (rc)
		return rc;
	if (remote == DOMID_SELF)
		remote = current->domain->id;
	rc = evtchn_alloc_unbound_for(d, remote, &alloc->port);
	put_domain(d);
	return rc;
}

long evtchn_alloc_unbound_for(struct domain *d, domid_t remote, evtchn_port_t *port)
{
	int free;

	/* Events are delivered to a vcpu, and to this one until the guest says otherwise. */
	if (!domain_vcpu(d, 0))
		return -ENOENT;
	spin_lock(&d->event_lock);
	free = evtchn_find_free_port(d);
	if (free > 0) {
		evtchn_open(d, free, &(struct evtchn){ .state = EVTCHN_UNBOUND, .unbound_for = remote });
		*port = free;
	}
	spin_unlock(&d->event_lock);
	return free < 0 ? free : 0;
}

/* Both event_locks held. A new port of ld is tied to rport of rd: its number, or an error. */
static int connect_ports(struct domain *ld, struct domain *rd, evtchn_port_t rport)
{
	struct evtchn *rchn = evtchn_from_port(rd, rport);
	int lport;

	if (!rchn || rd->is_dying || rchn->state != EVTCHN_UNBOUND || rchn->unbound_for != ld->id)
		return -EINVAL;
	lport = evtchn_find_free_port(ld);
	if (lport < 0)
		return lport;

	evtchn_open(ld, lport, &(struct evtchn){ .state = EVTCHN_INTERDOMAIN, .remote = rd,
						 .remote_port = rport });
	write_lock(&rchn->lock);
	rchn->remote = ld;
	rchn->remote_port = lport;
	rchn->state = EVTCHN_INTERDOMAIN;
	write_unlock(&rchn->lock);

	/* What the other side sent while nobody was bound is lost; this makes up for it. */
	evtchn_set_pending(ld, lport, evtchn_from_port(ld, lport));
	return lport;
}

static long bind_interdomain(struct evtchn_bind_interdomain *bind)
{
	struct domain *ld = current->domain, *rd;
	int lport;

	rd = get_domain_self_or(bind->remote_dom);
	if (!rd)
		return -ESRCH;
	spin_lock_pair(&ld->event_lock, &rd->event_lock);
	lport = connect_ports(ld, rd, bind->remote_port);
	spin_unlock_pair(&ld->event_lock, &rd->event_lock);
	put_domain(rd);
	if (lport < 0)
		return lport;
	bind->local_port = lport;
	return 0;
}

static long bind_ipi(struct evtchn_bind_ipi *bind)
{
	struct domain *d = current->domain;
	struct vcpu *v = domain_vcpu(d, bind->vcpu);
	int port;

	if (!v)
		return -ENOENT;
	spin_lock(&d->event_lock);
	port = evtchn_find_free_port(d);
	if (port > 0) {
		evtchn_open(d, port, &(struct evtchn){ .state = EVTCHN_IPI, .notify_vcpu = v->id });
		bind->port = port;
	}
	spin_unlock(&d->event_lock);
	return port < 0 ? port : 0;
}

int evtchn_send(struct domain *ld, evtchn_port_t lport)
{
	struct evtchn *lchn = evtchn_from_port(ld, lport);
	int rc = 0;

	if (unlikely(!lchn))
		return -EINVAL;

	read_lock(&lchn->lock);
	switch (lchn->state) {
	case EVTCHN_INTERDOMAIN: {
		/* Holding this end's lock keeps the other end open. */
		struct domain *rd = lchn->remote;
		evtchn_port_t rport = lchn->remote_port;

		evtchn_set_pending(rd, rport, evtchn_from_port(rd, rport));
		break;
	}
	case EVTCHN_IPI:
		evtchn_set_pending(ld, lport, lchn);
		break;
	case EVTCHN_UNBOUND:
		break;
	default:
		rc = -EINVAL;
	}
	read_unlock(&lchn->lock);
	return rc;
}

static long status(struct evtchn_status *st)
{
	struct evtchn *chn;
	struct domain *d;
	long rc;

	rc = get_target_domain(st->dom, &d);
	if (rc)
		return rc;
	chn = evtchn_from_port(d, st->port);
	if (!chn) {
		put_domain(d);
		return -EINVAL;
	}

	spin_lock(&d->event_lock);
	st->status = EVTCHNSTAT_closed;
	st->vcpu = chn->notify_vcpu;
	switch (chn->state) {
	case EVTCHN_UNBOUND:
		st->status = EVTCHNSTAT_unbound;
		st->u.unbound.dom = chn->unbound_for;
		break;
	case EVTCHN_INTERDOMAIN:
		st->status = EVTCHNSTAT_interdomain;
		st->u.interdomain.dom = chn->remote->id;
		st->u.interdomain.port = chn->remote_port;
		break;
	case EVTCHN_PIRQ:
		st->status = EVTCHNSTAT_pirq;
		st->u.pirq = chn->pirq;
		break;
	case EVTCHN_VIRQ:
		st->status = EVTCHNSTAT_virq;
		st->u.virq = chn->virq;
		break;
	case EVTCHN_IPI:
		st->status = EVTCHNSTAT_ipi;
		break;
	}
	spin_unlock(&d->event_lock);
	put_domain(d);
	return 0;
}

static long bind_vcpu(const struct evtchn_bind_vcpu *bind)
{
	struct domain *d = current->domain;
	struct vcpu *v = domain_vcpu(d, bind->vcpu);
	struct evtchn *chn;
	long rc = 0;

	if (!v)
		return -ENOENT;
	chn = evtchn_from_port(d, bind->port);
	if (!chn)
		return -EINVAL;

	spin_lock(&d->event_lock);
	switch (chn->state) {
	case EVTCHN_UNBOUND:
	case EVTCHN_INTERDOMAIN:
		WRITE_ONCE(chn->notify_vcpu, v->id);
		break;
	case EVTCHN_PIRQ:
		WRITE_ONCE(chn->notify_vcpu, v->id);
		pirq_set_affinity(d, chn->pirq, v);
		break;
	case EVTCHN_VIRQ:
		if (virq_is_global(chn->virq)) {
			WRITE_ONCE(chn->notify_vcpu, v->id);
			break;
		}
		fallthrough;
	default:
		rc = -EINVAL;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

int evtchn_unmask_port(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);

	if (!chn)
		return -EINVAL;
	read_lock(&chn->lock);
	if (evtchn_is_open(chn))
		port_ops(d)->unmask(d, port, chn);
	read_unlock(&chn->lock);
	return 0;
}

static long set_priority(const struct evtchn_set_priority *set)
{
	struct domain *d = current->domain;
	struct evtchn *chn = evtchn_from_port(d, set->port);
	long rc = 0;

	if (!chn)
		return -EINVAL;
	spin_lock(&d->event_lock);
	if (!d->evtchn_fifo)
		rc = -ENOSYS;
	else if (set->priority > EVTCHN_FIFO_PRIORITY_MIN || !evtchn_is_open(chn))
		rc = -EINVAL;
	else
		/* For the next time it is linked. */
		WRITE_ONCE(chn->priority, set->priority);
	spin_unlock(&d->event_lock);
	return rc;
}

static long reset(const struct evtchn_reset *reset)
{
	struct domain *d;
	long rc;

	rc = get_target_domain(reset->dom, &d);
	if (rc)
		return rc;
	/* Somebody else's ports go only while it cannot use them. */
	if (d != current->domain && !d->controller_pause_count)
		rc = -EINVAL;
	else
		rc = evtchn_reset(d);
	put_domain(d);
	return rc;
}

/* Read the argument, do it, write it back; undo when that fails. */
#define WITH_ARG(type, call)						\
	({								\
		struct evtchn_##type op;				\
		long rc_ = read_guest(&op, arg) ? -EFAULT : (call);	\
		rc_;							\
	})
#define WITH_ANSWER(type, call, undo)					\
	({								\
		struct evtchn_##type op;				\
		long rc_ = read_guest(&op, arg) ? -EFAULT : (call);	\
		if (!rc_ && write_guest(arg, &op)) {			\
			rc_ = -EFAULT;					\
			undo;						\
		}							\
		rc_;							\
	})

/* The port of a domain that the caller may name, given back. */
static void close_unannounced(domid_t dom, evtchn_port_t port)
{
	struct domain *d;

	if (get_target_domain(dom, &d))
		return;
	evtchn_close_port(d, port);
	put_domain(d);
}

long do_event_channel_op(u64 cmd, u64 arg)
{
	struct domain *d = current->domain;
	long rc;

	switch ((u32)cmd) {
	case EVTCHNOP_alloc_unbound:
		return WITH_ANSWER(alloc_unbound, alloc_unbound(&op), close_unannounced(op.dom, op.port));
	case EVTCHNOP_bind_interdomain:
		return WITH_ANSWER(bind_interdomain, bind_interdomain(&op), evtchn_close_port(d, op.local_port));
	case EVTCHNOP_bind_virq:
		return WITH_ANSWER(bind_virq, evtchn_bind_virq(&op), evtchn_close_port(d, op.port));
	case EVTCHNOP_bind_ipi:
		return WITH_ANSWER(bind_ipi, bind_ipi(&op), evtchn_close_port(d, op.port));
	case EVTCHNOP_bind_pirq:
		return WITH_ANSWER(bind_pirq, evtchn_bind_pirq(&op), evtchn_close_port(d, op.port));
	case EVTCHNOP_close:
		return WITH_ARG(close, evtchn_close_port(d, op.port));
	case EVTCHNOP_send:
		return WITH_ARG(send, evtchn_send(d, op.port));
	case EVTCHNOP_status:
		return WITH_ANSWER(status, status(&op), (void)0);
	case EVTCHNOP_bind_vcpu:
		return WITH_ARG(bind_vcpu, bind_vcpu(&op));
	case EVTCHNOP_unmask:
		return WITH_ARG(unmask, evtchn_unmask_port(d, op.port));
	case EVTCHNOP_reset:
		rc = WITH_ARG(reset, reset(&op));
		if (rc == -ERESTART)
			rc = hypercall_continue(__HYPERVISOR_event_channel_op, 2, cmd, arg);
		return rc;
	case EVTCHNOP_init_control:
		return WITH_ANSWER(init_control, evtchn_fifo_init_control(&op), (void)0);
	case EVTCHNOP_expand_array:
		return WITH_ARG(expand_array, evtchn_fifo_expand_array(&op));
	case EVTCHNOP_set_priority:
		return WITH_ARG(set_priority, set_priority(&op));
	default:
		return -ENOSYS;
	}
}

long do_event_channel_op_compat(u64 uop)
{
	u32 cmd;

	if (read_guest(&cmd, uop))
		return -EFAULT;
	/* That structure never learnt the later commands. */
	if (cmd > EVTCHNOP_unmask)
		return -ENOSYS;
	return do_event_channel_op(cmd, uop + offsetof(struct evtchn_op, u));
}
