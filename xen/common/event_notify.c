// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a vcpu notice its events: the upcall flag, waking it or interrupting
 * the CPU it runs on, and SCHEDOP_poll, by which a vcpu sleeps until one of a
 * few ports is pending. No lock; the order of atomic operations does it: who
 * delivers sets the pending bit first and then looks for sleepers, who wants to
 * sleep says so first and then looks at the pending bits.
 */
#include "event_private.h"

#include <arch/bitops.h>
#include <arch/time.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/softirq.h>
#include <lib/errno.h>

#define POLL_MAX_PORTS	128

static void stop_polling(struct vcpu *v)
{
	if (test_and_clear_bit(v->id, v->domain->poll_mask))
		WRITE_ONCE(v->polling, false);
}

void vcpu_kick(struct vcpu *v)
{
	/* Read before unblocking: a vcpu that starts running after sees its events then. */
	bool running = READ_ONCE(v->is_running);

	vcpu_unblock(v);	/* ends a poll too */
	/* The current vcpu looks at its events on its way out. */
	if (running && v != current)
		smp_send_event_check_cpu(READ_ONCE(v->processor));
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	if (!xchg(vcpu_upcall_pending(v), 1))
		vcpu_kick(v);
}

bool local_events_need_delivery(void)
{
	struct vcpu *v = current;

	return *vcpu_upcall_pending(v) && !*vcpu_upcall_mask(v);
}

void evtchn_check_pollers(struct domain *d, evtchn_port_t port)
{
	unsigned int id, words = BITS_TO_LONGS(d->max_vcpus);
	unsigned long any = 0;

	for (unsigned int i = 0; i < words; i++)
		any |= READ_ONCE(d->poll_mask[i]);
	if (likely(!any))
		return;

	for_each_set_bit(id, d->poll_mask, d->max_vcpus) {
		struct vcpu *v = d->vcpu[id];
		evtchn_port_t wanted = READ_ONCE(v->poll_evtchn);

		/* One that polls several ports wakes for any and looks for itself. */
		if ((wanted && wanted != port) || !test_and_clear_bit(id, d->poll_mask))
			continue;
		WRITE_ONCE(v->polling, false);
		vcpu_unblock(v);
	}
}

/* v->poll_timer has run out. */
static void poll_timeout(void *data)
{
	struct vcpu *v = data;

	if (test_and_clear_bit(v->id, v->domain->poll_mask)) {
		WRITE_ONCE(v->polling, false);
		vcpu_unblock(v);
	}
}

static bool port_is_pending(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	bool pending;

	if (!chn)
		return false;
	read_lock(&chn->lock);
	pending = evtchn_is_open(chn) && port_ops(d)->is_pending(d, port);
	read_unlock(&chn->lock);
	return pending;
}

/* 1: one of the ports is pending, 0: none, or an error. *single: the port when it is only one. */
static int look_at_ports(struct domain *d, u64 ports, u32 count, evtchn_port_t *single)
{
	evtchn_port_t port;

	for (u32 i = 0; i < count; i++) {
		if (read_guest(&port, ports + i * sizeof(port)))
			return -EFAULT;
		if (port >= abi_max_ports(d))
			return -EINVAL;
		if (port_is_pending(d, port))
			return 1;
		*single = count == 1 ? port : 0;
	}
	return 0;
}

int vcpu_poll(struct sched_poll *poll)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	evtchn_port_t single = 0;
	int rc = 1;

	if (poll->nr_ports > POLL_MAX_PORTS)
		return -EINVAL;

	timer_stop(&v->poll_timer);
	set_bit(VPF_BLOCKED, &v->pause_flags);
	WRITE_ONCE(v->poll_evtchn, 0);
	WRITE_ONCE(v->polling, true);
	set_bit(v->id, d->poll_mask);

	if (!local_events_need_delivery())
		rc = look_at_ports(d, handle_addr(poll->ports), poll->nr_ports, &single);
	if (rc) {
		stop_polling(v);
		clear_bit(VPF_BLOCKED, &v->pause_flags);
		return rc > 0 ? 0 : rc;
	}

	WRITE_ONCE(v->poll_evtchn, single);
	if (poll->timeout)
		timer_set(&v->poll_timer, poll->timeout > (u64)STIME_MAX ?
			  STIME_MAX : (s_time_t)poll->timeout);
	raise_softirq(SOFTIRQ_SCHEDULE);
	return 0;
}

int evtchn_init_vcpu(struct vcpu *v)
{
	rwlock_init(&v->virq_lock);
	timer_init(&v->poll_timer, poll_timeout, v, v->processor);
	return evtchn_fifo_init_vcpu(v);
}

void evtchn_destroy_vcpu(struct vcpu *v)
{
	timer_kill(&v->poll_timer);
	evtchn_fifo_destroy_vcpu(v);
}
