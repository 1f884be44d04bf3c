/* SPDX-License-Identifier: MIT */
/*
 * Event channels: one-bit notifications addressed by port, between domains,
 * between vcpus, from virtual interrupts and from real ones.
 * HYPERVISOR_event_channel_op(cmd, arg), arg pointing to the command's structure.
 */
#ifndef __XEN_PUBLIC_EVENT_CHANNEL_H__
#define __XEN_PUBLIC_EVENT_CHANNEL_H__

#include "xen.h"

#define EVTCHNOP_bind_interdomain	0
#define EVTCHNOP_bind_virq		1
#define EVTCHNOP_bind_pirq		2
#define EVTCHNOP_close			3
#define EVTCHNOP_send			4
#define EVTCHNOP_status			5
#define EVTCHNOP_alloc_unbound		6
#define EVTCHNOP_bind_ipi		7
#define EVTCHNOP_bind_vcpu		8
#define EVTCHNOP_unmask			9
#define EVTCHNOP_reset			10
#define EVTCHNOP_init_control		11
#define EVTCHNOP_expand_array		12
#define EVTCHNOP_set_priority		13
#ifdef __XEN__
#define EVTCHNOP_reset_cont		14	/* reset, continued: never from a guest */
#endif

typedef uint32_t evtchn_port_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_port_t);

/*
 * alloc_unbound: a new port in dom that remote_dom may bind to. An
 * unprivileged caller names only itself as dom.
 */
struct evtchn_alloc_unbound {
	domid_t dom, remote_dom;	/* in */
	evtchn_port_t port;		/* out */
};
typedef struct evtchn_alloc_unbound evtchn_alloc_unbound_t;

/*
 * bind_interdomain: connect a new local port to one that remote_dom left
 * unbound for the caller. The local port starts pending, lest an earlier send
 * be missed.
 */
struct evtchn_bind_interdomain {
	domid_t remote_dom;		/* in */
	evtchn_port_t remote_port;	/* in */
	evtchn_port_t local_port;	/* out */
};
typedef struct evtchn_bind_interdomain evtchn_bind_interdomain_t;

/* bind_virq: global interrupts on vcpu 0 only, per-vcpu ones once per vcpu. */
struct evtchn_bind_virq {
	uint32_t virq;		/* in: VIRQ_* */
	uint32_t vcpu;		/* in */
	evtchn_port_t port;	/* out */
};
typedef struct evtchn_bind_virq evtchn_bind_virq_t;

/* bind_pirq: needs access to the interrupt; one port per domain and interrupt. */
struct evtchn_bind_pirq {
	uint32_t pirq;		/* in */
#define BIND_PIRQ__WILL_SHARE	1
	uint32_t flags;		/* in: BIND_PIRQ__* */
	evtchn_port_t port;	/* out */
};
typedef struct evtchn_bind_pirq evtchn_bind_pirq_t;

/* bind_ipi: a port that a send delivers to vcpu; the vcpu is fixed. */
struct evtchn_bind_ipi {
	uint32_t vcpu;		/* in */
	evtchn_port_t port;	/* out */
};
typedef struct evtchn_bind_ipi evtchn_bind_ipi_t;

/* close: the other end of an interdomain channel becomes unbound. */
struct evtchn_close {
	evtchn_port_t port;	/* in */
};
typedef struct evtchn_close evtchn_close_t;

struct evtchn_send {
	evtchn_port_t port;	/* in: the local end */
};
typedef struct evtchn_send evtchn_send_t;

/* status: what a port is. Another domain's only with privilege. */
struct evtchn_status {
	domid_t dom;		/* in */
	evtchn_port_t port;	/* in */
#define EVTCHNSTAT_closed	0
#define EVTCHNSTAT_unbound	1
#define EVTCHNSTAT_interdomain	2
#define EVTCHNSTAT_pirq		3
#define EVTCHNSTAT_virq		4
#define EVTCHNSTAT_ipi		5

	uint32_t status;	/* EVTCHNSTAT_* */
	uint32_t vcpu;		/* who is notified */
	union {
		struct {
			domid_t dom;
		} unbound;
		struct {
			domid_t dom;
			evtchn_port_t port;
		} interdomain;
		uint32_t pirq;
		uint32_t virq;
	} u;
};
typedef struct evtchn_status evtchn_status_t;

/*
 * bind_vcpu: choose who is notified; not for IPIs and per-vcpu interrupts. A
 * new port notifies vcpu 0.
 */
struct evtchn_bind_vcpu {
	evtchn_port_t port;	/* in */
	uint32_t vcpu;		/* in */
};
typedef struct evtchn_bind_vcpu evtchn_bind_vcpu_t;

/* unmask: clear the mask bit, and deliver if the port is pending. */
struct evtchn_unmask {
	evtchn_port_t port;	/* in */
};
typedef struct evtchn_unmask evtchn_unmask_t;

/*
 * reset: close all ports of dom; a domain that resets itself also goes back
 * from FIFO to the two-level form.
 */
struct evtchn_reset {
	domid_t dom;	/* in */
};
typedef struct evtchn_reset evtchn_reset_t;

/*
 * init_control: give vcpu its FIFO control block. The first call makes the
 * domain leave the two-level form; events pending then are lost.
 */
struct evtchn_init_control {
	uint64_t control_gfn;	/* in */
	uint32_t offset;	/* in: within the frame, 8-byte aligned */
	uint32_t vcpu;		/* in */
	uint8_t link_bits;	/* out: width of a link field */
	uint8_t _pad[7];
};
typedef struct evtchn_init_control evtchn_init_control_t;

/* expand_array: one more frame of event words. */
struct evtchn_expand_array {
	uint64_t array_gfn;	/* in */
};
typedef struct evtchn_expand_array evtchn_expand_array_t;

struct evtchn_set_priority {
	evtchn_port_t port;	/* in */
	uint32_t priority;	/* in: EVTCHN_FIFO_PRIORITY_* */
};
typedef struct evtchn_set_priority evtchn_set_priority_t;

/* The single argument of the old event_channel_op_compat hypercall. */
struct evtchn_op {
	uint32_t cmd;
	union {
		evtchn_alloc_unbound_t alloc_unbound;
		evtchn_bind_interdomain_t bind_interdomain;
		evtchn_bind_virq_t bind_virq;
		evtchn_bind_pirq_t bind_pirq;
		evtchn_bind_ipi_t bind_ipi;
		evtchn_close_t close;
		evtchn_send_t send;
		evtchn_status_t status;
		evtchn_bind_vcpu_t bind_vcpu;
		evtchn_unmask_t unmask;
	} u;
};
typedef struct evtchn_op evtchn_op_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_op_t);

/* Ports in the two-level form: the square of a word's bits. */
#define EVTCHN_2L_NR_CHANNELS	(sizeof(xen_ulong_t) * sizeof(xen_ulong_t) * 64)

/* FIFO form: an event word per port, in queues by priority, linked by port. */
#define EVTCHN_FIFO_PRIORITY_MAX	0
#define EVTCHN_FIFO_PRIORITY_DEFAULT	7
#define EVTCHN_FIFO_PRIORITY_MIN	15

#define EVTCHN_FIFO_MAX_QUEUES	(EVTCHN_FIFO_PRIORITY_MIN + 1)

typedef uint32_t event_word_t;

/* Bit numbers in an event word, then its link field. */
#define EVTCHN_FIFO_PENDING	31
#define EVTCHN_FIFO_MASKED	30
#define EVTCHN_FIFO_LINKED	29
#define EVTCHN_FIFO_BUSY	28
#define EVTCHN_FIFO_LINK_BITS	17
#define EVTCHN_FIFO_LINK_MASK	((1 << EVTCHN_FIFO_LINK_BITS) - 1)
#define EVTCHN_FIFO_NR_CHANNELS	(1 << EVTCHN_FIFO_LINK_BITS)

struct evtchn_fifo_control_block {
	uint32_t ready;	/* queues with events, by bit */
	uint32_t _rsvd;
	uint32_t head[EVTCHN_FIFO_MAX_QUEUES];
};
typedef struct evtchn_fifo_control_block evtchn_fifo_control_block_t;

#endif /* __XEN_PUBLIC_EVENT_CHANNEL_H__ */
