// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernels that are not Linux do and expect: real faults in both modes on
 * all vectors, with the error codes of real hardware; single steps over what is
 * emulated; frames and debug registers to the last bit; page-table updates in
 * long queues, and their page tables seen through a slot of the root. The tables
 * of faults, and what goes by segments, are each ABI's own: ring1/habits.c.
 */
#include "lib.h"

#if WORD_HAS_64_BITS
#define DESC_DATA3	0x00cff3000000ffffull
#define DESC_DATA_RO	0x00cff1000000ffffull
#define DESC_CODE64	0x00affb000000ffffull
#define DESC_CODE_X	0x00aff9000000ffffull	/* not readable */
#define DESC_CODE32	0x00cffb000000ffffull
#define NOT_PRESENT(d)	((d) & ~(1ull << 47))
#define FINE		NO_TRAP

static u64 *gdt;

static long put(unsigned int n, u64 desc)
{
	return HYP(update_descriptor, (virt_to_mfn(gdt) << 12) + n * 8, desc, 0, 0, 0);
}

/* Selectors 0x28 to 0x50. */
static void use_gdt(void)
{
	u64 mfn;

	if (!gdt) {
		gdt = alloc_page();
		make_readonly(gdt);
	}
	mfn = virt_to_mfn(gdt);
	EXPECT_EQ(HYP(set_gdt, &mfn, 512, 0, 0, 0), 0);
	EXPECT_EQ(put(5, DESC_DATA3), 0);
	EXPECT_EQ(put(6, NOT_PRESENT(DESC_DATA3)), 0);
	EXPECT_EQ(put(7, NOT_PRESENT(DESC_CODE64)), 0);
	EXPECT_EQ(put(8, DESC_CODE32), 0);
	EXPECT_EQ(put(9, DESC_DATA_RO), 0);
	EXPECT_EQ(put(10, DESC_CODE_X), 0);
}

/* --- faults --- */

static u8 data_page[PAGE_BYTES] __attribute__((aligned(4096)));

/* Functions for either mode. */
#define DO(name, code...) static word do_##name(word x) { code; return x; }
DO(de, asm volatile ("divl %%ecx" : : "a" (0), "d" (0), "c" (0)))
DO(bp, asm volatile ("int3"))
DO(int4, asm volatile ("int $4"))
DO(int0, asm volatile ("int $0"))
DO(ud, asm volatile ("ud2"))
DO(nc, PEEK(u8, NON_CANONICAL))
DO(null, PEEK(u8, 0x10))
DO(nullw, POKE(u8, 0x10, 0))
DO(exec0, ((void (*)(void))x)())
DO(hyp, PEEK(u8, HYPERVISOR_LOW + (1ul << 40)))
DO(hypx, ((void (*)(void))0xffff82d080200000)())
DO(hlt, asm volatile ("hlt"))
DO(cli, asm volatile ("cli"))
DO(in, asm volatile ("inb $0x80, %%al" : : : "rax"))
DO(lgdt, asm volatile ("lgdt (%0)" : : "r" (x)))
DO(sgdt, static u8 b[16]; asm volatile ("sgdt %0" : "=m" (b)))
DO(smsw, u64 v; asm volatile ("smsw %0" : "=r" (v)))
DO(lar, u64 v; asm volatile ("lar %1, %0" : "=r" (v) : "r" (0xe033ul)))
DO(movcr, u64 v; asm volatile ("mov %%cr0, %0" : "=r" (v)))
DO(movdr, u64 v; asm volatile ("mov %%dr7, %0" : "=r" (v)))
DO(rdmsr, asm volatile ("rdmsr" : : "c" (0xc0000080) : "rax", "rdx"))
DO(swapgs, asm volatile ("swapgs"))
DO(sysret, asm volatile ("sysretq"))
DO(clts, asm volatile ("clts"))
DO(wbinvd, asm volatile ("wbinvd"))
DO(invlpg, asm volatile ("invlpg (%0)" : : "r" (x)))
DO(invpcid, asm volatile ("invpcid (%0), %0" : : "r" (x)))
DO(vmmcall, asm volatile (".byte 0x0f, 0x01, 0xd9"))
DO(stac, asm volatile (".byte 0x0f, 0x01, 0xcb"))
DO(monitor, asm volatile (".byte 0x0f, 0x01, 0xc8" : : "a" (x), "c" (0), "d" (0)))
DO(rdpmc, asm volatile ("rdpmc" : : "c" (0) : "rax", "rdx"))
DO(popf, asm volatile ("pushfq; orq $0x3000, (%%rsp); popfq" : : : "cc"))
DO(fs, asm volatile ("movw %w0, %%fs" : : "r" (x)))
DO(es, asm volatile ("movw %w0, %%es" : : "r" (x)))
DO(ss, asm volatile ("movw %w0, %%ss" : : "r" (x)))
DO(into, asm volatile (".byte 0xce"))
DO(ljmp, asm volatile ("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:" : : "r" (x) : "rax"))
DO(mf, static const u16 cw = 0x0340; asm volatile ("fninit; fldcw %0; fldz; fldz; fdivp; fwait" : : "m" (cw)))
DO(fepcpuid, asm volatile ("ud2a; .ascii \"xen\"; cpuid" : : "a" (0) : "rbx", "rcx", "rdx"))

/* What comes of each in kernel mode and in user mode, with which error code; arguments of 0 are the page of data. */
static const struct { word (*run)(word); word arg; s16 kernel; u16 kernel_error; s16 user; u16 user_error; } faults[] = {
	{ do_de, 0, TRAP_DE, 0, TRAP_DE, 0 }, { do_bp, 0, TRAP_BP, 0, TRAP_BP, 0 },
	{ do_int4, 0, TRAP_OF, 0, TRAP_OF, 0 }, { do_int0, 0, TRAP_DE, 0, TRAP_GP, 0x2 },
	{ do_ud, 0, TRAP_UD, 0, TRAP_UD, 0 }, { do_nc, 0, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_null, 0, TRAP_PF, 0, TRAP_PF, 0x4 }, { do_nullw, 0, TRAP_PF, 0x2, TRAP_PF, 0x6 },
	{ do_exec0, 0x1000, TRAP_PF, 0x10, TRAP_PF, 0x14 }, { do_exec0, 0, TRAP_PF, 0x11, TRAP_PF, 0x15 },
	{ do_exec0, NON_CANONICAL, TRAP_GP, 0, TRAP_GP, 0 }, { do_hyp, 0, TRAP_PF, 0, TRAP_PF, 0x4 },
	{ do_hypx, 0, TRAP_PF, 0x10, TRAP_PF, 0x14 }, { do_hlt, 0, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_cli, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_in, 0, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_lgdt, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_sgdt, 0, FINE, 0, FINE, 0 }, { do_smsw, 0, FINE, 0, FINE, 0 },
	{ do_lar, 0, FINE, 0, FINE, 0 }, { do_movcr, 0, FINE, 0, TRAP_GP, 0 }, { do_movdr, 0, FINE, 0, TRAP_GP, 0 },
	{ do_rdmsr, 0, FINE, 0, TRAP_GP, 0 }, { do_swapgs, 0, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_sysret, 0, TRAP_GP, 0, TRAP_GP, 0 }, 
	{ do_clts, 0, FINE, 0, TRAP_GP, 0 }, { do_wbinvd, 0, FINE, 0, TRAP_GP, 0 },
	{ do_invlpg, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_invpcid, 0, TRAP_UD, 0, TRAP_UD, 0 },
	{ do_vmmcall, 0, TRAP_UD, 0, TRAP_UD, 0 },
	{ do_stac, 0, TRAP_UD, 0, TRAP_UD, 0 }, { do_monitor, 0, TRAP_UD, 0, TRAP_UD, 0 },
	{ do_rdpmc, 0, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_popf, 0, FINE, 0, FINE, 0 }, { do_fs, 0, FINE, 0, FINE, 0 }, { do_fs, 3, FINE, 0, FINE, 0 },
	{ do_fs, 0x2b, FINE, 0, FINE, 0 }, { do_fs, 0x28, FINE, 0, FINE, 0 },
	{ do_fs, 0x33, TRAP_NP, 0x30, TRAP_NP, 0x30 }, { do_fs, 0x3b, TRAP_NP, 0x38, TRAP_NP, 0x38 },
	{ do_fs, 0x43, FINE, 0, FINE, 0 }, { do_fs, 0x4b, FINE, 0, FINE, 0 },
	{ do_fs, 0x53, TRAP_GP, 0x50, TRAP_GP, 0x50 }, { do_fs, 0x1003, TRAP_GP, 0x1000, TRAP_GP, 0x1000 },
	{ do_fs, 0x2f, TRAP_GP, 0x2c, TRAP_GP, 0x2c }, { do_fs, 0xe02b, FINE, 0, FINE, 0 },
	{ do_fs, 0xe033, FINE, 0, FINE, 0 }, { do_fs, 0xe008, TRAP_GP, 0xe008, TRAP_GP, 0xe008 },
	{ do_fs, 0xe010, TRAP_GP, 0xe010, TRAP_GP, 0xe010 }, { do_fs, 0xe040, TRAP_GP, 0xe040, TRAP_GP, 0xe040 },
	{ do_fs, 0xe043, TRAP_GP, 0xe040, TRAP_GP, 0xe040 }, { do_fs, 0xfffb, TRAP_GP, 0xfff8, TRAP_GP, 0xfff8 },
	{ do_es, 0x33, TRAP_NP, 0x30, TRAP_NP, 0x30 }, { do_es, 0, FINE, 0, FINE, 0 },
	{ do_ss, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_ss, 3, TRAP_GP, 0, TRAP_GP, 0 },
	{ do_ss, 0x2b, FINE, 0, FINE, 0 }, { do_ss, 0x28, TRAP_GP, 0x28, TRAP_GP, 0x28 },
	{ do_ss, 0x33, TRAP_SS, 0x30, TRAP_SS, 0x30 }, { do_ss, 0x3b, TRAP_GP, 0x38, TRAP_GP, 0x38 },
	{ do_ss, 0x4b, TRAP_GP, 0x48, TRAP_GP, 0x48 }, { do_ss, 0x53, TRAP_GP, 0x50, TRAP_GP, 0x50 },
	{ do_ss, 0x2f, TRAP_GP, 0x2c, TRAP_GP, 0x2c }, { do_ss, 0xe02b, FINE, 0, FINE, 0 },
	{ do_ss, 0xfffb, TRAP_GP, 0xfff8, TRAP_GP, 0xfff8 }, { do_into, 0, TRAP_UD, 0, TRAP_UD, 0 },
	{ do_ljmp, 0x3b, TRAP_NP, 0x38, TRAP_NP, 0x38 }, { do_ljmp, 0x2b, TRAP_GP, 0x28, TRAP_GP, 0x28 },
	{ do_ljmp, 0, TRAP_GP, 0, TRAP_GP, 0 }, { do_ljmp, 0x2f, TRAP_GP, 0x2c, TRAP_GP, 0x2c },
	{ do_ljmp, 0x1003, TRAP_GP, 0x1000, TRAP_GP, 0x1000 },
	{ do_ljmp, 0xe008, TRAP_GP, 0xe008, TRAP_GP, 0xe008 },
	{ do_ljmp, 0xe030, TRAP_GP, 0xe030, TRAP_GP, 0xe030 }, { do_mf, 0, TRAP_MF, 0, TRAP_MF, 0 },
	{ do_fepcpuid, 0, FINE, 0, FINE, 0 },
};

CHECK(faults_in_both_modes)
{
	static const u32 mxcsr = 0x1f80;
	const u16 none = 0;

	use_gdt();
	use_user_root();
	EXPECT_EQ(set_pte(data_page, PTE(virt_to_mfn(data_page), PTE_RW | PTE_NX)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		const word arg = faults[i].arg || faults[i].run == do_fs || faults[i].run == do_es || faults[i].run == do_ss ||
				 faults[i].run == do_ljmp ? faults[i].arg : (word)data_page;

		EXPECT_EQ_OF(TRY(faults[i].run(arg)), faults[i].kernel, "row %u", i);
		if (trap.vector != NO_TRAP) {
			EXPECT_EQ_OF(trap.error, faults[i].kernel_error, "row %u", i);
			EXPECT_EQ_OF(REGS_CS(&trap.regs), FLAT_CS & ~3, "row %u", i);
		}
		EXPECT_EQ_OF(run_user(faults[i].run, arg, NULL), faults[i].user == FINE ? VEC_SYSCALL : faults[i].user, "row %u", i);
		EXPECT_EQ_OF(trap.error, faults[i].user_error, "row %u", i);
		EXPECT_EQ_OF(REGS_CS(&trap.regs), FLAT_CS, "row %u", i);
		asm volatile ("ldmxcsr %0; fninit" : : "m" (mxcsr));
	}
	asm volatile ("movw %0, %%fs; movw %0, %%es; movw %1, %%ss" : : "rm" (none), "rm" ((u16)FLAT_DS));
}

#else
#define DO(name, code...) static word do_##name(word x) { code; return x; }
DO(bp, asm volatile ("int3"))
DO(int4, asm volatile ("int $4"))
DO(int0, asm volatile ("int $0"))
#endif

/* The privilege of an entry counts for INT n; INT3 and INTO pass in any case, as on Xen. INT has no error code. */
CHECK(levels_of_entries)
{
	use_user_root();
	set_trap(TRAP_BP, 0, (word)trap_stubs + TRAP_BP * 16);
	EXPECT_EQ(run_user(do_bp, 0, NULL), TRAP_BP);
	set_trap(TRAP_OF, 0, (word)trap_stubs + TRAP_OF * 16);
	EXPECT_EQ(run_user(do_int4, 0, NULL), TRAP_OF);
	set_trap(TRAP_DE, 3, (word)trap_stubs);
	EXPECT_EQ(run_user(do_int0, 0, NULL), TRAP_DE);
	/* The stub of a vector without an error code. */
	set_trap(TRAP_GP, 0, (word)trap_stubs + 0x41 * 16);
	EXPECT_EQ(TRY(asm volatile ("int $13")), 0x41);
	EXPECT_EQ(REGS_CS(&trap.regs), WORD_HAS_64_BITS ? FLAT_CS & ~3 : FLAT_CS);
	EXPECT_EQ(PEEK(u16, trap.regs.R(ip) - 2), 0x0dcd);
	default_traps();
}

#if WORD_HAS_64_BITS
/* --- single steps --- */

static word stops[16];
static unsigned int nr_stops;

static bool note_step(struct regs *r)
{
	if (r->vector != TRAP_DB)
		return false;
	if (HYP(get_debugreg, 6, 0, 0, 0, 0) != 0xffff4ff0)
		fail("dr6 %lx", HYP(get_debugreg, 6, 0, 0, 0, 0));
	stops[nr_stops++] = r->rip;
	if (nr_stops == ARRAY_SIZE(stops) || *(u8 *)r->rip == 0x90)
		r->rflags &= ~(word)EFLAGS_TF;
	return true;
}

/* Runs the code to the NOP behind it; where it stops, in bytes from its start, is written as hexadecimal digits. */
#define STEPS(code) ({									\
	word start, digits = 0;								\
	nr_stops = 0;									\
	trap_hook = note_step;								\
	asm volatile ("leaq 1f(%%rip), %0; pushfq; orq $0x100, (%%rsp); popfq\n1: " code "\n nop"	\
		      : "=&r" (start) : "r" (table) : "rax", "rcx", "rdx", "rbx", "rdi", "rsi",	\
			"r8", "r9", "r10", "r11", "memory", "cc");			\
	trap_hook = NULL;								\
	for (unsigned int i = 0; i < nr_stops; i++)					\
		digits = digits << 8 | (stops[i] - start);				\
	digits; })

CHECK(steps_over_what_is_emulated)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	u64 *table = alloc_page(), steps;

	make_readonly(table);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(table), 0), 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	EXPECT_EQ(STEPS("incl %%eax; incl %%eax"), 0x0204);
	EXPECT_EQ(STEPS("movq %%cr0, %%rax; incl %%eax"), 0x0305);
	EXPECT_EQ(STEPS("movl $0xc0000080, %%ecx; rdmsr; incl %%eax"), 0x050709);
	EXPECT_EQ(STEPS("xorl %%eax, %%eax; ud2a; .ascii \"xen\"; cpuid; incl %%eax"), 0x02090b);
	EXPECT_EQ(STEPS("movq %1, %%rdi; movq $0x1000, (%%rdi); incl %%eax"), 0x030a0c);
	EXPECT_EQ(STEPS("movq %1, %%rdi; movl $2, %%ecx; rep stosb; incl %%eax"), 0x0308080a0c);
	EXPECT_EQ(STEPS("leaq 1b(%%rip), %%rsi; movl $2, %%ecx; movl $0xed, %%edx; rep outsb; incl %%eax"), 0x070c11111315);
	/* SYSRET stops at once, IRET, by which an interrupt in the hypervisor has it return, one instruction later. */
	steps = STEPS("movl $17, %%eax; xorl %%edi, %%edi; syscall; incl %%eax");
	if (steps != 0x05070b)
		EXPECT_EQ(steps, 0x0507090b);
	iopl.iopl = 0;
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(mmu_update_one(virt_to_mfn(table) << 12, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(table), 0), 0);
	make_writable(table);
	free_page(table);
}

#endif

/* --- debug registers --- */

static long dr(unsigned int n)
{
	return HYP(get_debugreg, n, 0, 0, 0, 0);
}

static long dr_after(unsigned int n, word value)
{
	HYP(set_debugreg, n, value, 0, 0, 0);
	return dr(n);
}

CHECK(debug_registers_bit_by_bit)
{
	static volatile u64 watched;
	word v;

	EXPECT_EQ(dr(8), -ENODEV);
	EXPECT_EQ(HYP(set_debugreg, 8, 0, 0, 0, 0), -ENODEV);
	EXPECT_EQ(dr_after(7, 0), 0x400);
	EXPECT_EQ(dr_after(7, 0xff), 0x4ff);
	EXPECT_EQ(dr_after(7, 0xffff), 0x4ff);		/* general detect: refused */
	EXPECT_EQ(dr_after(7, 0x20401), 0x4ff);		/* I/O without CR4.DE, too */
	EXPECT_EQ(dr_after(7, 0xffff0455), 0xffff0455);
	EXPECT_EQ(dr_after(7, 0xd00), 0x500);
	EXPECT_EQ(dr_after(7, 0xc000), 0x400);
	EXPECT_EQ(dr_after(6, 0), 0xffff0ff0);
	EXPECT_EQ(dr_after(6, 0xffffffff), 0xffffefff);
#if WORD_HAS_64_BITS
	EXPECT_EQ(HYP(set_debugreg, 6, 1ul << 32, 0, 0, 0), -EINVAL);
#endif
	EXPECT_EQ(dr_after(4, 0xf), 0xffff0fff);	/* another name of 6 */
	EXPECT_EQ(dr(6), 0xffff0fff);
	EXPECT_EQ(dr(5), 0x400);
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%dr2; mov %%dr2, %0" : "=r" (v) : "0" (0x2000ul))), NO_TRAP);
	EXPECT_EQ(v, 0x2000);
	/* No watchpoint on the hypervisor; what ring 1 can name is not it. */
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%dr0" : : "r" (HYPERVISOR_LOW))), WORD_HAS_64_BITS ? TRAP_GP : NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%dr7" : : "r" (0x2400ul))), TRAP_GP);
	/* All of it watched; the next trap is reported beside the last. */
	EXPECT_EQ(dr_after(0, (word)&watched), (long)&watched);
	dr_after(6, 0xffff0ff0);
	EXPECT_EQ(dr_after(7, WORD_HAS_64_BITS ? 0x90001 : 0xd0001), WORD_HAS_64_BITS ? 0x90401 : 0xd0401);
	EXPECT_EQ(TRY(watched = 1), TRAP_DB);
	EXPECT_EQ(dr(6), 0xffff0ff1);
	EXPECT_EQ(dr_after(7, 0), 0x400);
	dr_after(6, 0xffff0ff0);
}

/* --- frames --- */

static word flags_now(word unused)
{
	word f;

	(void)unused;
	asm volatile ("pushf; pop %0" : "=r" (f));
	return f;
}

CHECK(flags_of_frames)
{
	static const struct { word given, seen; bool masked; } t[] = {
		{ 0, 0x202, true }, { 0x200, 0x202, false }, { 0x3202, 0x202, false },
		{ 0x40202, 0x40202, false }, { 0x180202, 0x202, false }, { 0x200202, 0x200202, false }, { 0x10202, 0x202, false },
		{ 0x602, 0x602, false }, { 0xad7, 0xad7, false }, { 0x4202, 0x4202, false },
#if WORD_HAS_64_BITS	/* virtual-8086 mode is none; in ring 1 it is the kernel's to emulate */
		{ 0x20202, 0x202, false }, { 0x100000202, 0x202, false },
#endif
	};
	word seen;

	use_user_root();
	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		events_off();
		EXPECT_EQ(run_user_flags(flags_now, 0, t[i].given, &seen), VEC_SYSCALL);
		EXPECT_EQ_OF(seen, t[i].seen, "case %u", i);
		EXPECT_EQ_OF(trap.regs.R(flags), t[i].masked ? t[i].seen & ~(word)EFLAGS_IF : t[i].seen, "case %u", i);
		EXPECT_EQ_OF(vcpu_info(0)->evtchn_upcall_mask, t[i].masked, "case %u", i);
	}
	events_off();
}

#if WORD_HAS_64_BITS
/* A frame that cannot be returned to faults in the kernel, at the frame's address, with the selector. */
CHECK(frames_refused)
{
	static const struct { u16 cs, ss; s16 vector; u16 error; } t[] = {
		{ 0xe033, 0, TRAP_GP, 0 }, { 0xe033, 3, TRAP_GP, 0 }, { 0xe033, 0x4b, TRAP_GP, 0x48 }, { 0xe033, 0x43, TRAP_GP, 0x40 },
		{ 0xe033, 0xe033, TRAP_GP, 0xe030 }, { 0xe033, 0xe010, TRAP_GP, 0xe010 }, { 0xe033, 0x2f, TRAP_GP, 0x2c },
		{ 0xe02b, 0xe02b, TRAP_GP, 0xe028 }, { 0x3b, 0xe02b, TRAP_NP, 0x38 },
		{ 0xe00b, 0xe02b, TRAP_GP, 0xe008 }, { 3, 0xe02b, TRAP_GP, 0 }, { 0x1003, 0xe02b, TRAP_GP, 0x1000 },
		{ 0xe033, 0xe02b, VEC_SYSCALL, 0 }, { 0xe033, 0xe028, VEC_SYSCALL, 0 }, { 0xe033, 0x2b, VEC_SYSCALL, 0 },
		{ 0x53, 0x28, VEC_SYSCALL, 0 },
	};
	word *sp = (word *)(user_stack + STACK_BYTES) - 2;

	use_gdt();
	use_user_root();
	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		struct iret_frame f = { .rip = (word)flags_now, .cs = t[i].cs, .rflags = EFLAGS_IF, .rsp = (word)sp, .ss = t[i].ss };

		*sp = (word)user_return;
		EXPECT_EQ_OF(enter_frame(&f), t[i].vector, "case %u", i);
		EXPECT_EQ_OF(trap.error, t[i].error, "case %u", i);
		if (t[i].vector != VEC_SYSCALL)
			EXPECT_EQ_OF(trap.regs.rip, f.rip, "case %u", i);
	}
}

#endif

/* --- page tables --- */

/* A queue as NetBSD sends them: all kinds of updates, and the number of those that were done before the first bad one. */
CHECK(queue_of_updates)
{
	u64 *page = alloc_page(), at = pte_address(window(20), 1), mfn = virt_to_mfn(page);
	u64 at_3 = pte_address(window(20), 2);
	struct mmu_update q[] = {
		{ at | MMU_NORMAL_PT_UPDATE, PTE(mfn, PTE_RW) },
		{ mfn << 12 | MMU_MACHPHYS_UPDATE, virt_to_pfn(page) },
		{ at | MMU_PT_UPDATE_PRESERVE_AD, PTE(mfn, PTE_P | PTE_U) },
		{ at_3 | MMU_PT_UPDATE_PRESERVE_AD, entry_of(window(20), 2) },
		{ (at + 8) | MMU_NORMAL_PT_UPDATE, PTE(mfn, PTE_RO) },
		{ (at + 8) | MMU_NORMAL_PT_UPDATE, PTE(kernel_root, PTE_RW) },
		{ (at + 8) | MMU_NORMAL_PT_UPDATE, 0 },
	};
	u32 done = 99;

	EXPECT_EQ(HYP(mmu_update, q, ARRAY_SIZE(q), &done, DOMID_SELF, 0), -EBUSY);
	EXPECT_EQ(done, 5);
	EXPECT_EQ(pte_of(window(20)) & 0xfff & ~PTE_G, PTE_RW & ~PTE_W);	/* accessed and dirty as they were */
	EXPECT_EQ(pte_of(window(21)) & PTE_P, PTE_P);
	EXPECT_EQ(M2P[mfn], virt_to_pfn(page));
	EXPECT_EQ(HYP(mmu_update, q + 6, 1, &done, DOMID_SELF, 0), 0);
	EXPECT_EQ(done, 1);
	EXPECT_EQ(set_pte(window(20), 0), 0);
	free_page(page);
}

#if WORD_HAS_64_BITS
/* Each process's root names itself; those that the CPUs run on name the present process's, in the same slot. */
CHECK(roots_in_a_slot)
{
	const u64 slot = 299 * 8;
	const word linear_root = 0xffff000000000000 | 299ul << 39 | 299ul << 30 | 299ul << 21 | 299ul << 12;
	u64 *process[2], cpu = kernel_root << 12;

	for (unsigned int i = 0; i < 2; i++) {
		process[i] = alloc_page();
		process[i][299] = PTE(virt_to_mfn(process[i]), PTE_RO);
		process[i][1] = (u64)(i + 1) << 12;		/* not present */
		make_readonly(process[i]);
		EXPECT_EQ(mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn(process[i]), 0), 0);
	}
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_EQ(mmu_update_one(cpu + slot, PTE(virt_to_mfn(process[i & 1]), PTE_RO)), 0);
		mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
		EXPECT_EQ(PEEK(u64, linear_root + 8), ((i & 1) + 1ul) << 12);
		EXPECT_EQ(TRY(POKE(u64, linear_root + 8, 0)), TRAP_PF);
		EXPECT_EQ(trap.error, 3);
	}
	/* A process that ends while it is looked at stays a table. */
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(process[1]), 0), 0);
	EXPECT(set_pte(process[1], PTE(virt_to_mfn(process[1]), PTE_RW)) < 0);
	EXPECT_EQ(mmu_update_one(cpu + slot, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(process[0]), 0), 0);
	for (unsigned int i = 0; i < 2; i++) {
		make_writable(process[i]);
		free_page(process[i]);
	}
}

#endif

/* --- the end --- */

/* Each reason to end, by the call of today and that of old. */
CHECK_DOM0(reasons_to_end)
{
	static struct sched_shutdown s;
	static struct guest g;

	for (unsigned int reason = 0; reason <= SHUTDOWN_MAX; reason++) {
		EXPECT_EQ(guest_create(&g, "serve", 2100, 1), 0);
		EXPECT_EQ(guest_unpause(&g), 0);
		EXPECT_EQ(remote(&g, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
		s.reason = reason;
		guest_write(&g, (word)&s, &s, sizeof(s));
		g.mailbox->nr = reason & 1 ? __HYPERVISOR_sched_op : __HYPERVISOR_sched_op_compat;
		g.mailbox->arg[0] = SCHEDOP_shutdown;
		g.mailbox->arg[1] = reason & 1 ? (word)&s : reason;
		g.mailbox->request++;
		EXPECT_EQ_OF(guest_wait(&g, 3000000000), reason, "reason %u", reason);
		EXPECT_EQ(guest_destroy(&g), 0);
	}
}
