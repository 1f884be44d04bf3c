// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events, timers and vcpus: that what is sent arrives, once, where it is
 * bound, when it is due, and that everything else is refused. Ends with the
 * FIFO ABI, from which there is no way back but a reset.
 */
#include "lib.h"
#include <public/nmi.h>

#define SOON	2000000000ull		/* must have happened by then, however slow the machine */
#define MS	1000000ull

static long alloc_unbound(domid_t remote)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = remote };
	long rc = event_op(EVTCHNOP_alloc_unbound, &op);

	return rc ? rc : (long)op.port;
}

static long bind_to(domid_t dom, unsigned int port)
{
	struct evtchn_bind_interdomain op = { .remote_dom = dom, .remote_port = port };
	long rc = event_op(EVTCHNOP_bind_interdomain, &op);

	return rc ? rc : (long)op.local_port;
}

static long send(unsigned int port)
{
	struct evtchn_send op = { .port = port };

	return event_op(EVTCHNOP_send, &op);
}

static int status(unsigned int port)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = port };
	long rc = event_op(EVTCHNOP_status, &op);

	return rc ? rc : (long)op.status;
}

static bool is_pending(unsigned int port)
{
	return READ_ONCE(shared->evtchn_pending[port / WORD_BITS]) >> port % WORD_BITS & 1;
}

/* --- ports --- */

CHECK(channel_to_oneself)
{
	long a = alloc_unbound(DOMID_SELF), b;

	EXPECT(a > 0);
	EXPECT_EQ(status(a), EVTCHNSTAT_unbound);
	EXPECT_EQ(send(a), 0);			/* nobody is there yet: lost */
	EXPECT(!is_pending(a));
	b = bind_to(DOMID_SELF, a);
	EXPECT(b > 0 && b != a);
	EXPECT_EQ(bind_to(DOMID_SELF, a), -EINVAL);
	EXPECT_EQ(status(a), EVTCHNSTAT_interdomain);
	EXPECT_EQ(status(b), EVTCHNSTAT_interdomain);
	/* A bound port starts pending, for what may have been lost. */
	EXPECT(is_pending(b));
	event_count[a] = event_count[b] = 0;
	unmask_port(a);
	unmask_port(b);
	EXPECT(wait_count(b, 1, SOON));
	EXPECT_EQ(send(a), 0);
	EXPECT(wait_count(b, 2, SOON));
	EXPECT_EQ(send(b), 0);
	EXPECT(wait_count(a, 1, SOON));
	EXPECT_EQ(event_count[b], 2);
	EXPECT_EQ(close_port(b), 0);
	EXPECT_EQ(status(a), EVTCHNSTAT_unbound);
	EXPECT_EQ(status(b), EVTCHNSTAT_closed);
	EXPECT_EQ(send(b), -EINVAL);
	EXPECT_EQ(close_port(b), -EINVAL);
	EXPECT_EQ(close_port(a), 0);
	events_off();
}

CHECK(ports_refused)
{
	struct evtchn_bind_vcpu bind = { .port = 0, .vcpu = 0 };

	EXPECT_EQ(send(0), -EINVAL);
	EXPECT_EQ(send(~0u), -EINVAL);
	EXPECT_EQ(close_port(0), -EINVAL);
	EXPECT_EQ(close_port(1u << 20), -EINVAL);
	EXPECT_EQ(status(~0u), -EINVAL);
	EXPECT_EQ(event_op(EVTCHNOP_bind_vcpu, &bind), -EINVAL);
	bind.vcpu = 1u << 20;
	EXPECT_EQ(event_op(EVTCHNOP_bind_vcpu, &bind), -ENOENT);
	EXPECT_EQ(bind_to(DOMID_SELF, 0), -EINVAL);
	EXPECT_EQ(bind_to(12345, 1), -ESRCH);
	EXPECT_EQ(bind_ipi(1u << 20), -ENOENT);
	EXPECT_EQ(bind_virq(24, 0), -EINVAL);
	EXPECT_EQ(bind_virq(~0u, 0), -EINVAL);
	EXPECT_EQ(bind_virq(VIRQ_TIMER, 1u << 20), -ENOENT);
}

CHECK(virqs_bind_once)
{
	for (unsigned int virq = 0; virq < 24; virq++) {
		long port = bind_virq(virq, 0);

		EXPECT_EQ_OF(port > 0, true, "virq %u: %ld", virq, port);
		if (port <= 0)
			continue;
		EXPECT_EQ_OF(status(port), EVTCHNSTAT_virq, "virq %u", virq);
		EXPECT_EQ_OF(bind_virq(virq, 0), -EEXIST, "virq %u", virq);
		EXPECT_EQ_OF(send(port), -EINVAL, "virq %u", virq);
		EXPECT_EQ_OF(close_port(port), 0, "virq %u", virq);
	}
	if (nr_vcpus() > 1)
		EXPECT_EQ(bind_virq(VIRQ_DOM_EXC, 1), -EINVAL);
}

CHECK(masked_ports_wait)
{
	long port = bind_ipi(0);

	EXPECT(port > 0);
	mask_port(port);
	event_count[port] = 0;
	events_on();
	EXPECT_EQ(send(port), 0);
	EXPECT(is_pending(port));
	EXPECT_EQ(event_count[port], 0);
	EXPECT_EQ(send(port), 0);
	unmask_port(port);
	EXPECT(wait_count(port, 1, SOON));
	EXPECT_EQ(event_count[port], 1);		/* two sent, one bit */
	EXPECT(!is_pending(port));
	events_off();
	EXPECT_EQ(send(port), 0);
	EXPECT_EQ(event_count[port], 1);
	EXPECT(vcpu_info(0)->evtchn_upcall_pending);
	events_on();
	EXPECT(wait_count(port, 2, SOON));
	events_off();
	EXPECT_EQ(close_port(port), 0);
}

static struct regs seen;
static volatile unsigned int upcalls;
static u8 mask_inside;

static void look(struct regs *r)
{
	struct vcpu_info *v = vcpu_info(0);

	seen = *r;
	mask_inside = v->evtchn_upcall_mask;
	upcalls++;
	v->evtchn_upcall_pending = 0;
	v->evtchn_pending_sel = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(shared->evtchn_pending); i++)
		shared->evtchn_pending[i] = 0;
}

/* A register that no argument is in, as it is behind a hypercall and its upcall. */
static word yield_with(word value)
{
	long rc;

#if WORD_HAS_64_BITS
	register word kept asm("rbx") = value;

	asm volatile ("syscall" : "+r" (kept), "=a" (rc) : "1" (__HYPERVISOR_sched_op), "D" (SCHEDOP_yield)
		      : "rcx", "rsi", "rdx", "r8", "r9", "r10", "r11", "memory");
#else
	register word kept asm("edi") = value;

	asm volatile ("int $0x82" : "+r" (kept), "=a" (rc) : "1" (__HYPERVISOR_sched_op), "b" (SCHEDOP_yield) : "memory");
#endif
	return kept;
}

CHECK(upcall_frame)
{
	long port = bind_ipi(0);
	word after;

	unmask_port(port);
	events_off();
	upcall_hook = look;
	upcalls = 0;
	send(port);
	EXPECT_EQ(upcalls, 0);
	/* It comes on the way out of the hypercall after the mask is gone. */
	vcpu_info(0)->evtchn_upcall_mask = 0;
	after = yield_with(0x89abcdef);
	EXPECT_EQ(upcalls, 1);
	EXPECT_EQ(after, 0x89abcdef);
	EXPECT_EQ(REGS_MASK(&seen), 0);
	EXPECT_EQ(mask_inside, 1);
	EXPECT_EQ(seen.cs & 0xfffc, FLAT_CS & 0xfffc);
	EXPECT(seen.R(flags) & EFLAGS_IF);
	EXPECT_EQ(vcpu_info(0)->evtchn_upcall_mask, 0);
	events_off();
	upcall_hook = NULL;
	close_port(port);
}

CHECK(reset_closes_all)
{
	struct evtchn_reset r = { .dom = DOMID_SELF };
	long a = alloc_unbound(DOMID_SELF), b = bind_ipi(0), c = bind_virq(VIRQ_DEBUG, 0);

	EXPECT(a > 0 && b > 0 && c > 0);
	EXPECT_EQ(event_op(EVTCHNOP_reset, &r), 0);
	EXPECT_EQ(status(a), EVTCHNSTAT_closed);
	EXPECT_EQ(status(b), EVTCHNSTAT_closed);
	EXPECT_EQ(status(c), EVTCHNSTAT_closed);
	r.dom = 12345;
	EXPECT_EQ(event_op(EVTCHNOP_reset, &r), -ESRCH);
}

/* --- time --- */

static long timer_port;

static void timer_begin(void)
{
	timer_port = bind_virq(VIRQ_TIMER, 0);
	if (timer_port <= 0) {
		fail("no VIRQ_TIMER: %ld", timer_port);
		timer_port = 0;
	}
	vcpu_op(VCPUOP_stop_periodic_timer, 0, 0);
	vcpu_op(VCPUOP_stop_singleshot_timer, 0, 0);
	unmask_port(timer_port);
	events_on();
	event_count[timer_port] = 0;
}

static void timer_end(void)
{
	vcpu_op(VCPUOP_stop_periodic_timer, 0, 0);
	vcpu_op(VCPUOP_stop_singleshot_timer, 0, 0);
	events_off();
	close_port(timer_port);
}

CHECK(singleshot)
{
	struct vcpu_set_singleshot_timer s = { 0 };

	timer_begin();
	s.timeout_abs_ns = now() + 2 * MS;
	EXPECT_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
	EXPECT(wait_count(timer_port, 1, SOON));
	EXPECT(now() >= s.timeout_abs_ns);
	sleep_ns(3 * MS);
	EXPECT_EQ(event_count[timer_port], 1);
	/* In the past: at once, or refused when it was to be in the future. */
	s.timeout_abs_ns = now() - MS;
	EXPECT_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
	EXPECT(wait_count(timer_port, 2, SOON));
	s.flags = VCPU_SSHOTTMR_future;
	EXPECT_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), -ETIME);
	s.timeout_abs_ns = now() + 50 * MS;
	EXPECT_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
	EXPECT_EQ(vcpu_op(VCPUOP_stop_singleshot_timer, 0, 0), 0);
	sleep_ns(60 * MS);
	EXPECT_EQ(event_count[timer_port], 2);
	if (nr_vcpus() > 1) {
		EXPECT_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 1, &s), -EINVAL);
		EXPECT_EQ(vcpu_op(VCPUOP_stop_singleshot_timer, 1, 0), -EINVAL);
	}
	timer_end();
}

CHECK(timer_op)
{
	u64 at;

	timer_begin();
	at = now() + 2 * MS;
	EXPECT_EQ(set_timer(at), 0);
	EXPECT(wait_count(timer_port, 1, SOON));
	EXPECT(now() >= at);
	EXPECT_EQ(set_timer(now() - MS), 0);
	EXPECT(wait_count(timer_port, 2, SOON));
	EXPECT_EQ(set_timer(now() + 20 * MS), 0);
	EXPECT_EQ(set_timer(0), 0);
	sleep_ns(30 * MS);
	EXPECT_EQ(event_count[timer_port], 2);
	timer_end();
}

CHECK(periodic)
{
	struct vcpu_set_periodic_timer p = { .period_ns = 2 * MS };
	unsigned int count;
	u64 start;

	timer_begin();
	start = now();
	EXPECT_EQ(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0);
	EXPECT(wait_count(timer_port, 5, SOON));
	EXPECT(now() - start >= 4 * p.period_ns);
	EXPECT_EQ(vcpu_op(VCPUOP_stop_periodic_timer, 0, 0), 0);
	sleep_ns(MS);
	count = event_count[timer_port];
	sleep_ns(10 * MS);
	EXPECT_EQ(event_count[timer_port], count);
	p.period_ns = MS - 1;
	EXPECT_EQ(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), -EINVAL);
	p.period_ns = 0;
	EXPECT_EQ(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), -EINVAL);
	p.period_ns = ~0ull;
	EXPECT_EQ(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), -EINVAL);
	timer_end();
}

CHECK(time_goes_on)
{
	u64 last = now();

	for (unsigned int i = 0; i < 20000; i++) {
		u64 t = now();

		if (t < last) {
			fail("time went back by %lu ns", (unsigned long)(last - t));
			return;
		}
		last = t;
	}
}

CHECK(poll)
{
	long port = bind_ipi(0);
	evtchn_port_t ports[2] = { port, ~0u };
	struct sched_poll p = { .nr_ports = 1 };
	u64 until;

	events_off();
	mask_port(port);
	set_xen_guest_handle(p.ports, ports);
	until = p.timeout = now() + 3 * MS;
	EXPECT_EQ(sched_op(SCHEDOP_poll, &p), 0);
	EXPECT(now() >= until);
	/* Something there: no sleep, though there is no timeout. */
	send(port);
	p.timeout = 0;
	EXPECT_EQ(sched_op(SCHEDOP_poll, &p), 0);
	EXPECT(is_pending(port));
	shared->evtchn_pending[port / WORD_BITS] &= ~(1ul << port % WORD_BITS);
	p.nr_ports = 2;
	EXPECT_EQ(sched_op(SCHEDOP_poll, &p), -EINVAL);
	p.nr_ports = 129;
	EXPECT_EQ(sched_op(SCHEDOP_poll, &p), -EINVAL);
	p.nr_ports = 1;
	set_xen_guest_handle(p.ports, (evtchn_port_t *)BAD_POINTER);
	EXPECT_EQ(sched_op(SCHEDOP_poll, &p), -EFAULT);
	close_port(port);
}

CHECK(block_until_event)
{
	struct vcpu_set_singleshot_timer s = { 0 };

	timer_begin();
	events_off();
	s.timeout_abs_ns = now() + 3 * MS;
	EXPECT_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
	/* Blocking turns upcalls on. */
	EXPECT_EQ(sched_op(SCHEDOP_block, 0), 0);
	EXPECT(now() >= s.timeout_abs_ns);
	EXPECT_EQ(event_count[timer_port], 1);
	EXPECT_EQ(vcpu_info(0)->evtchn_upcall_mask, 0);
	timer_end();
}

/* --- vcpus --- */

static volatile unsigned int ran, ran_on;
static volatile word ran_with_cr3;

static volatile unsigned int traps_elsewhere;

static bool skip_elsewhere(struct regs *r)
{
	if (r->vector != TRAP_DE && r->vector != TRAP_UD)
		return false;
	traps_elsewhere |= 1u << r->vector;
	r->R(ip) += 2;
	return true;
}

static void count_up(unsigned int vcpu)
{
	word cr3;

	asm volatile ("mov %%cr3, %0" : "=r" (cr3));
	ran_with_cr3 = cr3;
	ran_on = vcpu;
	/* Both of two bytes. */
	asm volatile ("divl %0" : : "c" (0) : "eax", "edx");
	asm volatile ("ud2");
	ran++;
}

static bool wait_for(volatile unsigned int *what, unsigned int value)
{
	u64 end = now() + SOON;

	while (*what != value && now() < end)
		yield();
	return *what == value;
}

static bool wait_down(unsigned int vcpu)
{
	u64 end = now() + SOON;

	while (vcpu_op(VCPUOP_is_up, vcpu, 0) && now() < end)
		yield();
	return !vcpu_op(VCPUOP_is_up, vcpu, 0);
}

CHECK(vcpus_up_and_down)
{
	static struct vcpu_guest_context c;
	unsigned int n = nr_vcpus();

	EXPECT_EQ(vcpu_op(VCPUOP_is_up, 0, 0), 1);
	EXPECT_EQ(vcpu_op(VCPUOP_is_up, n < MAX_VCPUS ? n : 1u << 20, 0), -ENOENT);
	EXPECT_EQ(vcpu_op(VCPUOP_up, 1u << 20, 0), -ENOENT);
	fill_context(&c, 0, count_up);
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 0, &c), -EEXIST);
	for (unsigned int v = 1; v < n; v++) {
		if (v == 1 && ran == 0) {
			EXPECT_EQ(vcpu_op(VCPUOP_up, v, 0), -EINVAL);
			fill_context(&c, v, count_up);
			/* In ring 1 there is no address that it is refused; it faults there. */
			c.user_regs.R(ip) = BAD_ADDRESS;
			if (WORD_HAS_64_BITS)
				EXPECT(vcpu_op(VCPUOP_initialise, v, &c) < 0);
			c.user_regs.R(ip) = 0;
			c.ctrlreg[3] = ~0ul;
			EXPECT(vcpu_op(VCPUOP_initialise, v, &c) < 0);
			/* Refused for its GDT: the root that was good is not kept for the next try. */
			use_user_root();
			c.ctrlreg[3] = ROOT_TO_CR3(user_root);
			c.gdt_ents = 1;
			c.gdt_frames[0] = ~0ul;
			EXPECT(vcpu_op(VCPUOP_initialise, v, &c) < 0);
			EXPECT_EQ(vcpu_op(VCPUOP_up, v, 0), -EINVAL);
		}
		for (unsigned int i = 0; i < 3; i++) {
			unsigned int before = ran;

			traps_elsewhere = 0;
			trap_hook = skip_elsewhere;
			EXPECT_EQ(vcpu_up(v, count_up), 0);
			EXPECT(wait_for(&ran, before + 1));
			EXPECT_EQ(ran_on, v);
			EXPECT_EQ(ran_with_cr3, ROOT_TO_CR3(kernel_root));
			EXPECT(wait_down(v));
			EXPECT_EQ(traps_elsewhere, 1u << TRAP_DE | 1u << TRAP_UD);
			trap_hook = NULL;
		}
	}
	if (n == 1)
		skip("one vcpu");
}

static volatile unsigned int stop_spinning, spinning;

static void spin(unsigned int vcpu)
{
	events_on();
	spinning = vcpu;
	while (!stop_spinning)
		cpu_pause();
	events_off();
	spinning = 0;
}

CHECK(events_between_vcpus)
{
	struct evtchn_bind_vcpu bind = { .vcpu = 1 };
	struct vcpu_register_vcpu_info place = { 0 };
	static u8 page[PAGE_BYTES] __attribute__((aligned(4096)));
	long ipi, port, other;

	if (nr_vcpus() == 1) {
		skip("one vcpu");
		return;
	}
	/* Its own place for vcpu_info, which must be an owned, writable frame, once. */
	place.mfn = virt_to_mfn(page);
	place.offset = PAGE_BYTES - 60;
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 1, &place), -ENXIO);
	place.offset = sizeof(word) / 2;
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 1, &place), -ENXIO);
	place.offset = 128;
	place.mfn = kernel_root;
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 1, &place), -EINVAL);
	place.mfn = ~0ul;
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 1, &place), -EINVAL);
	place.mfn = virt_to_mfn(page);
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 1, &place), 0);
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 1, &place), -EINVAL);
	moved_info[1] = (struct vcpu_info *)(page + 128);

	stop_spinning = 0;
	EXPECT_EQ(vcpu_up(1, spin), 0);
	EXPECT(wait_for(&spinning, 1));
	ipi = bind_ipi(1);
	EXPECT(ipi > 0);
	event_count[ipi] = 0;
	unmask_port(ipi);
	for (unsigned int i = 1; i <= 20; i++) {
		EXPECT_EQ(send(ipi), 0);
		if (!wait_for((volatile unsigned int *)&event_count[ipi], i)) {
			fail("IPI %u does not arrive", i);
			break;
		}
	}
	/* A channel moved there while it runs. */
	port = alloc_unbound(DOMID_SELF);
	other = bind_to(DOMID_SELF, port);
	bind.port = port;
	EXPECT_EQ(event_op(EVTCHNOP_bind_vcpu, &bind), 0);
	event_count[port] = 0;
	unmask_port(port);
	EXPECT_EQ(send(other), 0);
	EXPECT(wait_for((volatile unsigned int *)&event_count[port], 1));
	bind.port = ipi;
	bind.vcpu = 0;
	EXPECT_EQ(event_op(EVTCHNOP_bind_vcpu, &bind), -EINVAL);
	stop_spinning = 1;
	EXPECT(wait_down(1));
	close_port(ipi);
	close_port(port);
	close_port(other);
}

/* --- the console ring's VIRQ, raised for messages printed under any lock --- */

static volatile unsigned int dumps;

static void pin(s32 cpu)
{
	struct sched_pin_override op = { .pcpu = cpu };

	sched_op(SCHEDOP_pin_override, &op);
}

static void dump_run_queues(unsigned int vcpu)
{
	static struct xen_sysctl op;
	static char key = 'r';

	/* The sleeper's CPU is the second to be printed: there is time to fall asleep again. */
	if (vcpu)
		pin(0);
	memset(&op, 0, sizeof(op));
	set_xen_guest_handle(op.u.debug_keys.keys, &key);
	op.u.debug_keys.nr_keys = 1;
	if (!sysctl(&op, XEN_SYSCTL_debug_keys))
		dumps++;
	if (vcpu)
		pin(-1);
}

CHECK(console_ring_event)
{
	const unsigned int other = nr_vcpus() > 1;
	long port;

	if (!is_dom0) {
		skip("not dom0");
		return;
	}
	port = bind_virq(VIRQ_CON_RING, 0);
	EXPECT(port > 0);
	event_count[port] = 0;
	if (other)
		pin(1);
	unmask_port(port);
	for (unsigned int i = 1; i <= 10; i++) {
		const u64 end = now() + 10 * SOON;

		if (!other)
			dump_run_queues(0);
		else
			EXPECT_EQ(vcpu_up(1, dump_run_queues), 0);
		/* Asleep, so that the event has somebody to wake. */
		events_on();
		while (dumps < i && now() < end)
			sleep_ns(100000);
		events_off();
		EXPECT_EQ(dumps, i);
		EXPECT(!other || wait_down(1));
	}
	if (other)
		pin(-1);
	EXPECT(wait_count(port, 1, SOON));
	EXPECT_EQ(close_port(port), 0);
}

CHECK(runstate)
{
	static struct vcpu_runstate_info area;
	struct vcpu_register_runstate_memory_area r;
	struct vcpu_runstate_info got;

	r.addr.v = &area;
	EXPECT_EQ(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r), 0);
	sleep_ns(MS);
	EXPECT_EQ(READ_ONCE(area.state), RUNSTATE_running);
	EXPECT(READ_ONCE(area.time[RUNSTATE_blocked]) > 0);
	EXPECT_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, &got), 0);
	EXPECT_EQ(got.state, RUNSTATE_running);
	EXPECT(got.time[RUNSTATE_running] > 0);
	EXPECT_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, BAD_POINTER), -EFAULT);
	r.addr.v = (void *)BAD_POINTER;
	EXPECT_EQ(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r), -EFAULT);
}

CHECK(time_area)
{
	static struct vcpu_time_info area;
	struct vcpu_register_time_memory_area t;

	t.addr.v = &area;
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &t), 0);
	EXPECT_EQ(READ_ONCE(area.tsc_to_system_mul), vcpu_info(0)->time.tsc_to_system_mul);
	EXPECT_EQ(READ_ONCE(area.system_time), vcpu_info(0)->time.system_time);
	EXPECT_EQ(area.version & 1, 0);
	t.addr.v = (void *)BAD_POINTER;
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &t), -EFAULT);
	t.addr.v = NULL;
}

static volatile unsigned int nmis;

static bool count_nmi(struct regs *r)
{
	if (r->vector != VEC_NMI)
		return false;
	nmis++;
	return true;
}

CHECK(nmi_to_oneself)
{
	nmis = 0;
	trap_hook = count_nmi;
	EXPECT_EQ(vcpu_op(VCPUOP_send_nmi, 0, 0), 0);
	sleep_ns(MS);
	EXPECT_EQ(nmis, 1);
	trap_hook = NULL;
}

CHECK(watchdogs)
{
	struct sched_watchdog w = { .id = 0, .timeout = 100 };
	long first = sched_op(SCHEDOP_watchdog, &w), second = sched_op(SCHEDOP_watchdog, &w);

	EXPECT(first > 0);
	EXPECT(second > 0 && second != first);
	EXPECT_EQ(sched_op(SCHEDOP_watchdog, &w), -ENOSPC);
	w.id = second;
	EXPECT_EQ(sched_op(SCHEDOP_watchdog, &w), 0);
	w.timeout = 0;
	EXPECT_EQ(sched_op(SCHEDOP_watchdog, &w), 0);
	w.id = first;
	EXPECT_EQ(sched_op(SCHEDOP_watchdog, &w), 0);
	w.id = 77;
	EXPECT_EQ(sched_op(SCHEDOP_watchdog, &w), -EINVAL);
}

/* --- other domains --- */

#define FAR_VCPU	39

/* Runs without a stack of the library's: only hypercalls. */
static void far_vcpu(void)
{
	mailbox.counter = FAR_VCPU;
	for (;;)
		vcpu_op(VCPUOP_down, FAR_VCPU, 0);
}

static void bring_up_far_vcpu(void)
{
	static struct vcpu_guest_context c;
	static u8 page[PAGE_BYTES] __attribute__((aligned(4096)));
	static u8 stack[PAGE_BYTES] __attribute__((aligned(4096)));
	struct vcpu_register_vcpu_info place = { .mfn = virt_to_mfn(page) };
	long rc;

	fill_context(&c, 1, NULL);
	c.user_regs.R(ip) = (word)far_vcpu;
	c.user_regs.R(sp) = (word)stack + PAGE_BYTES - 8;
	c.kernel_sp = (word)stack + PAGE_BYTES / 2;
	/* shared_info has no room for it: it needs a place of its own first. */
	rc = vcpu_op(VCPUOP_initialise, FAR_VCPU, &c);
	mailbox.arg[0] = rc;
	mailbox.arg[1] = vcpu_op(VCPUOP_register_vcpu_info, FAR_VCPU, &place);
	mailbox.arg[2] = vcpu_op(VCPUOP_initialise, FAR_VCPU, &c);
	mailbox.arg[3] = vcpu_op(VCPUOP_up, FAR_VCPU, 0);
	mailbox.arg[4] = vcpu_op(VCPUOP_up, FAR_VCPU + 1, 0);
	mailbox.done = 1;
}

void guest_main(void)
{
	unsigned long reason = number_argument("reason=", 99);

	if (reason != 99)
		shut_down(reason);
	bring_up_far_vcpu();
	for (;;)
		sleep_ns(MS);
}

static void guest_gone(struct guest *g)
{
	EXPECT_EQ(guest_destroy(g), 0);
	for (unsigned int i = 0; i < 200 && guest_exists(g, 0); i++)
		sleep_ns(MS);
}

CHECK_DOM0(fortieth_vcpu)
{
	struct guest g;
	u64 end;

	EXPECT_EQ(guest_create(&g, "main", 1536, FAR_VCPU + 1), 0);
	guest_unpause(&g);
	for (end = now() + SOON; (g.mailbox->counter != FAR_VCPU || !g.mailbox->done) && now() < end; )
		sleep_ns(MS);
	EXPECT_EQ(g.mailbox->counter, FAR_VCPU);
	EXPECT_EQ(g.mailbox->arg[0], -EINVAL);
	EXPECT_EQ(g.mailbox->arg[1], 0);
	EXPECT_EQ(g.mailbox->arg[2], 0);
	EXPECT_EQ(g.mailbox->arg[3], 0);
	EXPECT_EQ(g.mailbox->arg[4], -ENOENT);
	guest_gone(&g);
}

CHECK_DOM0(ends_are_told)
{
	static const struct { const char *line; int reason; } how[] = {
		{ "main reason=0", SHUTDOWN_poweroff }, { "main reason=1", SHUTDOWN_reboot },
		{ "main reason=2", SHUTDOWN_suspend }, { "main reason=3", SHUTDOWN_crash },
		{ "main reason=4", SHUTDOWN_watchdog }, { "main reason=5", SHUTDOWN_soft_reset },
	};
	long port = bind_virq(VIRQ_DOM_EXC, 0);
	struct sched_remote_shutdown r;
	struct guest g;

	EXPECT(port > 0);
	unmask_port(port);
	for (unsigned int i = 0; i < ARRAY_SIZE(how); i++) {
		event_count[port] = 0;
		EXPECT_EQ(guest_create(&g, how[i].line, 1536, 1), 0);
		guest_unpause(&g);
		EXPECT_EQ_OF(guest_wait(&g, SOON), how[i].reason, "%s", how[i].line);
		EXPECT(wait_count(port, 1, SOON));
		guest_gone(&g);
		EXPECT(wait_count(port, 2, SOON));
	}
	/* One that is told to by dom0, having done nothing itself. */
	EXPECT_EQ(guest_create(&g, "serve", 1536, 1), 0);
	guest_unpause(&g);
	r.domain_id = g.id;
	r.reason = SHUTDOWN_crash;
	EXPECT_EQ(sched_op(SCHEDOP_remote_shutdown, &r), 0);
	EXPECT_EQ(guest_wait(&g, SOON), SHUTDOWN_crash);
	guest_gone(&g);
	EXPECT_EQ(sched_op(SCHEDOP_remote_shutdown, &r), -ESRCH);
	events_off();
	close_port(port);
}

CHECK_DOM0(channel_to_another)
{
	struct evtchn_bind_interdomain *b;
	long port, theirs;
	struct guest g;
	word arg = (word)&mailbox + sizeof(mailbox) + 64;	/* in its mailbox page, beside the mailbox */

	EXPECT_EQ(guest_create(&g, "serve", 1536, 1), 0);
	guest_unpause(&g);
	b = (void *)((u8 *)g.mailbox + sizeof(mailbox) + 64);
	port = alloc_unbound(g.id);
	event_count[port] = 0;
	unmask_port(port);
	b->remote_dom = 0;
	b->remote_port = port + 1;
	EXPECT_EQ(remote(&g, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, arg, 0, 0, 0), -EINVAL);
	b->remote_port = port;
	EXPECT_EQ(remote(&g, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, arg, 0, 0, 0), 0);
	theirs = b->local_port;
	EXPECT_EQ(status(port), EVTCHNSTAT_interdomain);
	*(u32 *)b = theirs;
	for (unsigned int i = 1; i < 10; i++) {
		EXPECT_EQ(remote(&g, __HYPERVISOR_event_channel_op, EVTCHNOP_send, arg, 0, 0, 0), 0);
		EXPECT(wait_count(port, i, SOON));
	}
	EXPECT_EQ(send(port), 0);
	EXPECT(g.shared->evtchn_pending[theirs / WORD_BITS] >> theirs % WORD_BITS & 1);
	EXPECT_EQ(alloc_unbound(12345) > 0, true);
	guest_gone(&g);
	EXPECT_EQ(status(port), EVTCHNSTAT_unbound);
	EXPECT_EQ(send(port), 0);
	events_off();
	close_port(port);
}

/* --- the FIFO ABI; last --- */

static u8 control_page[PAGE_BYTES] __attribute__((aligned(4096)));
static u8 array_page[PAGE_BYTES] __attribute__((aligned(4096)));

/* The next event of a queue, or 0; unlinked and cleared. */
static u32 fifo_take(unsigned int priority, u32 *head)
{
	struct evtchn_fifo_control_block *c = (void *)control_page;
	u32 *words = (u32 *)array_page;
	u32 port = *head ? *head : READ_ONCE(c->head[priority]), old;

	if (!port)
		return 0;
	do {
		old = READ_ONCE(words[port]);
	} while (!__atomic_compare_exchange_n(&words[port], &old,
					      old & ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK), false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	*head = old & EVTCHN_FIFO_LINK_MASK;
	if (!*head)
		__atomic_fetch_and(&c->ready, ~(1u << priority), __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
	return port;
}

CHECK(fifo)
{
	struct evtchn_fifo_control_block *c = (void *)control_page;
	struct evtchn_init_control init = { .control_gfn = virt_to_mfn(control_page), .offset = 4 };
	struct evtchn_expand_array grow = { .array_gfn = virt_to_mfn(array_page) };
	struct evtchn_set_priority prio;
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	u32 *words = (u32 *)array_page, head = 0;
	long port[3];

	events_off();
	event_op(EVTCHNOP_reset, &reset);
	EXPECT_EQ(event_op(EVTCHNOP_expand_array, &grow), -EOPNOTSUPP);
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), -EINVAL);
	init.offset = PAGE_BYTES - 8;
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), -EINVAL);
	init.offset = 0;
	init.vcpu = 1u << 20;
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), -ENOENT);
	init.vcpu = 0;
	init.control_gfn = kernel_root;
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), -EINVAL);
	init.control_gfn = virt_to_mfn(control_page);
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), 0);
	EXPECT_EQ(init.link_bits, EVTCHN_FIFO_LINK_BITS);
	EXPECT_EQ(event_op(EVTCHNOP_init_control, &init), -EINVAL);
	grow.array_gfn = kernel_root;
	EXPECT(event_op(EVTCHNOP_expand_array, &grow) < 0);
	grow.array_gfn = virt_to_mfn(array_page);
	EXPECT_EQ(event_op(EVTCHNOP_expand_array, &grow), 0);

	for (unsigned int i = 0; i < 3; i++) {
		port[i] = bind_ipi(0);
		EXPECT(port[i] > 0);
		words[port[i]] &= ~(1u << EVTCHN_FIFO_MASKED);
	}
	prio.port = port[2];
	prio.priority = 16;
	EXPECT_EQ(event_op(EVTCHNOP_set_priority, &prio), -EINVAL);
	prio.priority = 2;
	EXPECT_EQ(event_op(EVTCHNOP_set_priority, &prio), 0);
	prio.port = ~0u;
	EXPECT_EQ(event_op(EVTCHNOP_set_priority, &prio), -EINVAL);
	/* In the order sent, each once, each in the queue of its priority. */
	send(port[1]);
	send(port[0]);
	send(port[1]);
	send(port[2]);
	EXPECT_EQ(c->ready, 1u << EVTCHN_FIFO_PRIORITY_DEFAULT | 1u << 2);
	EXPECT(vcpu_info(0)->evtchn_upcall_pending);
	EXPECT_EQ(fifo_take(2, &head), port[2]);
	EXPECT_EQ(head, 0);
	EXPECT_EQ(fifo_take(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[1]);
	EXPECT_EQ(fifo_take(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[0]);
	EXPECT_EQ(head, 0);
	EXPECT_EQ(c->ready, 0);
	/* Masked: pending, in no queue, until it is unmasked. */
	words[port[0]] |= 1u << EVTCHN_FIFO_MASKED;
	send(port[0]);
	EXPECT_EQ(words[port[0]] >> EVTCHN_FIFO_LINKED & 1, 0);
	EXPECT_EQ(c->ready, 0);
	unmask_port(port[0]);
	EXPECT_EQ(fifo_take(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[0]);
	/* Links that the guest has spoilt lead nowhere outside its own array. */
	send(port[0]);
	words[port[0]] |= EVTCHN_FIFO_LINK_MASK;
	c->head[EVTCHN_FIFO_PRIORITY_DEFAULT] = ~0u;
	send(port[1]);
	for (unsigned int i = 0; i < PAGE_BYTES / 4; i++)
		words[i] = ~0u;
	send(port[0]);
	send(port[1]);
	EXPECT_EQ(event_op(EVTCHNOP_reset, &reset), 0);
	/* And back: bitmaps again. */
	vcpu_info(0)->evtchn_upcall_pending = 0;
	port[0] = bind_ipi(0);
	unmask_port(port[0]);
	event_count[port[0]] = 0;
	send(port[0]);
	EXPECT(wait_count(port[0], 1, SOON));
	events_off();
}
