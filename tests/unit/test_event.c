// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/lib/bitmap.c xen/common/event.c xen/common/event_2l.c xen/common/event_fifo.c xen/common/event_notify.c xen/common/event_port.c xen/common/event_virq.c xen/common/rangeset.c tests/unit/shim_evt/shim_evt.c tests/unit/shim_evt/stub_hypercalls.c
// CFLAGS: -Itests/unit/shim_evt -Ixen/include -Iinclude -Ixen/common -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -ffreestanding
/*
 * Event channels, both forms: each operation's good and bad cases, what is
 * left behind by the death of either end, a guest that plays with its event
 * words, and random operations against a model.
 */
#include "shim_evt.h"

#include "event_private.h"

#include <common/rangeset.h>

static struct domain *A, *B, *U;	/* control, 64-bit; plain, 32-bit; plain, 64-bit */

static void domain_final(struct domain *d)
{
	for (u32 i = 0; i < d->max_vcpus; i++)
		evtchn_destroy_vcpu(d->vcpu[i]);
	evtchn_destroy_final(d);
	rangeset_destroy(d->irq_caps);
}

static struct domain *make(domid_t id, u32 vcpus, bool priv, bool is_32bit)
{
	struct domain *d = shim_domain(id, vcpus, priv, is_32bit);

	if (evtchn_init(d))
		abort();
	for (u32 i = 0; i < vcpus; i++)
		if (evtchn_init_vcpu(d->vcpu[i]))
			abort();
	d->irq_caps = rangeset_new();
	return d;
}
static void kill(struct domain *d)
{
	int rc;

	d->is_dying = true;
	do {
		shim_preempt_after = shim_preempt_each;
		rc = evtchn_destroy(d);
	} while (rc == -ERESTART);
	shim_preempt_after = 0;
	CHECK_EQ(rc, 0);
	CHECK_EQ(d->evtchn_state->open_ports, 0);
	put_domain(d);
}

static u32 base_frames, base_objects;
static void set_up(void)
{
	base_frames = shim_free_frames();
	base_objects = shim_objects();
	A = dom0 = make(0, 4, true, false);
	B = make(1, 2, false, true);
	U = make(2, 2, false, false);
	shim_run_as(A, 0);
}
static void tear_down(const char *name)
{
	shim_run_as(A, 0);
	kill(B);
	kill(U);
	kill(A);
	dom0 = NULL;
	CHECK_EQ(shim_free_frames(), base_frames);
	CHECK_EQ(shim_objects(), base_objects);
	shim_result(name);
}

/* Hypercalls, the argument in guest memory. */
#define OP(type, ...) ({						\
	static struct evtchn_##type *g_;				\
	if (!g_)							\
		g_ = shim_guest(sizeof(*g_));				\
	*g_ = (struct evtchn_##type){ __VA_ARGS__ };			\
	last_arg = g_;							\
	shim_event_op(EVTCHNOP_##type, g_); })
static void *last_arg;
#define RESULT(type) ((struct evtchn_##type *)last_arg)

static long alloc_for(struct domain *d, domid_t remote)
{
	long rc = OP(alloc_unbound, .dom = d->id, .remote_dom = remote);

	return rc ? rc : (long)RESULT(alloc_unbound)->port;
}
static long bind_to(domid_t remote, evtchn_port_t port)
{
	long rc = OP(bind_interdomain, .remote_dom = remote, .remote_port = port);

	return rc ? rc : (long)RESULT(bind_interdomain)->local_port;
}
static u32 state_of(domid_t d, evtchn_port_t port)
{
	return OP(status, .dom = d, .port = port) ? ~0u : RESULT(status)->status;
}
static bool pending(struct domain *d, u32 port) { return port_ops(d)->is_pending(d, port); }
static void clear(struct domain *d, u32 port) { clear_bit(port, shared_pending(d)); }
static void quiet(struct vcpu *v)
{
	*vcpu_upcall_pending(v) = 0;
	*(u32 *)vcpu_pending_sel(v) = 0;
	if (!v->domain->is_32bit)
		*(u64 *)vcpu_pending_sel(v) = 0;
}

static void test_errors(void)
{
	set_up();
	CHECK_EQ(shim_event_op(14, NULL), -ENOSYS);
	CHECK_EQ(shim_event_op(~0u, NULL), -ENOSYS);
	for (u32 cmd = 0; cmd <= EVTCHNOP_set_priority; cmd++)
		CHECK_EQ(shim_event_op(cmd, NULL), -EFAULT);
	CHECK_EQ(OP(alloc_unbound, .dom = 9, .remote_dom = 1), -ESRCH);
	CHECK_EQ(bind_to(9, 1), -ESRCH);
	CHECK_EQ(bind_to(1, 1), -EINVAL);
	CHECK_EQ(bind_to(1, 1 << 30), -EINVAL);
	CHECK_EQ(OP(bind_virq, .virq = NR_VIRQS), -EINVAL);
	CHECK_EQ(OP(bind_virq, .virq = ~0u), -EINVAL);
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_TIMER, .vcpu = 4), -ENOENT);
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_DOM_EXC, .vcpu = 1), -EINVAL);
	CHECK_EQ(OP(bind_ipi, .vcpu = 4), -ENOENT);
	CHECK_EQ(OP(bind_ipi, .vcpu = ~0u), -ENOENT);
	CHECK_EQ(OP(bind_pirq, .pirq = MAX_PIRQS), -EINVAL);
	CHECK_EQ(OP(bind_pirq, .pirq = ~0u), -EINVAL);
	CHECK_EQ(OP(close, .port = 0), -EINVAL);
	CHECK_EQ(OP(close, .port = 5), -EINVAL);
	CHECK_EQ(OP(close, .port = ~0u), -EINVAL);
	CHECK_EQ(OP(send, .port = 0), -EINVAL);
	CHECK_EQ(OP(send, .port = 5), -EINVAL);
	CHECK_EQ(OP(send, .port = ~0u), -EINVAL);
	CHECK_EQ(OP(status, .dom = 9, .port = 1), -ESRCH);
	CHECK_EQ(OP(status, .dom = DOMID_SELF, .port = 1 << 20), -EINVAL);
	CHECK_EQ(OP(bind_vcpu, .port = 5, .vcpu = 0), -EINVAL);
	CHECK_EQ(OP(bind_vcpu, .port = 5, .vcpu = 9), -ENOENT);
	CHECK_EQ(OP(bind_vcpu, .port = ~0u, .vcpu = 0), -EINVAL);
	CHECK_EQ(OP(unmask, .port = 1 << 20), -EINVAL);
	CHECK_EQ(OP(unmask, .port = 7), 0);
	CHECK_EQ(OP(reset, .dom = 9), -ESRCH);
	CHECK_EQ(OP(reset, .dom = 1), -EINVAL);		/* not paused */
	CHECK_EQ(OP(init_control, .vcpu = 9), -ENOENT);
	CHECK_EQ(OP(init_control, .offset = 4096 - 64), -EINVAL);
	CHECK_EQ(OP(init_control, .offset = 4), -EINVAL);
	CHECK_EQ(OP(init_control, .control_gfn = ~0ull), -EINVAL);
	CHECK_EQ(OP(init_control, .control_gfn = SHIM_FRAMES - 1), -EINVAL);
	CHECK(!A->evtchn_fifo && !A->vcpu[0]->evtchn_fifo);
	CHECK_EQ(OP(expand_array, .array_gfn = 1), -EOPNOTSUPP);
	CHECK_EQ(OP(set_priority, .port = 1), -ENOSYS);
	CHECK_EQ(OP(set_priority, .port = ~0u), -EINVAL);

	/* Without privilege. */
	shim_run_as(B, 0);
	CHECK_EQ(OP(alloc_unbound, .dom = 0, .remote_dom = 1), -EPERM);
	CHECK_EQ(OP(status, .dom = 0, .port = 1), -EPERM);
	CHECK_EQ(OP(reset, .dom = 0), -EPERM);
	CHECK_EQ(OP(bind_pirq, .pirq = 3), -EPERM);
	rangeset_add_singleton(B->irq_caps, 3);
	CHECK_EQ(OP(bind_pirq, .pirq = 3), 0);

	/* A port granted to somebody else. */
	long p = alloc_for(B, 0);

	shim_run_as(U, 0);
	CHECK_EQ(bind_to(1, p), -EINVAL);
	tear_down("event_errors");
}

static void test_interdomain(void)
{
	long pb, pa;

	set_up();
	shim_run_as(B, 0);
	pb = alloc_for(B, 0);
	CHECK(pb > 0);
	CHECK_EQ(state_of(DOMID_SELF, pb), EVTCHNSTAT_unbound);
	CHECK_EQ(RESULT(status)->u.unbound.dom, 0);
	CHECK_EQ(OP(send, .port = pb), 0);
	shim_run_as(A, 0);
	pa = bind_to(1, pb);
	CHECK(pa > 0);
	CHECK(pending(A, pa));
	CHECK_EQ(*vcpu_upcall_pending(A->vcpu[0]), 1);
	CHECK_EQ(bind_to(1, pb), -EINVAL);		/* taken */
	CHECK_EQ(state_of(0, pa), EVTCHNSTAT_interdomain);
	CHECK_EQ(RESULT(status)->u.interdomain.dom, 1);
	CHECK_EQ(RESULT(status)->u.interdomain.port, pb);
	CHECK_EQ(state_of(1, pb), EVTCHNSTAT_interdomain);

	/* Selectors are words of 32 bits in B. */
	CHECK_EQ(OP(send, .port = pa), 0);
	CHECK(pending(B, pb));
	CHECK_EQ(*(u32 *)vcpu_pending_sel(B->vcpu[0]), 1u << (pb / 32));
	CHECK_EQ(*vcpu_upcall_pending(B->vcpu[0]), 1);

	/* Moved to another vcpu, and masked. */
	quiet(B->vcpu[0]);
	clear(B, pb);
	shim_run_as(B, 0);
	CHECK_EQ(OP(bind_vcpu, .port = pb, .vcpu = 1), 0);
	set_bit(pb, shared_mask(B));
	shim_run_as(A, 0);
	CHECK_EQ(OP(send, .port = pa), 0);
	CHECK(pending(B, pb) && !*vcpu_upcall_pending(B->vcpu[1]));
	shim_run_as(B, 0);
	CHECK_EQ(OP(unmask, .port = pb), 0);
	CHECK(*vcpu_upcall_pending(B->vcpu[1]) && !*vcpu_upcall_pending(B->vcpu[0]));
	CHECK(!test_bit(pb, shared_mask(B)));

	/* Closing makes the other end wait for the same domain again, and clears the bit. */
	CHECK_EQ(OP(close, .port = pb), 0);
	CHECK(!pending(B, pb));
	CHECK_EQ(state_of(DOMID_SELF, pb), EVTCHNSTAT_closed);
	shim_run_as(A, 0);
	CHECK_EQ(state_of(DOMID_SELF, pa), EVTCHNSTAT_unbound);
	CHECK_EQ(RESULT(status)->u.unbound.dom, 1);
	shim_run_as(B, 0);
	pb = bind_to(0, pa);
	CHECK(pb > 0);

	shim_key['e']('e');

	/* With itself. */
	long p1 = alloc_for(B, DOMID_SELF), p2 = bind_to(DOMID_SELF, p1);

	CHECK(p1 > 0 && p2 > 0 && p1 != p2);
	clear(B, p1);
	CHECK_EQ(OP(send, .port = p2), 0);
	CHECK(pending(B, p1));
	CHECK_EQ(OP(close, .port = p1), 0);
	CHECK_EQ(state_of(DOMID_SELF, p2), EVTCHNSTAT_unbound);

	/* An answer that cannot be written leaves no port. */
	u32 open = B->evtchn_state->open_ports;

	shim_fail_copy = 2;
	CHECK_EQ(alloc_for(B, 0), -EFAULT);
	shim_fail_copy = 2;
	CHECK_EQ(OP(bind_ipi, .vcpu = 1), -EFAULT);
	CHECK_EQ(B->evtchn_state->open_ports, open);
	tear_down("event_interdomain");
}

static void test_death(void)
{
	long pa[3], pb[3];

	set_up();
	shim_preempt_each = 1;
	for (u32 i = 0; i < 3; i++) {
		shim_run_as(B, 0);
		pb[i] = alloc_for(B, i == 2 ? 2 : 0);
		shim_run_as(i == 2 ? U : A, 0);
		pa[i] = bind_to(1, pb[i]);
		CHECK(pa[i] > 0);
	}
	get_domain(B);
	kill(B);
	/* The others see a port that waits, and can open none there any more. */
	shim_run_as(A, 0);
	CHECK_EQ(state_of(0, pa[0]), EVTCHNSTAT_unbound);
	CHECK_EQ(state_of(0, pa[1]), EVTCHNSTAT_unbound);
	CHECK_EQ(state_of(2, pa[2]), EVTCHNSTAT_unbound);
	CHECK_EQ(alloc_for(B, 0), -EINVAL);
	CHECK_EQ(OP(send, .port = pa[0]), 0);
	shim_preempt_each = 0;
	put_domain(B);
	B = make(3, 1, false, false);
	tear_down("event_death");
}

static void test_virq(void)
{
	u32 port, port1;

	set_up();
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_TIMER, .vcpu = 1), 0);
	port = RESULT(bind_virq)->port;
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_TIMER, .vcpu = 1), -EEXIST);
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_TIMER, .vcpu = 2), 0);
	CHECK_EQ(OP(bind_vcpu, .port = port, .vcpu = 0), -EINVAL);
	CHECK_EQ(OP(send, .port = port), -EINVAL);
	send_guest_vcpu_virq(A->vcpu[1], VIRQ_TIMER);
	CHECK(pending(A, port) && *vcpu_upcall_pending(A->vcpu[1]) && !*vcpu_upcall_pending(A->vcpu[0]));
	send_guest_vcpu_virq(A->vcpu[0], VIRQ_TIMER);	/* bound by nobody */
	CHECK_EQ(state_of(0, port), EVTCHNSTAT_virq);
	CHECK_EQ(RESULT(status)->u.virq, VIRQ_TIMER);
	CHECK_EQ(RESULT(status)->vcpu, 1);
	CHECK_EQ(OP(close, .port = port), 0);
	send_guest_vcpu_virq(A->vcpu[1], VIRQ_TIMER);
	CHECK(!pending(A, port));

	/* The host's own: to dom0, or to whom it was given, until that one dies. */
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_DOM_EXC), 0);
	port = RESULT(bind_virq)->port;
	CHECK_EQ(OP(bind_vcpu, .port = port, .vcpu = 3), 0);
	shim_run_as(B, 0);
	CHECK_EQ(OP(bind_virq, .virq = VIRQ_DOM_EXC), 0);
	port1 = RESULT(bind_virq)->port;
	send_global_virq(VIRQ_DOM_EXC);
	CHECK(pending(A, port) && *vcpu_upcall_pending(A->vcpu[3]) && !pending(B, port1));
	CHECK_EQ(set_global_virq_handler(B, VIRQ_TIMER), -EINVAL);
	CHECK_EQ(set_global_virq_handler(B, NR_VIRQS), -EINVAL);
	CHECK_EQ(set_global_virq_handler(B, VIRQ_DOM_EXC), 0);
	CHECK_EQ(set_global_virq_handler(B, VIRQ_DOM_EXC), 0);
	CHECK_EQ(set_global_virq_handler(B, VIRQ_CON_RING), 0);
	clear(A, port);
	send_global_virq(VIRQ_DOM_EXC);
	CHECK(!pending(A, port) && pending(B, port1));
	kill(B);
	send_global_virq(VIRQ_DOM_EXC);
	CHECK(pending(A, port));
	B = make(1, 1, false, true);
	tear_down("event_virq");
}

static void test_pirq(void)
{
	u32 port;

	set_up();
	CHECK_EQ(OP(bind_pirq, .pirq = 9, .flags = BIND_PIRQ__WILL_SHARE), 0);
	port = RESULT(bind_pirq)->port;
	CHECK_EQ(evtchn_of_pirq(A, 9), port);
	CHECK_EQ(shim_pirq_bound, 1);
	CHECK_EQ(OP(bind_pirq, .pirq = 9), -EEXIST);
	send_guest_pirq(A, 9);
	CHECK(pending(A, port));
	send_guest_pirq(A, 10);
	send_guest_pirq(A, 5000);
	send_guest_pirq(A, ~0u);
	CHECK_EQ(state_of(0, port), EVTCHNSTAT_pirq);
	CHECK_EQ(RESULT(status)->u.pirq, 9);
	/* While the port is being closed an interrupt does not wait. */
	write_lock(&evtchn_from_port(A, port)->lock);
	send_guest_pirq(A, 9);
	write_unlock(&evtchn_from_port(A, port)->lock);
	CHECK_EQ(OP(close, .port = port), 0);
	CHECK_EQ(shim_pirq_bound, 0);
	CHECK_EQ(evtchn_of_pirq(A, 9), 0);
	shim_pirq_bind_result = -EBUSY;
	CHECK_EQ(OP(bind_pirq, .pirq = 9), -EBUSY);
	shim_pirq_bind_result = 0;
	CHECK_EQ(evtchn_of_pirq(A, 9), 0);
	CHECK_EQ(state_of(0, port), EVTCHNSTAT_closed);
	shim_fail_alloc = 1;
	CHECK_EQ(OP(bind_pirq, .pirq = 12000), -ENOMEM);
	CHECK_EQ(OP(bind_pirq, .pirq = 12000), 0);
	tear_down("event_pirq");
	CHECK_EQ(shim_pirq_bound, 0);
}

static void test_limits(void)
{
	long p;
	u32 n;

	set_up();
	B->max_evtchn_port = 200;
	shim_run_as(B, 0);
	for (n = 0; (p = alloc_for(B, 0)) > 0; n++)
		CHECK(p <= 200);
	CHECK_EQ(p, -ENOSPC);
	CHECK_EQ(n, 200);
	CHECK_EQ(OP(close, .port = 77), 0);
	CHECK_EQ(alloc_for(B, 0), 77);
	B->max_evtchn_port = ~0u;
	for (n = 0; (p = alloc_for(B, 0)) > 0; n++)
		;
	CHECK_EQ(p, -ENOSPC);
	CHECK_EQ(n, 1023 - 200);
	shim_run_as(U, 0);
	for (n = 0; (p = alloc_for(U, 0)) > 0; n++)
		;
	CHECK_EQ(n, 4095);
	CHECK_EQ(OP(close, .port = 4095), 0);
	CHECK_EQ(OP(reset, .dom = DOMID_SELF), 0);
	CHECK_EQ(U->evtchn_state->open_ports, 0);
	struct domain *late = make(3, 1, false, false);
	shim_run_as(late, 0);
	for (n = 0; n < 127; n++)
		alloc_for(late, 1);
	shim_fail_alloc = 1;
	CHECK_EQ(alloc_for(late, 1), -ENOMEM);
	CHECK_EQ(alloc_for(late, 1), 128);
	kill(late);
	/* dom0's own ports, which outlast its guests, take no memory. */
	u32 frames = shim_free_frames();
	shim_run_as(A, 0);
	for (n = 0; alloc_for(A, 1) > 0; n++)
		;
	CHECK_EQ(n, 4095);
	CHECK_EQ(shim_free_frames(), frames);
	tear_down("event_limits");
}

static void test_poll(void)
{
	static struct sched_poll poll;
	evtchn_port_t *ports = shim_guest(16 * sizeof(*ports));
	struct vcpu *v;
	long p, q;

	set_up();
	shim_run_as(U, 1);
	v = U->vcpu[1];
	p = alloc_for(U, DOMID_SELF);
	q = bind_to(DOMID_SELF, p);
	clear(U, q);
	quiet(U->vcpu[0]);
	set_bit(p, shared_mask(U));
	ports[0] = p;
	poll.ports.p = ports;

	poll.nr_ports = 129;
	CHECK_EQ(vcpu_poll(&poll), -EINVAL);
	poll.nr_ports = 1;
	ports[0] = 4096;
	CHECK_EQ(vcpu_poll(&poll), -EINVAL);
	CHECK(!(v->pause_flags & BIT(VPF_BLOCKED)) && !v->polling && !U->poll_mask[0]);
	shim_fail_copy = 1;
	CHECK_EQ(vcpu_poll(&poll), -EFAULT);
	CHECK(!(v->pause_flags & BIT(VPF_BLOCKED)) && !v->polling && !U->poll_mask[0]);

	/* Nothing there: it sleeps; a masked event wakes it, another one does not. */
	ports[0] = p;
	poll.timeout = 12345;
	shim_schedules = 0;
	CHECK_EQ(vcpu_poll(&poll), 0);
	CHECK_EQ(shim_schedules, 1);
	CHECK_EQ(shim_timer_set, 12345);
	CHECK(v->pause_flags & BIT(VPF_BLOCKED));
	shim_run_as(U, 0);
	CHECK_EQ(OP(send, .port = p), 0);	/* to q, on vcpu 0 */
	CHECK(v->pause_flags & BIT(VPF_BLOCKED));
	CHECK_EQ(OP(send, .port = q), 0);
	CHECK(!(v->pause_flags & BIT(VPF_BLOCKED)) && !U->poll_mask[0] && !v->polling);

	/* There already: no sleep. */
	shim_run_as(U, 1);
	CHECK_EQ(vcpu_poll(&poll), 0);
	CHECK(!(v->pause_flags & BIT(VPF_BLOCKED)));
	CHECK_EQ(shim_timer_set, -1);

	/* Several: any event wakes. A deadline too far for a signed clock is the last moment. */
	clear(U, p);
	clear(U, q);
	ports[1] = q;
	poll.nr_ports = 2;
	poll.timeout = ~0ull;
	CHECK_EQ(vcpu_poll(&poll), 0);
	CHECK_EQ(shim_timer_set, 0x7fffffffffffffffll);
	CHECK(v->pause_flags & BIT(VPF_BLOCKED));
	shim_run_as(U, 0);
	CHECK_EQ(OP(send, .port = p), 0);
	CHECK(!(v->pause_flags & BIT(VPF_BLOCKED)));

	/* No ports: until the time comes. */
	shim_run_as(U, 1);
	poll.nr_ports = 0;
	poll.timeout = 5;
	CHECK_EQ(vcpu_poll(&poll), 0);
	CHECK(v->pause_flags & BIT(VPF_BLOCKED));
	v->poll_timer.fn(v);
	CHECK(!(v->pause_flags & BIT(VPF_BLOCKED)) && !U->poll_mask[0]);
	v->poll_timer.fn(v);
	tear_down("event_poll");
}

static void test_compat(void)
{
	struct evtchn_op *op;

	set_up();
	op = shim_guest(sizeof(*op));
	op->cmd = EVTCHNOP_alloc_unbound;
	op->u.alloc_unbound.dom = DOMID_SELF;
	op->u.alloc_unbound.remote_dom = 1;
	CHECK_EQ(do_event_channel_op_compat((u64)op), 0);
	CHECK_EQ(op->u.alloc_unbound.port, 1);
	op->cmd = EVTCHNOP_close;
	op->u.close.port = 1;
	CHECK_EQ(do_event_channel_op_compat((u64)op), 0);
	op->cmd = EVTCHNOP_reset;
	CHECK_EQ(do_event_channel_op_compat((u64)op), -ENOSYS);
	op->cmd = ~0u;
	CHECK_EQ(do_event_channel_op_compat((u64)op), -ENOSYS);
	CHECK_EQ(do_event_channel_op_compat(0), -EFAULT);
	tear_down("event_compat");
}

/* The guest's side of the FIFO form, as an honest kernel plays it. */
struct fifo_guest {
	struct domain *d;
	u32 *word[4];
	struct evtchn_fifo_control_block *cb[4];
	u32 head[4][EVTCHN_FIFO_MAX_QUEUES];
	mfn_t frames[8];
	u32 nr_frames;
};
#define BITOF(name) (1u << EVTCHN_FIFO_##name)

static u32 *word_of(struct fifo_guest *g, u32 port) { return &g->word[port / 1024][port % 1024]; }

static long fifo_control(struct fifo_guest *g, u32 vcpu)
{
	mfn_t m = shim_frame(g->d, 0);
	long rc = OP(init_control, .control_gfn = mfn_x(m), .offset = 128, .vcpu = vcpu);

	g->frames[g->nr_frames++] = m;
	if (!rc) {
		g->cb[vcpu] = (void *)((char *)mfn_to_virt(m) + 128);
		CHECK_EQ(RESULT(init_control)->link_bits, 17);
	}
	return rc;
}
static long fifo_expand(struct fifo_guest *g, u32 page)
{
	mfn_t m = shim_frame(g->d, 0);

	g->frames[g->nr_frames++] = m;
	g->word[page] = mfn_to_virt(m);
	return OP(expand_array, .array_gfn = mfn_x(m));
}
/* Take the next event of a vcpu, best priority first; 0: none. */
static u32 fifo_next(struct fifo_guest *g, u32 vcpu, u32 *ready)
{
	struct evtchn_fifo_control_block *cb = g->cb[vcpu];

	*ready |= xchg(&cb->ready, 0u);
	while (*ready) {
		u32 q = lowest_bit(*ready), port = g->head[vcpu][q], w;

		if (!port)
			port = cb->head[q];
		w = fetch_and(word_of(g, port), ~(BITOF(LINKED) | EVTCHN_FIFO_LINK_MASK));
		g->head[vcpu][q] = w & EVTCHN_FIFO_LINK_MASK;
		if (!(w & EVTCHN_FIFO_LINK_MASK))
			*ready &= ~(1u << q);
		if ((w & BITOF(PENDING)) && !(w & BITOF(MASKED))) {
			(void)fetch_and(word_of(g, port), ~BITOF(PENDING));
			return port;
		}
	}
	return 0;
}
static void fifo_end(struct fifo_guest *g)
{
	for (u32 i = 0; i < g->nr_frames; i++) {
		CHECK_EQ(shim_type_refs(g->frames[i]), 0);
		CHECK_EQ(shim_refs(g->frames[i]), 1);
		shim_drop_frame(g->frames[i]);
	}
}

static void test_fifo(void)
{
	struct fifo_guest g = { 0 };
	u32 port[6], ready = 0;
	long early;

	set_up();
	g.d = U;
	shim_run_as(U, 0);
	early = alloc_for(U, DOMID_SELF);
	long early2 = bind_to(DOMID_SELF, early);	/* pending before the change */

	CHECK(pending(U, early2));
	CHECK_EQ(fifo_control(&g, 0), 0);
	CHECK_EQ(fifo_control(&g, 0), -EINVAL);		/* once only */
	CHECK_EQ(shim_refs(g.frames[0]), 2);
	CHECK(!pending(U, early2));
	CHECK_EQ(fifo_expand(&g, 0), 0);
	CHECK(*word_of(&g, early2) & BITOF(PENDING));
	CHECK_EQ(fifo_next(&g, 0, &ready), early2);
	CHECK_EQ(OP(expand_array, .array_gfn = 1ull << 40), -EINVAL);

	/* Order within a queue is first come first served; queues by priority. */
	for (u32 i = 0; i < 6; i++) {
		CHECK_EQ(OP(bind_ipi, .vcpu = 0), 0);
		port[i] = RESULT(bind_ipi)->port;
	}
	CHECK_EQ(OP(set_priority, .port = port[5], .priority = 0), 0);
	CHECK_EQ(OP(set_priority, .port = port[5], .priority = 16), -EINVAL);
	CHECK_EQ(OP(set_priority, .port = 900, .priority = 1), -EINVAL);
	quiet(U->vcpu[0]);
	for (u32 i = 0; i < 6; i++)
		CHECK_EQ(OP(send, .port = port[i]), 0);
	CHECK_EQ(OP(send, .port = port[0]), 0);
	CHECK_EQ(*vcpu_upcall_pending(U->vcpu[0]), 1);
	CHECK_EQ(fifo_next(&g, 0, &ready), port[5]);
	for (u32 i = 0; i < 3; i++)
		CHECK_EQ(fifo_next(&g, 0, &ready), port[i]);
	CHECK_EQ(OP(send, .port = port[0]), 0);
	CHECK_EQ(fifo_next(&g, 0, &ready), port[3]);
	CHECK_EQ(fifo_next(&g, 0, &ready), port[4]);
	CHECK_EQ(fifo_next(&g, 0, &ready), port[0]);
	CHECK_EQ(fifo_next(&g, 0, &ready), 0);
	/* The only one in its queue, again and again. */
	for (u32 i = 0; i < 3; i++) {
		CHECK_EQ(OP(send, .port = port[1]), 0);
		CHECK_EQ(fifo_next(&g, 0, &ready), port[1]);
	}

	/* Masked: pending but in no queue, until unmasked. */
	*word_of(&g, port[1]) |= BITOF(MASKED);
	CHECK_EQ(OP(send, .port = port[1]), 0);
	CHECK_EQ(*word_of(&g, port[1]), BITOF(MASKED) | BITOF(PENDING));
	CHECK_EQ(fifo_next(&g, 0, &ready), 0);
	CHECK_EQ(OP(unmask, .port = port[1]), 0);
	CHECK_EQ(fifo_next(&g, 0, &ready), port[1]);

	/* A port closed while in a queue is not used again until it is out. */
	CHECK_EQ(OP(send, .port = port[0]), 0);
	CHECK_EQ(OP(close, .port = port[0]), 0);
	CHECK_EQ(*word_of(&g, port[0]), BITOF(LINKED));
	CHECK_EQ(OP(bind_ipi, .vcpu = 1), 0);
	CHECK(RESULT(bind_ipi)->port != port[0]);
	u32 other = RESULT(bind_ipi)->port;
	CHECK_EQ(fifo_next(&g, 0, &ready), 0);
	CHECK_EQ(OP(bind_ipi, .vcpu = 1), 0);
	CHECK_EQ(RESULT(bind_ipi)->port, port[0]);

	/* vcpu 1 has no control block yet: pending, nowhere linked; then it has. */
	CHECK_EQ(OP(send, .port = other), 0);
	CHECK_EQ(*word_of(&g, other), BITOF(PENDING));
	CHECK_EQ(fifo_control(&g, 1), 0);
	CHECK_EQ(OP(send, .port = other), 0);
	u32 ready1 = 0;
	CHECK_EQ(fifo_next(&g, 1, &ready1), other);

	/* Ports beyond the array are remembered. */
	long p = 0;
	while (p < 1030)
		p = alloc_for(U, DOMID_SELF);
	long p2 = bind_to(DOMID_SELF, p);
	CHECK(p2 > 1024);
	CHECK_EQ(OP(send, .port = p2), 0);
	CHECK_EQ(fifo_expand(&g, 1), 0);
	CHECK_EQ(fifo_next(&g, 0, &ready), p);
	CHECK_EQ(fifo_next(&g, 0, &ready), p2);
	CHECK_EQ(fifo_next(&g, 0, &ready), 0);

	/* Back to two levels. */
	shim_preempt_each = 1;
	shim_continuations = 0;
	CHECK_EQ(OP(reset, .dom = DOMID_SELF), 0);
	CHECK(shim_continuations > 0);
	shim_preempt_each = 0;
	CHECK(!U->evtchn_fifo && !U->vcpu[0]->evtchn_fifo);
	CHECK_EQ(U->evtchn_state->open_ports, 0);
	fifo_end(&g);
	p = alloc_for(U, DOMID_SELF);
	CHECK_EQ(p, 1);
	tear_down("event_fifo");
}

static void test_fifo_moving(void)
{
	struct fifo_guest g = { 0 };
	u32 ready[2] = { 0 }, got[2] = { 0 };
	long p, q;

	set_up();
	g.d = U;
	shim_run_as(U, 0);
	fifo_control(&g, 0);
	fifo_control(&g, 1);
	fifo_expand(&g, 0);
	p = alloc_for(U, DOMID_SELF);
	q = bind_to(DOMID_SELF, p);
	while (fifo_next(&g, 0, &ready[0]))
		;
	/* An event that changes queue while others stay: nothing lost, no queue knotted. */
	for (u32 i = 0; i < 5000; i++) {
		u32 n = shim_random();

		if (n & 1)
			CHECK_EQ(OP(bind_vcpu, .port = p, .vcpu = (n >> 1) & 1), 0);
		if (n & 4)
			CHECK_EQ(OP(set_priority, .port = p, .priority = (n >> 3) & 15), 0);
		CHECK_EQ(OP(send, .port = q), 0);
		CHECK(*word_of(&g, p) & BITOF(LINKED));
		if (n & 128)
			CHECK_EQ(OP(send, .port = p), 0);
		u32 total = 0, steps = 0;

		for (u32 v = 0; v < 2; v++) {
			u32 port;

			while ((port = fifo_next(&g, v, &ready[v])) && steps++ < 10) {
				CHECK(port == p || port == q);
				total += port == p;
				got[v] += port == p;
			}
		}
		CHECK_EQ(total, 1);
	}
	CHECK(got[0] && got[1]);
	/* The array has an end, and so has memory. */
	u32 frames = g.nr_frames;
	shim_fail_alloc = 0;
	for (u32 i = 1; i < 128; i++)
		CHECK_EQ(OP(expand_array, .array_gfn = mfn_x(shim_frame(U, 0))), 0);
	CHECK_EQ(OP(expand_array, .array_gfn = mfn_x(g.frames[0])), -ENOSPC);
	CHECK_EQ(g.nr_frames, frames);
	shim_run_as(A, 0);
	get_domain(U);
	kill(U);
	fifo_end(&g);
	/* The other array frames are as they were; give them up. */
	for (u32 m = 1; m < SHIM_FRAMES - 16; m++)
		if (page_owner(mfn_to_page(MFN(m))) == U) {
			CHECK_EQ(shim_refs(MFN(m)), 1);
			shim_drop_frame(MFN(m));
		}
	put_domain(U);
	U = make(2, 1, false, false);
	tear_down("event_fifo_moving");
}

/* A guest that scribbles over its words and blocks between operations. */
static void test_fifo_hostile(void)
{
	struct fifo_guest g = { 0 };
	u32 n_ports = 0;
	static u32 port[64];

	set_up();
	g.d = U;
	shim_run_as(U, 0);
	/* No room for one vcpu's queues: all as before. */
	for (u32 n = 1; n <= 3; n++) {
		mfn_t m = shim_frame(U, 0);

		shim_fail_alloc = n;
		CHECK_EQ(OP(init_control, .control_gfn = mfn_x(m), .vcpu = 0), -ENOMEM);
		CHECK(!U->evtchn_fifo && !U->vcpu[0]->evtchn_fifo && !U->vcpu[1]->evtchn_fifo);
		CHECK_EQ(shim_refs(m), 1);
		shim_drop_frame(m);
	}
	shim_fail_alloc = 0;
	fifo_control(&g, 0);
	fifo_control(&g, 1);
	fifo_expand(&g, 0);
	while (n_ports < 64) {
		OP(bind_ipi, .vcpu = n_ports & 1);
		port[n_ports++] = RESULT(bind_ipi)->port;
	}
	for (u32 i = 0; i < 200000; i++) {
		u32 n = shim_random(), p = port[n % 64];

		switch (n >> 28) {
		case 0:
			*word_of(&g, shim_random() % 1024) = shim_random() | shim_random() << 16;
			break;
		case 1:
			g.cb[n & 1]->head[(n >> 4) % 16] = shim_random();
			g.cb[n & 1]->ready = shim_random();
			break;
		case 2:
			OP(unmask, .port = p);
			break;
		case 3:
			OP(set_priority, .port = p, .priority = (n >> 6) & 15);
			break;
		case 4:
			if (!OP(close, .port = p)) {
				long rc = OP(bind_ipi, .vcpu = (n >> 7) & 1);

				CHECK(!rc || rc == -ENOSPC);
				if (!rc)
					port[n % 64] = RESULT(bind_ipi)->port;
			}
			break;
		default:
			OP(send, .port = p);
		}
	}
	/* Every word says it is linked: ports run out in bounded time, nothing else. */
	for (u32 i = 0; i < 1024; i++)
		*word_of(&g, i) = ~0u;
	CHECK_EQ(OP(reset, .dom = DOMID_SELF), 0);
	fifo_end(&g);
	tear_down("event_fifo_hostile");
}

/* Random operations of three domains against a model of who is bound to whom. */
#define MODEL_PORTS 64
struct model {
	u32 state;
	u32 dom, port;		/* peer, or for whom */
	bool pending;
};
static struct model model[3][MODEL_PORTS];

static void model_set(u32 d, u32 port, u32 state, u32 dom, u32 peer)
{
	if (port < MODEL_PORTS)
		model[d][port] = (struct model){ state, dom, peer, false };
	else
		CHECK(port < MODEL_PORTS);
}

static void check_model(struct domain **dom)
{
	for (u32 d = 0; d < 3; d++) {
		u32 open = 0;

		for (u32 p = 1; p < MODEL_PORTS; p++) {
			struct model *m = &model[d][p];

			CHECK_EQ(state_of(d, p), m->state);
			if (m->state == EVTCHNSTAT_interdomain) {
				CHECK_EQ(RESULT(status)->u.interdomain.dom, m->dom);
				CHECK_EQ(RESULT(status)->u.interdomain.port, m->port);
			} else if (m->state == EVTCHNSTAT_unbound) {
				CHECK_EQ(RESULT(status)->u.unbound.dom, m->dom);
			}
			CHECK_EQ(pending(dom[d], p), m->pending);
			open += m->state != EVTCHNSTAT_closed;
		}
		CHECK_EQ(dom[d]->evtchn_state->open_ports, open);
	}
}

static void test_model(void)
{
	struct domain *dom[3];
	u32 sent = 0, bound = 0;

	set_up();
	dom[0] = A;
	dom[1] = B;
	dom[2] = U;
	for (u32 i = 0; i < 3; i++)
		dom[i]->max_evtchn_port = MODEL_PORTS - 1;
	memset(model, 0, sizeof(model));
	for (u32 n = 0; n < 300000 && !shim_failures; n++) {
		u32 me = shim_random() % 3, other = shim_random() % 3;
		u32 p = shim_random() % (MODEL_PORTS + 2), q = shim_random() % MODEL_PORTS, r = shim_random() % 10;
		struct model *m = p && p < MODEL_PORTS ? &model[me][p] : NULL;
		long rc;

		shim_run_as(dom[me], 0);
		switch (r) {
		case 0:
			rc = alloc_for(dom[me], other);
			if (rc > 0) {
				CHECK_EQ(model[me][rc].state, EVTCHNSTAT_closed);
				model_set(me, rc, EVTCHNSTAT_unbound, other, 0);
			} else {
				CHECK_EQ(rc, -ENOSPC);
			}
			break;
		case 1:
		case 2: {
			struct model *peer = &model[other][q];
			bool may = q && peer->state == EVTCHNSTAT_unbound && peer->dom == me;
			bool was = peer->pending;

			rc = bind_to(other, q);
			if (may && rc != -ENOSPC) {
				CHECK(rc > 0);
				if (rc <= 0)
					break;
				bound++;
				model_set(me, rc, EVTCHNSTAT_interdomain, other, q);
				model[me][rc].pending = true;
				model_set(other, q, EVTCHNSTAT_interdomain, me, rc);
				model[other][q].pending = was;
			} else if (!may) {
				CHECK_EQ(rc, -EINVAL);
			}
			break;
		}
		case 3:
			rc = OP(close, .port = p);
			CHECK_EQ(rc, m && m->state ? 0 : -EINVAL);
			if (rc)
				break;
			if (m->state == EVTCHNSTAT_interdomain) {
				struct model *peer = &model[m->dom][m->port];

				peer->state = EVTCHNSTAT_unbound;
				peer->dom = me;
				peer->port = 0;
			}
			*m = (struct model){ 0 };
			break;
		case 4:
			rc = OP(bind_ipi, .vcpu = 1);
			if (!rc)
				model_set(me, RESULT(bind_ipi)->port, EVTCHNSTAT_ipi, 0, 0);
			break;
		case 5:
			if (m && m->state)
				clear(dom[me], p);
			if (m)
				m->pending = false;
			break;
		case 6: {
			u32 virq = shim_random() % NR_VIRQS;

			rc = OP(bind_virq, .virq = virq);
			if (!rc)
				model_set(me, RESULT(bind_virq)->port, EVTCHNSTAT_virq, 0, virq);
			break;
		}
		default:
			rc = OP(send, .port = p);
			sent += !rc;
			if (m && m->state == EVTCHNSTAT_interdomain)
				model[m->dom][m->port].pending = true;
			if (m && m->state == EVTCHNSTAT_ipi)
				m->pending = true;
			CHECK_EQ(rc, m && (m->state == EVTCHNSTAT_unbound || m->state == EVTCHNSTAT_ipi ||
					   m->state == EVTCHNSTAT_interdomain) ? 0 : -EINVAL);
		}
		if (n % 500 == 0) {
			shim_run_as(A, 0);
			check_model(dom);
		}
	}
	CHECK(sent > 20000);
	CHECK(bound > 2000);
	tear_down("event_against_model");
}

int main(void)
{
	shim_init();
	shim_domain_final = domain_final;
	events_init();
	test_errors();
	test_interdomain();
	test_death();
	test_virq();
	test_pirq();
	test_limits();
	test_poll();
	test_compat();
	test_fifo();
	test_fifo_moving();
	test_fifo_hostile();
	test_model();
	return shim_exit();
}
