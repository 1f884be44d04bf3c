// SPDX-License-Identifier: MIT
/*
 * Traps: the table that the hypervisor is given in place of an IDT, and where all
 * ways in from entry.S come together. A trap that nobody has a handler for prints
 * the registers and ends the domain.
 */
#include <minios/hypercall.h>
#include <minios/event.h>
#include <minios/kernel.h>

#define NR_VECTORS	32
#define VECTOR_BREAKPOINT	3
#define VECTOR_OVERFLOW		4
#define ENTRY_BYTES	16	/* between one of entry.S's stubs and the next */

extern char trap_entries[];
void event_entry(void);
void failsafe_entry(void);
void handle_trap(struct regs *regs);

static trap_handler_t handlers[NR_VECTORS];

/* Names by vector. */
static const char *const names[] = {
	"divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode",
	"no FPU", "double fault", "", "invalid TSS", "segment not present", "stack fault",
	"general protection", "page fault", "", "FPU error", "alignment", "machine check",
	"SIMD error",
};

/*
 * The list ends with an entry without an address. The low two bits of flags say
 * from which ring an int instruction may raise the vector; ring 3 for int3 and
 * into, or a debugger would get a general protection fault. Bit 2 would mask
 * events on entry: traps are taken with events as they were.
 */
void trap_init(void)
{
	static struct trap_info table[NR_VECTORS + 1];
	unsigned int vector;

	for (vector = 0; vector < NR_VECTORS; vector++) {
		table[vector].vector = vector;
		table[vector].flags = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW ? 3 : 0;
		table[vector].cs = FLAT_KERNEL_CS;
		table[vector].address = (unsigned long)trap_entries + vector * ENTRY_BYTES;
	}
	if (hypercall_set_trap_table(table))
		panic("the trap table was refused");
	if (hypercall_set_callbacks(event_entry, failsafe_entry))
		panic("the callbacks were refused");
}

void trap_register(unsigned int vector, trap_handler_t handler)
{
	handlers[vector] = handler;
}

/* cr2 cannot be read outside ring 0: the hypervisor leaves it in shared memory. */
unsigned long trap_fault_address(void)
{
	return shared_info->vcpu_info[0].arch.cr2;
}

static void show(const struct regs *regs)
{
	const unsigned long *word = (const unsigned long *)regs;
	unsigned int i;

	printk("%s (vector %lu, error %lx) at %lx, cs %lx, flags %lx\n",
	       regs->vector < sizeof(names) / sizeof(names[0]) ? names[regs->vector] : "trap",
	       regs->vector, regs->error, regs->ip, regs->cs & 0xffff, regs->flags);
	if (shared_info)
		printk("fault address %lx\n", trap_fault_address());
	for (i = 0; i < sizeof(*regs) / sizeof(*word); i++)
		printk("%lx%c", word[i], i % 4 == 3 ? '\n' : ' ');
}

/* Called by entry.S. Whoever is interrupted goes on when this returns. */
void handle_trap(struct regs *regs)
{
	if (regs->vector == VECTOR_EVENT) {
		event_dispatch();
		return;
	}
	if (regs->vector < NR_VECTORS && handlers[regs->vector] && handlers[regs->vector](regs))
		return;
	show(regs);
	panic("a trap that nobody expects");
}
