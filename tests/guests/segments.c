// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks by descriptors, selectors and return frames: nothing that a guest
 * builds may lead to another privilege level, into the hypervisor, or to a
 * fault that the hypervisor takes for its own. What each ABI has alone is under
 * WORD_HAS_64_BITS here, and in ring1/segments.c and ring1/attacks.c.
 */
#include "lib.h"

#define DESC_DATA3	0x00cff3000000ffffull	/* flat, ring 3, accessed */
#define DESC_CODE64	0x00affb000000ffffull
#define DESC_CODE32	0x00cffb000000ffffull

/* One page of descriptors in force as GDT, writable only by update_descriptor. */
static u64 *gdt;
static xen_pfn_t gdt_mfn;

static void use_gdt(void)
{
	if (!gdt) {
		gdt = alloc_page();
		make_readonly(gdt);
		gdt_mfn = virt_to_mfn(gdt);
	}
	EXPECT_EQ(HYP(set_gdt, &gdt_mfn, 512, 0, 0, 0), 0);
}

static long put_descriptor(unsigned int n, u64 desc)
{
	return update_descriptor(((u64)gdt_mfn << 12) + n * 8, desc);
}

#if WORD_HAS_64_BITS
static u64 descriptor(u32 type_and_dpl, bool l)
{
	return 0x000f00000000ffffull | (u64)type_and_dpl << 40 | 1ull << 55 | (l ? 1ull << 53 : 1ull << 54);
}

/* --- descriptors --- */

CHECK(system_descriptors_refused)
{
	use_gdt();
	/* Present ones of every type but 0, at every level: TSSs, LDTs, gates of all sizes. */
	for (u32 type = 1; type < 16; type++)
		for (u32 dpl = 0; dpl < 4; dpl++)
			EXPECT_EQ_OF(put_descriptor(4, descriptor(0x80 | dpl << 5 | type, false)), -EINVAL,
				     "type %u, level %u", type, dpl);
	for (u32 dpl = 0; dpl < 3; dpl++)
		EXPECT_EQ_OF(put_descriptor(4, descriptor(0x80 | dpl << 5, false)), -EINVAL, "level %u", dpl);
	/* Not present: loading it faults, whatever it is. */
	for (u32 type = 0; type < 16; type++)
		EXPECT_EQ_OF(put_descriptor(4, descriptor(type, false)), 0, "type %u", type);
	EXPECT_EQ(put_descriptor(4, 0), 0);
	EXPECT_EQ(gdt[4], 0);
}

CHECK(descriptor_levels_raised)
{
	use_gdt();
	for (u32 type = 16; type < 32; type++) {
		for (u32 dpl = 0; dpl < 4; dpl++) {
			for (int l = 0; l < 2; l++) {
				EXPECT_EQ_OF(put_descriptor(4, descriptor(0x80 | dpl << 5 | type, l)), 0,
					     "type %u, level %u", type, dpl);
				EXPECT_EQ_OF((gdt[4] >> 45) & 3, 3, "type %u, level %u", type, dpl);
				EXPECT_EQ_OF((gdt[4] >> 40) & 1, 1, "accessed: type %u, level %u", type, dpl);
			}
		}
	}
	EXPECT_EQ(put_descriptor(4, 0), 0);
}

CHECK(descriptor_table_with_gates_refused)
{
	static const u8 bad[] = { 0x82, 0x89, 0x8b, 0x8c, 0x8e, 0x8f, 0x85, 0xec, 0xee, 0xe9, 0xe2, 0x80 };
	u64 *t = alloc_page(), mfn = virt_to_mfn(t);

	for (unsigned int i = 0; i < sizeof(bad); i++) {
		make_writable(t);
		t[300] = descriptor(bad[i], false);
		make_readonly(t);
		EXPECT_EQ_OF(HYP(set_gdt, &mfn, 512, 0, 0, 0), -EINVAL, "%#x", bad[i]);
		EXPECT_EQ_OF(mmuext(MMUEXT_SET_LDT, (word)t, 512), 0, "%#x", bad[i]);
		/* The LDT is looked at when it is used: then the selector does not load. */
		EXPECT_EQ_OF(TRY(asm volatile ("mov %0, %%es" :: "r" (300 * 8 | 7))), TRAP_PF, "%#x", bad[i]);
		EXPECT_EQ_OF(trap.cr2, (word)(t + 300), "%#x", bad[i]);
		EXPECT_EQ_OF(mmuext(MMUEXT_SET_LDT, 0, 0), 0, "%#x", bad[i]);
	}
	make_writable(t);
	free_page(t);
}
#endif

CHECK(update_descriptor_addresses)
{
	u64 *t = alloc_page();

	EXPECT_EQ(update_descriptor(0, DESC_DATA3), -EINVAL);
	EXPECT_EQ(update_descriptor((virt_to_mfn(t) << 12) + 4, DESC_DATA3), -EINVAL);
	EXPECT_EQ(update_descriptor(~7ull, DESC_DATA3), -EINVAL);
	EXPECT_EQ(update_descriptor(1ull << 52, DESC_DATA3), -EINVAL);
	EXPECT_EQ(update_descriptor(kernel_root << 12, DESC_DATA3), -EINVAL);
	/* A page that is plain data is written as such. */
	EXPECT_EQ(update_descriptor(virt_to_mfn(t) << 12, DESC_DATA3), 0);
	EXPECT_EQ(t[0], DESC_DATA3);
	free_page(t);
}

/* --- selectors --- */

#define LOAD(reg, sel) TRY(asm volatile ("mov %0, %%" #reg :: "r" ((word)(sel))))

#if WORD_HAS_64_BITS
CHECK(selectors_of_the_hypervisor)
{
	static const u16 bad[] = {
		0xe008, 0xe00b, 0xe010, 0xe013, 0xe038, 0xe03b, 0xe040, 0xe043, 0xe048, 0xe050, 0xe053, 0xe058,
		0xe100, 0xe800, 0xf000, 0xfff8, 0xfffb, 0xdff8, 0x0008, 0x000f, 0xffff,
	};

	EXPECT_EQ(HYP(set_gdt, &gdt_mfn, 0, 0, 0, 0), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ_OF(LOAD(ds, bad[i]), TRAP_GP, "ds %#x", bad[i]);
		EXPECT_EQ_OF(trap.error, bad[i] & ~3u, "ds %#x", bad[i]);
		EXPECT_EQ_OF(LOAD(es, bad[i]), TRAP_GP, "es %#x", bad[i]);
		EXPECT_EQ_OF(LOAD(fs, bad[i]), TRAP_GP, "fs %#x", bad[i]);
		EXPECT_EQ_OF(LOAD(gs, bad[i]), TRAP_GP, "gs %#x", bad[i]);
		EXPECT_EQ_OF(LOAD(ss, bad[i]), TRAP_GP, "ss %#x", bad[i]);
	}
	for (u16 sel = 0; sel < 4; sel++)
		EXPECT_EQ_OF(LOAD(ds, sel), NO_TRAP, "%u", sel);
	EXPECT_EQ(LOAD(ds, FLAT_DS), NO_TRAP);
	EXPECT_EQ(LOAD(ss, FLAT_DS), NO_TRAP);
}

/* Every selector there is, as data segment: none may do harm. */
CHECK(all_selectors)
{
	unsigned int loaded = 0;

	use_gdt();
	EXPECT_EQ(put_descriptor(5, DESC_DATA3), 0);
	for (unsigned int sel = 0; sel < 0x10000; sel++)
		if (LOAD(es, (u16)sel) == NO_TRAP)
			loaded++;
	EXPECT(loaded >= 4 + 1 + 4);
	EXPECT_EQ(LOAD(es, 0), NO_TRAP);
}

static long far_call(u16 sel, word to)
{
	struct { u32 offset; u16 sel; } __attribute__((packed)) p = { (u32)to, sel };

	return TRY(asm volatile ("lcall *%0" :: "m" (p) : "memory"));
}

CHECK(far_calls)
{
	use_gdt();
	for (unsigned int i = 0; i < 16; i++) {
		/* A gate cannot be put there; what is there is no way to anywhere. */
		EXPECT_EQ(put_descriptor(6, descriptor(0x0c, false)), 0);
		EXPECT(far_call(6 * 8 | (i & 3), 0) == TRAP_NP || trap.vector == TRAP_GP);
	}
	EXPECT_EQ(far_call(0xe008, 0x1000), TRAP_GP);
	EXPECT_EQ(far_call(0xe00b, 0x1000), TRAP_GP);
	EXPECT_EQ(far_call(0xe038, 0x1000), TRAP_GP);
	EXPECT_EQ(far_call(0xe040, 0), TRAP_GP);
	EXPECT_EQ(far_call(0xe050, 0), TRAP_GP);
	EXPECT_EQ(far_call(0, 0), TRAP_GP);
	EXPECT_EQ(far_call(FLAT_DS, 0), TRAP_GP);
	EXPECT_EQ(put_descriptor(6, 0), 0);
}

CHECK(conforming_code)
{
	use_gdt();
	/* Conforming code asked for at ring 0 becomes code of ring 3: calling it changes nothing. */
	EXPECT_EQ(put_descriptor(7, descriptor(0x9e, true)), 0);
	EXPECT_EQ((gdt[7] >> 45) & 3, 3);
	EXPECT_EQ(put_descriptor(7, 0), 0);
}

CHECK(privileged_register_loads)
{
	struct { u16 limit; u64 base; } __attribute__((packed)) d = { 0xffff, 0 };

	EXPECT_EQ(TRY(asm volatile ("lgdt %0" :: "m" (d))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lidt %0" :: "m" (d))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lldt %w0" :: "r" (0))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("ltr %w0" :: "r" (0xe040))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lmsw %w0" :: "r" (0))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("swapgs")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("hlt")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("invlpg (%0)" :: "r" (si))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("sysretq")), TRAP_GP);
}
#endif

CHECK(ldt_demand)
{
	u64 *l = alloc_page();

	for (unsigned int i = 0; i < 512; i++)
		l[i] = DESC_DATA3;
	make_readonly(l);
	/* Two pages are named, one is there. */
	EXPECT_EQ(set_pte(window(3), PTE(virt_to_mfn(l), PTE_RO)), 0);
	EXPECT_EQ(set_pte(window(4), 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (word)window(3), 1024), 0);
	EXPECT_EQ(LOAD(fs, 511 * 8 | 7), NO_TRAP);
	EXPECT_EQ(LOAD(fs, 512 * 8 | 7), TRAP_PF);
	EXPECT_EQ(trap.cr2, (word)window(4));
	EXPECT_EQ(LOAD(fs, 1024 * 8 | 7), TRAP_GP);
	EXPECT_EQ(LOAD(fs, 0), NO_TRAP);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	EXPECT_EQ(LOAD(fs, 15), TRAP_GP);
	EXPECT_EQ(set_pte(window(3), 0), 0);
	make_writable(l);
	free_page(l);
}

/* --- the iret hypercall --- */

static word to_user(word a)
{
	return a + 1;
}

static word show_flags(word unused)
{
	word flags;

	(void)unused;
	asm volatile ("pushf; pop %0" : "=r" (flags));
	return flags;
}

#if WORD_HAS_64_BITS
static int iret_to(word rip, u16 cs, word rflags, word rsp, u16 ss)
{
	struct iret_frame f = { .rip = rip, .cs = cs, .rflags = rflags, .rsp = rsp, .ss = ss, .arg1 = 1 };

	return enter_frame(&f);
}

static word user_sp(void)
{
	word *sp = (word *)(user_stack + STACK_BYTES) - 2;

	*sp = (word)user_return;
	return (word)sp;
}

CHECK(iret_to_user)
{
	use_user_root();
	EXPECT_EQ(iret_to((word)to_user, FLAT_CS, EFLAGS_IF, user_sp(), FLAT_DS), VEC_SYSCALL);
	EXPECT_EQ(trap.regs.rdi, 2);
	EXPECT_EQ(REGS_CS(&trap.regs), FLAT_CS);
	EXPECT_EQ(trap.regs.ss, FLAT_DS);
	EXPECT(trap.regs.rflags & EFLAGS_IF);
}

/* Every code selector: either user mode runs, or the kernel gets a trap; never more. */
CHECK(iret_every_selector)
{
	unsigned int ran = 0;

	use_gdt();
	use_user_root();
	EXPECT_EQ(put_descriptor(5, DESC_DATA3), 0);
	EXPECT_EQ(put_descriptor(6, DESC_CODE64), 0);
	for (unsigned int sel = 3; sel < 0x10000; sel += 4) {
		int v;

		if ((sel & ~7u) == 0xe020)
			continue;		/* 32-bit code: rip is cut, and fetches somewhere else */
		v = iret_to((word)to_user, sel, EFLAGS_IF, user_sp(), FLAT_DS);
		if (v == VEC_SYSCALL)
			ran++;
		else if (v != TRAP_GP && v != TRAP_NP && v != TRAP_PF)
			EXPECT_EQ_OF(v, TRAP_GP, "selector %#x", sel);
	}
	EXPECT_EQ(ran, 2);
	EXPECT_EQ(HYP(set_gdt, &gdt_mfn, 0, 0, 0, 0), 0);
}

CHECK(iret_every_stack_selector)
{
	unsigned int ran = 0;

	use_gdt();
	use_user_root();
	EXPECT_EQ(put_descriptor(5, DESC_DATA3), 0);
	for (unsigned int sel = 0; sel < 0x10000; sel += 4) {
		int v = iret_to((word)to_user, FLAT_CS, EFLAGS_IF, user_sp(), sel);

		if (v == VEC_SYSCALL)
			ran++;
		else if (v != TRAP_GP && v != TRAP_NP && v != TRAP_SS && v != TRAP_PF)
			EXPECT_EQ_OF(v, TRAP_GP, "selector %#x", sel);
	}
	EXPECT(ran >= 2);
	EXPECT_EQ(HYP(set_gdt, &gdt_mfn, 0, 0, 0, 0), 0);
}

static const word bad_addresses[] = {
	NON_CANONICAL, NON_CANONICAL + 0x1000, 0x8000000000000000, 0xffff7fffffffffff, 0x00ff000000000000,
};

CHECK(iret_non_canonical)
{
	use_user_root();
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_addresses); i++) {
		EXPECT_EQ_OF(iret_to(bad_addresses[i], FLAT_CS, EFLAGS_IF, user_sp(), FLAT_DS), TRAP_GP,
			     "rip %#lx", bad_addresses[i]);
		EXPECT_EQ_OF(iret_to(bad_addresses[i], FLAT_CS & ~3, EFLAGS_IF, user_sp(), FLAT_DS), TRAP_GP,
			     "kernel rip %#lx", bad_addresses[i]);
		/* A wild stack pointer is the user's own affair. */
		EXPECT_EQ_OF(iret_to((word)user_return, FLAT_CS, EFLAGS_IF, bad_addresses[i], FLAT_DS), VEC_SYSCALL,
			     "rsp %#lx", bad_addresses[i]);
		EXPECT_EQ_OF(trap.regs.rsp, bad_addresses[i], "rsp %#lx", bad_addresses[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		word at = i ? 0xffff830000000000 : HYPERVISOR_HIGH - 8;

		EXPECT_EQ_OF(iret_to(at, FLAT_CS, EFLAGS_IF, user_sp(), FLAT_DS), TRAP_PF, "%#lx", at);
		EXPECT_EQ_OF(iret_to((word)user_return, FLAT_CS, EFLAGS_IF, at, FLAT_DS), VEC_SYSCALL, "%#lx", at);
	}
}

CHECK(iret_flags)
{
	static const struct { word set, seen; } t[] = {
		{ EFLAGS_IF | EFLAGS_IOPL, 0 }, { EFLAGS_IF | EFLAGS_VM, 0 }, { EFLAGS_IF | EFLAGS_NT, EFLAGS_NT },
		{ EFLAGS_IF | EFLAGS_AC, EFLAGS_AC }, { EFLAGS_IF | EFLAGS_ID, EFLAGS_ID },
		{ EFLAGS_IF | 0x180000, 0 }, { EFLAGS_IF | EFLAGS_DF, EFLAGS_DF },
		{ EFLAGS_IF | 0xffffffff00000000, 0 }, { EFLAGS_IF | 0xffc00000, 0 },
	};
	word f;

	use_user_root();
	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_EQ_OF(run_user_flags(show_flags, 0, t[i].set, &f), VEC_SYSCALL, "%#lx", t[i].set);
		EXPECT_EQ_OF(f & EFLAGS_IF, EFLAGS_IF, "%#lx", t[i].set);
		EXPECT_EQ_OF(f & (EFLAGS_IOPL | EFLAGS_VM | 0x180000), 0, "%#lx", t[i].set);
		EXPECT_EQ_OF(f & t[i].seen, t[i].seen, "%#lx", t[i].set);
		EXPECT_EQ_OF(f >> 22, 0, "%#lx", t[i].set);
	}
	/* With events masked user space runs with interrupts on all the same. */
	EXPECT_EQ(run_user_flags(show_flags, 0, 0, &f), VEC_SYSCALL);
	EXPECT_EQ(f & EFLAGS_IF, EFLAGS_IF);
	vcpu_info(0)->evtchn_upcall_mask = 1;
}
#endif

CHECK(iret_single_step)
{
	use_user_root();
	EXPECT_EQ(run_user_flags(to_user, 1, EFLAGS_IF | EFLAGS_TF, NULL), TRAP_DB);
	EXPECT_EQ(trap.regs.R(flags) & EFLAGS_TF, EFLAGS_TF);
	EXPECT(REGS_CS(&trap.regs) == FLAT_USER_CODE);
	/* The handler does not step itself. */
	EXPECT_EQ(show_flags(0) & EFLAGS_TF, 0);
}

#if WORD_HAS_64_BITS
static word step_into_syscall(word unused)
{
	(void)unused;
	asm volatile ("pushfq; orq $0x100, (%%rsp); popfq; mov $0x7e57, %%eax; syscall" ::: "rax", "rcx", "r11", "memory");
	return 0;
}

/* TF across SYSCALL: the trap strikes on the first instruction of the hypervisor's entry. */
static bool skip_debug(struct regs *r)
{
	if (r->vector != TRAP_DB)
		return false;
	return true;
}

CHECK(syscall_with_tf)
{
	use_user_root();
	trap_hook = skip_debug;
	EXPECT_EQ(run_user(step_into_syscall, 0, NULL), VEC_SYSCALL);
	EXPECT_EQ(show_flags(0) & EFLAGS_TF, 0);
}

static unsigned int steps;

static bool count_steps(struct regs *r)
{
	if (r->vector != TRAP_DB)
		return false;
	if (++steps == 20)
		r->rflags &= ~(word)EFLAGS_TF;
	return true;
}

/* A kernel that steps through a hypercall of its own. */
CHECK(hypercall_with_tf)
{
	long rc;

	trap_hook = count_steps;
	steps = 0;
	asm volatile ("pushfq; orq $0x100, (%%rsp); popfq; syscall; mov $30, %%ecx; 1: loop 1b"
		      : "=a" (rc) : "0" (__HYPERVISOR_xen_version), "D" (0), "S" (0) : "rcx", "r11", "memory", "cc");
	EXPECT_EQ(rc, 4 << 16 | 17);
	EXPECT_EQ(steps, 20);
	EXPECT_EQ(show_flags(0) & EFLAGS_TF, 0);
}

static word nt_and_ac(word unused)
{
	(void)unused;
	asm volatile ("pushfq; orq $0x44000, (%%rsp); popfq; mov $0x7e57, %%eax; syscall" ::: "rax", "rcx", "r11", "memory");
	return 0;
}

CHECK(syscall_with_nt_and_ac)
{
	use_user_root();
	EXPECT_EQ(run_user(nt_and_ac, 0, NULL), VEC_SYSCALL);
	EXPECT_EQ(show_flags(0) & (EFLAGS_NT | EFLAGS_AC), 0);
	EXPECT_EQ(trap.regs.rflags & (EFLAGS_NT | EFLAGS_AC), EFLAGS_NT | EFLAGS_AC);
}

static const word stacks[] = {
	0, HYPERVISOR_LOW, 0xffff830000000000, NON_CANONICAL, HYPERVISOR_LOW - 8, 0x7ffffffff000,
};

/* Not a frame at all: the domain's end, not the host's. Run where it can be lost. */
CHECK_DOM0(iret_without_a_frame)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(stacks) && !has_failed(); i++) {
		char line[] = "main case=0";
		struct guest g;

		line[10] = '0' + i;
		EXPECT_EQ(guest_create(&g, line, 2048, 1), 0);
		if (has_failed())
			return;
		guest_unpause(&g);
		EXPECT_EQ_OF(guest_wait(&g, 2000000000), SHUTDOWN_crash, "case %u", i);
		EXPECT_EQ(guest_destroy(&g), 0);
	}
}

/* The guest of the check above. */
void guest_main(void)
{
	asm volatile ("mov %0, %%rsp; mov $23, %%eax; syscall" :: "r" (stacks[number_argument("case=", 0) % 6]));
	__builtin_unreachable();
}
#endif

/* --- other ways in --- */

static word int80(word unused)
{
	long rc = 0;

	(void)unused;
	asm volatile ("int $0x80" : "+a" (rc));
	return rc;
}
static word int3(word unused)
{
	(void)unused;
	asm volatile ("int3");
	return 0;
}
static word int_n(word unused)
{
	(void)unused;
	asm volatile ("int $0x40");
	return 0;
}
static word int_gp(word unused)
{
	(void)unused;
	asm volatile ("int $13");
	return 0;
}
static word int_82(word unused)
{
	(void)unused;
	asm volatile ("int $0x82");
	return 0;
}
static word sysenter(word unused)
{
	(void)unused;
	asm volatile ("sysenter" ::: "memory");
	return 0;
}
static word icebp(word unused)
{
	(void)unused;
	asm volatile (".byte 0xf1");
	return 0;
}

CHECK(user_interrupts)
{
	use_user_root();
	EXPECT_EQ(run_user(int80, 0, NULL), 0x80);
	EXPECT_EQ(run_user(int3, 0, NULL), TRAP_BP);
	EXPECT_EQ(run_user(int_n, 0, NULL), TRAP_GP);		/* its gate is for the kernel */
	EXPECT_EQ(trap.error, 0x40 * 8 + 2);
	EXPECT_EQ(PEEK(u8, trap.regs.R(ip)), 0xcd);		/* a fault: at the instruction */
	EXPECT_EQ(run_user(int_gp, 0, NULL), TRAP_GP);
	EXPECT_EQ(trap.error, 13 * 8 + 2);
	EXPECT_EQ(run_user(int_82, 0, NULL), TRAP_GP);
	EXPECT(run_user(icebp, 0, NULL) == TRAP_DB || trap.vector == TRAP_UD);	/* emulators do not know it */
	EXPECT_EQ(TRY(asm volatile ("int $0x40")), 0x40);
	EXPECT_EQ(TRY(asm volatile ("int $0x80")), 0x80);
	EXPECT_EQ(TRY(asm volatile ("int3")), TRAP_BP);
	EXPECT_EQ(TRY(asm volatile ("int $2")), VEC_NMI);	/* the NMI callback is an entry of the trap table */
}

CHECK(user_sysenter)
{
	int v;

	use_user_root();
	v = run_user(sysenter, 0, NULL);
	EXPECT(v == VEC_SYSENTER || v == TRAP_UD || v == TRAP_GP);
}

#if WORD_HAS_64_BITS
/* SYSCALL that ends at the last address below the hole: SYSRET may not go there. */
static const u8 syscall_insn[] = { 0x0f, 0x05 };

CHECK(syscall_at_the_edge)
{
	static u64 *l3, *l2, *l1;
	u8 *code = alloc_page();
	u64 root_slot = (kernel_root << 12) + 255 * 8;

	memcpy(code + PAGE_BYTES - 2, syscall_insn, 2);
	if (!l3) {
		l3 = alloc_page();
		l2 = alloc_page();
		l1 = alloc_page();
		l1[511] = PTE(virt_to_mfn(code), PTE_RW);
		l2[511] = PTE(virt_to_mfn(l1), PTE_RW);
		l3[511] = PTE(virt_to_mfn(l2), PTE_RW);
		make_readonly(l1);
		make_readonly(l2);
		make_readonly(l3);
	}
	EXPECT_EQ(mmu_update_one(root_slot, PTE(virt_to_mfn(l3), PTE_RW)), 0);
	/* From the kernel: a hypercall that returns to the hole. */
	EXPECT_EQ(TRY(asm volatile ("jmp *%0" :: "r" (LAST_LOW_PAGE + PAGE_BYTES - 2), "a" (__HYPERVISOR_xen_version),
				    "D" (0), "S" (0) : "memory")), TRAP_GP);
	EXPECT_EQ(trap.regs.rip, NON_CANONICAL);
	/* From user mode: its system call returns there, if the kernel lets it. */
	use_user_root();
	EXPECT_EQ(mmu_update_one((user_root << 12) + 255 * 8, PTE(virt_to_mfn(l3), PTE_RW)), 0);
	EXPECT_EQ(iret_to(LAST_LOW_PAGE + PAGE_BYTES - 2, FLAT_CS, EFLAGS_IF, user_sp(), FLAT_DS), VEC_SYSCALL);
	EXPECT_EQ(trap.regs.rip, NON_CANONICAL);
	EXPECT_EQ(mmu_update_one((user_root << 12) + 255 * 8, 0), 0);
	EXPECT_EQ(mmu_update_one(root_slot, 0), 0);
}
#endif

/* --- debug registers --- */

static long set_dr(unsigned int n, word value)
{
	return HYP(set_debugreg, n, value, 0, 0, 0);
}

CHECK(debug_registers_refused)
{
	for (unsigned int n = 0; n < 4; n++) {
#if WORD_HAS_64_BITS
		EXPECT_EQ_OF(set_dr(n, HYPERVISOR_LOW), -EPERM, "%u", n);
		EXPECT_EQ_OF(set_dr(n, 0xffff82d080200000), -EPERM, "%u", n);
		EXPECT_EQ_OF(set_dr(n, HYPERVISOR_HIGH - 1), -EPERM, "%u", n);
		EXPECT_EQ_OF(set_dr(n, HYPERVISOR_LOW - 4), -EPERM, "%u", n);
		EXPECT_EQ_OF(set_dr(n, NON_CANONICAL), -EPERM, "%u", n);
#endif
		EXPECT_EQ_OF(set_dr(n, 0x1000), 0, "%u", n);
		EXPECT_EQ_OF(HYP(get_debugreg, n, 0, 0, 0, 0), 0x1000, "%u", n);
	}
#if WORD_HAS_64_BITS
	EXPECT_EQ(set_dr(7, 1ul << 32), -EINVAL);
#endif
	EXPECT_EQ(set_dr(7, 0x2000), -EPERM);			/* general detect */
	EXPECT_EQ(set_dr(7, 0x00020401), -EPERM);		/* I/O */
	EXPECT_EQ(set_dr(7, 0x20000401), -EPERM);
	EXPECT_EQ(set_dr(7, 0), 0);
	EXPECT_EQ(HYP(get_debugreg, 7, 0, 0, 0, 0), 0x400);
}

static volatile word watched;
#define WATCH_WRITES	(WORD_HAS_64_BITS ? 0x00090401 : 0x000d0401)	/* of a word */

CHECK(watchpoint)
{
	EXPECT_EQ(set_dr(0, (word)&watched), 0);
	EXPECT_EQ(set_dr(7, WATCH_WRITES), 0);
	EXPECT_EQ(TRY(watched = 1), TRAP_DB);
	EXPECT_EQ(HYP(get_debugreg, 6, 0, 0, 0, 0) & 15, 1);
	EXPECT_EQ(set_dr(7, 0), 0);
	EXPECT_EQ(TRY(watched = 2), NO_TRAP);
}

/* A watchpoint on what the hypervisor writes for the guest: its copy must not stumble. */
CHECK(watchpoint_on_an_answer)
{
	static u64 answer[4];

	EXPECT_EQ(set_dr(0, (word)answer), 0);
	EXPECT_EQ(set_dr(7, WATCH_WRITES), 0);
	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, answer, 0, 0, 0), 0);
	EXPECT_EQ(set_dr(7, 0), 0);
}

#if WORD_HAS_64_BITS
/* A watchpoint on the stack that a blocked single step leaves: mov to ss, then a way into the hypervisor. */
static word stack_trick[8];

static word mov_ss_syscall(word unused)
{
	(void)unused;
	asm volatile ("mov %0, %%ss; syscall" :: "m" (*(u16 *)&stack_trick[0]), "a" (USER_EXIT), "D" (99) : "rcx", "r11", "memory");
	return 0;
}
static word mov_ss_int3(word unused)
{
	(void)unused;
	asm volatile ("mov %0, %%ss; int3" :: "m" (*(u16 *)&stack_trick[0]) : "memory");
	return 0;
}
static word mov_ss_int80(word unused)
{
	(void)unused;
	asm volatile ("mov %0, %%ss; int $0x80" :: "m" (*(u16 *)&stack_trick[0]) : "memory");
	return 0;
}

CHECK(mov_ss_and_debug_trap)
{
	stack_trick[0] = FLAT_DS;
	use_user_root();
	EXPECT_EQ(set_dr(0, (word)stack_trick), 0);
	EXPECT_EQ(set_dr(7, 0x00070401), 0);		/* 2 bytes, reads and writes */
	trap_hook = skip_debug;
	EXPECT_EQ(run_user(mov_ss_syscall, 0, NULL), VEC_SYSCALL);
	EXPECT_EQ(run_user(mov_ss_int3, 0, NULL), TRAP_BP);
	EXPECT_EQ(run_user(mov_ss_int80, 0, NULL), 0x80);
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%ss; int3" :: "m" (*(u16 *)&stack_trick[0]))), TRAP_BP);
	asm volatile ("mov %0, %%ss; syscall" :: "m" (*(u16 *)&stack_trick[0]), "a" (__HYPERVISOR_xen_version), "D" (0), "S" (0)
		      : "rcx", "r11", "memory");
	trap_hook = NULL;
	EXPECT_EQ(set_dr(7, 0), 0);
}

/* --- segment bases and the kernel's stack --- */

static word read_gs(word unused)
{
	word v;

	(void)unused;
	asm volatile ("movq %%gs:0, %0" : "=r" (v));
	return v;
}

CHECK(segment_bases)
{
	static word a = 0x1111, b = 0x2222, c = 0x3333;
	word v;

	use_user_root();
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_KERNEL, &a, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_USER, &b, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_FS, &c, 0, 0, 0), 0);
	EXPECT_EQ(read_gs(0), 0x1111);
	asm volatile ("movq %%fs:0, %0" : "=r" (v));
	EXPECT_EQ(v, 0x3333);
	EXPECT_EQ(run_user(read_gs, 0, &v), VEC_SYSCALL);
	EXPECT_EQ(v, 0x2222);
	EXPECT_EQ(read_gs(0), 0x1111);
	/* A bad selector is no base: the failsafe callback, or nothing, but no end. */
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_USER_SEL, 0, 0, 0, 0), 0);
	TRY((void)HYP(set_segment_base, SEGBASE_GS_USER_SEL, 0xe008, 0, 0, 0));
	TRY((void)HYP(set_segment_base, SEGBASE_GS_USER_SEL, 0xffff, 0, 0, 0));
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_USER_SEL, 0, 0, 0, 0), 0);
	EXPECT_EQ(read_gs(0), 0x1111);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_KERNEL, 0, 0, 0, 0), 0);
}
#endif

/* A selector whose descriptor went away while the vcpu did not run. */
CHECK(failsafe_for_a_lost_selector)
{
	use_gdt();
	EXPECT_EQ(put_descriptor(5, DESC_DATA3), 0);
	EXPECT_EQ(LOAD(gs, 0), NO_TRAP);
	EXPECT_EQ(LOAD(fs, 5 * 8 | 3), NO_TRAP);
	/* The vcpu may lose its CPU as soon as the descriptor is gone, or on a busy host not before it sleeps again and again. */
	EXPECT_EQ(TRY((void)put_descriptor(5, 0); for (int i = 0; i < 50; i++) sleep_ns(2000000)), VEC_FAILSAFE);
	EXPECT_EQ(failsafe_selectors[2] & 0xffff, 5 * 8 | 3);
	EXPECT_EQ(failsafe_selectors[3] & 0xffff, 0);
	asm volatile ("mov %0, %%fs" :: "r" (0));
	EXPECT_EQ(HYP(set_gdt, &gdt_mfn, 0, 0, 0, 0), 0);
}
