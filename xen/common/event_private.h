/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the event-channel files share among themselves.
 *
 * A port is opened and closed under its domain's event_lock (both domains',
 * if it has a peer) and its own lock held for writing. So whoever holds either
 * the event_lock or an open port's lock for reading may use the port, its peer
 * and the domain's FIFO structures, which are only freed once every port is
 * closed. Interrupt handlers only try the lock: a port that is being opened
 * or closed has nobody waiting for its events.
 */
#ifndef XEN_COMMON_EVENT_PRIVATE_H
#define XEN_COMMON_EVENT_PRIVATE_H

#include <arch/page.h>
#include <common/event.h>
#include <common/shared.h>
#include <lib/compiler.h>

enum evtchn_port_state {
	EVTCHN_FREE,
	EVTCHN_RESERVED,	/* port 0 */
	EVTCHN_UNBOUND,
	EVTCHN_INTERDOMAIN,
	EVTCHN_PIRQ,
	EVTCHN_VIRQ,
	EVTCHN_IPI,
};

struct evtchn {
	union {
		struct domain *remote;		/* INTERDOMAIN */
		domid_t unbound_for;		/* UNBOUND */
	};
	union {
		evtchn_port_t remote_port;	/* INTERDOMAIN */
		u32 pirq;
		u32 virq;
	};
	rwlock_t lock;
	u16 notify_vcpu;
	u16 last_queue;		/* FIFO: queue it was last linked to; that queue's lock */
	u8 state;		/* enum evtchn_port_state */
	u8 priority;		/* FIFO */
	bool pending;		/* FIFO: came before its event word existed */
};

#define EVTCHNS_PER_BUCKET	(PAGE_SIZE / sizeof(struct evtchn))
#define EVTCHN_BUCKETS		(EVTCHN_FIFO_NR_CHANNELS / EVTCHNS_PER_BUCKET)

#define PIRQS_PER_CHUNK		(PAGE_SIZE / sizeof(evtchn_port_t))
#define PIRQ_CHUNKS		16
#define MAX_PIRQS		(PIRQ_CHUNKS * PIRQS_PER_CHUNK)

/* event_lock, but for pirq_port, which is read without. */
struct evtchn_state {
	/* Buckets that may have a free port; a search that finds none in one takes its bit away. */
	DECLARE_BITMAP(may_be_free, EVTCHN_BUCKETS);
	u32 open_ports;		/* beyond FREE and RESERVED */
	u32 close_next;		/* how far a preempted reset or destruction has come */
	evtchn_port_t *pirq_port[PIRQ_CHUNKS];	/* port of each pirq, 0 none; chunks live as long as d */
};

/* How one of the two ABIs keeps a port's bits. chn belongs to port of d. */
struct evtchn_port_ops {
	void (*set_pending)(struct domain *d, evtchn_port_t port, struct evtchn *chn);
	void (*clear_pending)(struct domain *d, evtchn_port_t port);
	void (*unmask)(struct domain *d, evtchn_port_t port, struct evtchn *chn);
	bool (*is_pending)(struct domain *d, evtchn_port_t port);
	bool (*is_masked)(struct domain *d, evtchn_port_t port);
	/* A closed port that the guest still has in a queue: not to be reused yet. */
	bool (*is_busy)(struct domain *d, evtchn_port_t port);
};
extern const struct evtchn_port_ops evtchn_2l_ops, evtchn_fifo_ops;

static inline const struct evtchn_port_ops *port_ops(const struct domain *d)
{
	return READ_ONCE(d->evtchn_fifo) ? &evtchn_fifo_ops : &evtchn_2l_ops;
}

/* Ports that the domain's present ABI can express. */
static inline u32 abi_max_ports(const struct domain *d)
{
	return READ_ONCE(d->evtchn_fifo) ? EVTCHN_FIFO_NR_CHANNELS : two_level_ports(d);
}

/* The port's storage, or NULL when there is none. */
static inline struct evtchn *evtchn_from_port(const struct domain *d, evtchn_port_t port)
{
	u32 nr = load_acquire(&d->nr_evtchns);

	if (port >= nr)
		return NULL;
	port = array_index_nospec(port, nr);
	return &d->evtchn[port / EVTCHNS_PER_BUCKET][port % EVTCHNS_PER_BUCKET];
}

static inline bool evtchn_is_open(const struct evtchn *chn)
{
	return chn->state > EVTCHN_RESERVED;
}

/* Deliver. The port's lock, its peer's lock, or event_lock is held; any context. */
static inline void evtchn_set_pending(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
	port_ops(d)->set_pending(d, port, chn);
}

/* Never waits: for interrupt handlers. Passing a waiting writer is fine, readers end soon. */
static inline bool evtchn_read_trylock(struct evtchn *chn)
{
	u32 count = READ_ONCE(chn->lock.count);

	while (!(count & RWLOCK_WRITER))
		if (try_cmpxchg(&chn->lock.count, &count, count + 1))
			return true;
	return false;
}

/*
 * event_port.c. event_lock held. A free port: its number, or -EINVAL (d
 * dying), -ENOSPC, -ENOMEM. It stays free until evtchn_open is called.
 */
int evtchn_find_free_port(struct domain *d);
/* Make it the kind that *as says; the lock, queue and pending state are the port's own. */
void evtchn_open(struct domain *d, evtchn_port_t port, const struct evtchn *as);
/* Close one that has no peer and is bound to nothing any more. */
void evtchn_free(struct domain *d, evtchn_port_t port);

/* event_virq.c; event_lock held for the unbind functions. */
long evtchn_bind_virq(struct evtchn_bind_virq *bind);
long evtchn_bind_pirq(struct evtchn_bind_pirq *bind);
void evtchn_unbind_virq(struct domain *d, u32 virq, evtchn_port_t port);
void evtchn_unbind_pirq(struct domain *d, u32 pirq);
void evtchn_forget_virq_handler(struct domain *d);

/* event_port.c */
void evtchn_dump(struct domain *d);

/* event_notify.c: wake vcpus of d that poll for port. */
void evtchn_check_pollers(struct domain *d, evtchn_port_t port);

/* event_fifo.c */
long evtchn_fifo_init_control(struct evtchn_init_control *init);
long evtchn_fifo_expand_array(const struct evtchn_expand_array *expand);
void evtchn_fifo_destroy(struct domain *d);	/* event_lock held, all ports closed */
int evtchn_fifo_init_vcpu(struct vcpu *v);
void evtchn_fifo_destroy_vcpu(struct vcpu *v);

#endif
