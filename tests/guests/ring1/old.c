// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernels of former times live by, and today's no longer use: the first
 * numbers and forms of hypercalls, the tick that nobody asked for, the first
 * layout of the grant table.
 */
#include "ring1.h"

static u64 system_time(void)
{
	/* By the hypervisor's last update: each switch and each tick makes one. */
	return *(volatile u64 *)&vcpu_info(0)->time.system_time;
}

static volatile u32 ticks;
static u32 tick_port;
static bool count_ticks(struct regs *r)
{
	if (r->vector != VEC_EVENT)
		return false;
	vcpu_info(0)->evtchn_upcall_pending = 0;
	vcpu_info(0)->evtchn_pending_sel = 0;
	if (shared->evtchn_pending[tick_port / 32] & 1ul << tick_port % 32) {
		shared->evtchn_pending[tick_port / 32] &= ~(1ul << tick_port % 32);
		ticks++;
	}
	return true;
}

static void first_event_channels(void)
{
	struct evtchn_op op = { .cmd = EVTCHNOP_bind_virq, .u.bind_virq = { .virq = VIRQ_TIMER, .vcpu = 0 } };

	EXPECT_EQ(HYP(event_channel_op_compat, &op, 0, 0, 0, 0), 0);
	tick_port = op.u.bind_virq.port;
	EXPECT(tick_port != 0);
	op = (struct evtchn_op){ .cmd = EVTCHNOP_status, .u.status = { .dom = DOMID_SELF, .port = tick_port } };
	EXPECT_EQ(HYP(event_channel_op_compat, &op, 0, 0, 0, 0), 0);
	EXPECT_EQ(op.u.status.status, EVTCHNSTAT_virq);
	EXPECT_EQ(op.u.status.u.virq, VIRQ_TIMER);
	op.cmd = 77;
	EXPECT_EQ(HYP(event_channel_op_compat, &op, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(HYP(event_channel_op_compat, 0xfffffff8, 0, 0, 0, 0), -EFAULT);
}

/* The tick of 100 Hz comes unasked, while the vcpu runs; block, by its first number, waits for it. */
CHECK(first_events_and_ticks)
{
	struct evtchn_op close = { .cmd = EVTCHNOP_close };
	struct vcpu_set_periodic_timer period = { .period_ns = 2000000 };
	u64 from;

	first_event_channels();
	close.u.close.port = tick_port;
	trap_hook = count_ticks;
	/* What was pending while masked would never be told. */
	shared->evtchn_pending[tick_port / 32] &= ~(1ul << tick_port % 32);
	shared->evtchn_mask[tick_port / 32] &= ~(1ul << tick_port % 32);
	vcpu_info(0)->evtchn_upcall_mask = 0;
	ticks = 0;
	for (u32 i = 0; ticks < 5 && i < 300000; i++)
		HYP(sched_op_compat, SCHEDOP_yield, 0, 0, 0, 0);
	EXPECT(ticks >= 5);
	/* A period of its own. */
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_set_periodic_timer, 0, &period, 0, 0), 0);
	ticks = 0;
	for (u32 i = 0; ticks < 5 && i < 300000; i++)
		HYP(sched_op_compat, SCHEDOP_yield, 0, 0, 0, 0);
	EXPECT(ticks >= 5);
	period.period_ns = 1000;
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_set_periodic_timer, 0, &period, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0, 0), 0);
	/* Block until the single-shot one. */
	ticks = 0;
	from = system_time() + 20000000;
	EXPECT_EQ(set_timer(from), 0);
	for (u32 i = 0; i < 100 && !ticks; i++)
		EXPECT_EQ(HYP(sched_op_compat, SCHEDOP_block, 0, 0, 0, 0), 0);
	EXPECT(ticks >= 1);
	EXPECT_EQ(HYP(sched_op_compat, 9, 0, 0, 0, 0), -ENOSYS);
	vcpu_info(0)->evtchn_upcall_mask = 1;
	EXPECT_EQ(HYP(event_channel_op_compat, &close, 0, 0, 0, 0), 0);
}

CHECK(first_physdev)
{
	struct physdev_op op = { .cmd = PHYSDEVOP_set_iopl, .u.set_iopl = { 1 } };

	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	/* What old kernels do in place of event-channel and pirq operations. */
	op.cmd = PHYSDEVOP_IRQ_UNMASK_NOTIFY;
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	op = (struct physdev_op){ .cmd = PHYSDEVOP_set_iopl, .u.set_iopl = { 4 } };
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), -EINVAL);
	op.u.set_iopl.iopl = 0;
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	op.cmd = 99;
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(HYP(physdev_op_compat, 0xfffffff8, 0, 0, 0, 0), -EFAULT);
}

struct setup_table_32 { u16 dom; u32 nr_frames; s16 status; u32 frame_list; };

/* A kernel that knows of one layout only and never asks for it. */
CHECK(first_grants)
{
	u32 frames[2] = { 0 };
	struct setup_table_32 setup = { DOMID_SELF, 1, 0, (u32)frames };
	struct grant_entry_v1 *table = alloc_page();
	volatile u32 *shown = alloc_page(), *at = alloc_page();
	const u64 mine = virt_to_mfn(table), at_mfn = virt_to_mfn((void *)at);
	struct gnttab_map_grant_ref map = { .host_addr = (u32)at, .flags = GNTMAP_host_map, .ref = 8, .dom = own_id() };
	struct gnttab_unmap_grant_ref unmap = { .host_addr = (u32)at };

	EXPECT_EQ(HYP(grant_table_op, GNTTABOP_setup_table, &setup, 1, 0, 0), 0);
	EXPECT_EQ(setup.status, 0);
	EXPECT(frames[0] != 0);
	EXPECT_EQ(set_pte(table, PTE(frames[0], PTE_RW)), 0);
	*shown = 0x600dbeef;
	table[8] = (struct grant_entry_v1){ 0, own_id(), virt_to_mfn((void *)shown) };
	asm volatile ("" ::: "memory");
	table[8].flags = GTF_permit_access;
	EXPECT_EQ(set_pte((void *)at, 0), 0);
	EXPECT_EQ(HYP(grant_table_op, GNTTABOP_map_grant_ref, &map, 1, 0, 0), 0);
	EXPECT_EQ(map.status, 0);
	EXPECT_EQ(*at, 0x600dbeef);
	*at = 5;
	EXPECT_EQ(*shown, 5);
	EXPECT_EQ(table[8].flags, GTF_permit_access | GTF_reading | GTF_writing);
	unmap.handle = map.handle;
	EXPECT_EQ(HYP(grant_table_op, GNTTABOP_unmap_grant_ref, &unmap, 1, 0, 0), 0);
	EXPECT_EQ(unmap.status, 0);
	EXPECT_EQ(table[8].flags, GTF_permit_access);
	EXPECT_EQ(set_pte(table, PTE(mine, PTE_RW)), 0);
	EXPECT_EQ(set_pte((void *)at, PTE(at_mfn, PTE_RW)), 0);
}
