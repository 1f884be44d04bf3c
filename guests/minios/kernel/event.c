// SPDX-License-Identifier: MIT
/*
 * Event channels, two-level form: a pending bit and a mask bit for each port in
 * shared_info, a word of selector bits in vcpu_info that says which words of
 * pending bits to look at, and one byte there that says whether to look at all.
 * The handlers' table is changed by threads; this file masks events to do so.
 */
#include <minios/hypercall.h>
#include <minios/event.h>
#include <minios/kernel.h>

#define MAX_PORTS	512
#define WORD_BITS	(8 * sizeof(xen_ulong_t))

static struct {
	event_handler_t handler;
	void *arg;
} ports[MAX_PORTS];

static inline volatile struct vcpu_info *vcpu(void)
{
	return &shared_info->vcpu_info[0];
}

bool events_save(void)
{
	bool masked = vcpu()->evtchn_upcall_mask;

	vcpu()->evtchn_upcall_mask = 1;
	barrier();
	return masked;
}

/*
 * Clearing the mask delivers nothing: what has become pending meanwhile would wait
 * for the next event. Any hypercall is a way through the hypervisor, and an event
 * that is due is delivered on return from it. Ours has nothing else to do.
 */
void events_restore(bool masked)
{
	barrier();
	if (masked)
		return;
	vcpu()->evtchn_upcall_mask = 0;
	barrier();
	if (vcpu()->evtchn_upcall_pending)
		hypercall_xen_version(XENVER_version, NULL);
}

/* Mask every port: only those that are bound get unmasked. */
void event_init(void)
{
	memset(shared_info->evtchn_mask, 0xff, sizeof(shared_info->evtchn_mask));
}

/*
 * The upcall, called with events masked. The order matters: the byte is cleared
 * before the selector is read, and the selector before the words, so that an event
 * which comes after any of these reads leaves a mark that is seen next time.
 */
void event_dispatch(void)
{
	xen_ulong_t selector, pending;

	while (vcpu()->evtchn_upcall_pending) {
		vcpu()->evtchn_upcall_pending = 0;
		selector = __atomic_exchange_n(&vcpu()->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
		while (selector) {
			unsigned int word = __builtin_ctzl(selector);
			volatile xen_ulong_t *bits = &shared_info->evtchn_pending[word];

			selector &= selector - 1;
			pending = *bits & ~((volatile struct shared_info *)shared_info)->evtchn_mask[word];
			__atomic_fetch_and(bits, ~pending, __ATOMIC_SEQ_CST);
			while (pending) {
				unsigned int port = word * WORD_BITS + __builtin_ctzl(pending);

				pending &= pending - 1;
				if (port < MAX_PORTS && ports[port].handler)
					ports[port].handler(ports[port].arg);
			}
		}
	}
}

/*
 * Unmasking is a hypercall and not the clearing of a bit: if the port is pending
 * already, the hypervisor sets the selector and the byte now.
 */
void event_bind(evtchn_port_t port, event_handler_t handler, void *arg)
{
	struct evtchn_unmask unmask = { .port = port };
	bool masked = events_save();

	if (port >= MAX_PORTS)
		panic("port %u is beyond our table", port);
	ports[port].arg = arg;
	ports[port].handler = handler;
	hypercall_event_channel(EVTCHNOP_unmask, &unmask);
	events_restore(masked);
}

evtchn_port_t event_bind_virq(unsigned int virq, event_handler_t handler, void *arg)
{
	struct evtchn_bind_virq bind = { .virq = virq, .vcpu = 0 };

	if (hypercall_event_channel(EVTCHNOP_bind_virq, &bind))
		panic("virtual interrupt %u was refused", virq);
	event_bind(bind.port, handler, arg);
	return bind.port;
}

int event_alloc(domid_t remote, event_handler_t handler, void *arg, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = remote };
	int error = hypercall_event_channel(EVTCHNOP_alloc_unbound, &alloc);

	if (error)
		return error;
	event_bind(alloc.port, handler, arg);
	*port = alloc.port;
	return 0;
}

void event_close(evtchn_port_t port)
{
	struct evtchn_close close = { .port = port };
	bool masked = events_save();

	__atomic_fetch_or(&shared_info->evtchn_mask[port / WORD_BITS], (xen_ulong_t)1 << port % WORD_BITS,
			  __ATOMIC_SEQ_CST);
	ports[port].handler = NULL;
	hypercall_event_channel(EVTCHNOP_close, &close);
	events_restore(masked);
}

void event_send(evtchn_port_t port)
{
	struct evtchn_send send = { .port = port };

	hypercall_event_channel(EVTCHNOP_send, &send);
}
