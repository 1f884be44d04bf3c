// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ring-1 kernels that are not Linux do and expect: faults with the error
 * codes of real hardware in both rings, string I/O in segments with limits, page
 * directories seen through four slots of the last one, no more ports than bits.
 */
#include "ring1.h"

/* Selectors 0x28 to 0x60. */
static void set_segments(void)
{
	static const u8 access[] = {
		0xf3, 0x73 /* not present */, 0x7b, 0xfb, 0xf1 /* read-only */, 0xf9 /* not readable */, 0xb3 /* ring 1 */,
	};

	use_gdt();
	for (unsigned int i = 0; i < sizeof(access); i++)
		EXPECT_EQ(put(5 + i, FLAT(access[i])), 0);
}

/* --- faults --- */

static u32 limits[2] = { 10, 20 };

#define DO(name, code...) static noinline word do_##name(word x) { code; return x; }
DO(de, asm volatile ("divl %%ecx" : : "a" (0), "d" (0), "c" (0)))
DO(bp, asm volatile ("int3"))
DO(into, asm volatile ("movb $0x7f, %%al; addb $1, %%al; into" : : : "eax", "cc"))
DO(no_into, asm volatile ("xorl %%eax, %%eax; into" : : : "eax", "cc"))
DO(bound, asm volatile ("bound %0, %1" : : "r" (x), "m" (limits)))
DO(ud, asm volatile ("ud2"))
DO(null, asm volatile ("movl 0x10, %%eax" : : : "eax"))
DO(write_null, asm volatile ("movl $1, 0x10" : : : "memory"))
DO(jump, ((void (*)(void))0x1000)())
DO(fs, asm volatile ("movw %w0, %%fs" : : "r" (x)); asm volatile ("movw %w0, %%fs" : : "r" (0)))
DO(ss, asm volatile ("movw %%ss, %%cx; movw %w0, %%ss; movw %%cx, %%ss" : : "r" (x) : "ecx"))
DO(lcall, struct { u32 to; u16 sel; } __attribute__((packed)) p = { (u32)do_null, x }; asm volatile ("lcall *%0" : : "m" (p)))
DO(hlt, asm volatile ("hlt"))
DO(lgdt, asm volatile ("lgdt (%0)" : : "r" (limits)))
DO(lldt, asm volatile ("lldt %w0" : : "r" (0)))
DO(ltr, asm volatile ("ltr %w0" : : "r" (0)))
DO(smsw, u32 v; asm volatile ("smsw %0" : "=r" (v)))
DO(cr0, u32 v; asm volatile ("movl %%cr0, %0" : "=r" (v)))
DO(rdmsr, asm volatile ("rdmsr" : : "c" (0xc0000080) : "eax", "edx"))
DO(clts, asm volatile ("clts"))
DO(cpuid, asm volatile ("ud2a; .ascii \"xen\"; cpuid" : : "a" (0) : "ebx", "ecx", "edx"))
DO(mf, static const u16 cw = 0x0340; u16 c = cw; asm volatile ("fninit; fldcw %0; fldz; fldz; fdivrp; fwait" : : "m" (c)))
DO(popf, asm volatile ("pushfl; orl $0x3000, (%%esp); popfl" : : : "cc"))
DO(int_21, asm volatile ("int $0x21"))
DO(int_14, asm volatile ("int $14"))

#define FINE	NO_TRAP
static const struct { word (*run)(word); word arg; s16 kernel; u16 kernel_error; s16 user; u16 user_error; } faults[] = {
	{ do_de, 0, TRAP_DE, 0, TRAP_DE, 0 }, { do_bp, 0, TRAP_BP, 0, TRAP_BP, 0 }, { do_into, 0, TRAP_OF, 0, TRAP_OF, 0 },
	{ do_no_into, 0, FINE, 0, FINE, 0 }, { do_bound, 15, FINE, 0, FINE, 0 }, { do_bound, 21, 5, 0, 5, 0 },
	{ do_bound, 9, 5, 0, 5, 0 }, { do_ud, 0, TRAP_UD, 0, TRAP_UD, 0 }, { do_null, 0, TRAP_PF, 0, TRAP_PF, 4 },
	{ do_write_null, 0, TRAP_PF, 2, TRAP_PF, 6 }, { do_jump, 0, TRAP_PF, 0x10, TRAP_PF, 0x14 },
	{ do_fs, 0, FINE, 0, FINE, 0 }, { do_fs, 3, FINE, 0, FINE, 0 }, { do_fs, 0x2b, FINE, 0, FINE, 0 },
	{ do_fs, 0x33, TRAP_NP, 0x30, TRAP_NP, 0x30 }, { do_fs, 0x3b, TRAP_NP, 0x38, TRAP_NP, 0x38 },
	{ do_fs, 0x43, FINE, 0, FINE, 0 }, { do_fs, 0x4b, FINE, 0, FINE, 0 }, { do_fs, 0x53, TRAP_GP, 0x50, TRAP_GP, 0x50 },
	{ do_fs, 0x59, FINE, 0, TRAP_GP, 0x58 }, { do_fs, 0x5b, TRAP_GP, 0x58, TRAP_GP, 0x58 },
	{ do_fs, 0x1003, TRAP_GP, 0x1000, TRAP_GP, 0x1000 }, { do_fs, 0x2f, TRAP_GP, 0x2c, TRAP_GP, 0x2c },
	{ do_fs, 0xe021, FINE, 0, TRAP_GP, 0xe020 }, { do_fs, 0xe008, TRAP_GP, 0xe008, TRAP_GP, 0xe008 },
	{ do_fs, 0xe010, TRAP_GP, 0xe010, TRAP_GP, 0xe010 }, { do_fs, 0xfffb, TRAP_GP, 0xfff8, TRAP_GP, 0xfff8 },
	{ do_ss, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_ss, 0x2b, TRAP_GP, 0x28, FINE, 0 }, { do_ss, 0x59, FINE, 0, TRAP_GP, 0x58 },
	{ do_ss, 0x33, TRAP_GP, 0x30, TRAP_SS, 0x30 }, { do_ss, 0x4b, TRAP_GP, 0x48, TRAP_GP, 0x48 },
	{ do_lcall, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_lcall, 0x3b, TRAP_GP, 0x38, TRAP_NP, 0x38 },
	{ do_lcall, 0x2b, TRAP_GP, 0x28, TRAP_GP, 0x28 }, { do_lcall, 0xe008, TRAP_GP, 0xe008, TRAP_GP, 0xe008 },
	{ do_hlt, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_lgdt, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_lldt, 0, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_ltr, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_smsw, 0, FINE, 0, FINE, 0 }, { do_cr0, 0, FINE, 0, TRAP_GP, 0 },
	{ do_rdmsr, 0, FINE, 0, TRAP_GP, 0 }, { do_clts, 0, FINE, 0, TRAP_GP, 0 }, { do_cpuid, 0, FINE, 0, FINE, 0 },
	{ do_mf, 0, 16, 0, 16, 0 }, { do_popf, 0, FINE, 0, FINE, 0 }, { do_int_21, 0, 0x21, 0, TRAP_GP, 0x21 << 3 | 2 },
	{ do_int_14, 0, 0x41, 0, TRAP_GP, 14 << 3 | 2 },
};

CHECK(faults_in_both_rings)
{
	set_segments();
	for (u32 i = 0; i < ARRAY_SIZE(faults); i++) {
		/* INT pushes no error code: the stub of a vector that has none. */
		if (faults[i].run == do_int_14)
			set_trap(TRAP_PF, 4, (word)trap_stubs + 0x41 * 16);
		EXPECT_OF(i, TRY(faults[i].run(faults[i].arg)), faults[i].kernel);
		if (trap.vector != NO_TRAP) {
			EXPECT_OF(i, trap.error, faults[i].kernel_error);
			EXPECT_OF(i, REGS_CS(&trap.regs) & 3, 1);
		}
		asm volatile ("fninit");
		default_traps();
		user(faults[i].run, faults[i].arg);
		EXPECT_OF(i, trap.vector, faults[i].user);
		if (trap.vector != NO_TRAP) {
			EXPECT_OF(i, trap.error, faults[i].user_error);
			EXPECT_OF(i, REGS_CS(&trap.regs) & 3, 3);
		}
		asm volatile ("fninit");
	}
}

/* --- string I/O in segments --- */

static u8 buffer[64] __attribute__((aligned(64)));

/* INS of n bytes through a selector; the trap. */
static int insb(u16 sel, u32 to, u32 n)
{
	u16 es;
	int v;

	asm volatile ("movw %%es, %0" : "=r" (es));
	v = TRY(asm volatile ("movw %w2, %%es; movl $0xed, %%edx; cld; rep insb; movw %%ss, %%cx; movw %%cx, %%es"
			      : "+D" (to), "+c" (n) : "a" ((u32)sel) : "edx", "memory"));
	asm volatile ("movw %0, %%es" : : "r" (es));
	return v;
}

static u32 count(u8 value)
{
	u32 n = 0;

	for (u32 i = 0; i < sizeof(buffer); i++)
		n += buffer[i] == value;
	return n;
}

CHECK(string_io_within_limits)
{
	struct physdev_set_iopl iopl = { 1 };
	u32 left = 8;

	set_segments();
	EXPECT_EQ(put(12, PART(0xb3, buffer, 15)), 0);
	EXPECT_EQ(put(13, PART(0xb1, buffer, 15)), 0);	/* read-only */
	EXPECT_EQ(put(14, PART(0xb7, buffer, 15)), 0);	/* expands down: from 16 on */
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iopl, &iopl, 0, 0, 0), 0);
	/* An empty port reads as ones. */
	memset(buffer, 0, sizeof(buffer));
	EXPECT_EQ(insb(0x61, 0, 16), NO_TRAP);
	EXPECT_EQ(count(0xff), 16);
	memset(buffer, 0, sizeof(buffer));
	EXPECT_EQ(insb(0x61, 12, left), TRAP_GP);
	EXPECT_EQ(trap.error, 0);
	EXPECT_EQ(count(0xff), 4);
	memset(buffer, 0, sizeof(buffer));
	EXPECT_EQ(insb(0x61, 16, 1), TRAP_GP);
	EXPECT_EQ(insb(0x61, ~0u, 1), TRAP_GP);
	EXPECT_EQ(insb(0x69, 0, 1), TRAP_GP);
	EXPECT_EQ(insb(0x71, 15, 1), TRAP_GP);
	EXPECT_EQ(insb(0, (u32)buffer, 1), TRAP_GP);
	EXPECT_EQ(count(0xff), 0);
	EXPECT_EQ(insb(0x71, 16, 2), NO_TRAP);
	EXPECT_EQ(count(0xff), 2);
	/* Reads: the same, and of a segment that cannot be written as well. */
	EXPECT_EQ(TRY(asm volatile ("pushl %%ds; movw %w0, %%ds; xorl %%esi, %%esi; movl $0xed, %%edx; outsb; popl %%ds"
				    : : "a" (0x69) : "esi", "edx", "memory")), NO_TRAP);
	iopl.iopl = 0;
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iopl, &iopl, 0, 0, 0), 0);
}

/* --- page tables --- */

#define SLOT	400		/* four entries of the last page directory from here on name the four directories */
#define LINEAR	(3u << 30 | SLOT << 21)

/* NetBSD's view of its page tables; and its updates of them, in one queue, accessed and dirty bits kept. */
CHECK(directories_in_four_slots)
{
	u64 *last = TABLE_IN(3), at = ROOT[3] & ~0xfffull & ~(1ull << 63);
	struct mmu_update q[4];
	u32 done;

	for (u32 i = 0; i < 3; i++)
		if (!(ROOT[i] & PTE_P)) {
			u64 *l2 = alloc_page();

			make_readonly(l2);
			EXPECT_EQ(mmu_update_one((virt_to_mfn(ROOT) << 12) + i * 8, virt_to_mfn(l2) << 12 | PTE_P), 0);
		}
	EXPECT_EQ(last[SLOT] | last[SLOT + 1] | last[SLOT + 2] | last[SLOT + 3], 0);
	for (u32 i = 0; i < 4; i++)
		q[i] = (struct mmu_update){ (at + (SLOT + i) * 8) | MMU_NORMAL_PT_UPDATE, (ROOT[i] & ~0xfffull) | PTE_P | PTE_A };
	done = 9;
	EXPECT_EQ(HYP(mmu_update, q, 4, &done, DOMID_SELF, 0), 0);
	EXPECT_EQ(done, 4);
	/* Each level-1 entry and each level-2 entry of the whole space, at its place. */
	EXPECT_EQ(((volatile u64 *)LINEAR)[VIRT_BASE >> 12] >> 12, virt_to_mfn((void *)VIRT_BASE));
	EXPECT_EQ(((volatile u64 *)(LINEAR + (LINEAR >> 9)))[VIRT_BASE >> 21], TABLE_IN(VIRT_BASE >> 30)[VIRT_BASE >> 21 & 511]);
	EXPECT_EQ(((volatile u64 *)(LINEAR + (LINEAR >> 9)))[(3 << 9) + SLOT], last[SLOT]);
	EXPECT_EQ(TRY(((volatile u64 *)LINEAR)[VIRT_BASE >> 12] = 0), TRAP_PF);
	EXPECT_EQ(trap.error, 3);
	EXPECT_EQ(HYP(update_va_mapping, LINEAR + (VIRT_BASE >> 9), 0, 0, 0, 0), -EINVAL);
	/* Never writable, whatever was there. */
	for (u32 i = 0; i < 4; i++) {
		EXPECT_OF(i, mmu_update_one(q[i].ptr, q[i].val | PTE_W), -EINVAL);
		EXPECT_OF(i, mmu_update_one(q[i].ptr | MMU_PT_UPDATE_PRESERVE_AD, q[i].val | PTE_W), -EINVAL);
		EXPECT_OF(i, mmu_update_one(q[i].ptr | MMU_PT_UPDATE_PRESERVE_AD, q[i].val & ~PTE_A), 0);
		EXPECT_OF(i, !!(last[SLOT + i] & PTE_A), 1);
		EXPECT_OF(i, mmu_update_one(q[i].ptr, 0), 0);
	}
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	/* A large page has no place in there, nor in an entry that changes its flags only. */
	EXPECT_EQ(mmu_update_one(q[0].ptr, 0x200000 | PTE_P | PTE_W | 0x80), -EINVAL);
	EXPECT_EQ(mmu_update_one((ROOT[0] & ~0xfffull), (TABLE_IN(0)[0] & ~0xfffull) | PTE_P | PTE_W | 0x80), -EINVAL);
}

/*
 * XSA-185: the CPU never looks at the writable bit of a PAE root's entries, so that
 * they are writable whatever they say: a root cannot be seen through one of them.
 */
CHECK(no_root_in_a_root)
{
	const u64 at = virt_to_mfn(ROOT) << 12;
	u64 *other = alloc_page(), *last = alloc_page();

	for (u32 slot = 0; slot < 4; slot++) {
		const u64 was = ROOT[slot];

		EXPECT_OF(slot, mmu_update_one(at + slot * 8, at | PTE_P), -EINVAL);
		EXPECT_OF(slot, mmu_update_one(at + slot * 8, at | PTE_P | PTE_A | PTE_U), -EINVAL);
		EXPECT_OF(slot, mmu_update_one(at + slot * 8 + MMU_PT_UPDATE_PRESERVE_AD, at | PTE_P), -EINVAL);
		EXPECT_OF(slot, ROOT[slot], was);
	}
	for (u32 slot = 0; slot < 3; slot++) {
		memset(other, 0, PAGE_BYTES);
		memset(last, 0, PAGE_BYTES);
		other[3] = virt_to_mfn(last) << 12 | PTE_P;
		other[slot] = virt_to_mfn(slot ? ROOT : other) << 12 | PTE_P;
		make_readonly(other);
		make_readonly(last);
		EXPECT_OF(slot, mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(other), 0), -EINVAL);
		make_writable(last);
		make_writable(other);
	}
}

/* --- events --- */

CHECK(no_port_beyond_the_bits)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_close c;
	u32 highest = 0, first = 0;
	long rc;

	while (!(rc = HYP(event_channel_op, EVTCHNOP_alloc_unbound, &a, 0, 0, 0)) && a.port < 5000) {
		first = first ? first : a.port;
		highest = a.port > highest ? a.port : highest;
	}
	EXPECT_EQ(rc, -28);
	EXPECT_EQ(highest, 1023);
	for (c.port = first; c.port <= highest; c.port++)
		HYP(event_channel_op, EVTCHNOP_close, &c, 0, 0, 0);
}

CHECK(polls_of_nothing)
{
	struct { u32 ports, nr, lo, hi; } p = { 0, 1, 1, 0 };

	EXPECT_EQ(HYP(sched_op, SCHEDOP_poll, &p, 0, 0, 0), -EFAULT);
	p.ports = 0xfffffffe;
	EXPECT_EQ(HYP(sched_op, SCHEDOP_poll, &p, 0, 0, 0), -EFAULT);
	p.nr = 129;
	EXPECT_EQ(HYP(sched_op, SCHEDOP_poll, &p, 0, 0, 0), -EINVAL);
	p.nr = 0;
	p.ports = 0;
	EXPECT_EQ(HYP(sched_op, SCHEDOP_poll, &p, 0, 0, 0), 0);
}

/* An exchange whose lists lead beyond 4 GiB when the count of what is done is added. */
CHECK(exchanges_that_lead_away)
{
	struct { u32 list, nr, order, flags; u32 domid; } in = { 0, 2, 0, 0, DOMID_SELF };
	static const struct { u32 start, done; } t[] = {
		{ 0xfffffffc, 1 }, { 0xf5800000, 0 }, { 0xf57ffffc, 1 }, { 4, 0x3fffffff }, { 0xfffffff0, 4 }, { 0, 0xffffffff },
	};
	static u32 list[2];

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct { u32 in[5], out[5], done; } e;

		in.list = (u32)list;
		memcpy(e.in, &in, sizeof(in));
		in.list = t[i].start;
		memcpy(e.out, &in, sizeof(in));
		e.done = t[i].done;
		list[0] = virt_to_mfn(list);
		EXPECT_OF(i, HYP(memory_op, XENMEM_exchange, &e, 0, 0, 0) < 0, 1);
	}
}
