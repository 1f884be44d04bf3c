// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two-level form of event channels: a pending and a mask bit per port in
 * shared_info, and in each vcpu_info a selector with a bit per word of them.
 * Word size, and with it the number of ports, is the guest's. All of it is
 * guest memory: only single atomic bit operations touch it, and nothing read
 * from it is used as more than a bit.
 */
#include "event_private.h"

#include <arch/bitops.h>
#include <common/shared.h>

/* Set the selector bit of the port's word and, if it was clear, the upcall. */
static void raise_selector(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	struct vcpu *v = d->vcpu[READ_ONCE(chn->notify_vcpu)];

	if (!test_and_set_bit(port / evtchn_word_bits(d), vcpu_pending_sel(v)))
		vcpu_mark_events_pending(v);
}

static void set_pending_2l(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	if (port >= two_level_ports(d) || test_and_set_bit(port, shared_pending(d)))
		return;
	if (!test_bit(port, shared_mask(d)))
		raise_selector(d, port, chn);
	evtchn_check_pollers(d, port);
}

static void clear_pending_2l(struct domain *d, evtchn_port_t port)
{
	if (port < two_level_ports(d))
		clear_bit(port, shared_pending(d));
}

static bool is_pending_2l(struct domain *d, evtchn_port_t port)
{
	return port < two_level_ports(d) && test_bit(port, shared_pending(d));
}

static bool is_masked_2l(struct domain *d, evtchn_port_t port)
{
	return port >= two_level_ports(d) || test_bit(port, shared_mask(d));
}

static void unmask_2l(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	if (port < two_level_ports(d) && test_and_clear_bit(port, shared_mask(d)) &&
	    test_bit(port, shared_pending(d)))
		raise_selector(d, port, chn);
}

static bool is_busy_2l(struct domain *d, evtchn_port_t port)
{
	(void)d;
	(void)port;
	return false;
}

const struct evtchn_port_ops evtchn_2l_ops = {
	.set_pending = set_pending_2l,
	.clear_pending = clear_pending_2l,
	.unmask = unmask_2l,
	.is_pending = is_pending_2l,
	.is_masked = is_masked_2l,
	.is_busy = is_busy_2l,
};
