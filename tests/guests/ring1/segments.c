// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks by descriptors, selectors, far transfers and stacks. The kernel is
 * supervisor code to the CPU: nothing it builds may lead it to ring 0, to 64-bit
 * code, or above 4 GiB.
 */
#include "ring1.h"

#define L_BIT		(1ull << 53)
#define D_BIT		(1ull << 54)

u64 *gdt;

void use_gdt(void)
{
	xen_pfn_t frame;

	if (!gdt) {
		gdt = alloc_page();
		make_readonly(gdt);
	}
	frame = virt_to_mfn(gdt);
	EXPECT_EQ(HYP(set_gdt, &frame, 512, 0, 0, 0), 0);
}

long put(unsigned int n, u64 descriptor)
{
	return update_descriptor((virt_to_mfn(gdt) << 12) + n * 8, descriptor);
}

CHECK(system_descriptors)
{
	use_gdt();
	for (u32 type = 1; type < 16; type++)
		for (u32 dpl = 0; dpl < 4; dpl++) {
			EXPECT_OF(type << 4 | dpl, put(4, FLAT(0x80 | dpl << 5 | type)), -EINVAL);
			/* Not present: it may say what it likes. */
			EXPECT_OF(type << 4 | dpl, put(4, FLAT(dpl << 5 | type)), 0);
		}
	EXPECT_EQ(put(4, FLAT(0x80)), -EINVAL);
	EXPECT_EQ(put(4, 0), 0);
}

CHECK(descriptor_levels)
{
	use_gdt();
	for (u32 type = 0; type < 16; type++)
		for (u32 dpl = 0; dpl < 4; dpl++) {
			EXPECT_OF(type << 4 | dpl, put(4, FLAT(0x90 | dpl << 5 | type)), 0);
			EXPECT_OF(type << 4 | dpl, gdt[4] >> 45 & 3, dpl ? dpl : 1);
			EXPECT_OF(type << 4 | dpl, gdt[4] >> 40 & 1, 1);
			/* 64-bit code, with and without the bit that contradicts it. */
			EXPECT_OF(type << 4 | dpl, put(4, (FLAT(0x90 | dpl << 5 | type) | L_BIT) & ~D_BIT), type & 8 ? -EINVAL : 0);
			EXPECT_OF(type << 4 | dpl, put(4, FLAT(0x90 | dpl << 5 | type) | L_BIT), type & 8 ? -EINVAL : 0);
		}
	EXPECT_EQ(put(4, 0), 0);
}

CHECK(tables_as_they_are)
{
	u64 *t = alloc_page();
	u32 frame = virt_to_mfn(t);
	static const u64 bad[] = { FLAT(0x8c), FLAT(0xec), FLAT(0xee), FLAT(0x89), FLAT(0x82), FLAT(0x9b) | L_BIT };

	/* Mapped writable it is no table. */
	EXPECT_EQ(HYP(set_gdt, &frame, 512, 0, 0, 0), -EINVAL);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		make_writable(t);
		t[511] = bad[i];
		make_readonly(t);
		EXPECT_OF(i, HYP(set_gdt, &frame, 512, 0, 0, 0), -EINVAL);
		EXPECT_OF(i, mmuext(MMUEXT_SET_LDT, (u32)t, 512), 0);
		EXPECT_OF(i, TRY(asm volatile ("mov %0, %%fs" :: "r" (511 * 8 + 7))) != NO_TRAP, 1);
		EXPECT_OF(i, TRY(asm volatile ("lcall *%0" :: "m" (*(u8 (*)[6])&(struct { u32 o; u16 s; }){ 0, 511 * 8 + 7 }))) != NO_TRAP, 1);
		EXPECT_OF(i, mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	}
	make_writable(t);
	/* In use it is not writable. */
	EXPECT_EQ(set_pte(gdt, PTE(virt_to_mfn(gdt), PTE_RW)), -EBUSY);
	EXPECT_EQ(HYP(set_gdt, &frame, 512 * 14 + 1, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_gdt, 0xfffffff0, 512 * 14, 0, 0, 0), -EFAULT);
	frame = virt_to_mfn(ROOT);
	EXPECT_EQ(HYP(set_gdt, &frame, 512, 0, 0, 0), -EINVAL);
}

/* --- selectors --- */

static int far_call(u16 sel, u32 to)
{
	struct { u32 offset; u16 sel; } __attribute__((packed)) p = { to, sel };

	return TRY(asm volatile ("lcall *%0" :: "m" (p)));
}
static int far_jump(u16 sel, u32 to)
{
	struct { u32 offset; u16 sel; } __attribute__((packed)) p = { to, sel };

	return TRY(asm volatile ("ljmp *%0" :: "m" (p)));
}
static int far_return(u16 sel, u32 to)
{
	return TRY(asm volatile ("pushl %0; pushl %1; lret" :: "r" ((u32)sel), "r" (to)));
}

extern u8 landing[];
asm (".globl landing; landing: ud2");

CHECK(every_code_selector)
{
	use_gdt();
	EXPECT_EQ(put(1, FLAT(0xbb)), 0);	/* ring 1 */
	EXPECT_EQ(put(2, FLAT(0x9b)), 0);	/* ring 0, raised */
	EXPECT_EQ(put(3, FLAT(0xbf)), 0);	/* ring 1, conforming */
	EXPECT_EQ(put(4, FLAT(0x9f)), 0);	/* ring 0, conforming, raised */
	EXPECT_EQ(put(5, FLAT(0xfb)), 0);	/* ring 3 */
	EXPECT_EQ(put(6, FLAT(0xdb)), 0);	/* ring 2 */
	for (u32 sel = 0; sel < 0x10000; sel = sel == 0x80 ? 0xdf00 : sel == 0xe200 ? 0xff00 : sel + 1) {
		int j = far_jump(sel, (u32)landing);

		if (j == TRAP_UD)
			EXPECT_OF(sel, REGS_CS(&trap.regs) & 3, 1);
		else
			EXPECT_OF(sel, j == TRAP_GP || j == TRAP_NP || j == TRAP_PF, 1);
		if (j == TRAP_UD) {
			EXPECT_OF(sel, sel < 0x28 || (sel & ~7) == 0xe018, 1);
			EXPECT_OF(sel, (sel & 4), 0);
		}
		j = far_call(sel, (u32)landing);
		if (j == TRAP_UD)
			EXPECT_OF(sel, REGS_CS(&trap.regs) & 3, 1);
		/* Returns go outwards only, to ring 2 if what is on the stack happens to be one for it. */
		j = far_return(sel, (u32)landing);
		if (j == TRAP_UD)
			EXPECT_OF(sel, (REGS_CS(&trap.regs) & 3) >= 1, 1);
	}
}

CHECK(every_data_selector)
{
	use_gdt();
	for (u32 sel = 0; sel < 0x10000; sel = sel == 0x80 ? 0xdf00 : sel == 0xe200 ? 0xff00 : sel + 1) {
		int v = TRY(asm volatile ("mov %0, %%fs" :: "r" (sel)));

		if (v == NO_TRAP && sel > 3) {
			u32 lar;

			asm volatile ("lar %1, %0" : "=r" (lar) : "r" (sel) : "cc");
			EXPECT_OF(sel, (lar >> 13 & 3) >= 1, 1);
		}
		if ((sel & ~7) == 0xe008 || (sel & ~7) == 0xe010 || (sel & ~7) == 0xe038)
			EXPECT_OF(sel, v, TRAP_GP);
		TRY(asm volatile ("mov %0, %%ss; mov %1, %%ss" :: "r" (sel), "r" (FLAT_KERNEL_SS)));
		asm volatile ("mov %0, %%ss" :: "r" (FLAT_KERNEL_SS));
	}
	asm volatile ("mov %0, %%fs" :: "r" (0));
}

/* A segment that begins high and one that ends nowhere: linear addresses are of 32 bits. */
CHECK(addresses_wrap)
{
	static volatile u32 there = 0x600d600d;
	u32 v = 0;

	use_gdt();
	EXPECT_EQ(put(8, BASED(0xb3, 0xfffff000)), 0);
	asm volatile ("mov %0, %%fs" :: "r" (8 * 8 + 1));
	EXPECT_EQ(TRY(asm volatile ("movl %%fs:(%1), %0" : "=r" (v) : "r" ((u32)&there + 0x1000))), NO_TRAP);
	EXPECT_EQ(v, 0x600d600d);
	EXPECT_EQ(TRY(asm volatile ("movl %%fs:(%1), %0" : "=r" (v) : "r" (0))), TRAP_PF);
	EXPECT_EQ(trap.cr2, 0xfffff000);
	EXPECT_EQ(TRY(asm volatile ("movl %%fs:(%1), %0" : "=r" (v) : "r" (0xffc))), TRAP_PF);
	EXPECT_EQ(trap.cr2, 0xfffffffc);
	/* One that straddles the end. */
	EXPECT_EQ(TRY(asm volatile ("movl %%fs:(%1), %0" : "=r" (v) : "r" (0xffe))), TRAP_PF);
	asm volatile ("mov %0, %%fs" :: "r" (0));
	for (u32 a = 0xf6800000; a; a += 0x200000)
		EXPECT_OF(a, TRY(*(volatile u32 *)a), TRAP_PF);
	for (u32 a = 0xf5800000; a < 0xf6800000; a += 0x200000)
		EXPECT_OF(a, TRY(*(volatile u32 *)a = 0), TRAP_PF);
}

/* --- stacks with a base --- */

static noinline word just_80(word x)
{
	u32 r;

	asm volatile ("int $0x80" : "=a" (r) : "0" (0x5252), "b" (x) : "memory");
	return r;
}
static u32 frame_at;
static bool note_frame(struct regs *r)
{
	/* Its address by the flat segment: our own stack's base is part of what is looked for. */
	if (r->vector != 0x80 || r->eax != 0x5252)
		return false;
	frame_at = (u32)r;
	r->eax = r->ebx + 1;
	return true;
}

CHECK(kernel_stack_by_selector)
{
	use_gdt();
	EXPECT_EQ(put(9, FLAT(0xb3)), 0);
	trap_hook = note_frame;
	/* A flat one of the guest's own, as Linux has. */
	EXPECT_EQ(HYP(stack_switch, 9 * 8, kernel_stack + STACK_BYTES, 0, 0, 0), 0);
	EXPECT_EQ(user(just_80, 7), 8);
	EXPECT_EQ(frame_at + sizeof(struct regs), (u32)kernel_stack + STACK_BYTES);
	EXPECT_EQ(HYP(stack_switch, FLAT_KERNEL_SS, kernel_stack + STACK_BYTES, 0, 0, 0), 0);
}

/* --- LDT --- */

static noinline word ldt_user(word x)
{
	u32 v;

	asm volatile ("mov %1, %%gs; movl %%gs:4, %0" : "=r" (v) : "r" (x));
	return v;
}
static u32 ldt_words[2] = { 1, 0x1d71d7 };

CHECK(local_tables)
{
	u64 *ldt = alloc_page();
	u64 ma = virt_to_mfn(ldt) << 12;

	ldt[0] = BASED(0xf3, ldt_words);
	ldt[1] = FLAT(0xfb);
	make_readonly(ldt);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (u32)ldt, 2), 0);
	EXPECT_EQ(user(ldt_user, 7), 0x1d71d7);
	EXPECT_EQ(set_pte(ldt, PTE(virt_to_mfn(ldt), PTE_RW)), -EBUSY);
	EXPECT_EQ(user(ldt_user, 2 * 8 + 7), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_GP);
	/* Code of it runs, in ring 3. */
	EXPECT_EQ(user_at((struct returned){ (u32)just_80, 8 + 7, EFLAGS_IF | 2, (u32)user_stack + 4000, FLAT_USER_SS }) != 1, 1);
	EXPECT_EQ(REGS_CS(&trap.regs), 8 + 7);
	/* Its descriptors are checked when they change, too. */
	EXPECT_EQ(update_descriptor(ma, FLAT(0xec)), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	make_writable(ldt);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0xfffff000, 1024), -EINVAL);
	/* In the hypervisor's range there is none. */
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0xf5800000, 512), 0);
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%gs" :: "r" (7))), TRAP_PF);
	EXPECT_EQ(trap.cr2 & ~7, 0xf5800000);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
}
