// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FIFO form of event channels: an event word per port in frames that the
 * guest gives (the event array), and per vcpu a control block with the heads
 * of sixteen queues, one per priority. Pending, unmasked events are linked
 * into the queue of the vcpu they notify, by port numbers inside the words.
 *
 * Words and heads are guest memory and may change at any moment to anything:
 * each word is read once per step, the only thing believed is its LINKED bit,
 * and a guest that plays with it confuses no queue but its own. The tails are
 * kept here, out of its reach. A queue's lock (interrupts off) guards its
 * tail; linking a port takes the lock of the queue it was last in too, and
 * last_queue changes only under both.
 */
#include "event_private.h"

#include <arch/bitops.h>
#include <common/frame.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <pv/mm.h>

#define WORDS_PER_PAGE	((u32)(PAGE_SIZE / sizeof(event_word_t)))
#define ARRAY_PAGES	(EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)

struct evtchn_fifo_queue {
	spinlock_t lock;
	evtchn_port_t tail;	/* last one linked, 0 when known to be consumed */
};

struct evtchn_fifo_vcpu {
	struct evtchn_fifo_control_block *control_block;	/* NULL until given */
	struct evtchn_fifo_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

struct evtchn_fifo_domain {
	u32 nr_words;		/* published after the pages below */
	volatile event_word_t *array[ARRAY_PAGES];
};

#define WORD_BIT(name)	(1u << EVTCHN_FIFO_##name)

/* The event word of a port, or NULL when the array does not reach it. */
static volatile event_word_t *event_word(const struct domain *d, evtchn_port_t port)
{
	const struct evtchn_fifo_domain *fifo = d->evtchn_fifo;
	u32 nr = load_acquire(&fifo->nr_words);

	if (port >= nr)
		return NULL;
	port = array_index_nospec(port, nr);
	return fifo->array[port / WORDS_PER_PAGE] + port % WORDS_PER_PAGE;
}

/*
 * Hang port on the word of the queue's tail, unless the guest has consumed
 * that (LINKED is clear). Every exchange fails only because the guest changed
 * the word. While BUSY is set an honest guest does not unmask, so it can
 * change the word three more times at most: clear LINKED, clear PENDING, set
 * MASKED. One that does more is not waited for, and its queue starts anew.
 */
static bool link_behind(volatile event_word_t *word, evtchn_port_t port)
{
	event_word_t w = READ_ONCE(*word);

	for (unsigned int tries = 0; tries < 5; tries++) {
		if (!(w & WORD_BIT(LINKED)))
			break;
		if (try_cmpxchg(word, &w, (w & ~(WORD_BIT(BUSY) | EVTCHN_FIFO_LINK_MASK)) | port))
			return true;
		if (!tries)
			w = fetch_or(word, WORD_BIT(BUSY)) | WORD_BIT(BUSY);
	}
	if (w & WORD_BIT(BUSY))
		(void)fetch_and(word, ~WORD_BIT(BUSY));
	return false;
}

static u16 queue_number(u32 vcpu, u32 priority)
{
	return vcpu * EVTCHN_FIFO_MAX_QUEUES + priority;
}

/*
 * Queue numbers are of our own making, and vcpus stay as long as the domain.
 * A port that was never linked names vcpu 0's first queue: as good as any.
 */
static struct evtchn_fifo_queue *queue_of(const struct domain *d, u16 number)
{
	return &d->vcpu[number / EVTCHN_FIFO_MAX_QUEUES]->evtchn_fifo
			->queue[number % EVTCHN_FIFO_MAX_QUEUES];
}

/* Lock the queue the port was last in and the one it goes to now; interrupts are off. */
static struct evtchn_fifo_queue *lock_queues(struct domain *d, struct evtchn *chn,
					     struct evtchn_fifo_queue *to)
{
	for (;;) {
		u16 last = READ_ONCE(chn->last_queue);
		struct evtchn_fifo_queue *from = queue_of(d, last);

		spin_lock_pair(&from->lock, &to->lock);
		if (likely(READ_ONCE(chn->last_queue) == last))
			return from;
		/* Somebody else has just linked it: that ends, as then LINKED is set. */
		spin_unlock_pair(&from->lock, &to->lock);
	}
}

/* Put a pending, unmasked port into its queue, if it is in none. */
static void link_port(struct domain *d, evtchn_port_t port, struct evtchn *chn,
		      volatile event_word_t *word)
{
	u32 priority = READ_ONCE(chn->priority);
	struct vcpu *v = d->vcpu[READ_ONCE(chn->notify_vcpu)];
	struct evtchn_fifo_control_block *cb = load_acquire(&v->evtchn_fifo->control_block);
	struct evtchn_fifo_queue *from, *to = &v->evtchn_fifo->queue[priority];
	volatile event_word_t *tail_word;
	unsigned long flags;
	bool was_empty = false;

	/* Without a control block there is nobody to tell; the event stays pending. */
	if (!cb)
		return;

	flags = local_irq_save_flags();
	from = lock_queues(d, chn, to);
	if (!test_and_set_bit(EVTCHN_FIFO_LINKED, word)) {
		/* It is in no queue, so where it was the tail, all has been consumed. */
		if (from->tail == port)
			from->tail = 0;
		WRITE_ONCE(chn->last_queue, queue_number(v->id, priority));
		tail_word = to->tail ? event_word(d, to->tail) : NULL;
		was_empty = !tail_word || !link_behind(tail_word, port);
		if (was_empty)
			store_release(&cb->head[priority], port);
		to->tail = port;
	}
	spin_unlock_pair(&from->lock, &to->lock);
	local_irq_restore(flags);

	if (was_empty && !test_and_set_bit(priority, &cb->ready))
		vcpu_mark_events_pending(v);
}

static void set_pending_fifo(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	volatile event_word_t *word = event_word(d, port);
	event_word_t before;

	if (unlikely(!word)) {
		/* Remember it until the array reaches the port; it may do so just now. */
		(void)xchg(&chn->pending, true);
		word = event_word(d, port);
		if (!word || !xchg(&chn->pending, false))
			return;
	}
	before = fetch_or(word, WORD_BIT(PENDING));
	if (!(before & (WORD_BIT(MASKED) | WORD_BIT(LINKED))))
		link_port(d, port, chn, word);
	if (!(before & WORD_BIT(PENDING)))
		evtchn_check_pollers(d, port);
}

static void clear_pending_fifo(struct domain *d, evtchn_port_t port)
{
	volatile event_word_t *word = event_word(d, port);

	/* LINKED stays: the guest still finds it in its queue. */
	if (word)
		clear_bit(EVTCHN_FIFO_PENDING, word);
}

static void unmask_fifo(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	volatile event_word_t *word = event_word(d, port);

	if (word && fetch_and(word, ~WORD_BIT(MASKED)) & WORD_BIT(PENDING))
		set_pending_fifo(d, port, chn);
}

static bool is_pending_fifo(struct domain *d, evtchn_port_t port)
{
	volatile event_word_t *word = event_word(d, port);

	return word && READ_ONCE(*word) & WORD_BIT(PENDING);
}

static bool is_masked_fifo(struct domain *d, evtchn_port_t port)
{
	volatile event_word_t *word = event_word(d, port);

	return !word || READ_ONCE(*word) & WORD_BIT(MASKED);
}

static bool is_busy_fifo(struct domain *d, evtchn_port_t port)
{
	volatile event_word_t *word = event_word(d, port);

	return word && READ_ONCE(*word) & WORD_BIT(LINKED);
}

const struct evtchn_port_ops evtchn_fifo_ops = {
	.set_pending = set_pending_fifo,
	.clear_pending = clear_pending_fifo,
	.unmask = unmask_fifo,
	.is_pending = is_pending_fifo,
	.is_masked = is_masked_fifo,
	.is_busy = is_busy_fifo,
};

/* Take a frame of the guest for good, so that it may be written here. NULL: not its own, or not writable. */
static void *take_guest_frame(struct domain *d, u64 gfn)
{
	struct page_info *pg = mfn_to_page_checked(MFN(gfn));

	if (!pg || !get_page_and_type(pg, d, PGT_writable))
		return NULL;
	return page_to_virt(pg);
}

static void give_back_guest_frame(const volatile void *va)
{
	put_page_and_type(mfn_to_page(virt_to_mfn(va)));
}

static struct evtchn_fifo_vcpu *alloc_fifo_vcpu(void)
{
	struct evtchn_fifo_vcpu *fv = xzalloc(struct evtchn_fifo_vcpu);

	for (u32 i = 0; fv && i < EVTCHN_FIFO_MAX_QUEUES; i++)
		spin_lock_init(&fv->queue[i].lock);
	return fv;
}

int evtchn_fifo_init_vcpu(struct vcpu *v)
{
	if (!v->domain->evtchn_fifo)
		return 0;
	v->evtchn_fifo = alloc_fifo_vcpu();
	return v->evtchn_fifo ? 0 : -ENOMEM;
}

void evtchn_fifo_destroy_vcpu(struct vcpu *v)
{
	struct evtchn_fifo_vcpu *fv = v->evtchn_fifo;

	if (!fv)
		return;
	v->evtchn_fifo = NULL;
	if (fv->control_block)
		give_back_guest_frame(fv->control_block);
	xfree(fv);
}

void evtchn_fifo_destroy(struct domain *d)
{
	struct evtchn_fifo_domain *fifo = d->evtchn_fifo;
	struct vcpu *v;

	ASSERT(!d->evtchn_state->open_ports);
	WRITE_ONCE(d->evtchn_fifo, NULL);
	for_each_vcpu(d, v)
		evtchn_fifo_destroy_vcpu(v);
	for (u32 i = 0; i < fifo->nr_words / WORDS_PER_PAGE; i++)
		give_back_guest_frame(fifo->array[i]);
	xfree(fifo);
	/* Ports beyond the two-level form's reach stay as storage; the search for a free one ends before. */
}

/* event_lock held. */
static int set_control_block(struct vcpu *v, u64 gfn, u32 offset)
{
	void *frame;

	if (v->evtchn_fifo->control_block)
		return -EINVAL;
	frame = take_guest_frame(v->domain, gfn);
	if (!frame)
		return -EINVAL;
	store_release(&v->evtchn_fifo->control_block, (void *)((char *)frame + offset));
	return 0;
}

/* Ports opened before the change keep what was pending, until they get words. */
static void carry_over_pending(struct domain *d)
{
	for (u32 port = 1; port < d->nr_evtchns && port < two_level_ports(d); port++) {
		struct evtchn *chn = evtchn_from_port(d, port);

		if (evtchn_is_open(chn) && evtchn_2l_ops.is_pending(d, port))
			WRITE_ONCE(chn->pending, true);
	}
}

/* event_lock held: leave the two-level form. v is the vcpu whose block comes first. */
static int switch_to_fifo(struct vcpu *first, u64 gfn, u32 offset)
{
	struct domain *d = first->domain;
	struct evtchn_fifo_domain *fifo;
	struct vcpu *v;
	int rc = -ENOMEM;

	fifo = xzalloc(struct evtchn_fifo_domain);
	if (!fifo)
		return -ENOMEM;
	for_each_vcpu(d, v) {
		v->evtchn_fifo = alloc_fifo_vcpu();
		if (!v->evtchn_fifo)
			goto undo;
	}
	rc = set_control_block(first, gfn, offset);
	if (rc)
		goto undo;
	carry_over_pending(d);
	store_release(&d->evtchn_fifo, fifo);
	return 0;
undo:
	for_each_vcpu(d, v)
		evtchn_fifo_destroy_vcpu(v);
	xfree(fifo);
	return rc;
}

long evtchn_fifo_init_control(struct evtchn_init_control *init)
{
	struct domain *d = current->domain;
	struct vcpu *v;
	long rc;

	init->link_bits = EVTCHN_FIFO_LINK_BITS;
	v = domain_vcpu(d, init->vcpu);
	if (!v)
		return -ENOENT;
	if (init->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) ||
	    init->offset % 8)
		return -EINVAL;

	spin_lock(&d->event_lock);
	if (d->is_dying)
		rc = -EINVAL;
	else if (d->evtchn_fifo)
		rc = set_control_block(v, init->control_gfn, init->offset);
	else
		rc = switch_to_fifo(v, init->control_gfn, init->offset);
	spin_unlock(&d->event_lock);
	return rc;
}

/* event_lock held. */
static long add_array_page(struct domain *d, u64 gfn)
{
	struct evtchn_fifo_domain *fifo = d->evtchn_fifo;
	u32 first, page;
	void *frame;

	if (!fifo)
		return -EOPNOTSUPP;
	page = fifo->nr_words / WORDS_PER_PAGE;
	if (page >= ARRAY_PAGES)
		return -ENOSPC;
	frame = d->is_dying ? NULL : take_guest_frame(d, gfn);
	if (!frame)
		return -EINVAL;
	fifo->array[page] = frame;
	first = page * WORDS_PER_PAGE;
	store_release(&fifo->nr_words, first + WORDS_PER_PAGE);
	smp_mb();

	for (u32 port = first; port < first + WORDS_PER_PAGE; port++) {
		struct evtchn *chn = evtchn_from_port(d, port);

		if (!chn)
			break;
		if (READ_ONCE(chn->pending) && xchg(&chn->pending, false) && evtchn_is_open(chn))
			set_pending_fifo(d, port, chn);
	}
	return 0;
}

long evtchn_fifo_expand_array(const struct evtchn_expand_array *expand)
{
	struct domain *d = current->domain;
	long rc;

	spin_lock(&d->event_lock);
	rc = add_array_page(d, expand->array_gfn);
	spin_unlock(&d->event_lock);
	return rc;
}
