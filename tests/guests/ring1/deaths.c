// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel does not survive, and the host does: "main NAME" on its command
 * line. Each must end in a crash of the domain, for the reason that the runner
 * looks for, and in nothing else. (Stack segments that are null or too short are
 * not tried: the emulator lets them pass.)
 */
#include "ring1.h"

static noinline word call_80(word x)
{
	asm volatile ("int $0x80" : : "a" (x) : "memory");
	return x;
}
static noinline word fault(word x)
{
	return *(volatile u32 *)x;
}
static void stack(u32 ss, u32 sp)
{
	HYP(stack_switch, ss, sp, 0, 0, 0);
}
/* By any of the four ways in that are taken without C. */
static void enter(void)
{
	static word (*const ways[])(word) = { call_80, fault, user_sysenter, user_syscall };

	for (u32 i = 0; i < ARRAY_SIZE(ways); i++)
		user(ways[i], 0x123);
}
static void enter_by(word (*way)(word))
{
	user(way, 0x123);
}

static void handler(u8 vector, u8 flags, u16 cs, unsigned int stub)
{
	struct trap_info t[2] = { { .vector = vector, .flags = flags, .cs = cs, .address = (word)trap_stubs + stub * 16 } };

	HYP(set_trap_table, t, 0, 0, 0, 0);
}
static void handler_in_ring_3(void)
{
	handler(0x80, 7, FLAT_USER_CS, 0x80);
	enter_by(call_80);
}
static void handler_nowhere(void)
{
	handler(14, 4, 0x1001, 14);
	enter_by(fault);
}
static void handler_of_the_hypervisor(void)
{
	handler(0x80, 7, 0xe008, 0);
	enter_by(call_80);
}
static void sysenter_nowhere(void)
{
	struct callback_register cb = { .type = CALLBACKTYPE_sysenter, .address = { 0xfff9, 0x1000 } };

	HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0);
	cb.type = CALLBACKTYPE_syscall32;
	HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0);
	enter_by(user_sysenter);
	enter_by(user_syscall);
}
static void stack_missing(void)
{
	stack(FLAT_KERNEL_SS, 0x20000000);
	enter();
}
static void stack_of_page_tables(void)
{
	stack(FLAT_KERNEL_SS, (u32)ROOT + 2048);
	enter();
}
static void stack_at_zero(void)
{
	stack(FLAT_KERNEL_SS, 0);
	enter();
}
static void stack_wraps(void)
{
	stack(FLAT_KERNEL_SS, 8);
	enter_by(fault);
}
static void stack_in_the_m2p(void)
{
	stack(FLAT_KERNEL_SS, 0xf5800800);
	enter();
}
static void stack_at_the_end(void)
{
	stack(FLAT_KERNEL_SS, 0xfffffffc);
	enter_by(user_syscall);
	enter_by(call_80);
}
static void stack_of_the_hypervisor(void)
{
	stack(0xe010, (u32)kernel_stack + STACK_BYTES);
	enter();
}
static void no_handler(void)
{
	HYP(set_trap_table, 0, 0, 0, 0, 0);
	asm volatile ("ud2");
}
/* Has the hypervisor take the lock that a crash takes, too, the other way: with interrupts on. */
static void say_why(void)
{
	struct sched_shutdown why = { .reason = SHUTDOWN_crash };

	sched_op(SCHEDOP_shutdown_code, &why);
}
static void step_without_handler(void)
{
	say_why();
	HYP(set_trap_table, 0, 0, 0, 0, 0);
	asm volatile ("pushf; orl $0x100, (%%esp); popf; nop; nop" : : : "memory", "cc");
}
/* On the way out of a hypercall, where the hypervisor has interrupts off. */
static void event_without_stack(void)
{
	struct evtchn_send send = { .port = bind_ipi(0) };

	say_why();
	events_off();
	unmask_port(send.port);
	event_op(EVTCHNOP_send, &send);
	stack(FLAT_KERNEL_SS, 0x20000000);
	enter_by(call_80);
}
static void failsafe_nowhere(void)
{
	struct returned_by_call f = { 0, { 0x1000, 0x1003, EFLAGS_IF | 2, 0x1000, FLAT_USER_SS }, 0, 0, 0, 0 };

	HYP(set_callbacks, FLAT_KERNEL_CS, 0, FLAT_USER_CS, 0x1000, 0);
	iret_hypercall(&f);
}
static void iret_without_frame(void)
{
	iret_hypercall((void *)0x20000ffc);
}
static void iret_half_a_frame(void)
{
	u32 *end = alloc_page(), *after = alloc_page();

	set_pte(after, 0);
	end += PAGE_BYTES / 4 - 4;
	memcpy(end, (u32[]){ 0, 0x1000, FLAT_USER_CS, EFLAGS_IF | 2 }, 16);
	iret_hypercall((void *)end);
}
static void vm86_without_handler(void)
{
	struct returned_by_call f = { 0, { 0x1000, 0x1003, EFLAGS_VM | EFLAGS_IF | 2, 0x1000, 0 }, 0, 0, 0, 0 };

	HYP(set_trap_table, 0, 0, 0, 0, 0);
	iret_hypercall(&f);
}
static void iret_to_ring_0(void)
{
	struct returned_by_call f = { 0, { (word)trap_stubs, 0xe008, EFLAGS_IF | 2, 0, 0 }, 0, 0, 0, 0 };

	iret_hypercall(&f);
}

void guest_main(void)
{
#define D(name) { #name, name }
	static const struct { const char *name; void (*how)(void); } deaths[] = {
		D(handler_in_ring_3), D(handler_nowhere), D(handler_of_the_hypervisor), D(sysenter_nowhere),
		D(stack_missing), D(stack_of_page_tables), D(stack_at_zero), D(stack_wraps), D(stack_in_the_m2p),
		D(stack_at_the_end), D(stack_of_the_hypervisor), D(no_handler), D(step_without_handler),
		D(event_without_stack),
		D(failsafe_nowhere), D(iret_without_frame), D(iret_half_a_frame), D(vm86_without_handler),
		D(iret_to_ring_0),
	};
	for (u32 i = 0; i < ARRAY_SIZE(deaths); i++)
		if (has_argument(deaths[i].name)) {
			deaths[i].how();
			printk("FAIL %s: survived\n", deaths[i].name);
			shut_down(SHUTDOWN_reboot);
		}
	printk("FAIL no such death: %s\n", (const char *)si->cmd_line);
	shut_down(SHUTDOWN_reboot);
}
