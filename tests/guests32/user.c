// SPDX-License-Identifier: GPL-2.0-only
/* User space of a ring-1 guest: the ways into its kernel and back. */
#include "lib.h"
#include <public/event_channel.h>

static u32 USER add_one(u32 x)
{
	return x + 1;
}

static u32 USER say_cs(u32 x)
{
	u16 cs;

	(void)x;
	asm ("mov %%cs, %0" : "=r" (cs));
	return cs;
}

static u32 USER call_80(u32 x)
{
	u32 r;

	asm volatile ("int $0x80" : "=a" (r) : "0" (0x5151), "b" (x), "c" (0xc0c0c0c0), "d" (0xd0d0d0d0) : "memory");
	return r;
}

static bool serve_80(struct regs *r)
{
	if (r->vector != 0x80 || r->eax != 0x5151)
		return false;
	EXPECT_EQ(r->ecx, 0xc0c0c0c0);
	EXPECT_EQ(r->edx, 0xd0d0d0d0);
	EXPECT_EQ(r->cs, FLAT_USER_CS);
	EXPECT_EQ(r->ss, FLAT_USER_SS);
	EXPECT(r->eflags & EFLAGS_IF);
	EXPECT_EQ(r->eflags & EFLAGS_IOPL, 0);
	EXPECT((u8 *)r + sizeof(*r) == kernel_stack + STACK_BYTES);
	EXPECT_EQ(vinfo->evtchn_upcall_mask, 1);
	r->eax = r->ebx * 2;
	return true;
}

CHECK(user_mode)
{
	u16 cs;

	EXPECT_EQ(run_user(add_one, 41), 42);
	EXPECT_EQ(run_user(say_cs, 0), FLAT_USER_CS);
	asm ("mov %%cs, %0" : "=r" (cs));
	EXPECT_EQ(cs & 3, 1);
	trap_hook = serve_80;
	EXPECT_EQ(run_user(call_80, 21), 42);
	for (u32 i = 0; i < 1000; i++)
		if (run_user(call_80, i) != 2 * i)
			EXPECT_OF(i, 0, 1);
	/* A gate that leaves events as they are. */
	set_trap(0x80, 3, FLAT_KERNEL_CS, (u32)trap_stubs + 0x80 * 16);
	trap_hook = NULL;
	EXPECT_EQ(run_user(add_one, 1), 2);
	set_trap(0x80, 7, FLAT_KERNEL_CS, (u32)trap_stubs + 0x80 * 16);
}

static u32 USER call_gate_closed(u32 x)
{
	(void)x;
	asm volatile ("int $0x33");
	return 0;
}
static u32 USER call_82(u32 x)
{
	long rc;

	(void)x;
	asm volatile ("int $0x82" : "=a" (rc) : "0" (17), "b" (0), "c" (0));
	return rc;
}
static u32 USER do_cli(u32 x)
{
	(void)x;
	asm volatile ("cli");
	return 0;
}
static u32 USER read_at(u32 x)
{
	return *(volatile u32 *)x;
}
static u32 USER write_at(u32 x)
{
	*(volatile u32 *)x = 1;
	return 0;
}
static u32 USER jump_to(u32 x)
{
	((void (*)(void))x)();
	return 0;
}
static u32 USER int3(u32 x)
{
	(void)x;
	asm volatile ("int3");
	return 0;
}
static u32 USER overflow(u32 x)
{
	(void)x;
	asm volatile ("movb $0x7f, %%al; addb $1, %%al; into" ::: "eax", "cc");
	return 0;
}

CHECK(user_faults)
{
	EXPECT_EQ(run_user(call_gate_closed, 0), ~0u);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(trap.error, 0x33 << 3 | 2);
	/* Hypercalls are the kernel's. */
	EXPECT_EQ(run_user(call_82, 0), ~0u);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(run_user(do_cli, 0), ~0u);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(trap.cs, FLAT_USER_CS);
	EXPECT_EQ(trap.ss, FLAT_USER_SS);
	EXPECT_EQ(run_user(int3, 0), ~0u);
	EXPECT_EQ(trap.vector, TRAP_BP);
	EXPECT_EQ(run_user(overflow, 0), ~0u);
	EXPECT_EQ(trap.vector, TRAP_OF);
	EXPECT_EQ(run_user(read_at, 0x12345678), ~0u);
	EXPECT_EQ(trap.vector, TRAP_PF);
	EXPECT_EQ(trap.error, 4);
	EXPECT_EQ(trap.cr2, 0x12345678);
	EXPECT_EQ(run_user(write_at, 0x12345678), ~0u);
	EXPECT_EQ(trap.error, 6);
	/* The kernel's pages are not user space's. */
	EXPECT_EQ(run_user(read_at, (u32)kernel_stack), ~0u);
	EXPECT_EQ(trap.vector, TRAP_PF);
	EXPECT_EQ(trap.error, 5);
	EXPECT_EQ(trap.cr2, (u32)kernel_stack);
	EXPECT_EQ(run_user(write_at, (u32)kernel_stack), ~0u);
	EXPECT_EQ(trap.error, 7);
	EXPECT_EQ(run_user(jump_to, (u32)kernel_stack), ~0u);
	EXPECT_EQ(trap.vector, TRAP_PF);
	EXPECT_EQ(run_user(write_at, 0xf5800000), ~0u);
	EXPECT_EQ(trap.error, 7);
	EXPECT_EQ(run_user(read_at, 0xfffffff0), ~0u);
	EXPECT_EQ(trap.vector, TRAP_PF);
}

/* --- how long it takes: instructions, when the emulator counts them --- */

#define ROUNDS 1000
static u32 USER time_80(u32 x)
{
	u32 a, b;

	(void)x;
	asm volatile ("rdtsc" : "=a" (a) :: "edx");
	for (u32 i = 0; i < ROUNDS; i++)
		asm volatile ("int $0x80" ::: "memory");
	asm volatile ("rdtsc" : "=a" (b) :: "edx");
	return b - a;
}
static u32 time_hypercall(void)
{
	u32 a, b;

	asm volatile ("rdtsc" : "=a" (a) :: "edx");
	for (u32 i = 0; i < ROUNDS; i++)
		HYP(xen_version, 0, 0, 0, 0, 0);
	asm volatile ("rdtsc" : "=a" (b) :: "edx");
	return b - a;
}
extern u8 empty_handler[];
static u32 USER_DATA timed;
static u32 USER time_and_trap(u32 x)
{
	timed = time_80(x);
	asm volatile ("ud2");
	return 0;
}

CHECK(timing)
{
	set_trap(0x80, 3, FLAT_KERNEL_CS, (u32)empty_handler);
	trap_hook = NULL;
	run_user(time_and_trap, 0);
	printk("(ticks: system call %u, hypercall %u) ", timed / ROUNDS, time_hypercall() / ROUNDS);
	set_trap(0x80, 7, FLAT_KERNEL_CS, (u32)trap_stubs + 0x80 * 16);
}

/* --- SYSENTER and SYSCALL --- */

extern u32 user_sysenter(u32), user_syscall(u32);
extern u8 user_after_syscall[];

static bool serve_fast(struct regs *r)
{
	struct iret_frame f;

	if (r->vector == VEC_SYSENTER && r->eax == 0x5e5e) {
		u32 *sp = (u32 *)r->ebp;

		EXPECT_EQ(r->ss, FLAT_USER_SS);
		EXPECT(r->eflags & EFLAGS_IF);
		r->eax = 0xe0e0;
		r->ebp = sp[0];
		f = (struct iret_frame){ sp[1], FLAT_USER_CS, r->eflags, (u32)(sp + 2), FLAT_USER_SS };
	} else if (r->vector == VEC_SYSCALL32 && r->eax == 0x5c5c) {
		EXPECT_EQ(r->eip, (u32)user_after_syscall);
		EXPECT_EQ(r->cs, FLAT_USER_CS);
		EXPECT_EQ(r->ss, FLAT_USER_SS);
		r->eax = 0xc0c0;
		return true;
	} else {
		return false;
	}
	r->eip = f.eip;
	r->cs = f.cs;
	r->eflags = f.eflags;
	r->esp = f.esp;
	r->ss = f.ss;
	return true;
}

CHECK(fast_calls)
{
	u32 rc;

	trap_hook = serve_fast;
	rc = run_user(user_sysenter, 0);
	if (rc != 0xe0e0) {
		/* AMD's CPUs lack it in long mode. */
		EXPECT(trap.vector == TRAP_UD);
		printk("(no SYSENTER) ");
	}
	rc = run_user(user_syscall, 0);
	if (rc != 0xc0c0) {
		EXPECT(trap.vector == TRAP_UD);
		printk("(no SYSCALL) ");
	}
}

/* --- flags on the way in --- */

static u32 USER flags_80(u32 x)
{
	u32 r;

	asm volatile ("pushl %2; popfl; int $0x80; pushl $2; popfl" : "=a" (r) : "0" (0x5f5f), "r" (x) : "memory");
	return r;
}
static u32 entered_with, shown;
static bool look_at_flags(struct regs *r)
{
	if (r->vector == TRAP_DB) {
		r->eflags &= ~EFLAGS_TF;
		return true;
	}
	if (r->vector != 0x80 || r->eax != 0x5f5f)
		return false;
	asm volatile ("pushfl; popl %0" : "=r" (entered_with));
	shown = r->eflags;
	r->eax = 0;
	r->eflags &= ~(EFLAGS_TF | EFLAGS_NT);
	return true;
}

CHECK(flags_on_entry)
{
	trap_hook = look_at_flags;
	EXPECT_EQ(run_user(flags_80, EFLAGS_AC | EFLAGS_NT | EFLAGS_IOPL | 2), 0);
	EXPECT_EQ(entered_with & (EFLAGS_AC | EFLAGS_NT | EFLAGS_TF | EFLAGS_IOPL), 0);
	EXPECT_EQ(shown & (EFLAGS_AC | EFLAGS_NT), EFLAGS_AC | EFLAGS_NT);
	EXPECT_EQ(shown & EFLAGS_IOPL, 0);
	EXPECT_EQ(run_user(flags_80, EFLAGS_TF | 2), 0);
	EXPECT_EQ(entered_with & EFLAGS_TF, 0);
}

/* --- returns to odd places: all are the kernel's own faults, or user space's --- */

static int iret_with(u32 eip, u32 cs, u32 eflags, u32 esp, u32 ss)
{
	struct iret_frame f = { eip, cs, eflags, esp, ss };

	return TRY(iret_to(&f));
}

CHECK(bad_irets)
{
	static const u16 bad[] = { 0, 1, 2, 3, 0xe008, 0xe009, 0xe00b, 0xe010, 0xe013, 0xe018, 0xe01b, 0xe038, 0xe03b,
				   0xe040, 0xe050, 0xe060, 0xf000, 0xfff8, 0xfffb, 7, 0xf };
	u32 sp = (u32)user_stack + 4000;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		int v = iret_with((u32)add_one, bad[i], 2, sp, FLAT_USER_SS);

		EXPECT_OF(bad[i], v == TRAP_GP || v == TRAP_NP || v == TRAP_PF, 1);
		EXPECT_OF(bad[i], trap.cs & 3, 1);
		v = iret_with((u32)add_one, FLAT_USER_CS, 2, sp, bad[i]);
		EXPECT_OF(bad[i], v == TRAP_GP || v == TRAP_SS || v == TRAP_PF, 1);
		EXPECT_OF(bad[i], trap.cs & 3, 1);
	}
	/*
	 * VM in the frame means nothing outside of ring 0, and nothing at all in long
	 * mode. An emulator that believes it must not make others believe it.
	 */
	for (u32 cs = 0x1000; cs < 0x1004; cs++) {
		static u32 frame[9];

		memcpy(frame, (u32[]){ 0x10, cs, EFLAGS_VM | EFLAGS_IF | 2, 0x100, 0x200, 0, 0, 0, 0 }, sizeof(frame));
		EXPECT_OF(cs, TRY(iret_to((struct iret_frame *)frame)) != NO_TRAP, 1);
	}
	/* IF and IOPL neither. */
	EXPECT_EQ(run_user_at((struct iret_frame){ (u32)do_cli, FLAT_USER_CS, EFLAGS_IOPL | 2, sp, FLAT_USER_SS }), ~0u);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(trap.eflags & EFLAGS_IOPL, 0);
}

/* --- the iret hypercall --- */

static u8 hyp_stack[4096] __attribute__((aligned(16)));
static int hyper_iret(u32 eax, struct iret_frame f)
{
	struct iret_frame_eax *frame = (struct iret_frame_eax *)(hyp_stack + 2048);

	*frame = (struct iret_frame_eax){ .eax = eax, .f = f };
	return TRY(iret_hypercall(frame));
}

extern u8 iret_landing[];
asm (".globl iret_landing; iret_landing: ud2");

static u32 seen_eax;
static bool see_eax(struct regs *r)
{
	seen_eax = r->eax;
	return false;
}

CHECK(iret_hypercalls)
{
	struct iret_frame f = { (u32)iret_landing, FLAT_KERNEL_CS, EFLAGS_IF | 2, 0, 0 };

	trap_hook = see_eax;
	/* Within the kernel, and the mask follows IF. */
	EXPECT_EQ(hyper_iret(0x1234, f), TRAP_UD);
	EXPECT_EQ(seen_eax, 0x1234);
	EXPECT_EQ(trap.eip, (u32)iret_landing);
	EXPECT_EQ(trap.mask, 0);
	f.eflags = 2 | EFLAGS_DF | EFLAGS_IOPL;
	EXPECT_EQ(hyper_iret(0, f), TRAP_UD);
	EXPECT_EQ(trap.mask, 1);
	EXPECT(trap.eflags & EFLAGS_DF);
	EXPECT_EQ(trap.eflags & EFLAGS_IOPL, 0);
	/* Selectors of ring 0 are raised, or refused. */
	f.eflags = 2;
	f.cs = FLAT_KERNEL_CS & ~3;
	EXPECT_EQ(hyper_iret(0, f), TRAP_UD);
	EXPECT_EQ(trap.cs & 3, 1);
	/* To user space. */
	f = (struct iret_frame){ (u32)do_cli, FLAT_USER_CS, EFLAGS_IF | 2, (u32)user_stack + 4000, FLAT_USER_SS };
	EXPECT_EQ(hyper_iret(0, f), TRAP_GP);
	EXPECT_EQ(trap.cs, FLAT_USER_CS);
	EXPECT_EQ(trap.esp, (u32)user_stack + 4000);
	/* User selectors that do not load: the failsafe callback, with the frame as it was. */
	f.cs = 0x1003;
	EXPECT_EQ(hyper_iret(0, f), VEC_FAILSAFE);
	EXPECT_EQ(trap.cs, 0x1003);
	f.cs = FLAT_USER_CS;
	f.ss = 0xe02b;
	EXPECT_EQ(hyper_iret(0, f), VEC_FAILSAFE);
	f.ss = FLAT_USER_SS;
	/* Virtual-8086 mode, of which there is none: as if it had faulted at once. */
	f.eflags = EFLAGS_VM | EFLAGS_IF | 2;
	f.cs = 0x100;
	f.ss = 0x200;
	EXPECT_EQ(hyper_iret(0, f), TRAP_GP);
	EXPECT(trap.eflags & EFLAGS_VM);
	EXPECT_EQ(trap.cs, 0x100);
	/* None of it can be had from a multicall or at a place that is not there. */
}

/* --- events while user space runs --- */

static volatile u32 USER_DATA go_on;
static u32 USER wait_for_it(u32 x)
{
	(void)x;
	while (!go_on)
		;
	return 77;
}
static bool let_go(struct regs *r)
{
	if (r->vector != VEC_EVENT)
		return false;
	EXPECT(FROM_USER(r));
	EXPECT_EQ(SAVED_MASK(r), 0);
	EXPECT(r->eflags & EFLAGS_IF);
	EXPECT_EQ(vinfo->evtchn_upcall_mask, 1);
	vinfo->evtchn_upcall_pending = 0;
	vinfo->evtchn_pending_sel = 0;
	shared->evtchn_pending[0] = 0;
	go_on = 1;
	return true;
}

CHECK(event_in_user_mode)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };
	u64 until = shared->vcpu_info[0].time.system_time + 30000000;

	go_on = 0;
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_bind_virq, &bind, 0, 0, 0), 0);
	shared->evtchn_pending[0] = 0;
	vinfo->evtchn_upcall_pending = 0;
	shared->evtchn_mask[0] = 0;
	trap_hook = let_go;
	EXPECT_EQ(HYP(set_timer_op, LO(until), HI(until), 0, 0, 0), 0);
	EXPECT_EQ(run_user(wait_for_it, 0), 77);
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){ bind.port }, 0, 0, 0), 0);
}
