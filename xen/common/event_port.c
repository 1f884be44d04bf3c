// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: their storage, opening and closing them, and the end of them all.
 * Storage comes in pages and is only given back with the domain, so a port once
 * looked up stays valid memory. event_lock guards everything here.
 */
#include "event_private.h"

#include <common/console.h>
#include <common/frame.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>

BUILD_BUG_ON(sizeof(struct evtchn) != 32);
BUILD_BUG_ON(EVTCHN_FIFO_NR_CHANNELS % EVTCHNS_PER_BUCKET);

/* A hostile guest can make every closed port look busy: buckets of such that a search passes. */
#define MAX_BUSY_PASSED		16
/* Ports looked at between two questions whether to go on. */
#define CLOSE_BATCH		64
#define FREE_BATCH		256	/* buckets */
/* Ports that dom0 has storage for from the start: as many as the two-level form can name. */
#define DOM0_EVTCHNS		4096u

/* One more bucket, if the ABI and the toolstack's limit allow its first port. */
static int add_bucket(struct domain *d, u32 limit)
{
	u32 nr = d->nr_evtchns;
	struct evtchn *bucket;

	if (nr >= limit)
		return -ENOSPC;
	bucket = alloc_xenheap_page();
	if (!bucket)
		return -ENOMEM;
	for (u32 i = 0; i < EVTCHNS_PER_BUCKET; i++)
		rwlock_init(&bucket[i].lock);
	d->evtchn[nr / EVTCHNS_PER_BUCKET] = bucket;
	bitmap_set_bit(d->evtchn_state->may_be_free, nr / EVTCHNS_PER_BUCKET);
	store_release(&d->nr_evtchns, nr + (u32)EVTCHNS_PER_BUCKET);
	return 0;
}

int evtchn_init(struct domain *d)
{
	spin_lock_init(&d->event_lock);
	d->evtchn_state = xzalloc(struct evtchn_state);
	d->evtchn = xzalloc_array(struct evtchn *, EVTCHN_BUCKETS);
	d->poll_mask = xzalloc_array(unsigned long, BITS_TO_LONGS(MAX_VCPUS_PER_DOMAIN));
	if (d->evtchn)
		d->evtchn[0] = alloc_xenheap_page();
	if (!d->evtchn_state || !d->evtchn || !d->poll_mask || !d->evtchn[0]) {
		evtchn_destroy_final(d);
		return -ENOMEM;
	}
	d->evtchn[0][0].state = EVTCHN_RESERVED;
	bitmap_set_bit(d->evtchn_state->may_be_free, 0);
	store_release(&d->nr_evtchns, EVTCHNS_PER_BUCKET);
	/*
	 * dom0, which stays when its guests go, has what most hosts ever need of
	 * it from the start: a guest then leaves free memory as it was.
	 */
	while (is_control_domain(d) && d->nr_evtchns < DOM0_EVTCHNS) {
		if (add_bucket(d, DOM0_EVTCHNS)) {
			evtchn_destroy_final(d);
			return -ENOMEM;
		}
	}
	return 0;
}

bool evtchn_free_some(struct domain *d)
{
	for (u32 n = 0; d->nr_evtchns; n++) {
		if (n == FREE_BATCH)
			return false;
		d->nr_evtchns -= EVTCHNS_PER_BUCKET;
		free_xenheap_page(d->evtchn[d->nr_evtchns / EVTCHNS_PER_BUCKET]);
		d->evtchn[d->nr_evtchns / EVTCHNS_PER_BUCKET] = NULL;
	}
	return true;
}

void evtchn_destroy_final(struct domain *d)
{
	if (d->evtchn) {
		for (u32 i = 0; i < EVTCHN_BUCKETS && d->evtchn[i]; i++)
			free_xenheap_page(d->evtchn[i]);
	}
	if (d->evtchn_state) {
		for (u32 i = 0; i < PIRQ_CHUNKS; i++)
			if (d->evtchn_state->pirq_port[i])
				free_xenheap_page(d->evtchn_state->pirq_port[i]);
	}
	xfree(d->evtchn);
	xfree(d->evtchn_state);
	xfree(d->poll_mask);
	d->evtchn = NULL;
	d->evtchn_state = NULL;
	d->poll_mask = NULL;
	d->nr_evtchns = 0;
}

/*
 * The lowest usable port of a bucket, below limit: its number, 0 for none, or
 * -EAGAIN for none at present: those that are free are still in a queue of the
 * guest's, or beyond the limit.
 */
static int search_bucket(struct domain *d, u32 bucket, u32 limit)
{
	u32 first = bucket * EVTCHNS_PER_BUCKET, end = min(first + (u32)EVTCHNS_PER_BUCKET, limit);
	int rc = limit - first < EVTCHNS_PER_BUCKET ? -EAGAIN : 0;

	for (u32 port = first; port < end; port++) {
		if (evtchn_from_port(d, port)->state != EVTCHN_FREE)
			continue;
		if (!port_ops(d)->is_busy(d, port))
			return port;
		rc = -EAGAIN;
	}
	return rc;
}

/*
 * Ports are given out from below and nowhere else, so a bucket whose bit is
 * wrong is met by the next search: no search looks at more than a few buckets.
 */
int evtchn_find_free_port(struct domain *d)
{
	unsigned long *may_be_free = d->evtchn_state->may_be_free;
	u32 limit = abi_max_ports(d), passed = 0, bucket, buckets, port;
	int rc;

	if (d->is_dying)
		return -EINVAL;
	if (d->max_evtchn_port < limit)
		limit = d->max_evtchn_port + 1;
	buckets = DIV_ROUND_UP(min(d->nr_evtchns, limit), (u32)EVTCHNS_PER_BUCKET);

	for_each_set_bit(bucket, may_be_free, buckets) {
		rc = search_bucket(d, bucket, limit);
		if (rc > 0)
			return rc;
		if (!rc)
			bitmap_clear_bit(may_be_free, bucket);
		else if (++passed == MAX_BUSY_PASSED)
			break;
	}
	port = d->nr_evtchns;
	rc = add_bucket(d, limit);
	return rc ? rc : (int)port;
}

void evtchn_open(struct domain *d, evtchn_port_t port, const struct evtchn *as)
{
	struct evtchn *chn = evtchn_from_port(d, port);

	ASSERT(!evtchn_is_open(chn));
	write_lock(&chn->lock);
	switch (as->state) {
	case EVTCHN_INTERDOMAIN:
		chn->remote = as->remote;
		break;
	case EVTCHN_UNBOUND:
		chn->unbound_for = as->unbound_for;
		break;
	}
	chn->remote_port = as->remote_port;
	WRITE_ONCE(chn->notify_vcpu, as->notify_vcpu);
	WRITE_ONCE(chn->priority, EVTCHN_FIFO_PRIORITY_DEFAULT);
	WRITE_ONCE(chn->pending, false);
	chn->state = as->state;
	write_unlock(&chn->lock);
	d->evtchn_state->open_ports++;
}

/* chn's lock held for writing. */
static void free_locked(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	struct evtchn_state *st = d->evtchn_state;

	chn->state = EVTCHN_FREE;
	chn->remote = NULL;
	chn->remote_port = 0;
	WRITE_ONCE(chn->notify_vcpu, 0);
	WRITE_ONCE(chn->pending, false);
	/* The bit must not outlive the port: its next owner would see it. */
	port_ops(d)->clear_pending(d, port);
	st->open_ports--;
	bitmap_set_bit(st->may_be_free, port / EVTCHNS_PER_BUCKET);
}

void evtchn_free(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);

	write_lock(&chn->lock);
	free_locked(d, port, chn);
	write_unlock(&chn->lock);
}

/* Close one end and make the other wait for a new peer. Both event_locks held. */
static void close_interdomain(struct domain *d1, evtchn_port_t port1, struct evtchn *chn1)
{
	struct domain *d2 = chn1->remote;
	struct evtchn *chn2 = evtchn_from_port(d2, chn1->remote_port);
	struct evtchn *low = min(chn1, chn2), *high = max(chn1, chn2);

	BUG_ON(!chn2 || chn2 == chn1 || chn2->state != EVTCHN_INTERDOMAIN ||
	       chn2->remote != d1 || chn2->remote_port != port1);
	write_lock(&low->lock);
	write_lock(&high->lock);
	free_locked(d1, port1, chn1);
	chn2->state = EVTCHN_UNBOUND;
	chn2->remote = NULL;
	chn2->remote_port = 0;
	chn2->unbound_for = d1->id;
	write_unlock(&high->lock);
	write_unlock(&low->lock);
}

int evtchn_close_port(struct domain *d1, evtchn_port_t port1)
{
	struct evtchn *chn1 = evtchn_from_port(d1, port1);
	struct domain *d2;
	int rc = 0;

	if (!chn1)
		return -EINVAL;
again:
	d2 = NULL;
	spin_lock(&d1->event_lock);
	if (chn1->state == EVTCHN_INTERDOMAIN) {
		/* The peer's lock may come first: take it, and see whether the port is as it was. */
		d2 = chn1->remote;
		if (d2 != d1) {
			/* It cannot have let go of its last reference: it would have closed its end. */
			if (!get_domain(d2))
				BUG();
			spin_unlock(&d1->event_lock);
			spin_lock_pair(&d1->event_lock, &d2->event_lock);
			if (chn1->state != EVTCHN_INTERDOMAIN || chn1->remote != d2) {
				spin_unlock_pair(&d1->event_lock, &d2->event_lock);
				put_domain(d2);
				goto again;
			}
		}
	}

	switch (chn1->state) {
	case EVTCHN_INTERDOMAIN:
		close_interdomain(d1, port1, chn1);
		break;
	case EVTCHN_PIRQ:
		pirq_guest_unbind(d1, chn1->pirq);
		evtchn_unbind_pirq(d1, chn1->pirq);
		evtchn_free(d1, port1);
		break;
	case EVTCHN_VIRQ:
		evtchn_unbind_virq(d1, chn1->virq, port1);
		evtchn_free(d1, port1);
		break;
	case EVTCHN_UNBOUND:
	case EVTCHN_IPI:
		evtchn_free(d1, port1);
		break;
	default:
		rc = -EINVAL;
	}

	spin_unlock(&d1->event_lock);
	if (d2 && d2 != d1) {
		spin_unlock(&d2->event_lock);
		put_domain(d2);
	}
	return rc;
}

/*
 * Close all ports from where the last call stopped: -ERESTART when preempted;
 * else 0, or 1 when the pass did not start at the beginning.
 */
static int close_all(struct domain *d)
{
	u32 first = READ_ONCE(d->evtchn_state->close_next), port;

	for (port = first; port < d->nr_evtchns; port++) {
		if (port != first && port % CLOSE_BATCH == 0 && hypercall_preempt_check()) {
			WRITE_ONCE(d->evtchn_state->close_next, port);
			return -ERESTART;
		}
		/* A port opened meanwhile is found by the caller, by the count of open ones. */
		if (READ_ONCE(evtchn_from_port(d, port)->state) > EVTCHN_RESERVED)
			evtchn_close_port(d, port);
	}
	WRITE_ONCE(d->evtchn_state->close_next, 0);
	return first ? 1 : 0;
}

int evtchn_reset(struct domain *d)
{
	int rc = close_all(d);

	if (rc < 0)
		return rc;
	spin_lock(&d->event_lock);
	if (d->evtchn_state->open_ports)
		/* Half a pass may have begun for an earlier reset that was given up. */
		rc = rc ? -ERESTART : -EAGAIN;
	else
		rc = 0;
	if (!rc && d->evtchn_fifo)
		evtchn_fifo_destroy(d);
	spin_unlock(&d->event_lock);
	return rc;
}

int evtchn_destroy(struct domain *d)
{
	int rc;

	if (!d->evtchn_state)
		return 0;
	/* From here on nobody opens a port: openers look at is_dying under event_lock. */
	spin_barrier(&d->event_lock);
	rc = close_all(d);
	if (rc < 0)
		return rc;
	evtchn_forget_virq_handler(d);
	spin_lock(&d->event_lock);
	rc = d->evtchn_state->open_ports ? -ERESTART : 0;
	if (!rc && d->evtchn_fifo)
		evtchn_fifo_destroy(d);
	spin_unlock(&d->event_lock);
	return rc;
}

void evtchn_dump(struct domain *d)
{
	if (!d->evtchn_state)
		return;
	spin_lock(&d->event_lock);
	printk(XENLOG_INFO "d%u: %u event channels open, %s\n", d->id,
	       d->evtchn_state->open_ports, d->evtchn_fifo ? "FIFO" : "two-level");
	for (u32 port = 1; port < d->nr_evtchns; port++) {
		struct evtchn *chn = evtchn_from_port(d, port);

		if (!evtchn_is_open(chn))
			continue;
		printk(XENLOG_INFO "  %5u [%c%c] vcpu %u: ", port,
		       port_ops(d)->is_pending(d, port) ? 'p' : '-',
		       port_ops(d)->is_masked(d, port) ? 'm' : '-', chn->notify_vcpu);
		switch (chn->state) {
		case EVTCHN_UNBOUND:
			printk("unbound, for d%u\n", chn->unbound_for);
			break;
		case EVTCHN_INTERDOMAIN:
			printk("to d%u port %u\n", chn->remote->id, chn->remote_port);
			break;
		case EVTCHN_PIRQ:
			printk("pirq %u\n", chn->pirq);
			break;
		case EVTCHN_VIRQ:
			printk("virq %u\n", chn->virq);
			break;
		default:
			printk("ipi\n");
		}
	}
	spin_unlock(&d->event_lock);
}
