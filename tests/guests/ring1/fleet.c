// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernels of the fleets, 2.6.18 to 5.8 and other systems, do at boot and
 * as they run that those of today do not: each check is a thing that one of
 * them lives by.
 */
#include "ring1.h"

#define USER_DATA_SEGMENT	0xf3
#define USER_CODE_SEGMENT	0xfb

/* --- before there is any handler --- */

static u64 rdmsr(u32 msr)
{
	u32 lo = ~0u, hi = ~0u;

	asm volatile ("rdmsr" : "+a" (lo), "+d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}

/* AMD's, as Linux before 4.15 reads them when its trap table is not there yet. */
CHECK(registers_read_early)
{
	static const u32 msrs[] = { 0xc0010055, 0xc0010112, 0xc001001f, 0x1fc };

	EXPECT_EQ(TRY((void)rdmsr(0xc0010055)), TRAP_GP);
	EXPECT_EQ(HYP(set_trap_table, 0, 0, 0, 0, 0), 0);
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		EXPECT_OF(msrs[i], rdmsr(msrs[i]) != 0, 0);
	default_traps();
	EXPECT_EQ(TRY((void)rdmsr(0xc0010055)), TRAP_GP);
}

/* --- thread-local storage --- */

static noinline word below_base(word selector)
{
	u32 v;

	asm volatile ("mov %1, %%gs; movl %%gs:-4, %0" : "=r" (v) : "r" (selector));
	return v;
}
static u32 thread[2] = { 0x715715, 0x717171 }, thread2[2] = { 0x2222, 0x3333 };

static void call(struct multicall_entry *m, u32 op, u32 a, u32 b, u32 c, u32 d)
{
	*m = (struct multicall_entry){ .op = op, .result = 0x5a5a, .args = { a, b, c, d } };
}

/*
 * A switch of 2.6.18 from one thread to the next, in one multicall; libraries of
 * that time keep variables below the base of a segment that spans all of memory.
 */
CHECK(thread_switch)
{
	u64 *gdt = alloc_page(), ma, desc[3] = { BASED(USER_DATA_SEGMENT, &thread[1]), 0, 0 };
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct physdev_set_iobitmap bitmap = { .nr_ports = 0 };
	struct { u32 cmd, arg1, arg2; } ext[2] = {
		{ MMUEXT_NEW_BASEPTR, virt_to_mfn(ROOT), 0 }, { MMUEXT_SET_LDT, 0, 0 } };
	static struct multicall_entry m[10];
	u32 frame = virt_to_mfn(gdt), n = 0;

	make_readonly(gdt);
	EXPECT_EQ(HYP(set_gdt, &frame, 32, 0, 0, 0), 0);
	for (u32 round = 0; round < 2; round++) {
		n = 0;
		call(&m[n++], __HYPERVISOR_fpu_taskswitch, 1, 0, 0, 0);
		call(&m[n++], __HYPERVISOR_stack_switch, FLAT_KERNEL_SS, (u32)kernel_stack + STACK_BYTES, 0, 0);
		for (u32 i = 0; i < 3; i++) {
			ma = ((u64)frame << 12) + (6 + i) * 8;
			call(&m[n++], __HYPERVISOR_update_descriptor, LO(ma), HI(ma), LO(desc[i]), HI(desc[i]));
		}
		call(&m[n++], __HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, (u32)&iopl, 0, 0);
		call(&m[n++], __HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, (u32)&bitmap, 0, 0);
		call(&m[n++], __HYPERVISOR_mmuext_op, (u32)ext, 2, 0, DOMID_SELF);
		EXPECT_EQ(HYP(multicall, m, n, 0, 0, 0), 0);
		for (u32 i = 0; i < n; i++)
			EXPECT_OF(i, m[i].result, 0);
		EXPECT_EQ(user(below_base, 6 * 8 + 3), round ? thread2[0] : thread[0]);
		desc[0] = BASED(USER_DATA_SEGMENT, &thread2[1]);
		iopl.iopl = 0;
	}
	EXPECT_EQ(HYP(fpu_taskswitch, 0, 0, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_gdt, 0, 0, 0, 0, 0), 0);
	make_writable(gdt);
}

/* Systems with a table as long as it may be, in as many frames. */
CHECK(long_descriptor_table)
{
	enum { PAGES = 14, LAST = PAGES * 512 - 1 };
	u64 *page[PAGES];
	u32 frames[PAGES];

	for (u32 i = 0; i < PAGES; i++) {
		page[i] = alloc_page();
		page[i][511] = i == PAGES - 1 ? BASED(USER_DATA_SEGMENT, &thread[1]) : 0;
		frames[i] = virt_to_mfn(page[i]);
		make_readonly(page[i]);
	}
	EXPECT_EQ(HYP(set_gdt, frames, PAGES * 512, 0, 0, 0), 0);
	EXPECT_EQ(user(below_base, LAST * 8 + 3), thread[0]);
	EXPECT_EQ(user(below_base, (LAST - 512) * 8 + 3), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(HYP(set_gdt, 0, 0, 0, 0, 0), 0);
	for (u32 i = 0; i < PAGES; i++)
		make_writable(page[i]);
}

/* --- page tables --- */

/* As compilers wrote a kernel's entry operations; the lock prefix becomes a segment's where there is one CPU. */
CHECK(written_as_kernels_do)
{
	u8 *p = alloc_page(), *alias = alloc_page();
	volatile u64 *e = walk_l1((u32)p);
	const u64 mine = virt_to_mfn(p) << 12 | PTE_RW, keep = virt_to_mfn(alias) << 12 | PTE_RW;
	u32 lo, hi;
	u8 carry;

	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	/* ptep_get_and_clear: the lower half exchanged, the upper one read and written. */
	lo = 0;
	EXPECT_EQ(TRY(asm volatile ("xchgl %0, %1" : "+r" (lo), "+m" (*(volatile u32 *)e))), NO_TRAP);
	EXPECT_EQ(lo, LO(mine));
	EXPECT_EQ(TRY(((volatile u32 *)e)[1] = 0), NO_TRAP);
	EXPECT_EQ(*e, 0);
	/* set_64bit with ds: in place of lock. */
	lo = hi = 0;
	EXPECT_EQ(TRY(asm volatile ("1: movl (%2), %%eax; movl 4(%2), %%edx; .byte 0x3e; cmpxchg8b (%2); jnz 1b"
				    : "+a" (lo), "+d" (hi) : "D" (e), "b" (LO(mine)), "c" (HI(mine)) : "memory")), NO_TRAP);
	EXPECT_EQ(TRY(*p = 1), NO_TRAP);
	/* The upper half first, of an entry that is present: not there until the lower follows. */
	EXPECT_EQ(TRY(((volatile u32 *)e)[1] = 0x3ff), NO_TRAP);
	EXPECT_EQ((u32)*e & PTE_P, 0);
	EXPECT_EQ(TRY(((volatile u32 *)e)[1] = HI(mine)), NO_TRAP);
	EXPECT_EQ(TRY(*(volatile u32 *)e = LO(mine)), NO_TRAP);
	EXPECT_EQ(*e & ~(u64)(PTE_A | PTE_D), mine & ~(u64)(PTE_A | PTE_D));
	/* set_wrprotect, test_and_clear of accessed and dirty, mkwrite. */
	EXPECT_EQ(TRY(asm volatile ("lock; andb $0xfd, %0" : "+m" (*(volatile u8 *)e))), NO_TRAP);
	EXPECT_EQ(*e & PTE_W, 0);
	*(volatile u8 *)p;
	EXPECT_EQ(TRY(asm volatile ("lock; btrl $5, %0; setc %1" : "+m" (*(volatile u32 *)e), "=q" (carry))), NO_TRAP);
	EXPECT_EQ(carry, 1);
	EXPECT_EQ(TRY(asm volatile (".byte 0x3e; btrl %2, %0; setc %1" : "+m" (*(volatile u32 *)e), "=q" (carry) : "r" (6))), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("orl $2, %0" : "+m" (*(volatile u32 *)e))), NO_TRAP);
	EXPECT_EQ(*e & PTE_W, PTE_W);
	EXPECT_EQ(TRY(*p = 1), NO_TRAP);
	/* A table above lowmem is written by way of a mapping made for the moment. */
	EXPECT_EQ(set_pte(alias, virt_to_mfn((void *)((u32)e & ~4095u)) << 12 | PTE_P | PTE_A), 0);
	EXPECT_EQ(TRY(*(volatile u32 *)(alias + ((u32)e & 4095)) = 0), NO_TRAP);
	EXPECT_EQ((u32)*e, 0);
	EXPECT_EQ(set_pte(alias, keep), 0);
	EXPECT_EQ(set_pte(p, mine), 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
}

/* Kernels with their tables above lowmem: no address is such a table's, but for a moment. */
CHECK(tables_that_nobody_maps)
{
	u64 *t = alloc_page(), *alias = alloc_page(), *l2 = TABLE_IN(3);
	const u64 table = virt_to_mfn(t), keep = PTE(virt_to_mfn(alias), PTE_RW), data = PTE(virt_to_mfn(alloc_page()), PTE_RW);
	const u64 slot = (virt_to_mfn(l2) << 12) + 0x182 * 8;
	u8 *at = (u8 *)0xc0000000u + (0x182u << 21);

	EXPECT_EQ(l2[0x182], 0);
	t[0] = data;
	EXPECT_EQ(set_pte(t, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, table, 0), 0);
	EXPECT_EQ(mmu_update_one(slot, PTE(table, PTE_RW)), 0);
	EXPECT_EQ(TRY(*(volatile u8 *)at = 1), NO_TRAP);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(set_pte(alias, PTE(table, PTE_RW)), -EBUSY);
	EXPECT_EQ(set_pte(alias, PTE(table, PTE_RO)), 0);
	EXPECT_EQ(alias[0], data | PTE_A | PTE_D);
	EXPECT_EQ(TRY(write_new_entry(&alias[1], data)), NO_TRAP);
	EXPECT_EQ(TRY(write_new_entry(&alias[2], PTE(table, PTE_RW))), TRAP_PF);
	EXPECT_EQ(set_pte(alias, keep), 0);
	EXPECT_EQ(TRY(*(volatile u8 *)(at + PAGE_BYTES) = 2), NO_TRAP);
	EXPECT_EQ(TRY(*(volatile u8 *)(at + 2 * PAGE_BYTES) = 3), TRAP_PF);
	EXPECT_EQ(*at, 2);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(mmu_update_one(slot, 0), 0);
	EXPECT_EQ(set_pte(t, PTE(table, PTE_RW)), -EBUSY);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, table, 0), 0);
	EXPECT_EQ(set_pte(t, PTE(table, PTE_RW)), 0);
}

/* BSD kernels see their page tables through the last page directory, which names all four, itself among them. */
CHECK(recursive_tables)
{
	const u64 l2 = virt_to_mfn(TABLE_IN(3)), slot = (l2 << 12) + 0x180 * 8;
	const u32 window = 0xc0000000u + (0x180u << 21);
	u64 *l2_va = TABLE_IN(3), *low;
	u32 first = VIRT_BASE >> 30;

	if (l2_va[0x180] || l2_va[0x181])
		return;
	EXPECT_EQ(mmu_update_one(slot, l2 << 12 | PTE_P | PTE_W | PTE_A), -EINVAL);
	EXPECT_EQ(mmu_update_one(slot, l2 << 12 | PTE_P | PTE_A), 0);
	if (first != 3) {
		low = TABLE_IN(first);
		EXPECT_EQ(mmu_update_one(slot + 8, virt_to_mfn(low) << 12 | PTE_P | PTE_A), 0);
		EXPECT_EQ(((volatile u64 *)(window + 0x181 * 4096ul))[1], low[1]);
		EXPECT_EQ(mmu_update_one(slot + 8, 0), 0);
	}
	/* The window's page N is the table that entry N names. */
	EXPECT_EQ(((volatile u64 *)(window + 0x180 * 4096ul))[0x180], l2_va[0x180]);
	EXPECT_EQ(TRY(*(volatile u32 *)(window + 0x180 * 4096ul) = 0), TRAP_PF);
	EXPECT_EQ(mmu_update_one(slot, 0), 0);
}

/* --- memory in one piece, before there was XENMEM_exchange --- */

CHECK(memory_in_one_piece)
{
	u8 *p = alloc_page(), *q = alloc_page();
	u32 frames[2] = { virt_to_mfn(p), virt_to_mfn(q) }, pfn = virt_to_pfn(p), got;
	struct { u32 extents, nr, order, flags; domid_t domid; } r = { (u32)frames, 2, 0, 0, DOMID_SELF };

	EXPECT_EQ(virt_to_pfn(q), pfn + 1);
	EXPECT_EQ(set_pte(p, 0), 0);
	EXPECT_EQ(set_pte(q, 0), 0);
	EXPECT_EQ(HYP(memory_op, XENMEM_decrease_reservation, &r, 0, 0, 0), 2);
	/* As machine frames, by the call that tells no pseudo-physical number; below 2 GiB. */
	r.extents = (u32)&got;
	r.nr = 1;
	r.order = 1;
	r.flags = XENMEMF_address_bits(31);
	EXPECT_EQ(HYP(memory_op, XENMEM_increase_reservation, &r, 0, 0, 0), 1);
	EXPECT_EQ(got & 1, 0);
	EXPECT(got + 1 < 0x80000);
	for (u32 i = 0; i < 2; i++) {
		EXPECT_EQ(mmu_update_one((u64)(got + i) << 12 | MMU_MACHPHYS_UPDATE, pfn + i), 0);
		EXPECT_EQ(set_pte(i ? q : p, (u64)(got + i) << 12 | PTE_RW), 0);
		((u32 *)si->mfn_list)[pfn + i] = got + i;
		EXPECT_EQ(M2P[got + i], pfn + i);
	}
	EXPECT_EQ(TRY(*p = *q = 1), NO_TRAP);
}

/* --- the machine, as the first dom0 kernels have it --- */

static void outb(u16 port, u8 v)
{
	asm volatile ("outb %0, %1" :: "a" (v), "d" (port));
}
static u8 inb(u16 port)
{
	u8 v;

	asm volatile ("inb %1, %0" : "=a" (v) : "d" (port));
	return v;
}
static u8 clock_read(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}
static void clock_write(u8 reg, u8 v)
{
	outb(0x70, reg);
	outb(0x71, v);
}

#define CLOCK_IRQ	8
#define CLOCK_B		11
#define CLOCK_C		12		/* what has interrupted; reading it lets the next one come */
#define CLOCK_PERIODIC	0x40

static u32 clock_port;
static volatile u32 clock_events;
static bool count_clock(struct regs *r)
{
	if (r->vector != VEC_EVENT)
		return false;
	vcpu_info(0)->evtchn_upcall_pending = 0;
	vcpu_info(0)->evtchn_pending_sel = 0;
	if (shared->evtchn_pending[clock_port / 32] & 1ul << clock_port % 32) {
		shared->evtchn_pending[clock_port / 32] &= ~(1ul << clock_port % 32);
		clock_events++;
	}
	return true;
}

/* A vector asked for, the I/O APIC's entry written, the interrupt bound: none of it by map_pirq. */
CHECK(interrupts_by_vector)
{
	struct physdev_op op = { .cmd = PHYSDEVOP_set_iopl, .u.set_iopl = { 1 } };
	struct evtchn_op bind = { .cmd = EVTCHNOP_bind_pirq, .u.bind_pirq = { .pirq = CLOCK_IRQ } };
	u32 vector;

	if (!is_dom0)
		return;
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	op = (struct physdev_op){ .cmd = PHYSDEVOP_apic_read, .u.apic_op = { 0xfec00000, 1, 0 } };
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	EXPECT_EQ(op.u.apic_op.value >> 16 & 0xff, 23);
	op = (struct physdev_op){ .cmd = PHYSDEVOP_alloc_irq_vector, .u.irq_op = { .irq = CLOCK_IRQ } };
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	vector = op.u.irq_op.vector;
	for (u32 half = 2; half-- > 0;) {
		op = (struct physdev_op){ .cmd = PHYSDEVOP_apic_write,
					  .u.apic_op = { 0xfec00000, 0x10 + 2 * CLOCK_IRQ + half, half ? 1u << 24 : vector } };
		EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	}
	EXPECT_EQ(HYP(event_channel_op_compat, &bind, 0, 0, 0, 0), 0);
	clock_port = bind.u.bind_pirq.port;
	EXPECT(clock_port != 0);
	trap_hook = count_clock;
	shared->evtchn_mask[clock_port / 32] &= ~(1ul << clock_port % 32);
	op = (struct physdev_op){ .cmd = PHYSDEVOP_IRQ_UNMASK_NOTIFY };
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
	vcpu_info(0)->evtchn_upcall_mask = 0;
	clock_write(CLOCK_B, clock_read(CLOCK_B) | CLOCK_PERIODIC);
	clock_read(CLOCK_C);
	for (u32 i = 0, seen = 0; clock_events < 3 && i < 300000; i++) {
		HYP(sched_op_compat, 0, 0, 0, 0, 0);
		if (clock_events != seen) {
			seen = clock_events;
			clock_read(CLOCK_C);
		}
	}
	EXPECT(clock_events >= 3);
	clock_write(CLOCK_B, clock_read(CLOCK_B) & ~CLOCK_PERIODIC);
	clock_read(CLOCK_C);
	vcpu_info(0)->evtchn_upcall_mask = 1;
	bind = (struct evtchn_op){ .cmd = EVTCHNOP_close, .u.close = { clock_port } };
	EXPECT_EQ(HYP(event_channel_op_compat, &bind, 0, 0, 0, 0), 0);
	op = (struct physdev_op){ .cmd = PHYSDEVOP_set_iopl, .u.set_iopl = { 0 } };
	EXPECT_EQ(HYP(physdev_op_compat, &op, 0, 0, 0, 0), 0);
}

/* The time of day by seconds in 32 bits. */
CHECK(clock_set)
{
	struct xen_platform_op op = { .cmd = XENPF_settime32, .interface_version = XENPF_INTERFACE_VERSION };
	const u32 was = shared->wc_sec, version = shared->wc_version;
	const u64 now = vcpu_info(0)->time.system_time;
	u32 up = 0;

	if (!is_dom0)
		return;
	while (now >= (up + 1) * 1000000000ull)
		up++;
	op.u.settime32 = (struct xenpf_settime32){ .secs = was + 1000 + up, .nsecs = 0, .system_time = now };
	EXPECT_EQ(HYP(platform_op, &op, 0, 0, 0, 0), 0);
	EXPECT(shared->wc_version != version && !(shared->wc_version & 1));
	EXPECT(shared->wc_sec - was >= 998 && shared->wc_sec - was <= 1001);
	op.u.settime32.secs -= 1000;
	EXPECT_EQ(HYP(platform_op, &op, 0, 0, 0, 0), 0);
}
