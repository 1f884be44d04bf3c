// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/lib/bitmap.c
// CFLAGS: -Ixen/include -Iinclude -Ixen -D__XEN__ -fno-strict-aliasing -ffreestanding
/*
 * TLB shootdowns, with the interrupt of one at the worst moments of another. The
 * privileged instructions are played: a write of CR3 is where time passes, so
 * that is where other CPUs act.
 */
#include <arch/apic.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/regs.h>
#include <arch/smp.h>
#include <arch/tlb.h>
#include <common/percpu.h>
#include <common/spinlock.h>

#include "check.h"

/* --- the machine: this is CPU 0, the others are whatever hooks do --- */

static bool irq_on = true, ipi_latched;
static unsigned int flushes;
static void (*after_interrupt)(void);	/* what others do after this CPU has answered */
static void (*on_lock_try)(void);	/* and while it waits for flush_lock */

static void run_once(void (**hook)(void))
{
	void (*fn)(void) = *hook;

	*hook = NULL;
	if (fn)
		fn();
}
static void model_write_cr(u64 value)
{
	(void)value;
	flushes++;
}
static unsigned long model_irq_save(void)
{
	unsigned long was = irq_on;

	irq_on = false;
	return was;
}
static void model_irq_restore(unsigned long was)
{
	irq_on = was;
	if (!irq_on || !ipi_latched)
		return;
	ipi_latched = false;
	irq_on = false;
	smp_flush_tlb_interrupt();
	irq_on = true;
	run_once(&after_interrupt);
}
static struct cpu_info info;

#define write_cr3(v)		model_write_cr(v)
#define read_cr3()		0ul
#define read_cr4()		0ul
#define write_cr4(v)		model_write_cr(v)
#define wbinvd()		((void)0)
#define local_irq_save_flags()	model_irq_save()
#define local_irq_restore(f)	model_irq_restore(f)
#define local_irq_is_enabled()	(irq_on)
#undef smp_cpu
#define smp_cpu()		0u
#define cpu_info()		(&info)
#undef DEFINE_PER_CPU
#undef this_cpu
#undef per_cpu
#define DEFINE_PER_CPU(type, name)	type name
#define this_cpu(name)		(name)
#define per_cpu(name, cpu)	(*((void)(cpu), &(name)))

cpumask_t cpu_online_mask = { { 3 } };
u32 nr_cpu_ids = 2;

#include "arch/x86/tlb.c"

void apic_eoi(void) { }
void apic_send_ipi_mask(const cpumask_t *mask, unsigned int vector)
{
	(void)mask;
	(void)vector;
	/* The others answer at once. */
	cpumask_clear_cpu(1, &flush_pending);
}
static bool lock_taken;
bool spin_trylock(spinlock_t *l)
{
	(void)l;
	if (!lock_taken)
		return true;
	if (on_lock_try)
		run_once(&on_lock_try);
	else
		lock_taken = false;
	return false;
}
void spin_unlock(spinlock_t *l) { (void)l; }

/* Another CPU asks this one for a flush; the interrupt is on its way. */
static void ask(void)
{
	flush_what = FLUSH_TLB;
	cpumask_set_cpu(0, &flush_pending);
	ipi_latched = true;
}

/* --- the cases --- */

static void requests(void)
{
	cpumask_t both = cpu_online_mask;

	flushes = 0;
	ask();
	model_irq_restore(true);
	CHECK(flushes == 1 && cpumask_empty(&flush_pending));
	/* With interrupts off it is polled for. */
	model_irq_save();
	ask();
	flush_tlb_poll();
	CHECK(flushes == 2 && cpumask_empty(&flush_pending) && !irq_on);
	model_irq_restore(true);
	CHECK(flushes == 2);		/* the interrupt finds nothing to do */
	flush_tlb_mask(&both, FLUSH_TLB);
	CHECK(flushes == 3 && irq_on);
}

static unsigned int flushes_before_second;

static void ask_second(void)
{
	flushes_before_second = flushes;
	ask();
}
static void ask_first(void)
{
	ask();
	after_interrupt = ask_second;
}

/*
 * A CPU that waits for its own turn serves a request that it sees; the interrupt of
 * the same request comes in the middle and serves it too; and the next request comes
 * right after that. It must not be called done for what was done before.
 */
static void request_after_request(void)
{
	cpumask_t other = cpumask_of(1);

	lock_taken = true;
	on_lock_try = ask_first;
	flush_tlb_mask(&other, FLUSH_TLB);
	CHECK(!after_interrupt);
	CHECK(flushes > flushes_before_second || cpumask_test_cpu(0, &flush_pending));
}

int main(void)
{
	requests();
	request_after_request();
	printf("%s tlb\n", failures ? "FAIL" : "ok");
	return failures != 0;
}
