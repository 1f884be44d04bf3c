// SPDX-License-Identifier: GPL-2.0-only
/*
 * Softirqs: one pending bit for each kind of deferred work, in the CPU's own
 * block at the top of its stack. Bits are set and cleared atomically, there is
 * no lock. The way out to a guest and the idle loop look at the word with
 * interrupts off, so a bit that is set on this CPU is never overlooked.
 */
#include <arch/atomic.h>
#include <arch/irqflags.h>
#include <arch/regs.h>
#include <arch/smp.h>
#include <common/softirq.h>
#include <lib/bitmap.h>
#include <lib/bug.h>

static void (*handlers[NR_SOFTIRQS])(void) __read_mostly;

void open_softirq(enum softirq nr, void (*handler)(void))
{
	handlers[nr] = handler;
}

void raise_softirq(enum softirq nr)
{
	fetch_or(&cpu_info()->softirq_pending, 1u << nr);
}

/*
 * A CPU on which something was pending before needs no interrupt: either one
 * is on its way, or it is in the hypervisor and looks before it leaves.
 */
void cpu_raise_softirq(u32 cpu, enum softirq nr)
{
	if (cpu == smp_cpu())
		raise_softirq(nr);
	else if (!fetch_or(&cpu_info_of(cpu)->softirq_pending, 1u << nr))
		smp_send_event_check_cpu(cpu);
}

/* The schedule handler need not return: what is left is done on its way out. */
void do_softirq(void)
{
	u32 pending;

	ASSERT(local_irq_is_enabled());
	while ((pending = READ_ONCE(cpu_info()->softirq_pending)) != 0) {
		unsigned int nr = lowest_bit(pending);

		fetch_and(&cpu_info()->softirq_pending, ~(1u << nr));
		if (handlers[nr])
			handlers[nr]();
	}
}
