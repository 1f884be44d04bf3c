// SPDX-License-Identifier: GPL-2.0-only
/* Start of day, hypercalls, traps and events of a ring-1 kernel. */
#include "lib.h"
#include <public/event_channel.h>
#include <public/features.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>
#include <public/nmi.h>

extern u32 boot_esp;

CHECK(start_of_day)
{
	u16 cs, ss, ds;

	asm ("mov %%cs, %0; mov %%ss, %1; mov %%ds, %2" : "=r" (cs), "=r" (ss), "=r" (ds));
	EXPECT_EQ(cs, FLAT_RING1_CS);
	EXPECT_EQ(ss, FLAT_RING1_SS);
	EXPECT_EQ(ds, FLAT_RING1_DS);
	EXPECT_EQ(strncmp(si->magic, "xen-3.0-x86_32p", 16), 0);
	EXPECT(si->nr_pages > 1000);
	EXPECT_EQ(si->store_evtchn == 0, is_dom0);
	EXPECT_EQ(boot_esp, si->pt_base + (si->nr_pt_frames + 1) * PAGE_BYTES);
	EXPECT_EQ(si->shared_info & 0xfff, 0);
	/* Only the last one must be there. */
	for (u32 i = is_dom0 ? 0 : 3; i < 4; i++)
		EXPECT(root[i] & PTE_P);
	for (u32 i = 4; i < 512; i++)
		EXPECT_EQ(root[i], 0);
	for (u32 pfn = 0; pfn < 1000; pfn++)
		EXPECT_OF(pfn, m2p(((u32 *)si->mfn_list)[pfn]), pfn);
	/* The tables are there to read. */
	EXPECT_EQ(TRY(*(volatile u64 *)root = *(volatile u64 *)root), TRAP_PF);
	EXPECT_EQ(trap.error, 3);
}

CHECK(versions)
{
	xen_platform_parameters_t pp = { 0 };
	struct xen_feature_info fi = { .submap_idx = 0 };
	struct xen_machphys_mapping m;

	EXPECT(HYP(xen_version, XENVER_version, 0, 0, 0, 0) >= 0x40000);
	EXPECT_EQ(HYP(xen_version, XENVER_platform_parameters, &pp, 0, 0, 0), 0);
	EXPECT_EQ(pp.virt_start, 0xf5800000);
	EXPECT_EQ(HYP(xen_version, XENVER_get_features, &fi, 0, 0, 0), 0);
	EXPECT_EQ(HYP(memory_op, XENMEM_machphys_mapping, &m, 0, 0, 0), 0);
	EXPECT_EQ(m.v_start, 0xf5800000);
	EXPECT_EQ(m.v_end, 0xf6800000);
	EXPECT_EQ(m.max_mfn, 0x3fffff);
}

extern u8 hypercall_page[];
CHECK(stubs)
{
	long rc;

	asm volatile ("call *%1" : "=a" (rc) : "r" (hypercall_page + __HYPERVISOR_xen_version * 32), "b" (0), "c" (0) : "memory");
	EXPECT_EQ(rc, HYP(xen_version, 0, 0, 0, 0, 0));
}

CHECK(bad_hypercalls)
{
	EXPECT_EQ(hypercall(63, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(hypercall(64, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(hypercall(0xffffffff, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(hypercall(0x80000000, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(HYP(set_segment_base, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, 0xf5800000, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, 0xfffffffc, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, 0xff000000, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(set_trap_table, 0xfffffffc, 0, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(mmu_update, 0xfffffff8, 1, 0, DOMID_SELF, 0), -EFAULT);
}

CHECK(kernel_traps)
{
	EXPECT_EQ(TRY(asm volatile ("ud2")), TRAP_UD);
	EXPECT_EQ(trap.cs & 3, 1);
	EXPECT_EQ(TRY(asm volatile ("int3")), TRAP_BP);
	EXPECT_EQ(TRY(asm volatile ("int $0x80")), 0x80);
	EXPECT_EQ(TRY(asm volatile ("int $0x33")), 0x33);
	EXPECT_EQ(TRY(asm volatile ("divl %0" :: "r" (0), "a" (1), "d" (1))), TRAP_DE);
	EXPECT_EQ(TRY(asm volatile ("hlt")), TRAP_GP);
	EXPECT_EQ(trap.error, 0);
	EXPECT_EQ(TRY(*(volatile u32 *)0x1000), TRAP_PF);
	EXPECT_EQ(trap.error, 0);
	EXPECT_EQ(trap.cr2, 0x1000);
	EXPECT_EQ(TRY(*(volatile u32 *)0x2004 = 1), TRAP_PF);
	EXPECT_EQ(trap.error, 2);
	EXPECT_EQ(trap.cr2, 0x2004);
	EXPECT_EQ(TRY(*(volatile u32 *)0xf5800000 = 1), TRAP_PF);
	EXPECT_EQ(trap.error, 3);
	EXPECT_EQ(TRY(*(volatile u32 *)0xfffffffc), TRAP_PF);
	EXPECT_EQ(trap.cr2, 0xfffffffc);
	/* The mask is saved with CS and shown as IF. */
	vinfo->evtchn_upcall_mask = 0;
	EXPECT_EQ(TRY(asm volatile ("ud2")), TRAP_UD);
	EXPECT_EQ(trap.mask, 0);
	EXPECT(trap.eflags & EFLAGS_IF);
	vinfo->evtchn_upcall_mask = 1;
	EXPECT_EQ(TRY(asm volatile ("ud2")), TRAP_UD);
	EXPECT_EQ(trap.mask, 1);
	EXPECT(!(trap.eflags & EFLAGS_IF));
}

CHECK(kernel_flags)
{
	u32 f;

	asm volatile ("pushfl; popl %0" : "=r" (f));
	EXPECT_EQ(f & EFLAGS_IOPL, 0);
	EXPECT(f & EFLAGS_IF);
	/* Neither IF nor IOPL can be had. */
	asm volatile ("pushl %1; popfl; pushfl; popl %0" : "=r" (f) : "r" (EFLAGS_IOPL | 2));
	EXPECT_EQ(f & EFLAGS_IOPL, 0);
	EXPECT(f & EFLAGS_IF);
	EXPECT_EQ(TRY(asm volatile ("cli")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("pushl %0; popfl; ud2" :: "r" (EFLAGS_AC | EFLAGS_NT | EFLAGS_DF | 2))), TRAP_UD);
	EXPECT_EQ(trap.eflags & (EFLAGS_NT | EFLAGS_AC | EFLAGS_DF), EFLAGS_AC | EFLAGS_NT | EFLAGS_DF);
	asm volatile ("pushl $2; popfl");
	/* An IRET with NT set is refused in long mode: as #GP of this kernel. */
	EXPECT_EQ(TRY(asm volatile ("pushl %0; popfl; pushl %%cs; pushl $1f; iret; 1:" :: "r" (EFLAGS_NT | 2))), TRAP_GP);
	asm volatile ("pushl $2; popfl");
}

static u32 cr(int n)
{
	u32 v = 0;

	switch (n) {
	case 0: asm volatile ("mov %%cr0, %0" : "=r" (v)); break;
	case 2: asm volatile ("mov %%cr2, %0" : "=r" (v)); break;
	case 3: asm volatile ("mov %%cr3, %0" : "=r" (v)); break;
	case 4: asm volatile ("mov %%cr4, %0" : "=r" (v)); break;
	}
	return v;
}

CHECK(emulated)
{
	u32 a, b, c, d, old3 = cr(3);

	EXPECT(cr(0) & 0x80000001);
	EXPECT_EQ(xen_cr3_to_pfn(old3), virt_to_mfn(root));
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%cr3" :: "r" (old3))), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%cr3" :: "r" (0x1000))), TRAP_GP);
	EXPECT(cr(4) & 0x20);
	asm volatile ("mov %0, %%cr2" :: "r" (0x1234));
	EXPECT_EQ(cr(2), 0x1234);
	EXPECT_EQ(TRY(asm volatile ("clts")), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("wbinvd")), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("ud2a; .ascii \"xen\"; cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d)
				    : "0" (0x80000001), "2" (0))), NO_TRAP);
	EXPECT_EQ(d & 1u << 29, 0);
	EXPECT_EQ(TRY(asm volatile ("rdmsr" : "=a" (a), "=d" (d) : "c" (0xc0000100))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("wrmsr" :: "a" (0), "d" (0), "c" (0xc0000082))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lgdt 0xc0000000")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lidt 0xc0000000")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lldt %w0" :: "r" (0))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("ltr %w0" :: "r" (0xe040))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("invlpg 0xc0000000")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("sysexit")), TRAP_GP);
	/* SYSRET exists where it can be used at all. */
	a = TRY(asm volatile (".byte 0x0f, 0x07"));
	EXPECT(a == TRAP_GP || a == TRAP_UD);
	a = TRY(asm volatile (".byte 0x0f, 0x01, 0xf8"));	/* SWAPGS */
	EXPECT(a == TRAP_UD || a == TRAP_GP);
}

CHECK(port_io)
{
	struct { u32 iopl; } set = { 1 };
	u32 v;

	/* PHYSDEVOP_set_iopl */
	EXPECT_EQ(TRY(asm volatile ("inb $0x71, %%al" : "=a" (v))), TRAP_GP);
	EXPECT_EQ(HYP(physdev_op, 6, &set, 0, 0, 0), 0);
	EXPECT_EQ(TRY(asm volatile ("inb $0x71, %%al" : "=a" (v))), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("outb %%al, $0x80" :: "a" (0))), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("cli; sti")), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("inl %%dx, %%eax" : "=a" (v) : "d" (0xcf8))), NO_TRAP);
	if (!is_dom0)
		EXPECT_EQ(v, ~0u);
	set.iopl = 0;
	EXPECT_EQ(HYP(physdev_op, 6, &set, 0, 0, 0), 0);
}

CHECK(multicalls)
{
	struct { u32 op, result, args[6]; } m[4] = {
		{ __HYPERVISOR_xen_version, 0, { 0, 0 } },
		{ 63, 0, { 0 } },
		{ __HYPERVISOR_set_segment_base, 0, { 0 } },
		{ __HYPERVISOR_multicall, 0, { 0 } },
	};

	EXPECT_EQ(HYP(multicall, m, 4, 0, 0, 0), 0);
	EXPECT_EQ(m[0].result, HYP(xen_version, 0, 0, 0, 0, 0));
	EXPECT_EQ(m[1].result, -ENOSYS);
	EXPECT_EQ(m[2].result, -ENOSYS);
	EXPECT_EQ(m[3].result, -EINVAL);
	EXPECT_EQ(HYP(multicall, 0xfffffff0, 1, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(multicall, m, 0x08000001, 0, 0, 0), -EFAULT);
}

CHECK(events)
{
	struct evtchn_bind_ipi bind = { .vcpu = 0 };
	struct evtchn_send send;
	u32 before = upcalls;

	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_bind_ipi, &bind, 0, 0, 0), 0);
	send.port = bind.port;
	shared->evtchn_mask[0] = 0;
	vinfo->evtchn_upcall_mask = 0;
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_send, &send, 0, 0, 0), 0);
	vinfo->evtchn_upcall_mask = 1;
	EXPECT_EQ(upcalls, before + 1);
	EXPECT(shared->evtchn_pending[0] & 1u << bind.port);
	/* Masked: it waits, and SCHEDOP_block unmasks and delivers. */
	shared->evtchn_pending[0] = 0;
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_send, &send, 0, 0, 0), 0);
	EXPECT_EQ(upcalls, before + 1);
	EXPECT_EQ(HYP(sched_op, SCHEDOP_block, 0, 0, 0, 0), 0);
	EXPECT_EQ(upcalls, before + 2);
	vinfo->evtchn_upcall_mask = 1;
	shared->evtchn_pending[0] = 0;
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){ bind.port }, 0, 0, 0), 0);
}

CHECK(timer)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };
	u32 before = upcalls;
	u64 until = shared->vcpu_info[0].time.system_time + 20000000;

	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_bind_virq, &bind, 0, 0, 0), 0);
	shared->evtchn_mask[0] = 0;
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_timer_op, LO(until), HI(until), 0, 0, 0), 0);
	vinfo->evtchn_upcall_mask = 1;
	while (!(shared->evtchn_pending[0] & 1u << bind.port))
		HYP(sched_op, SCHEDOP_block, 0, 0, 0, 0);
	/* It may have come at once; then it is delivered when it is let. */
	vinfo->evtchn_upcall_mask = 0;
	HYP(xen_version, 0, 0, 0, 0, 0);
	EXPECT(upcalls > before);
	vinfo->evtchn_upcall_mask = 1;
	shared->evtchn_pending[0] = 0;
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){ bind.port }, 0, 0, 0), 0);
}

static u32 nmis;
static bool count_nmi(struct regs *r)
{
	static struct iret_frame_eax f;

	if (r->vector != VEC_NMI)
		return false;
	nmis++;
	/* Back by hypercall: only that lets the next one in. */
	f = (struct iret_frame_eax){ .eax = r->eax, .f = { r->eip, r->cs & 0xffff, r->eflags | 0x80000000, 0, 0 } };
	(void)f;
	return true;
}

CHECK(nmi)
{
	nmis = 0;
	trap_hook = count_nmi;
	EXPECT_EQ(HYP(vcpu_op, VCPUOP_send_nmi, 0, 0, 0, 0), 0);
	EXPECT_EQ(nmis, 1);
}
