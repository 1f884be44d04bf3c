// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks on the ways into the hypervisor and out of it: single steps and
 * watchpoints that strike in its first instructions, flags it must not keep,
 * ring 2, code and stacks in segments that are not flat. What cannot be survived
 * by the kernel that does it is in deaths.c.
 */
#include "ring1.h"

/* --- code that is not flat --- */

static noinline word int_21(word x)
{
	(void)x;
	asm volatile ("int $0x21" ::: "memory");
	return 5;
}
static noinline word forced_cpuid(word x)
{
	u32 a = 0x40000000, b, c, d;

	(void)x;
	asm volatile ("ud2a; .ascii \"xen\"; cpuid" : "+a" (a), "=b" (b), "=c" (c), "=d" (d));
	return b;
}
static bool see_21(struct regs *r)
{
	if (r->vector == 0x80 && r->eax == USER_EXIT && r->cs == 8 + 3)
		r->cs = FLAT_USER_CS;		/* user_at() knows that one */
	return false;
}

/* An instruction that faults is looked for where it is, not at its offset. */
CHECK(based_code)
{
	const u32 base = 0x01000000, sp = (u32)(user_stack + 4000);
	struct returned f = { (u32)int_21 - base, 8 + 3, EFLAGS_IF | 2, sp, FLAT_USER_SS };
	u32 *arg = (u32 *)sp;

	use_gdt();
	EXPECT_EQ(put(1, BASED(0xfb, base)), 0);
	trap_hook = see_21;
	arg[0] = 0;
	EXPECT_EQ(user_at(f), ~0u);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(trap.error, 0x21 << 3 | 2);
	EXPECT_EQ(REGS_CS(&trap.regs), 8 + 3);
	set_trap(0x21, 7, (word)trap_stubs + 0x21 * 16);
	EXPECT_EQ(user_at(f), ~0u);
	EXPECT_EQ(trap.vector, 0x21);
	EXPECT_EQ(REGS_CS(&trap.regs), 8 + 3);
	set_trap(0x21, 4, (word)trap_stubs + 0x21 * 16);

	/* It returns to a flat address, of which there is none in this segment: by then it has worked, or not. */
	f.eip = (u32)forced_cpuid - base;
	arg[0] = (u32)user_stack;
	EXPECT_EQ(user_at(f), ~0u);
	EXPECT_EQ(trap.vector, TRAP_PF);
}

/* A write to a page table is emulated wherever the kernel's code segment begins. */
asm (".text; write_and_return: movl %eax, (%ecx); lret");
void write_and_return(void);

CHECK(based_kernel_code)
{
	const u32 base = 0x01000000;
	const struct { u32 offset; u16 selector; } __attribute__((packed)) target = { (u32)write_and_return - base, 8 + 1 };
	u8 *p = alloc_page();
	volatile u64 *e = walk_l1((u32)p);
	const u32 was = *e;

	use_gdt();
	EXPECT_EQ(put(1, BASED(0x9b, base)), 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(TRY(asm volatile ("lcall *%0" : : "m" (target), "a" (was & ~(u32)PTE_W), "c" (e) : "memory")), NO_TRAP);
	EXPECT_EQ((u32)*e & PTE_W, 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	make_writable(p);
}

/* --- the kernel's stack segment in an LDT that is changed --- */

static noinline word just_80(word x)
{
	u32 r;

	asm volatile ("int $0x80" : "=a" (r) : "0" (0x5353), "b" (x) : "memory");
	return r;
}
static u32 frame_at;
static bool note_frame(struct regs *r)
{
	if (r->vector != 0x80 || r->eax != 0x5353)
		return false;
	frame_at = (u32)r;
	r->eax = r->ebx + 1;
	return true;
}

CHECK(kernel_stack_in_an_ldt)
{
	u64 *ldt = alloc_page(), *other = alloc_page();

	ldt[0] = BASED(0xb3, 0x10000000);
	other[0] = BASED(0xb3, 0);
	make_readonly(ldt);
	make_readonly(other);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (u32)ldt, 1), 0);
	EXPECT_EQ(HYP(stack_switch, 4 | 1, kernel_stack + STACK_BYTES, 0, 0, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (u32)other, 1), 0);
	trap_hook = note_frame;
	EXPECT_EQ(user(just_80, 3), 4);
	EXPECT_EQ(frame_at + sizeof(struct regs), (u32)kernel_stack + STACK_BYTES);
	EXPECT_EQ(HYP(stack_switch, FLAT_KERNEL_SS, kernel_stack + STACK_BYTES, 0, 0, 0), 0);
	/* We run on it still. */
	asm volatile ("mov %0, %%ss" :: "r" (FLAT_KERNEL_SS));
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	make_writable(ldt);
	make_writable(other);
}

/* --- debug exceptions in the hypervisor --- */

static volatile u32 steps;
static bool count_steps(struct regs *r)
{
	if (r->vector != TRAP_DB)
		return false;
	if (++steps == 40)
		r->eflags &= ~EFLAGS_TF;
	return true;
}
static noinline word step_80(word x)
{
	u32 r;

	asm volatile ("pushl $0x102; popfl; int $0x80; pushl $2; popfl" : "=a" (r) : "0" (0x5353), "b" (x) : "memory");
	return r;
}
static bool serve_stepped(struct regs *r)
{
	return note_frame(r) || count_steps(r);
}
word step_sysenter(word), step_syscall(word);
asm (".globl step_sysenter, step_syscall\n"
     "step_sysenter: pushl %ebp; movl %esp, %ebp; movl $0x5e5e, %eax; pushl $0x44102; popfl; sysenter\n"
     "step_syscall: movl $0x5c5c, %eax; pushl $0x44102; popfl; syscall; pushl $2; popfl; ret");
static u32 fast_flags;
static bool serve_fast(struct regs *r)
{
	u32 *sp;

	if (r->vector == TRAP_DB)
		return true;
	asm volatile ("pushfl; popl %0" : "=r" (fast_flags));
	if (r->vector == VEC_SYSENTER && r->eax == 0x5e5e) {
		sp = (u32 *)r->ebp;
		r->ebp = sp[0];
		r->eip = sp[1];
		r->cs = FLAT_USER_CS;
		r->esp = (u32)(sp + 2);
		r->ss = FLAT_USER_SS;
		r->eflags = EFLAGS_IF | 2;
		r->eax = 0xe0e0;
		return true;
	}
	if (r->vector == VEC_SYSCALL32 && r->eax == 0x5c5c) {
		r->eax = 0xc0c0;
		r->eflags = EFLAGS_IF | 2;
		return true;
	}
	return false;
}

CHECK(single_steps)
{
	long rc;

	/* The kernel steps over its own hypercalls. */
	trap_hook = count_steps;
	steps = 0;
	asm volatile ("pushfl; orl $0x100, (%%esp); popfl; int $0x82; int $0x82; pushfl; andl $~0x100, (%%esp); popfl"
		      : "=a" (rc) : "0" (1000), "b" (0) : "memory", "cc");
	EXPECT_EQ(rc, -ENOSYS);
	EXPECT(steps >= 3);
	trap_hook = serve_stepped;
	EXPECT_EQ(user(step_80, 8), 9);
	/* TF, NT and AC reach the hypervisor's first instruction by SYSENTER. */
	trap_hook = serve_fast;
	fast_flags = 0;
	if (user(step_sysenter, 0) != 0xe0e0)
		EXPECT_EQ(trap.vector, TRAP_UD);
	EXPECT_EQ(fast_flags & (EFLAGS_TF | EFLAGS_NT | EFLAGS_AC), 0);
	fast_flags = 0;
	if (user(step_syscall, 0) != 0xc0c0)
		EXPECT_EQ(trap.vector, TRAP_UD);
	EXPECT_EQ(fast_flags & (EFLAGS_TF | EFLAGS_NT | EFLAGS_AC), 0);
}

/* Watchpoints where the hypervisor writes and reads for the guest, and behind MOV SS. */
CHECK(watchpoints)
{
	static volatile u32 version;
	static u32 ss_word;
	u32 hits;

	trap_hook = serve_stepped;
	for (u32 at = 0; at <= 24; at += 4) {
		EXPECT_EQ(HYP(set_debugreg, 0, kernel_stack + STACK_BYTES - at - 4, 0, 0, 0), 0);
		EXPECT_EQ(HYP(set_debugreg, 7, 0x000d0001, 0, 0, 0), 0);
		EXPECT_EQ(user(just_80, at), at + 1);
		EXPECT_EQ(HYP(set_debugreg, 7, 0, 0, 0, 0), 0);
	}
	/* The fast calls, with one in the middle of their frames. */
	EXPECT_EQ(HYP(set_debugreg, 0, kernel_stack + STACK_BYTES - 12, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_debugreg, 7, 0x000d0001, 0, 0, 0), 0);
	trap_hook = serve_fast;
	if (user(step_sysenter, 0) != 0xe0e0)
		EXPECT_EQ(trap.vector, TRAP_UD);
	if (user(step_syscall, 0) != 0xc0c0)
		EXPECT_EQ(trap.vector, TRAP_UD);
	EXPECT_EQ(HYP(set_debugreg, 7, 0, 0, 0, 0), 0);

	/* What a hypercall writes. */
	trap_hook = serve_stepped;
	steps = 0;
	EXPECT_EQ(HYP(set_debugreg, 0, &version, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_debugreg, 7, 0x000f0001, 0, 0, 0), 0);
	EXPECT_EQ(HYP(xen_version, 1, &version, 0, 0, 0), 0);
	hits = steps;
	version = 0;
	EXPECT_EQ(steps, hits + 1);
	/* MOV SS holds a debug exception back until the next instruction has gone into ring 0. */
	EXPECT_EQ(HYP(set_debugreg, 0, &ss_word, 0, 0, 0), 0);
	asm volatile ("mov %%ss, %0" : "=m" (ss_word));
	for (u32 i = 0; i < 3; i++) {
		long rc;

		steps = 0;
		asm volatile ("mov %1, %%ss; int $0x82" : "=a" (rc) : "m" (ss_word), "0" (1000) : "memory");
		EXPECT_EQ(rc, -ENOSYS);
	}
	EXPECT_EQ(HYP(set_debugreg, 7, 0, 0, 0, 0), 0);
	/* None may be put on the hypervisor, on ports, or on the debug registers themselves. */
	EXPECT_EQ(HYP(set_debugreg, 7, 0x00020001, 0, 0, 0), -EPERM);
	EXPECT_EQ(HYP(set_debugreg, 7, 0x00002001, 0, 0, 0), -EPERM);
}

/* --- flags of the kernel's that the hypervisor must neither keep nor lose --- */

CHECK(hypercalls_with_odd_flags)
{
	static const u32 flags[] = { EFLAGS_NT, EFLAGS_AC, EFLAGS_DF, EFLAGS_NT | EFLAGS_AC | EFLAGS_DF };
	u8 text[16];

	for (u32 i = 0; i < ARRAY_SIZE(flags); i++) {
		u32 after;
		long rc;

		memset(text, 0xee, sizeof(text));
		/* XENVER_extraversion copies 16 bytes, forwards. */
		asm volatile ("pushl %3; popfl; int $0x82; pushfl; popl %1; pushl $2; popfl"
			      : "=a" (rc), "=&r" (after) : "0" (17), "r" (flags[i] | 2), "b" (1), "c" (text) : "memory", "cc");
		EXPECT_OF(i, rc, 0);
		EXPECT_OF(i, after & flags[i], flags[i]);
		EXPECT_OF(i, text[15] != 0xee, 1);
	}
}

/* --- ring 2: neither the kernel nor user space --- */

static u32 ring2_stack[256] __attribute__((aligned(16)));
extern u8 ring2_80[], ring2_82[], ring2_fault[], ring2_cli[], ring2_sysenter[], ring2_hlt[];
asm ("ring2_80: movl $0x5353, %eax; int $0x80; ud2\n"
     "ring2_82: movl $17, %eax; xorl %ebx, %ebx; int $0x82; ud2\n"
     "ring2_fault: movl 0x12345678, %eax; ud2\n"
     "ring2_cli: cli; ud2\n"
     "ring2_hlt: hlt; ud2\n");

CHECK(ring_2)
{
	static const struct { u8 *code; s32 vector; } how[] = {
		{ ring2_80, 0x80 }, { ring2_82, TRAP_GP }, { ring2_fault, TRAP_PF }, { ring2_cli, TRAP_GP },
		{ ring2_hlt, TRAP_GP },
	};

	use_gdt();
	EXPECT_EQ(put(2, BASED(0xdb, 0)), 0);
	EXPECT_EQ(put(3, BASED(0xd3, 0)), 0);
	trap_hook = NULL;
	for (u32 hyper = 0; hyper < 2; hyper++)
		for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
			struct returned_by_call f = { 0, { (u32)how[i].code, 2 * 8 + 2, EFLAGS_IF | 2, (u32)(ring2_stack + 128), 3 * 8 + 2 },
						    0, 0, 0, 0 };

			EXPECT_OF(i, hyper ? TRY(iret_hypercall(&f)) : TRY(iret_to(&f.f)), how[i].vector);
			EXPECT_OF(i, REGS_CS(&trap.regs), 2 * 8 + 2);
			EXPECT_OF(i, trap.regs.ss, 3 * 8 + 2);
			EXPECT_OF(i, trap.regs.esp, (u32)(ring2_stack + 128));
			asm volatile ("mov %0, %%ds; mov %0, %%es" :: "r" (FLAT_KERNEL_DS));
		}
}
