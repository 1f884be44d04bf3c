// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traps and callbacks. What a check expects is caught and makes TRY or
 * run_user return; what nobody expects ends the guest with a dump. One catch
 * at a time, on vcpu 0.
 */
#include "lib.h"

struct trap trap;
struct context catch_context;
volatile bool catching;
bool (*trap_hook)(struct regs *r);
word failsafe_selectors[4];
bool plain_returns __attribute__((weak));

bool handle_trap(struct regs *r);

unsigned int this_vcpu(void)
{
	word sp = (word)__builtin_frame_address(0);

	if (sp - (word)vcpu_stacks < STACK_BYTES * 2 * MAX_VCPUS)
		return (sp - (word)vcpu_stacks) / (2 * STACK_BYTES);
	return 0;
}

static void dump(struct regs *r)
{
	printk("trap %#lx error %#lx cr2 %#lx\n"
	       "ip %lx cs %lx flags %lx sp %lx ss %lx\n"
	       "ax %lx bx %lx cx %lx dx %lx si %lx di %lx bp %lx\n",
	       r->vector, r->error, (word)vcpu_info(this_vcpu())->arch.cr2,
	       r->R(ip), r->cs, r->R(flags), r->R(sp), r->ss,
	       r->R(ax), r->R(bx), r->R(cx), r->R(dx), r->R(si), r->R(di), r->R(bp));
#if WORD_HAS_64_BITS
	printk("r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx\n",
	       r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15);
#endif
}

/* True: back by the IRET instruction, which ring 1 may do itself, but for what it alone cannot: end an NMI. */
static bool leave(const struct regs *r)
{
	if (!plain_returns || r->vector == VEC_NMI || r->vector == 2)
		return false;
	vcpu_info(this_vcpu())->evtchn_upcall_mask = REGS_MASK(r);
	return true;
}

bool handle_trap(struct regs *r)
{
	if (trap_hook && trap_hook(r))
		return leave(r);
	if (r->vector == VEC_EVENT) {
		handle_upcall(r);
		return leave(r);
	}
	if (catching && this_vcpu() == 0) {
		catching = false;
		trap.vector = r->vector;
		trap.error = r->error;
		trap.cr2 = vcpu_info(0)->arch.cr2;
		trap.regs = *r;
		restore_context(&catch_context, 1);
	}
	dump(r);
	fail("unexpected trap %#lx at %#lx", r->vector, r->R(ip));
	failed++;
	printk("FAIL (" ABI_NAME ", stopped)\n%lu passed, %lu failed\n", passed, failed);
	shut_down(is_dom0 ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

void set_trap(u8 vector, u8 flags, word address)
{
	struct trap_info t[2] = { { .vector = vector, .flags = flags, .cs = FLAT_CS, .address = address } };
	long rc = HYP(set_trap_table, t, 0, 0, 0, 0);

	if (rc)
		fail("set_trap_table(%u): %ld", vector, rc);
}

static long register_callback(unsigned int type, void *address)
{
	struct callback_register r = { .type = type, .address = CALLBACK_AT(address) };

	return HYP(callback_op, CALLBACKOP_register, &r, 0, 0, 0);
}

void default_traps(void)
{
	static struct trap_info t[257];
	static const u8 user_may[] = { TRAP_BP, TRAP_OF, 0x80 };

	memset(t, 0, sizeof(t));
	for (unsigned int i = 0; i < 256; i++) {
		t[i].vector = i;
		t[i].cs = FLAT_CS;
		t[i].address = (word)trap_stubs + i * 16;
	}
	for (unsigned int i = 0; i < sizeof(user_may); i++)
		t[user_may[i]].flags = 3;
	if (HYP(set_trap_table, t, 0, 0, 0, 0))
		fail("no trap table");
	if (register_callback(CALLBACKTYPE_event, event_callback) ||
	    register_callback(CALLBACKTYPE_failsafe, failsafe_callback) ||
#if WORD_HAS_64_BITS
	    register_callback(CALLBACKTYPE_syscall, syscall_callback) ||
#endif
	    register_callback(CALLBACKTYPE_syscall32, syscall32_callback) ||
	    register_callback(CALLBACKTYPE_sysenter, sysenter_callback) ||
	    register_callback(CALLBACKTYPE_nmi, nmi_callback))
		fail("a callback is refused");
	HYP(stack_switch, FLAT_DS, kernel_stack + STACK_BYTES, 0, 0, 0);
}

int enter_frame(struct iret_frame *f)
{
	return TRY(do_iret_frame(f));
}

int run_user_flags(word (*fn)(word), word arg, word eflags, word *result)
{
	word *sp = (word *)(user_stack + STACK_BYTES) - 2;
	struct iret_frame f = {
		.R(ip) = (word)fn, .cs = FLAT_USER_CODE, .R(flags) = eflags, .R(sp) = (word)sp, .ss = FLAT_USER_DATA,
		.arg1 = arg,
	};
	int vector;

	*sp = (word)user_return;
	vector = enter_frame(&f);
	if (result)
		*result = vector == VEC_SYSCALL ? trap.regs.R(di) : 0;
	return vector;
}

int run_user(word (*fn)(word), word arg, word *result)
{
	return run_user_flags(fn, arg, EFLAGS_IF, result);
}
