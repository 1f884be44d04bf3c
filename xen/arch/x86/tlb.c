/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes here and elsewhere. One shootdown is in flight at a time, under
 * flush_lock; its target CPUs acknowledge by leaving flush_pending.
 */
#include <arch/apic.h>
#include <arch/barrier.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/regs.h>
#include <arch/smp.h>
#include <arch/tlb.h>
#include <common/percpu.h>
#include <common/spinlock.h>

#define FLUSH_ONE_ADDRESS	0x8	/* only flush_address */
/* Long before half the stamps' range has gone by, all CPUs flush. */
#define STAMP_EPOCH		(1u << 30)

/* 0 is FLUSH_CLOCK_NONE, and nobody has flushed yet. */
static u32 flush_clock __aligned(64) = 1;
static u32 last_epoch;
static DEFINE_PER_CPU(u32, flush_stamp);

static DEFINE_SPINLOCK(flush_lock);
static cpumask_t flush_pending;
static unsigned int flush_what;
static vaddr_t flush_address;

u32 tlbflush_now(void)
{
	u32 now;

	/* After the caller's page-table writes, which the next flush must cover. */
	smp_mb();
	now = READ_ONCE(flush_clock);
	return now == FLUSH_CLOCK_NONE ? now + 1 : now;
}

void tlbflush_filter(cpumask_t *mask, u32 stamp)
{
	u32 cpu;

	if (stamp == FLUSH_CLOCK_NONE) {
		cpumask_clear(mask);
		return;
	}
	for_each_cpu(cpu, mask)
		if ((s32)(READ_ONCE(per_cpu(flush_stamp, cpu)) - stamp) > 0)
			cpumask_clear_cpu_local(cpu, mask);
}

/* The stamp is drawn before the flush: what is unmapped later is not covered. */
static u32 draw_stamp(void)
{
	return fetch_add(&flush_clock, 1) + 1;
}

/* Changing CR4.PGE drops every translation. */
static void drop_everything(void)
{
	unsigned long cr4 = read_cr4();

	write_cr4(cr4 & ~X86_CR4_PGE);
	write_cr4(cr4 | X86_CR4_PGE);
}

void flush_tlb_local(unsigned int flags)
{
	unsigned long irq = local_irq_save_flags();

	if (flags & (FLUSH_TLB | FLUSH_TLB_GLOBAL)) {
		u32 stamp = draw_stamp();

		if (flags & FLUSH_TLB_GLOBAL)
			drop_everything();
		else
			write_cr3(read_cr3());
		this_cpu(flush_stamp) = stamp;
	}
	if (flags & FLUSH_CACHE)
		wbinvd();
	local_irq_restore(irq);
}

void flush_tlb_local_va(vaddr_t va)
{
	asm volatile ("invlpg (%0)" : : "r" (va) : "memory");
}

void load_cr3(u64 root)
{
	unsigned long irq = local_irq_save_flags();
	u32 stamp = draw_stamp();

	write_cr3(root);
	cpu_info()->root = root;
	this_cpu(flush_stamp) = stamp;
	local_irq_restore(irq);
}

/*
 * Do what the shootdown in flight asks of this CPU, if anything. Its interrupt is
 * kept out: it would serve the same request, the next one could come, and our
 * clear_cpu below would call that one done.
 */
static void serve_pending(void)
{
	unsigned long irq = local_irq_save_flags();
	u32 cpu = smp_cpu();

	if (cpumask_test_cpu(cpu, &flush_pending)) {
		smp_rmb();
		if (flush_what & FLUSH_ONE_ADDRESS)
			flush_tlb_local_va(flush_address);
		flush_tlb_local(flush_what & ~FLUSH_ONE_ADDRESS);
		cpumask_clear_cpu(cpu, &flush_pending);
	}
	local_irq_restore(irq);
}

void flush_tlb_poll(void)
{
	if (!local_irq_is_enabled())
		serve_pending();
}

void smp_flush_tlb_interrupt(void)
{
	apic_eoi();
	serve_pending();
}

static void shoot_down(const cpumask_t *mask, unsigned int what, vaddr_t va)
{
	cpumask_t others;

	cpumask_and(&others, mask, &cpu_online_mask);
	cpumask_clear_cpu_local(smp_cpu(), &others);
	if (cpumask_empty(&others))
		return;
	/* Two CPUs that shoot at each other, interrupts off, both get through. */
	while (!spin_trylock(&flush_lock)) {
		serve_pending();
		cpu_relax();
	}
	flush_what = what;
	flush_address = va;
	smp_mb();
	cpumask_copy(&flush_pending, &others);
	smp_mb();
	apic_send_ipi_mask(&others, VECTOR_FLUSH_TLB);
	while (!cpumask_empty((const cpumask_t *)&flush_pending)) {
		cpu_relax();
		barrier();
	}
	spin_unlock(&flush_lock);
}

void flush_tlb_mask(const cpumask_t *mask, unsigned int flags)
{
	if (cpumask_test_cpu(smp_cpu(), mask))
		flush_tlb_local(flags);
	shoot_down(mask, flags, 0);
}

void flush_tlb_mask_va(const cpumask_t *mask, vaddr_t va)
{
	if (cpumask_test_cpu(smp_cpu(), mask))
		flush_tlb_local_va(va);
	shoot_down(mask, FLUSH_ONE_ADDRESS, va);
}

void tlbflush_epoch(void)
{
	u32 now = READ_ONCE(flush_clock);

	if (now - last_epoch < STAMP_EPOCH)
		return;
	last_epoch = now;
	flush_tlb_mask(&cpu_online_mask, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}
