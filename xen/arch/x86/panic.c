/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end: what is printed when the hypervisor is at fault, and how the
 * machine stops. No lock is relied on; the console's is broken.
 */
#include <arch/atomic.h>
#include <arch/cpufeature.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <arch/symbols.h>
#include <arch/time.h>
#include <arch/vectors.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <lib/bug.h>
#include <lib/printf.h>
#include <lib/string.h>

#define STACK_WORDS_SHOWN	40
#define REBOOT_DELAY_MS		5000

bool noreboot;
option_bool("noreboot", noreboot);

void (*panic_guest_hook)(void);

/* CPU number + 1 of who panics; others that come later just stop. */
static u32 panicking_cpu;

static const char *const trap_name[] = {
	[TRAP_DE] = "divide error", [TRAP_DB] = "debug", [TRAP_NMI] = "nmi",
	[TRAP_BP] = "breakpoint", [TRAP_OF] = "overflow", [TRAP_BR] = "bounds",
	[TRAP_UD] = "invalid opcode", [TRAP_NM] = "device not available",
	[TRAP_DF] = "double fault", [TRAP_TS] = "invalid tss",
	[TRAP_NP] = "segment not present", [TRAP_SS] = "stack error",
	[TRAP_GP] = "general protection", [TRAP_PF] = "page fault",
	[TRAP_MF] = "x87 error", [TRAP_AC] = "alignment check",
	[TRAP_MC] = "machine check", [TRAP_XM] = "simd error",
	[TRAP_CP] = "control protection",
};

void show_registers(const struct cpu_regs *r)
{
	char where[96];

	if (r->cs & 3)
		snprintf(where, sizeof(where), "guest");
	else
		symbol_format(where, sizeof(where), r->rip);
	printk("CPU:    %u\n", smp_cpu());
	printk("RIP:    %04x:[<%016lx>] %s\n", r->cs, r->rip, where);
	printk("RFLAGS: %016lx   vector %u error %08x\n", r->rflags, r->entry_vector, r->error_code);
	printk("rax: %016lx   rbx: %016lx   rcx: %016lx\n", r->rax, r->rbx, r->rcx);
	printk("rdx: %016lx   rsi: %016lx   rdi: %016lx\n", r->rdx, r->rsi, r->rdi);
	printk("rbp: %016lx   rsp: %016lx   r8:  %016lx\n", r->rbp, r->rsp, r->r8);
	printk("r9:  %016lx   r10: %016lx   r11: %016lx\n", r->r9, r->r10, r->r11);
	printk("r12: %016lx   r13: %016lx   r14: %016lx\n", r->r12, r->r13, r->r14);
	printk("r15: %016lx   cr0: %016lx   cr4: %016lx\n", r->r15, read_cr0(), read_cr4());
	printk("cr3: %016lx   cr2: %016lx\n", read_cr3(), read_cr2());
	printk("fsb: %016lx   gsb: %016lx   gss: %016lx\n", rdmsr(MSR_FS_BASE),
	       rdmsr(MSR_GS_BASE), rdmsr(MSR_SHADOW_GS_BASE));
	printk("ss: %04x   cs: %04x\n", r->ss, r->cs);
}

/*
 * Where reading a stack may go on from sp: to the top of the ordinary stack,
 * else to the end of the page. 0 when sp is not on this CPU's stacks.
 */
static vaddr_t stack_end(const struct cpu_regs *r)
{
	vaddr_t top = (vaddr_t)(cpu_info() + 1), sp = r->rsp;

	if ((r->cs & 3) || (sp & 7) || sp >= top || sp < top - STACK_SIZE)
		return 0;
	return sp >= top - (STACK_SIZE - STACK_PAGE_MAIN * PAGE_SIZE) ?
	       (vaddr_t)cpu_info() : (sp | (PAGE_SIZE - 1)) + 1;
}

static void show_stack_words(const struct cpu_regs *r)
{
	vaddr_t end = stack_end(r);
	unsigned int shown = 0;

	if (!end)
		return;
	printk("Stack from rsp=%016lx:\n", r->rsp);
	for (vaddr_t p = r->rsp; p < end && shown < STACK_WORDS_SHOWN; p += 8, shown++)
		printk("%s%016lx%s", shown % 4 ? " " : "  ", *(u64 *)p, shown % 4 == 3 ? "\n" : "");
	if (shown % 4)
		printk("\n");
}

/*
 * Every word on the stack that looks like a return address: some may be
 * stale, none is missed.
 */
void show_stack(const struct cpu_regs *r)
{
	vaddr_t end = stack_end(r);
	char where[96];

	if (!end)
		return;
	printk("Call trace:\n");
	symbol_format(where, sizeof(where), r->rip);
	printk("   [<%016lx>] R %s\n", r->rip, where);
	for (vaddr_t p = r->rsp; p < end; p += 8) {
		vaddr_t va = *(u64 *)p;

		if (!is_hypervisor_text(va))
			continue;
		symbol_format(where, sizeof(where), va);
		printk("   [<%016lx>] S %s\n", va, where);
	}
}

void show_execution_state(const struct cpu_regs *r)
{
	printk("----[ Xen-%d.%d%s  x86_64  debug=%c ]----\n", XEN_VERSION_MAJOR, XEN_VERSION_MINOR,
	       XEN_VERSION_EXTRA,
#ifdef CONFIG_DEBUG
	       'y'
#else
	       'n'
#endif
	       );
	show_registers(r);
	show_stack_words(r);
	show_stack(r);
}

/* Where the caller's caller is: enough to print a trace from there. */
static noinline void capture_registers(struct cpu_regs *r, void *caller)
{
	memset(r, 0, sizeof(*r));
	r->rip = (vaddr_t)caller;
	r->rsp = (vaddr_t)__builtin_frame_address(0);
	r->cs = SEL_HYPERVISOR_CS;
	r->rflags = read_flags();
}

/* The first to come goes on; the others wait for the end. */
static void claim_the_end(void)
{
	u32 me = smp_cpu() + 1, before;

	local_irq_disable();
	before = cmpxchg(&panicking_cpu, 0, me);
	if (before && before != me)
		for (;;)
			halt();
	/* First, since they may be in the midst of writing to the console. */
	smp_stop_others();
	console_force_unlock();
}

static void noreturn finish(void)
{
	if (noreboot) {
		printk("Manual reset required ('noreboot' specified)\n");
		machine_halt();
	}
	printk("Reboot in five seconds...\n");
	machine_restart(REBOOT_DELAY_MS);
}

void panic(const char *fmt, ...)
{
	struct cpu_regs regs;
	static char message[512];
	static bool again;
	va_list ap;
	size_t len;

	claim_the_end();
	printk("\n****************************************\n");
	printk("Panic on CPU %u:\n", smp_cpu());
	va_start(ap, fmt);
	vscnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	len = strlen(message);
	printk("%s%s", message, len && message[len - 1] == '\n' ? "" : "\n");
	printk("****************************************\n\n");
	if (!again) {
		again = true;
		capture_registers(&regs, __builtin_return_address(0));
		show_stack(&regs);
		if (panic_guest_hook)
			panic_guest_hook();
	}
	finish();
}

void fatal_trap(const struct cpu_regs *r)
{
	static bool again;
	const char *name = r->entry_vector < ARRAY_SIZE(trap_name) && trap_name[r->entry_vector] ?
			   trap_name[r->entry_vector] : "unexpected";

	claim_the_end();
	if (!again) {
		again = true;
		show_execution_state(r);
		if (panic_guest_hook)
			panic_guest_hook();
	}
	printk("\n****************************************\n");
	printk("Panic on CPU %u:\n", smp_cpu());
	printk("FATAL TRAP: vector = %u (%s), error code %#x\n", r->entry_vector, name, r->error_code);
	if (r->entry_vector == TRAP_PF)
		printk("Faulting linear address: %016lx\n", read_cr2());
	printk("****************************************\n\n");
	finish();
}

void bug_at(const char *file, int line, const char *what)
{
	panic("%s at %s:%d\n", what, file, line);
}

void warn_at(const char *file, int line, const char *what)
{
	struct cpu_regs regs;

	printk(XENLOG_WARNING "WARNING: %s at %s:%d\n", what, file, line);
	capture_registers(&regs, __builtin_return_address(0));
	show_stack(&regs);
}
