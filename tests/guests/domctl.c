// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains as dom0's tools see and drive them: each operation of domctl that
 * building and running a domain does not use already, on a domain that serves
 * and on one that is only a shell; and what is refused.
 */
#include "lib.h"

#define POISON		0x5a
#define NOBODY		0x7000
#define GUEST_PAGES	2100
#define ENOBUFS		105
#define MS		1000000ull
/* An address that is no guest's, wherever the hypervisor has nothing mapped. */
#define NOWHERE		((void *)HYPERVISOR_HOLE)

static struct xen_domctl d;
static struct guest guest;		/* runs from a_domain on */

static long call(unsigned int cmd)
{
	return domctl(&d, cmd, guest.id);
}

static void clear(void)
{
	memset(&d, 0, sizeof(d));
}

CHECK_DOMU(domains_are_dom0s)
{
	static const domid_t whose[] = { 0, DOMID_SELF };

	for (unsigned int cmd = 2; cmd < 90; cmd++) {
		if (cmd == XEN_DOMCTL_getdomaininfo || cmd == XEN_DOMCTL_test_assign_device)
			continue;
		clear();
		EXPECT_EQ_OF(domctl(&d, cmd, whose[0]), -EPERM, "operation %u", cmd);
		clear();
		EXPECT(domctl(&d, cmd, whose[1]) < 0);
	}
	clear();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_createdomain, 0), -EPERM);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_getdomaininfo, 0), -EPERM);
	EXPECT_EQ(HYP(domctl, NOWHERE, 0, 0, 0, 0), -EFAULT);
}

/* --- before it runs: what it will see of CPUs, its word size --- */

CHECK_DOM0(word_size)
{
	domid_t shell;

	clear();
	d.u.createdomain.max_vcpus = 1;
	d.u.createdomain.max_grant_frames = 1;
	d.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_createdomain, 0), 0);
	shell = d.domain;
	clear();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_get_address_size, shell), 0);
	EXPECT_EQ(d.u.address_size.size, 64);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_address_size, shell), 0);
	d.u.address_size.size = 16;
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_address_size, shell), -EINVAL);
	d.u.address_size.size = ~0u;
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_address_size, shell), -EINVAL);
	d.u.address_size.size = 32;
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_address_size, shell), 0);
	clear();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_get_address_size, shell), 0);
	EXPECT_EQ(d.u.address_size.size, 32);
	d.u.address_size.size = 64;
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_address_size, shell), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_destroydomain, shell), 0);
}

static xen_cpuid_leaf_t leaves[400];
static xen_msr_entry_t msrs[20];

CHECK_DOM0(a_domain)
{
	EXPECT_EQ(guest_create(&guest, "serve", GUEST_PAGES, 2), 0);
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_get_address_size), 0);
	EXPECT_EQ(d.u.address_size.size, WORD_BITS);
	d.u.address_size.size = 96 - WORD_BITS;
	/* It has memory; and nothing becomes 64-bit again. */
	EXPECT_EQ(call(XEN_DOMCTL_set_address_size), WORD_HAS_64_BITS ? -EACCES : -EINVAL);
}

static struct xen_domctl_cpu_policy *policy(void)
{
	clear();
	d.u.cpu_policy.nr_leaves = ARRAY_SIZE(leaves);
	d.u.cpu_policy.nr_msrs = ARRAY_SIZE(msrs);
	set_xen_guest_handle(d.u.cpu_policy.leaves, leaves);
	set_xen_guest_handle(d.u.cpu_policy.msrs, msrs);
	return &d.u.cpu_policy;
}

CHECK_DOM0(cpu_policy)
{
	struct xen_domctl_cpu_policy *p = policy();
	u32 nr_leaves, nr_msrs, was;

	EXPECT_EQ(call(XEN_DOMCTL_get_cpu_policy), 0);
	nr_leaves = p->nr_leaves;
	nr_msrs = p->nr_msrs;
	EXPECT(nr_leaves > 20 && nr_leaves < ARRAY_SIZE(leaves) && nr_msrs >= 1 && nr_msrs < ARRAY_SIZE(msrs));
	EXPECT(leaves[1].leaf == 1 && (leaves[1].d & 1));
	p->nr_leaves = 2;
	EXPECT_EQ(call(XEN_DOMCTL_get_cpu_policy), -ENOBUFS);

	/* One feature less, and it is seen. */
	p = policy();
	EXPECT_EQ(call(XEN_DOMCTL_get_cpu_policy), 0);
	leaves[1].c &= ~(1u << 23);			/* POPCNT */
	p->nr_msrs = 0;
	p->nr_leaves = 2;
	EXPECT_EQ(call(XEN_DOMCTL_set_cpu_policy), 0);
	memset(leaves, POISON, sizeof(leaves));
	policy();
	EXPECT_EQ(call(XEN_DOMCTL_get_cpu_policy), 0);
	EXPECT(!(leaves[1].c & 1u << 23));
	/* Features that no guest can have, leaves and registers that there are not. */
	was = leaves[1].d;
	p->nr_leaves = 2;
	p->nr_msrs = 0;
	leaves[1].d = was | 1u << 12;			/* memory-type registers */
	EXPECT_EQ(call(XEN_DOMCTL_set_cpu_policy), 0);
	policy();
	EXPECT_EQ(call(XEN_DOMCTL_get_cpu_policy), 0);
	EXPECT(!(leaves[1].d & 1u << 12));
	p->nr_leaves = 1;
	p->nr_msrs = 0;
	leaves[0] = (xen_cpuid_leaf_t){ .leaf = 0x20000000, .subleaf = XEN_CPUID_NO_SUBLEAF };
	EXPECT_EQ(call(XEN_DOMCTL_set_cpu_policy), -ERANGE);
	EXPECT_EQ(p->err_leaf, 0x20000000);
	p->nr_leaves = 0;
	p->nr_msrs = 1;
	msrs[0] = (xen_msr_entry_t){ .idx = 0xc0000080 };
	EXPECT_EQ(call(XEN_DOMCTL_set_cpu_policy), -ERANGE);
	EXPECT_EQ(p->err_msr, 0xc0000080);
	p->nr_leaves = p->nr_msrs = ~0u;
	EXPECT(call(XEN_DOMCTL_set_cpu_policy) < 0);
	p->nr_leaves = 1;
	p->nr_msrs = 0;
	set_xen_guest_handle(p->leaves, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_set_cpu_policy), -EFAULT);
	policy();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_set_cpu_policy, 0), -EINVAL);
	policy();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_get_cpu_policy, 0), 0);
}

CHECK_DOM0(parts_of_a_context)
{
	static struct vcpu_guest_context c;
	struct xen_domctl_vcpucontext *v = &d.u.vcpucontext;

	clear();
	memset(&c, POISON, sizeof(c));
	set_xen_guest_handle(v->ctxt, &c);
	EXPECT_EQ(call(XEN_DOMCTL_getvcpucontext), 0);
	EXPECT(c.ctrlreg[3] && c.user_regs.R(ip) >= VIRT_BASE && (c.flags & VGCF_in_kernel));
	/* Nothing of it is as the hypervisor's stack had it. */
	for (unsigned int i = 0; i < sizeof(c.user_regs) / sizeof(word); i++)
		EXPECT_EQ_OF(((word *)&c.user_regs)[i] == (word)0x5a5a5a5a5a5a5a5aull, false, "word %u", i);
	EXPECT(is_filled(&c.user_regs._pad0, 0, sizeof(c.user_regs._pad0)));
	EXPECT(is_filled(c.ctrlreg + 5, 0, 3 * sizeof(c.ctrlreg[0])));
	v->vcpu = 1;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpucontext), -ENODATA);
	v->vcpu = 2;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpucontext), -EINVAL);
	v->vcpu = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpucontext), -EINVAL);
	v->vcpu = 0;
	set_xen_guest_handle(v->ctxt, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_getvcpucontext), -EFAULT);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_getvcpucontext, 0), -EINVAL);
}

CHECK_DOM0(entries_of_a_context)
{
	struct xen_domctl_ext_vcpucontext *e = &d.u.ext_vcpucontext;

	clear();
	EXPECT_EQ(call(XEN_DOMCTL_get_ext_vcpucontext), 0);
	EXPECT(e->size >= offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) && e->size <= sizeof(*e));
	EXPECT_EQ(e->sysenter_callback_eip, 0);
	clear();
	e->size = offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap);
	e->sysenter_callback_eip = VIRT_BASE + 0x1234;
	e->syscall32_callback_eip = VIRT_BASE + 0x5678;
	e->sysenter_disables_events = 1;
	EXPECT_EQ(call(XEN_DOMCTL_set_ext_vcpucontext), 0);
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_get_ext_vcpucontext), 0);
	EXPECT_EQ(e->sysenter_callback_eip, (u64)VIRT_BASE + 0x1234);
	EXPECT_EQ(e->syscall32_callback_eip, (u64)VIRT_BASE + 0x5678);
	EXPECT_EQ(e->sysenter_disables_events, 1);
	EXPECT_EQ(e->syscall32_disables_events, 0);
	e->sysenter_callback_eip = 1ull << 47;
	EXPECT_EQ(call(XEN_DOMCTL_set_ext_vcpucontext), -EINVAL);
	e->sysenter_callback_eip = 1ull << 32;
	EXPECT_EQ(call(XEN_DOMCTL_set_ext_vcpucontext), WORD_HAS_64_BITS ? 0 : -EINVAL);
	e->sysenter_callback_eip = 0;
	e->syscall32_callback_eip = 1ull << 63;
	EXPECT_EQ(call(XEN_DOMCTL_set_ext_vcpucontext), -EINVAL);
	e->syscall32_callback_eip = 0;
	e->size = 4;
	EXPECT_EQ(call(XEN_DOMCTL_set_ext_vcpucontext), -EINVAL);
	e->size = sizeof(*e);
	e->mcg_cap = ~0ull;
	EXPECT(call(XEN_DOMCTL_set_ext_vcpucontext) < 0);
	e->vcpu = 2;
	EXPECT_EQ(call(XEN_DOMCTL_set_ext_vcpucontext), -ESRCH);
	EXPECT_EQ(call(XEN_DOMCTL_get_ext_vcpucontext), -ESRCH);
	e->vcpu = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_get_ext_vcpucontext), -ESRCH);
}

CHECK_DOM0(extended_state)
{
	static u8 area[16384] __attribute__((aligned(64)));
	struct xen_domctl_vcpuextstate *x = &d.u.vcpuextstate;
	u64 mask, size, *header = (u64 *)area;

	clear();
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuextstate), 0);
	mask = x->xfeature_mask;
	size = x->size;
	if (!mask) {
		skip("no XSAVE");
		return;
	}
	EXPECT((mask & 3) == 3 && size >= 16 + 576 && size <= sizeof(area) - 8);
	memset(area, POISON, sizeof(area));
	set_xen_guest_handle(x->buffer, (u64 *)area);
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuextstate), 0);
	EXPECT(!(header[0] & ~mask) && is_filled(area + size, POISON, 8));
	/* No byte of it is somebody else's. */
	EXPECT(is_filled(area + 16 + 512 + 24, 0, 40));

	/* Put back: as it was, then with a header that cannot be. */
	header[0] = 3;
	header[1] = 3;
	memset(area + 16, 0, sizeof(area) - 16);
	*(u16 *)(area + 16) = 0x37f;
	*(u32 *)(area + 16 + 24) = 0x1f80;
	header[2 + 64] = 3;
	x->size = 16 + 576;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), 0);
	header[0] = 2;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);		/* no x87 */
	header[0] = 7;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);		/* more than was ever enabled */
	header[0] = 3;
	header[1] = ~0ull;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	header[1] = 3;
	*(u32 *)(area + 16 + 24) = 0xffffffff;			/* would fault when restored */
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	*(u32 *)(area + 16 + 24) = 0x1f80;
	header[2 + 64] = 1ull << 62;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	header[2 + 64] = 3;
	header[2 + 65] = 1ull << 63;				/* compacted */
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	header[2 + 65] = 0;
	header[2 + 70] = 1;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	header[2 + 70] = 0;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), 0);
	x->size = 15;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	x->size = ~0ull;
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	x->size = size;
	set_xen_guest_handle(x->buffer, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -EFAULT);
	x->xfeature_mask = mask;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuextstate), -EFAULT);
	x->xfeature_mask = ~mask;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuextstate), -EINVAL);
	x->vcpu = 2;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuextstate), -ESRCH);
	EXPECT_EQ(call(XEN_DOMCTL_setvcpuextstate), -ESRCH);
	x->vcpu = 0;
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_getvcpuextstate, 0), -EINVAL);
}

CHECK_DOM0(registers)
{
	static xen_domctl_vcpu_msr_t m[2];
	struct xen_domctl_vcpu_msrs *v = &d.u.vcpu_msrs;

	clear();
	EXPECT_EQ(call(XEN_DOMCTL_get_vcpu_msrs), 0);
	EXPECT(v->msr_count < 100);
	v->msr_count = 100;
	set_xen_guest_handle(v->msrs, m);
	EXPECT_EQ(call(XEN_DOMCTL_get_vcpu_msrs), 0);
	EXPECT_EQ(v->msr_count, 0);			/* none has a value */
	EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), 0);
	m[0] = (xen_domctl_vcpu_msr_t){ .index = 0xc0000080, .value = ~0ull };
	v->msr_count = 1;
	EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), -EINVAL);
	EXPECT_EQ(v->msr_count, 0);
	if (cpuid_pv(0x80000001, 0).d >> 27 & 1) {
		m[0] = (xen_domctl_vcpu_msr_t){ .index = 0xc0000103, .value = 1ull << 32 };
		v->msr_count = 1;
		EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), -EINVAL);
		m[0].value = 0x1234;
		v->msr_count = 1;
		EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), 0);
		v->msr_count = 0;
		EXPECT_EQ(call(XEN_DOMCTL_get_vcpu_msrs), -ENOBUFS);
		EXPECT_EQ(v->msr_count, 1);
		m[0] = (xen_domctl_vcpu_msr_t){ 0 };
		EXPECT_EQ(call(XEN_DOMCTL_get_vcpu_msrs), 0);
		EXPECT_EQ(v->msr_count, 1);
		EXPECT_EQ(m[0].index, 0xc0000103);
		EXPECT_EQ(m[0].value, 0x1234);
	}
	v->msr_count = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), -EINVAL);
	v->msr_count = 1;
	set_xen_guest_handle(v->msrs, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), -EFAULT);
	v->vcpu = 2;
	EXPECT_EQ(call(XEN_DOMCTL_get_vcpu_msrs), -ESRCH);
	EXPECT_EQ(call(XEN_DOMCTL_set_vcpu_msrs), -ESRCH);
	v->vcpu = 0;
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_get_vcpu_msrs, 0), -EINVAL);
}

CHECK_DOM0(time_stamps)
{
	struct xen_domctl_tsc_info *t = &d.u.tsc_info;
	u32 khz;

	clear();
	EXPECT_EQ(call(XEN_DOMCTL_gettscinfo), 0);
	EXPECT_EQ(t->tsc_mode, 0);
	khz = t->gtsc_khz;
	EXPECT(khz > 1000);
	t->tsc_mode = 2;
	t->gtsc_khz = khz;
	t->incarnation = 7;
	EXPECT_EQ(call(XEN_DOMCTL_settscinfo), 0);
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_gettscinfo), 0);
	EXPECT_EQ(t->tsc_mode, 2);
	t->tsc_mode = 3;
	EXPECT_EQ(call(XEN_DOMCTL_settscinfo), -EINVAL);
	t->tsc_mode = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_settscinfo), -EINVAL);
	t->tsc_mode = 0;
	t->gtsc_khz = 0;
	EXPECT_EQ(call(XEN_DOMCTL_settscinfo), 0);
	clear();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_gettscinfo, 0), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_settscinfo, 0), -EINVAL);
}

/* --- its frames --- */

CHECK_DOM0(types_of_frames)
{
	static xen_pfn_t frames[1025];
	struct xen_domctl_getpageframeinfo3 *p = &d.u.getpageframeinfo3;
	unsigned int n[5] = { 0 };

	for (unsigned int first = 0; first < GUEST_PAGES; first += 700) {
		clear();
		for (unsigned int i = 0; i < 700; i++)
			frames[i] = guest.mfns[first + i];
		p->num = 700;
		set_xen_guest_handle(p->array, frames);
		EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), 0);
		for (unsigned int i = 0; i < 700; i++) {
			u32 level = (frames[i] & XEN_DOMCTL_PFINFO_LTABTYPE_MASK) >> XEN_DOMCTL_PFINFO_LTAB_SHIFT;

			EXPECT(level <= 4);
			if (level <= 4)
				n[level]++;
			/* Only the root is pinned. */
			EXPECT_EQ(!!(frames[i] & XEN_DOMCTL_PFINFO_LPINTAB), level == PT_LEVELS);
		}
	}
	EXPECT(n[4] == (PT_LEVELS == 4) && n[3] == 1 && n[2] == 1 && n[1] >= 2 && n[0] > 2000);

	frames[0] = 0;
	frames[1] = virt_to_mfn(&guest);		/* ours */
	frames[2] = ~0ul;
	frames[3] = 1ul << (WORD_BITS / 2 + 8);
	p->num = 4;
	EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), 0);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT_EQ_OF(frames[i], XEN_DOMCTL_PFINFO_XTAB, "%u", i);
	p->num = 1025;
	EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), -E2BIG);
	p->num = ~0ull;
	EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), -E2BIG);
	p->num = 1ull << 32;
	EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), -E2BIG);
	p->num = 0;
	EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), 0);
	p->num = 1;
	set_xen_guest_handle(p->array, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_getpageframeinfo3), -EFAULT);
}

/* --- running and stopping --- */

static bool advances(void)
{
	static u64 cpu_time;
	u64 was;

	clear();
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_getdomaininfo, guest.id), 0);
	was = d.u.getdomaininfo.cpu_time;
	sleep_ns(5 * MS);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_getdomaininfo, guest.id), 0);
	cpu_time = d.u.getdomaininfo.cpu_time;
	return cpu_time != was;
}

/* On another CPU it may take a moment. */
static bool stops(void)
{
	for (unsigned int i = 0; i < 40; i++)
		if (!advances())
			return true;
	return false;
}

CHECK_DOM0(paused_and_unpaused)
{
	EXPECT(stops());
	EXPECT_EQ(guest_unpause(&guest), 0);
	EXPECT(advances());
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_pausedomain), 0);
	EXPECT(stops());
	EXPECT(guest_exists(&guest, XEN_DOMINF_paused));
	/* Twice paused, twice unpaused; and not more often than that. */
	EXPECT_EQ(call(XEN_DOMCTL_pausedomain), 0);
	EXPECT_EQ(call(XEN_DOMCTL_unpausedomain), 0);
	EXPECT(stops());
	EXPECT_EQ(call(XEN_DOMCTL_unpausedomain), 0);
	EXPECT(advances());
	EXPECT_EQ(call(XEN_DOMCTL_unpausedomain), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, 0), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, NOBODY), -ESRCH);
	/* One that has run is told its CPUs' features no more. */
	policy();
	EXPECT_EQ(call(XEN_DOMCTL_set_cpu_policy), -EEXIST);
}

CHECK_DOM0(suspended_and_resumed)
{
	static struct sched_shutdown s = { .reason = SHUTDOWN_suspend };
	struct evtchn_alloc_unbound a = { .dom = 0, .remote_dom = 0 };

	EXPECT_EQ(domctl(&d, XEN_DOMCTL_resumedomain, 0), -EINVAL);
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_resumedomain), 0);		/* runs already */
	/* Its end is to be told by a port of its own, too. */
	a.dom = guest.id;
	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &a), 0);
	struct evtchn_bind_interdomain b = { .remote_dom = guest.id, .remote_port = a.port };
	EXPECT_EQ(event_op(EVTCHNOP_bind_interdomain, &b), 0);
	event_count[b.local_port] = 0;
	unmask_port(b.local_port);
	clear();
	d.u.subscribe.port = a.port;
	EXPECT_EQ(call(XEN_DOMCTL_subscribe), 0);

	guest_write(&guest, (word)&s, &s, sizeof(s));
	guest.mailbox->nr = __HYPERVISOR_sched_op;
	guest.mailbox->arg[0] = SCHEDOP_shutdown;
	guest.mailbox->arg[1] = (word)&s;
	barrier();
	guest.mailbox->request++;
	EXPECT_EQ(guest_wait(&guest, 2000 * MS), SHUTDOWN_suspend);
	EXPECT(wait_count(b.local_port, 1, 100 * MS));
	events_off();
	EXPECT_EQ(close_port(b.local_port), 0);
	EXPECT(stops());
	clear();
	EXPECT_EQ(call(XEN_DOMCTL_resumedomain), 0);
	EXPECT(!guest_exists(&guest, XEN_DOMINF_shutdown));
	EXPECT(advances());
	EXPECT_EQ(remote(&guest, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
	/* A port that there is not: remembered, and nobody is told. */
	clear();
	d.u.subscribe.port = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_subscribe), 0);
}

CHECK_DOM0(vcpu_information)
{
	struct xen_domctl_getvcpuinfo *v = &d.u.getvcpuinfo;

	clear();
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuinfo), 0);
	EXPECT(v->online == 1 && v->cpu_time > 0 && v->cpu < nr_vcpus());
	v->vcpu = 1;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuinfo), 0);
	EXPECT(v->online == 0 && v->running == 0 && v->cpu_time == 0);
	v->vcpu = 2;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuinfo), -EINVAL);
	v->vcpu = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_getvcpuinfo), -EINVAL);
}

CHECK_DOM0(triggers)
{
	struct xen_domctl_sendtrigger *t = &d.u.sendtrigger;

	/* Its library counts that as a trap that nobody expects: not to it, to us. */
	clear();
	t->trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	t->vcpu = 1;
	EXPECT_EQ(call(XEN_DOMCTL_sendtrigger), 0);	/* it is down */
	t->vcpu = 2;
	EXPECT_EQ(call(XEN_DOMCTL_sendtrigger), -ESRCH);
	t->vcpu = ~0u;
	EXPECT_EQ(call(XEN_DOMCTL_sendtrigger), -ESRCH);
	t->vcpu = 0;
	t->trigger = 5;
	EXPECT_EQ(call(XEN_DOMCTL_sendtrigger), -ENOSYS);
	t->trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	EXPECT_EQ(TRY(domctl(&d, XEN_DOMCTL_sendtrigger, 0)), VEC_NMI);
}

/* There is no log of what a running guest writes. */
CHECK_DOM0(dirty_log)
{
	struct xen_domctl_shadow_op *s = &d.u.shadow_op;
	static const struct { u32 op; long want; } t[] = {
		{ XEN_DOMCTL_SHADOW_OP_OFF, -EINVAL }, { XEN_DOMCTL_SHADOW_OP_ENABLE, -EINVAL },
		{ XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, -EOPNOTSUPP },
		{ XEN_DOMCTL_SHADOW_OP_CLEAN, 0 }, { XEN_DOMCTL_SHADOW_OP_PEEK, 0 }, { 99, -EINVAL }, { ~0u, -EINVAL },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		clear();
		s->op = t[i].op;
		EXPECT_EQ_OF(call(XEN_DOMCTL_shadow_op), t[i].want, "operation %u", t[i].op);
		EXPECT_EQ(domctl(&d, XEN_DOMCTL_shadow_op, 0), -EINVAL);
	}
	clear();
	s->op = XEN_DOMCTL_SHADOW_OP_CLEAN;
	s->pages = ~0ull;
	set_xen_guest_handle(s->dirty_bitmap, NOWHERE);
	EXPECT_EQ(call(XEN_DOMCTL_shadow_op), -EINVAL);
}

CHECK_DOM0(its_end)
{
	EXPECT_EQ(guest_destroy(&guest), 0);
}
