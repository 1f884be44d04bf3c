// SPDX-License-Identifier: GPL-2.0-only
/* User space of a ring-1 guest: the ways into its kernel and back. */
#include "ring1.h"

bool plain_returns = true;

word user_at(struct returned f)
{
	events_off();
	trap.vector = NO_TRAP;
	if (!save_context(&catch_context)) {
		catching = true;
		vcpu_info(0)->evtchn_upcall_mask = 0;
		iret_to(&f);
	}
	/* What user space loaded may not load again when this vcpu is next switched in. */
	asm volatile ("mov %0, %%fs; mov %0, %%gs" :: "r" (0));
	events_off();
	if (trap.vector != VEC_SYSCALL || trap.regs.eax != USER_EXIT)
		return ~0ul;
	trap.vector = NO_TRAP;
	return trap.regs.edi;
}

/* Entered by IRET as from a program's loader: the argument, for eax, is loaded by the first instructions of ring 3. */
void user_start(void);
asm ("user_start: popl %eax; ret");

word user(word (*fn)(word), word arg)
{
	word *sp = (word *)(user_stack + STACK_BYTES) - 4;

	sp[0] = arg;
	sp[1] = (word)fn;
	sp[2] = (word)user_return;
	return user_at((struct returned){ (word)user_start, FLAT_USER_CS, EFLAGS_IF | 2, (word)sp, FLAT_USER_SS });
}

/* --- the kernel itself --- */

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
	EXPECT_EQ(trap.regs.eflags & (EFLAGS_NT | EFLAGS_AC | EFLAGS_DF), EFLAGS_AC | EFLAGS_NT | EFLAGS_DF);
	asm volatile ("pushl $2; popfl");
	/* An IRET with NT set is refused in long mode: as #GP of this kernel. */
	EXPECT_EQ(TRY(asm volatile ("pushl %0; popfl; pushl %%cs; pushl $1f; iret; 1:" :: "r" (EFLAGS_NT | 2))), TRAP_GP);
	asm volatile ("pushl $2; popfl");
	/* The mask is saved with CS and shown as IF. */
	for (u32 mask = 0; mask < 2; mask++) {
		vcpu_info(0)->evtchn_upcall_mask = mask;
		EXPECT_EQ(TRY(asm volatile ("ud2")), TRAP_UD);
		events_off();
		EXPECT_EQ(REGS_MASK(&trap.regs), mask);
		EXPECT_EQ(trap.regs.eflags & EFLAGS_IF, mask ? 0 : EFLAGS_IF);
	}
}

/* Loads of the machine's registers, and returns that would leave ring 1 for another mode. */
CHECK(nothing_of_ring_0)
{
	EXPECT_EQ(TRY(asm volatile ("lgdt 0xc0000000")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lidt 0xc0000000")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lldt %w0" :: "r" (0))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("ltr %w0" :: "r" (0xe040))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("invlpg 0xc0000000")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("sysexit")), TRAP_GP);
	/* SYSRET and SWAPGS exist where they can be used at all. */
	TRY(asm volatile (".byte 0x0f, 0x07"));
	EXPECT(trap.vector == TRAP_GP || trap.vector == TRAP_UD);
	TRY(asm volatile (".byte 0x0f, 0x01, 0xf8"));
	EXPECT(trap.vector == TRAP_UD || trap.vector == TRAP_GP);
}

/* --- the way up and back --- */

static noinline word add_one(word x)
{
	return x + 1;
}

static noinline word say_cs(word x)
{
	u16 cs;

	(void)x;
	asm ("mov %%cs, %0" : "=r" (cs));
	return cs;
}

static noinline word call_80(word x)
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
	EXPECT_EQ(vcpu_info(0)->evtchn_upcall_mask, 1);
	r->eax = r->ebx * 2;
	return true;
}

CHECK(user_mode)
{
	u16 cs;

	EXPECT_EQ(user(add_one, 41), 42);
	EXPECT_EQ(user(say_cs, 0), FLAT_USER_CS);
	asm ("mov %%cs, %0" : "=r" (cs));
	EXPECT_EQ(cs & 3, 1);
	set_trap(0x80, 7, (word)trap_stubs + 0x80 * 16);
	trap_hook = serve_80;
	EXPECT_EQ(user(call_80, 21), 42);
	for (u32 i = 0; i < 1000; i++)
		if (user(call_80, i) != 2 * i)
			EXPECT_OF(i, 0, 1);
	/* A gate that leaves events as they are. */
	set_trap(0x80, 3, (word)trap_stubs + 0x80 * 16);
	trap_hook = NULL;
	EXPECT_EQ(user(add_one, 1), 2);
}

static noinline word call_gate_closed(word x)
{
	(void)x;
	asm volatile ("int $0x33");
	return 0;
}
static noinline word call_82(word x)
{
	long rc;

	(void)x;
	asm volatile ("int $0x82" : "=a" (rc) : "0" (17), "b" (0), "c" (0));
	return rc;
}
static noinline word do_cli(word x)
{
	(void)x;
	asm volatile ("cli");
	return 0;
}
static noinline word read_at(word x)
{
	return *(volatile u32 *)x;
}
static noinline word write_at(word x)
{
	*(volatile u32 *)x = 1;
	return 0;
}
static noinline word jump_to(word x)
{
	((void (*)(void))x)();
	return 0;
}
static noinline word int3(word x)
{
	(void)x;
	asm volatile ("int3");
	return 0;
}
static noinline word overflow(word x)
{
	(void)x;
	asm volatile ("movb $0x7f, %%al; addb $1, %%al; into" ::: "eax", "cc");
	return 0;
}

CHECK(user_faults)
{
	u8 *mine = alloc_page();

	EXPECT_EQ(user(call_gate_closed, 0), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(trap.error, 0x33 << 3 | 2);
	/* Hypercalls are the kernel's. */
	EXPECT_EQ(user(call_82, 0), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(user(do_cli, 0), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(REGS_CS(&trap.regs), FLAT_USER_CS);
	EXPECT_EQ(trap.regs.ss, FLAT_USER_SS);
	EXPECT_EQ(user(int3, 0), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_BP);
	EXPECT_EQ(user(overflow, 0), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_OF);
	EXPECT_EQ(user(read_at, 0x12345678), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_PF);
	EXPECT_EQ(trap.error, 4);
	EXPECT_EQ(trap.cr2, 0x12345678);
	EXPECT_EQ(user(write_at, 0x12345678), ~0ul);
	EXPECT_EQ(trap.error, 6);
	/* The kernel's pages are not user space's. */
	EXPECT_EQ(set_pte(mine, PTE(virt_to_mfn(mine), PTE_RW & ~PTE_U)), 0);
	EXPECT_EQ(PEEK(u32, mine), 0);
	EXPECT_EQ(user(read_at, (word)mine), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_PF);
	EXPECT_EQ(trap.error, 5);
	EXPECT_EQ(trap.cr2, (word)mine);
	EXPECT_EQ(user(write_at, (word)mine), ~0ul);
	EXPECT_EQ(trap.error, 7);
	EXPECT_EQ(user(jump_to, (word)mine), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_PF);
	EXPECT_EQ(user(write_at, 0xf5800000), ~0ul);
	EXPECT_EQ(trap.error, 7);
	EXPECT_EQ(user(read_at, 0xfffffff0), ~0ul);
	EXPECT_EQ(trap.vector, TRAP_PF);
}

/* --- how long it takes: instructions, when the emulator counts them --- */

#define ROUNDS 1000
static noinline word time_80(word x)
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
asm (".balign 16; empty_handler: iret");
static u32 timed;
static noinline word time_and_trap(word x)
{
	timed = time_80(x);
	asm volatile ("ud2");
	return 0;
}

CHECK(timing)
{
	set_trap(0x80, 3, (u32)empty_handler);
	trap_hook = NULL;
	user(time_and_trap, 0);
	printk("(ticks: system call %u, hypercall %u) ", timed / ROUNDS, time_hypercall() / ROUNDS);
	default_traps();
}

/* --- SYSENTER and SYSCALL --- */

extern u8 user_after_syscall[];
asm ("user_sysenter: pushl %ebp; movl %esp, %ebp; movl $0x5e5e, %eax; sysenter; ud2\n"
     ".globl user_sysenter, user_syscall\n"
     "user_syscall: movl $0x5c5c, %eax; syscall\n"
     "user_after_syscall: ret");

static bool serve_fast(struct regs *r)
{
	struct returned f;

	if (r->vector == VEC_SYSENTER && r->eax == 0x5e5e) {
		u32 *sp = (u32 *)r->ebp;

		EXPECT_EQ(r->ss, FLAT_USER_SS);
		EXPECT(r->eflags & EFLAGS_IF);
		r->eax = 0xe0e0;
		r->ebp = sp[0];
		f = (struct returned){ sp[1], FLAT_USER_CS, r->eflags, (u32)(sp + 2), FLAT_USER_SS };
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
	rc = user(user_sysenter, 0);
	if (rc != 0xe0e0) {
		/* AMD's CPUs lack it in long mode. */
		EXPECT(trap.vector == TRAP_UD);
		printk("(no SYSENTER) ");
	}
	rc = user(user_syscall, 0);
	if (rc != 0xc0c0) {
		EXPECT(trap.vector == TRAP_UD);
		printk("(no SYSCALL) ");
	}
}

/* --- flags on the way in --- */

static noinline word flags_80(word x)
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
	EXPECT_EQ(user(flags_80, EFLAGS_AC | EFLAGS_NT | EFLAGS_IOPL | 2), 0);
	EXPECT_EQ(entered_with & (EFLAGS_AC | EFLAGS_NT | EFLAGS_TF | EFLAGS_IOPL), 0);
	EXPECT_EQ(shown & (EFLAGS_AC | EFLAGS_NT), EFLAGS_AC | EFLAGS_NT);
	EXPECT_EQ(shown & EFLAGS_IOPL, 0);
	EXPECT_EQ(user(flags_80, EFLAGS_TF | 2), 0);
	EXPECT_EQ(entered_with & EFLAGS_TF, 0);
}

/* --- returns to odd places: all are the kernel's own faults, or user space's --- */

static int iret_with(u32 eip, u32 cs, u32 eflags, u32 esp, u32 ss)
{
	struct returned f = { eip, cs, eflags, esp, ss };

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
		EXPECT_OF(bad[i], REGS_CS(&trap.regs) & 3, 1);
		v = iret_with((u32)add_one, FLAT_USER_CS, 2, sp, bad[i]);
		EXPECT_OF(bad[i], v == TRAP_GP || v == TRAP_SS || v == TRAP_PF, 1);
		EXPECT_OF(bad[i], REGS_CS(&trap.regs) & 3, 1);
	}
	/*
	 * VM in the frame means nothing outside of ring 0, and nothing at all in long
	 * mode. An emulator that believes it must not make others believe it.
	 */
	for (u32 cs = 0x1000; cs < 0x1004; cs++) {
		static u32 frame[9];

		memcpy(frame, (u32[]){ 0x10, cs, EFLAGS_VM | EFLAGS_IF | 2, 0x100, 0x200, 0, 0, 0, 0 }, sizeof(frame));
		EXPECT_OF(cs, TRY(iret_to((struct returned *)frame)) != NO_TRAP, 1);
	}
	/* IF and IOPL neither. */
	EXPECT_EQ(user_at((struct returned){ (u32)do_cli, FLAT_USER_CS, EFLAGS_IOPL | 2, sp, FLAT_USER_SS }), ~0u);
	EXPECT_EQ(trap.vector, TRAP_GP);
	EXPECT_EQ(trap.regs.eflags & EFLAGS_IOPL, 0);
}

/* --- the iret hypercall --- */

static u8 hyp_stack[4096] __attribute__((aligned(16)));
static int hyper_iret(u32 eax, struct returned f)
{
	struct returned_by_call *frame = (struct returned_by_call *)(hyp_stack + 2048);

	*frame = (struct returned_by_call){ .eax = eax, .f = f };
	return TRY(iret_hypercall(frame));
}

extern u8 iret_landing[];
asm ("iret_landing: ud2");

static u32 seen_eax;
static bool see_eax(struct regs *r)
{
	seen_eax = r->eax;
	return false;
}

CHECK(iret_hypercalls)
{
	struct returned f = { (u32)iret_landing, FLAT_KERNEL_CS, EFLAGS_IF | 2, 0, 0 };

	trap_hook = see_eax;
	/* Within the kernel, and the mask follows IF. */
	EXPECT_EQ(hyper_iret(0x1234, f), TRAP_UD);
	EXPECT_EQ(seen_eax, 0x1234);
	EXPECT_EQ(trap.regs.eip, (u32)iret_landing);
	EXPECT_EQ(REGS_MASK(&trap.regs), 0);
	f.eflags = 2 | EFLAGS_DF | EFLAGS_IOPL;
	EXPECT_EQ(hyper_iret(0, f), TRAP_UD);
	EXPECT_EQ(REGS_MASK(&trap.regs), 1);
	EXPECT(trap.regs.eflags & EFLAGS_DF);
	EXPECT_EQ(trap.regs.eflags & EFLAGS_IOPL, 0);
	/* Selectors of ring 0 are raised, or refused. */
	f.eflags = 2;
	f.cs = FLAT_KERNEL_CS & ~3;
	EXPECT_EQ(hyper_iret(0, f), TRAP_UD);
	EXPECT_EQ(REGS_CS(&trap.regs) & 3, 1);
	/* To user space. */
	f = (struct returned){ (u32)do_cli, FLAT_USER_CS, EFLAGS_IF | 2, (u32)user_stack + 4000, FLAT_USER_SS };
	EXPECT_EQ(hyper_iret(0, f), TRAP_GP);
	EXPECT_EQ(REGS_CS(&trap.regs), FLAT_USER_CS);
	EXPECT_EQ(trap.regs.esp, (u32)user_stack + 4000);
	/* User selectors that do not load: the failsafe callback, with the frame as it was. */
	f.cs = 0x1003;
	EXPECT_EQ(hyper_iret(0, f), VEC_FAILSAFE);
	EXPECT_EQ(REGS_CS(&trap.regs), 0x1003);
	f.cs = FLAT_USER_CS;
	f.ss = 0xe02b;
	EXPECT_EQ(hyper_iret(0, f), VEC_FAILSAFE);
	f.ss = FLAT_USER_SS;
	/* Virtual-8086 mode, of which there is none: as if it had faulted at once. */
	f.eflags = EFLAGS_VM | EFLAGS_IF | 2;
	f.cs = 0x100;
	f.ss = 0x200;
	EXPECT_EQ(hyper_iret(0, f), TRAP_GP);
	EXPECT(trap.regs.eflags & EFLAGS_VM);
	EXPECT_EQ(REGS_CS(&trap.regs), 0x100);
}

/* --- events while user space runs --- */

static volatile u32 go_on;
static noinline word wait_for_it(word x)
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
	EXPECT_EQ(REGS_MASK(r), 0);
	EXPECT(r->eflags & EFLAGS_IF);
	EXPECT_EQ(vcpu_info(0)->evtchn_upcall_mask, 1);
	vcpu_info(0)->evtchn_upcall_pending = 0;
	vcpu_info(0)->evtchn_pending_sel = 0;
	shared->evtchn_pending[0] = 0;
	go_on = 1;
	return true;
}

CHECK(event_in_user_mode)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };
	u64 until = shared->vcpu_info[0].time.system_time + 30000000;

	go_on = 0;
	events_off();
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_bind_virq, &bind, 0, 0, 0), 0);
	shared->evtchn_pending[0] = 0;
	vcpu_info(0)->evtchn_upcall_pending = 0;
	shared->evtchn_mask[0] = 0;
	trap_hook = let_go;
	EXPECT_EQ(set_timer(until), 0);
	EXPECT_EQ(user(wait_for_it, 0), 77);
	EXPECT_EQ(HYP(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){ bind.port }, 0, 0, 0), 0);
}
