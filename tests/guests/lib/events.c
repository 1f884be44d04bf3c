// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time, event channels in their two-level form, and secondary vcpus. The
 * upcall counts what arrives on each port.
 */
#include "lib.h"

volatile unsigned int event_count[1024];
void (*upcall_hook)(struct regs *r);
struct vcpu_info *moved_info[MAX_VCPUS];

struct vcpu_info *vcpu_info(unsigned int vcpu)
{
	return moved_info[vcpu] ? moved_info[vcpu] : &shared->vcpu_info[vcpu];
}

u64 now(void)
{
	volatile struct vcpu_time_info *t = &vcpu_info(this_vcpu())->time;
	u32 version;
	u64 delta, ns;

	do {
		version = t->version & ~1u;
		barrier();
		delta = rdtsc() - t->tsc_timestamp;
		if (t->tsc_shift >= 0)
			delta <<= t->tsc_shift;
		else
			delta >>= -t->tsc_shift;
		ns = t->system_time + (delta >> 32) * t->tsc_to_system_mul +
		     ((delta & 0xffffffff) * t->tsc_to_system_mul >> 32);
		barrier();
	} while (version != t->version);
	return ns;
}

void yield(void)
{
	sched_op(SCHEDOP_yield, 0);
}

void sleep_ns(u64 ns)
{
	struct sched_poll poll = { .nr_ports = 0, .timeout = now() + ns };

	sched_op(SCHEDOP_poll, &poll);
}

void events_off(void)
{
	vcpu_info(this_vcpu())->evtchn_upcall_mask = 1;
	barrier();
}

void events_on(void)
{
	struct vcpu_info *v = vcpu_info(this_vcpu());

	barrier();
	WRITE_ONCE(v->evtchn_upcall_mask, 0);
	barrier();
	/* Any hypercall makes the hypervisor look again. */
	if (READ_ONCE(v->evtchn_upcall_pending))
		HYP(xen_version, XENVER_version, 0, 0, 0, 0);
}

void handle_upcall(struct regs *r)
{
	struct vcpu_info *v = vcpu_info(this_vcpu());
	word sel;

	if (upcall_hook) {
		upcall_hook(r);
		return;
	}
	while (v->evtchn_upcall_pending) {
		v->evtchn_upcall_pending = 0;
		sel = __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
		for (; sel; sel &= sel - 1) {
			unsigned int w = __builtin_ctzl(sel);
			word bits = READ_ONCE(shared->evtchn_pending[w]) & ~READ_ONCE(shared->evtchn_mask[w]);

			for (; bits; bits &= bits - 1) {
				unsigned int port = w * WORD_BITS + __builtin_ctzl(bits);

				__atomic_fetch_and(&shared->evtchn_pending[w], ~(bits & -bits), __ATOMIC_SEQ_CST);
				if (port < ARRAY_SIZE(event_count))
					event_count[port]++;
			}
		}
	}
}

bool wait_count(unsigned int port, unsigned int count, u64 ns)
{
	u64 end = now() + ns;

	events_on();
	while ((int)(event_count[port] - count) < 0 && now() < end) {
		struct sched_poll poll = { .nr_ports = 0, .timeout = now() + 200000 };

		sched_op(SCHEDOP_poll, &poll);
	}
	return (int)(event_count[port] - count) >= 0;
}

long bind_virq(unsigned int virq, unsigned int vcpu)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
	long rc = event_op(EVTCHNOP_bind_virq, &op);

	return rc ? rc : (long)op.port;
}

long bind_ipi(unsigned int vcpu)
{
	struct evtchn_bind_ipi op = { .vcpu = vcpu };
	long rc = event_op(EVTCHNOP_bind_ipi, &op);

	return rc ? rc : (long)op.port;
}

long close_port(unsigned int port)
{
	struct evtchn_close op = { .port = port };

	return event_op(EVTCHNOP_close, &op);
}

void mask_port(unsigned int port)
{
	__atomic_fetch_or(&shared->evtchn_mask[port / WORD_BITS], 1ul << port % WORD_BITS, __ATOMIC_SEQ_CST);
}

void unmask_port(unsigned int port)
{
	struct evtchn_unmask op = { .port = port };

	event_op(EVTCHNOP_unmask, &op);
}

/* --- secondary vcpus --- */

static void (*vcpu_function[MAX_VCPUS])(unsigned int vcpu);
void vcpu_main(unsigned int vcpu);
extern u8 vcpu_start[];

void vcpu_main(unsigned int vcpu)
{
	for (;;) {
		vcpu_function[vcpu](vcpu);
		vcpu_op(VCPUOP_down, vcpu, 0);
	}
}

unsigned int nr_vcpus(void)
{
	unsigned int n = 1;

	while (n < MAX_VCPUS && vcpu_op(VCPUOP_is_up, n, 0) != -ENOENT)
		n++;
	return n;
}

void fill_context(struct vcpu_guest_context *c, unsigned int vcpu, void (*fn)(unsigned int vcpu))
{
	word stack = (word)vcpu_stacks + vcpu * 2 * STACK_BYTES;

	vcpu_function[vcpu] = fn;
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_in_kernel | VGCF_online;
	/*
	 * As Linux fills it: an entry's place is its vector, whatever it says of
	 * itself, and what has no handler is left zero.
	 */
	for (unsigned int i = 0; i < 32; i++) {
		c->trap_ctxt[i].cs = FLAT_CS;
		c->trap_ctxt[i].address = (word)trap_stubs + i * 16;
	}
	c->user_regs.R(ip) = (word)vcpu_start;
	c->user_regs.cs = FLAT_CS;
	c->user_regs.ss = FLAT_DS;
	c->user_regs.R(flags) = EFLAGS_IF;
	c->user_regs.R(sp) = stack + STACK_BYTES;
	c->user_regs.R(di) = vcpu;
	c->kernel_ss = FLAT_DS;
	c->kernel_sp = stack + 2 * STACK_BYTES;
	c->event_callback_eip = (word)event_callback;
	c->failsafe_callback_eip = (word)failsafe_callback;
#if WORD_HAS_64_BITS
	c->syscall_callback_eip = (word)syscall_callback;
#else
	c->event_callback_cs = c->failsafe_callback_cs = FLAT_CS;
	c->user_regs.ds = c->user_regs.es = FLAT_USER_DATA;
#endif
	c->ctrlreg[3] = ROOT_TO_CR3(kernel_root);
}

long vcpu_up(unsigned int vcpu, void (*fn)(unsigned int vcpu))
{
	static struct vcpu_guest_context c;
	long rc;

	fill_context(&c, vcpu, fn);
	rc = vcpu_op(VCPUOP_initialise, vcpu, &c);
	if (rc && rc != -EEXIST)
		return rc;
	return vcpu_op(VCPUOP_up, vcpu, 0);
}
