// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a vcpu is entered, where it runs and how its domain ends: the
 * callbacks that others have no use for, taking them back, pinning, codes.
 */
#include "lib.h"

#define LOW_CODE	0x10000ul	/* of user mode, within 32 bits */
#define LOW_STACK	0x11ff0ul
#define NOBODY		0x7000

static long set_callback(unsigned int type, word address, unsigned int flags)
{
	struct callback_register r = { .type = type, .flags = flags, .address = CALLBACK_AT(address) };

	return HYP(callback_op, CALLBACKOP_register, &r, 0, 0, 0);
}

static long take_callback(unsigned int type)
{
	struct callback_unregister u = { .type = type };

	return HYP(callback_op, CALLBACKOP_unregister, &u, 0, 0, 0);
}

/* --- system calls of 32-bit programs --- */

static u8 *low;

static void map_low(void)
{
	static bool done;
	u64 *l2, *l1;
	u8 *stack;

	use_user_root();
	if (done)
		return;
	done = true;
	l2 = alloc_page();
	l1 = alloc_page();
	stack = alloc_page();
	low = alloc_page();
	l1[LOW_CODE >> 12] = PTE(virt_to_mfn(low), PTE_RW);
	l1[LOW_STACK >> 12] = PTE(virt_to_mfn(stack), PTE_RW);
	l2[0] = PTE(virt_to_mfn(l1), PTE_RW);
	make_readonly(l1);
	make_readonly(l2);
#if PT_LEVELS == 4
	u64 *l3 = alloc_page();

	l3[0] = PTE(virt_to_mfn(l2), PTE_RW);
	make_readonly(l3);
	EXPECT_EQ(mmu_update_one(user_root << 12, PTE(virt_to_mfn(l3), TABLE_FLAGS(4))), 0);
#else
	if (PTE_FRAME(((u64 *)table_of(0, 3))[0]))
		EXPECT_EQ(mmu_update_one(user_root << 12, 0), 0);
	EXPECT_EQ(mmu_update_one(user_root << 12, PTE(virt_to_mfn(l2), TABLE_FLAGS(3))), 0);
#endif
}

/* Run two bytes of 32-bit user code; the vector that ended it. */
static int run_low(u8 first, u8 second)
{
	struct iret_frame f = {
		.R(ip) = LOW_CODE, .cs = FLAT_CS_32, .R(flags) = EFLAGS_IF, .R(sp) = LOW_STACK, .ss = FLAT_USER_DATA,
	};

	map_low();
	low[0] = first;
	low[1] = second;
	low[2] = 0x0f;
	low[3] = 0x0b;
	return enter_frame(&f);
}

static bool is_intel(void)
{
	return cpuid_native(0, 0).b == 0x756e6547;
}

/* AMD's CPUs take SYSCALL from 32-bit code in long mode, Intel's SYSENTER. */
CHECK(system_calls_of_32_bit_programs)
{
	u8 own = is_intel() ? 0x34 : 0x05;
	unsigned int type = is_intel() ? CALLBACKTYPE_sysenter : CALLBACKTYPE_syscall32;
	int vector = is_intel() ? VEC_SYSENTER : VEC_SYSCALL32;
	word address = (word)(is_intel() ? sysenter_callback : syscall32_callback);

	EXPECT_EQ(run_low(0x0f, 0x0b), TRAP_UD);
	EXPECT_EQ(trap.regs.R(ip), LOW_CODE);
	EXPECT_EQ(run_low(0x0f, own), vector);
	EXPECT_EQ(trap.regs.ss & 3, 3);
	/* Events masked on the way in, if that was asked for. */
	events_on();
	EXPECT_EQ(set_callback(type, address, CALLBACKF_mask_events), 0);
	EXPECT_EQ(run_low(0x0f, own), vector);
	EXPECT(vcpu_info(0)->evtchn_upcall_mask);
	events_on();
	EXPECT_EQ(set_callback(type, address, 0), 0);
	EXPECT_EQ(run_low(0x0f, own), vector);
	EXPECT(!vcpu_info(0)->evtchn_upcall_mask);
	events_off();
	/* With none the program is told off, not the kernel entered at 0. */
	EXPECT_EQ(set_callback(type, 0, 0), 0);
	vector = run_low(0x0f, own);
	EXPECT(vector == TRAP_GP || vector == TRAP_UD);
	if (!is_intel())	/* SYSENTER does not tell where it was */
		EXPECT_EQ(trap.regs.R(ip), LOW_CODE);
	default_traps();
}

/* --- taking callbacks back --- */

CHECK(callbacks_taken_back)
{
	/* Others are only replaced; some there are not. */
	EXPECT_EQ(take_callback(CALLBACKTYPE_event), -EINVAL);
	EXPECT_EQ(take_callback(CALLBACKTYPE_failsafe), -EINVAL);
	EXPECT_EQ(take_callback(CALLBACKTYPE_syscall), -EINVAL);
	EXPECT_EQ(take_callback(CALLBACKTYPE_syscall32), -EINVAL);
	EXPECT_EQ(take_callback(CALLBACKTYPE_sysenter), -EINVAL);
	EXPECT_EQ(take_callback(CALLBACKTYPE_sysenter_deprecated), -ENOSYS);
	EXPECT_EQ(take_callback(6), -ENOSYS);
	EXPECT_EQ(take_callback(8), -ENOSYS);
	EXPECT_EQ(take_callback(0xffff), -ENOSYS);
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_unregister, HYPERVISOR_HOLE, 0, 0, 0), -EFAULT);
	for (unsigned int i = 0; i < 2; i++)
		EXPECT_EQ(take_callback(CALLBACKTYPE_nmi), 0);
#if WORD_HAS_64_BITS
	/* Each is refused an address that cannot be entered, and the old one of 32-bit kernels altogether. */
	for (unsigned int type = 0; type < 8; type++) {
		EXPECT_EQ_OF(set_callback(type, NON_CANONICAL, 0), -EINVAL, "type %u", type);
		EXPECT_EQ_OF(set_callback(type, 1ul << 63, 0), -EINVAL, "type %u", type);
	}
	EXPECT_EQ(set_callback(CALLBACKTYPE_sysenter_deprecated, 0x1000, 0), -ENOSYS);
#else
	/* Any address is one of ring 1's; it faults there. That of 64-bit kernels is not theirs. */
	EXPECT_EQ(set_callback(CALLBACKTYPE_syscall, (word)sysenter_callback, 0), -EINVAL);
	EXPECT_EQ(set_callback(6, 0x1000, 0), -ENOSYS);
	EXPECT_EQ(set_callback(8, 0x1000, 0), -ENOSYS);
	EXPECT_EQ(set_callback(CALLBACKTYPE_sysenter, BAD_ADDRESS, 0), 0);
	EXPECT_EQ(set_callback(CALLBACKTYPE_sysenter_deprecated, 0x1000, 0), 0);
#endif
	default_traps();
}

static unsigned int nmis;

/* The callback is an entry of the trap table: whichever was set last. */
static bool count_nmi(struct regs *r)
{
	if (r->vector != VEC_NMI && r->vector != 2)
		return false;
	nmis++;
	return true;
}

CHECK(nmi_callback_of_old)
{
	struct xennmi_callback cb = { .handler_address = (word)nmi_callback };

	trap_hook = count_nmi;
	nmis = 0;
	EXPECT_EQ(HYP(nmi_op, XENNMI_register_callback, &cb, 0, 0, 0), 0);
	EXPECT_EQ(vcpu_op(VCPUOP_send_nmi, 0, 0), 0);
	sleep_ns(1000000);
	EXPECT_EQ(nmis, 1);
	/* While none is on its way: it would fault there. */
	cb.handler_address = BAD_ADDRESS;
	EXPECT_EQ(HYP(nmi_op, XENNMI_register_callback, &cb, 0, 0, 0), WORD_HAS_64_BITS ? -EINVAL : 0);
	EXPECT_EQ(HYP(nmi_op, XENNMI_unregister_callback, 0, 0, 0, 0), 0);
	EXPECT_EQ(HYP(nmi_op, XENNMI_unregister_callback, 0, 0, 0, 0), 0);
	/* With no handler it waits, or is lost; it harms nobody. */
	EXPECT_EQ(vcpu_op(VCPUOP_send_nmi, 0, 0), 0);
	sleep_ns(1000000);
	EXPECT_EQ(nmis, 1);
	EXPECT_EQ(HYP(nmi_op, XENNMI_register_callback, HYPERVISOR_HOLE, 0, 0, 0), -EFAULT);
	EXPECT_EQ(vcpu_op(VCPUOP_send_nmi, 5000, 0), -ENOENT);
	default_traps();
	sleep_ns(1000000);
	trap_hook = NULL;
}

static long from_other_vcpu;
static volatile bool other_done;

static void ask_for_nmis(unsigned int vcpu)
{
	struct xennmi_callback cb = { .handler_address = (word)nmi_callback };

	from_other_vcpu = HYP(nmi_op, XENNMI_register_callback, &cb, 0, 0, 0);
	other_done = true;
	vcpu_op(VCPUOP_down, vcpu, 0);
}

CHECK(nmis_are_the_first_vcpus)
{
	if (nr_vcpus() < 2) {
		skip("one vcpu");
		return;
	}
	EXPECT_EQ(vcpu_up(1, ask_for_nmis), 0);
	for (u64 end = now() + 500000000; !other_done && now() < end; )
		yield();
	EXPECT(other_done);
	EXPECT_EQ(from_other_vcpu, -EINVAL);
}

/* No bytes of the hypervisor's stack in what is between the fields. */
CHECK(answers_have_no_holes)
{
	struct vcpu_runstate_info r;

	memset(&r, 0x5a, sizeof(r));
	EXPECT_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, &r), 0);
	EXPECT_EQ(r.state, RUNSTATE_running);
	EXPECT(is_filled((u8 *)&r + 4, 0, offsetof(struct vcpu_runstate_info, state_entry_time) - 4));
}

/* --- where it runs --- */

static long pin(s32 cpu)
{
	struct sched_pin_override p = { .pcpu = cpu };

	return sched_op(SCHEDOP_pin_override, &p);
}

CHECK(pinned_for_a_while)
{
	struct vcpu_get_physid id = { 0 };

	if (!is_dom0) {
		EXPECT_EQ(pin(0), -EPERM);
		EXPECT_EQ(pin(-1), -EPERM);
		EXPECT_EQ(vcpu_op(VCPUOP_get_physid, 0, &id), -EINVAL);
		return;
	}
	EXPECT_EQ(pin(0), 0);
	EXPECT_EQ(pin(-1), 0);
	EXPECT_EQ(pin(5000), -EINVAL);
	EXPECT_EQ(pin(0x7fffffff), -EINVAL);
	EXPECT_EQ(sched_op(SCHEDOP_pin_override, HYPERVISOR_HOLE), -EFAULT);
	yield();
}

CHECK_DOM0(physical_id)
{
	static struct xen_domctl d;
	static u64 one = 1, all = ~0ull;
	struct vcpu_get_physid id = { .phys_id = ~0ull };

	EXPECT_EQ(vcpu_op(VCPUOP_get_physid, 5000, &id), -ENOENT);
	memset(&d, 0, sizeof(d));
	d.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	d.u.vcpuaffinity.cpumap_hard.nr_bits = 64;
	set_xen_guest_handle(d.u.vcpuaffinity.cpumap_hard.bitmap, (u8 *)&one);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_setvcpuaffinity, 0), 0);
	EXPECT_EQ(vcpu_op(VCPUOP_get_physid, 0, &id), 0);
	EXPECT_EQ(id.phys_id, 0);
	EXPECT_EQ(vcpu_op(VCPUOP_get_physid, 0, HYPERVISOR_HOLE), -EFAULT);
	set_xen_guest_handle(d.u.vcpuaffinity.cpumap_hard.bitmap, (u8 *)&all);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_setvcpuaffinity, 0), 0);
	/* Not pinned it has none that stays. */
	if (nr_vcpus() > 1)
		EXPECT_EQ(vcpu_op(VCPUOP_get_physid, 0, &id), -EINVAL);
}

/* --- the code with which a domain will have ended --- */

CHECK_DOM0(shutdown_code)
{
	static struct sched_shutdown s = { .reason = SHUTDOWN_suspend };
	static struct guest g;
	static struct xen_domctl d;

	EXPECT_EQ(sched_op(SCHEDOP_shutdown_code, HYPERVISOR_HOLE), -EFAULT);
	EXPECT_EQ(guest_create(&g, "serve", 2100, 1), 0);
	EXPECT_EQ(guest_unpause(&g), 0);
	guest_write(&g, (word)&s, &s, sizeof(s));
	/* It is remembered, and the domain runs on; a crash keeps the code. */
	EXPECT_EQ(remote(&g, __HYPERVISOR_sched_op, SCHEDOP_shutdown_code, (word)&s, 0, 0, 0), 0);
	EXPECT_EQ(remote(&g, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
	EXPECT(!guest_exists(&g, XEN_DOMINF_shutdown));
	s.reason = SHUTDOWN_crash;
	guest_write(&g, (word)&s, &s, sizeof(s));
	g.mailbox->nr = __HYPERVISOR_sched_op;
	g.mailbox->arg[0] = SCHEDOP_shutdown;
	g.mailbox->arg[1] = (word)&s;
	g.mailbox->request++;
	EXPECT_EQ(guest_wait(&g, 2000000000), SHUTDOWN_suspend);
	/* Resumed, it goes on behind the call. */
	memset(&d, 0, sizeof(d));
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_resumedomain, g.id), 0);
	g.mailbox->done = g.mailbox->request;
	EXPECT(!guest_exists(&g, XEN_DOMINF_shutdown));
	EXPECT_EQ(guest_destroy(&g), 0);
}
