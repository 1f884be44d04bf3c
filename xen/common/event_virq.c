// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events that come from the hypervisor: virtual interrupts, per vcpu or one for
 * the whole domain, and real ones that a domain drives (pirqs). A vcpu's
 * virq_lock makes binding and delivery of its VIRQs exclude each other, with
 * interrupts off, because VIRQs are raised from any context. handler_lock
 * guards who receives the global VIRQs of the host.
 */
#include "event_private.h"

#include <common/console.h>
#include <common/frame.h>
#include <common/keyhandler.h>
#include <common/rangeset.h>
#include <common/softirq.h>
#include <lib/bug.h>
#include <lib/errno.h>

static DEFINE_SPINLOCK(handler_lock);
static struct domain *virq_handler[NR_VIRQS];	/* with a reference; NULL: dom0 */

bool virq_is_global(u32 virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}

long evtchn_bind_virq(struct evtchn_bind_virq *bind)
{
	struct domain *d = current->domain;
	u32 virq = bind->virq;
	struct vcpu *v;
	unsigned long flags;
	int port;

	if (virq >= NR_VIRQS)
		return -EINVAL;
	virq = array_index_nospec(virq, NR_VIRQS);
	if (virq_is_global(virq) && bind->vcpu)
		return -EINVAL;
	v = domain_vcpu(d, bind->vcpu);
	if (!v)
		return -ENOENT;

	spin_lock(&d->event_lock);
	port = v->virq_to_evtchn[virq] ? -EEXIST : evtchn_find_free_port(d);
	if (port > 0) {
		evtchn_open(d, port, &(struct evtchn){ .state = EVTCHN_VIRQ, .virq = virq,
						       .notify_vcpu = v->id });
		write_lock_irqsave(&v->virq_lock, flags);
		v->virq_to_evtchn[virq] = port;
		write_unlock_irqrestore(&v->virq_lock, flags);
		bind->port = port;
	}
	spin_unlock(&d->event_lock);
	return port < 0 ? port : 0;
}

/* A global VIRQ may have been moved: it is found at the vcpu it was bound on. */
void evtchn_unbind_virq(struct domain *d, u32 virq, evtchn_port_t port)
{
	unsigned long flags;
	struct vcpu *v;

	for_each_vcpu(d, v) {
		if (v->virq_to_evtchn[virq] != port)
			continue;
		write_lock_irqsave(&v->virq_lock, flags);
		v->virq_to_evtchn[virq] = 0;
		write_unlock_irqrestore(&v->virq_lock, flags);
	}
}

void send_guest_vcpu_virq(struct vcpu *v, u32 virq)
{
	struct domain *d = v->domain;
	unsigned long flags;
	evtchn_port_t port;

	ASSERT(virq < NR_VIRQS);
	read_lock_irqsave(&v->virq_lock, flags);
	port = v->virq_to_evtchn[virq];
	if (port)
		evtchn_set_pending(d, port, evtchn_from_port(d, port));
	read_unlock_irqrestore(&v->virq_lock, flags);
}

void send_guest_global_virq(struct domain *d, u32 virq)
{
	ASSERT(virq < NR_VIRQS && virq_is_global(virq));
	/* Also called while a domain is half made. */
	if (d && d->vcpu && d->max_vcpus && d->vcpu[0])
		send_guest_vcpu_virq(d->vcpu[0], virq);
}

void send_global_virq(u32 virq)
{
	unsigned long flags;

	ASSERT(virq < NR_VIRQS && virq_is_global(virq));
	spin_lock_irqsave(&handler_lock, flags);
	send_guest_global_virq(virq_handler[virq] ? virq_handler[virq] : dom0, virq);
	spin_unlock_irqrestore(&handler_lock, flags);
}

int set_global_virq_handler(struct domain *d, u32 virq)
{
	struct domain *old = d;
	unsigned long flags;

	if (virq >= NR_VIRQS || !virq_is_global(virq))
		return -EINVAL;
	if (!get_domain(d))
		return -EINVAL;
	spin_lock_irqsave(&handler_lock, flags);
	if (!d->is_dying && virq_handler[virq] != d) {
		old = virq_handler[virq];
		virq_handler[virq] = d;
	}
	spin_unlock_irqrestore(&handler_lock, flags);
	if (old)
		put_domain(old);
	return READ_ONCE(d->is_dying) ? -EINVAL : 0;
}

void evtchn_forget_virq_handler(struct domain *d)
{
	u32 held = 0;
	unsigned long flags;

	spin_lock_irqsave(&handler_lock, flags);
	for (u32 i = 0; i < NR_VIRQS; i++) {
		if (virq_handler[i] != d)
			continue;
		virq_handler[i] = NULL;
		held++;
	}
	spin_unlock_irqrestore(&handler_lock, flags);
	while (held--)
		put_domain(d);
}

/* Where the port of a pirq is kept, or NULL; pirq is below MAX_PIRQS. */
static evtchn_port_t *pirq_slot(const struct domain *d, u32 pirq)
{
	evtchn_port_t *chunk;

	pirq = array_index_nospec(pirq, MAX_PIRQS);
	chunk = load_acquire(&d->evtchn_state->pirq_port[pirq / PIRQS_PER_CHUNK]);
	return chunk ? &chunk[pirq % PIRQS_PER_CHUNK] : NULL;
}

evtchn_port_t evtchn_of_pirq(const struct domain *d, u32 pirq)
{
	evtchn_port_t *slot = NULL;

	if (pirq < MAX_PIRQS && d->evtchn_state)
		slot = pirq_slot(d, pirq);
	return slot ? READ_ONCE(*slot) : 0;
}

void send_guest_pirq(struct domain *d, u32 pirq)
{
	evtchn_port_t port = evtchn_of_pirq(d, pirq);
	struct evtchn *chn = port ? evtchn_from_port(d, port) : NULL;

	if (!chn || !evtchn_read_trylock(chn))
		return;
	if (chn->state == EVTCHN_PIRQ && chn->pirq == pirq)
		evtchn_set_pending(d, port, chn);
	read_unlock(&chn->lock);
}

/* event_lock held. The slot of a pirq, made when missing. */
static evtchn_port_t *make_pirq_slot(struct domain *d, u32 pirq)
{
	evtchn_port_t **chunk = &d->evtchn_state->pirq_port[pirq / PIRQS_PER_CHUNK];

	if (!*chunk) {
		evtchn_port_t *page = alloc_xenheap_page();

		if (!page)
			return NULL;
		store_release(chunk, page);
	}
	return pirq_slot(d, pirq);
}

long evtchn_bind_pirq(struct evtchn_bind_pirq *bind)
{
	struct domain *d = current->domain;
	u32 pirq = bind->pirq;
	evtchn_port_t *slot;
	int port, rc;

	if (pirq >= MAX_PIRQS)
		return -EINVAL;
	pirq = array_index_nospec(pirq, MAX_PIRQS);
	if (!is_control_domain(d) && !rangeset_contains_singleton(d->irq_caps, pirq))
		return -EPERM;
	if (!domain_vcpu(d, 0))
		return -ENOENT;

	spin_lock(&d->event_lock);
	rc = -EEXIST;
	slot = pirq_slot(d, pirq);
	if (slot && *slot)
		goto out;
	rc = port = evtchn_find_free_port(d);
	if (port < 0)
		goto out;
	rc = -ENOMEM;
	slot = make_pirq_slot(d, pirq);
	if (!slot)
		goto out;

	/* The first interrupt may come before pirq_guest_bind returns. */
	evtchn_open(d, port, &(struct evtchn){ .state = EVTCHN_PIRQ, .pirq = pirq });
	WRITE_ONCE(*slot, port);
	rc = pirq_guest_bind(d->vcpu[0], pirq, bind->flags & BIND_PIRQ__WILL_SHARE);
	if (rc) {
		WRITE_ONCE(*slot, 0);
		evtchn_free(d, port);
		goto out;
	}
	bind->port = port;
out:
	spin_unlock(&d->event_lock);
	return rc;
}

void evtchn_unbind_pirq(struct domain *d, u32 pirq)
{
	evtchn_port_t *slot = pirq_slot(d, pirq);

	if (slot)
		WRITE_ONCE(*slot, 0);
}

static void console_input_virq(void)
{
	send_global_virq(VIRQ_CONSOLE);
}

/* Messages are printed under any lock, the run queues' too: sending waits until none is held. */
static void console_ring_written(void)
{
	raise_softirq(SOFTIRQ_CONSOLE);
}

static void console_ring_virq(void)
{
	send_global_virq(VIRQ_CON_RING);
}

static void dump_all(unsigned char key)
{
	struct domain *d;

	(void)key;
	for (int id = -1; (d = get_next_domain(id)) != NULL; put_domain(d)) {
		id = d->id;
		evtchn_dump(d);
	}
}

void events_init(void)
{
	register_keyhandler('e', dump_all, "print event channels");
	console_input_notify = console_input_virq;
	open_softirq(SOFTIRQ_CONSOLE, console_ring_virq);
	console_ring_notify = console_ring_written;
}
