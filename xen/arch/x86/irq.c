// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device interrupts from the CPU's side: descriptors, vectors and the way
 * from a vector to its descriptor. Every CPU has a vector space of its own, so
 * a vector is a pair of CPU and number. vector_lock guards the spaces and the
 * pool of descriptors; handlers look a vector up without it.
 */
#include <arch/apic.h>
#include <arch/ioapic.h>
#include <arch/irq.h>
#include <arch/msi.h>
#include <arch/nmi.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/frame.h>
#include <common/irq.h>
#include <common/keyhandler.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <pv/traps.h>

#define MAX_MSI_IRQS	1024
#define NR_VECTORS	256
#define NO_IRQ		0xffffu
/* Ids beyond it cannot be named in a message or redirection entry. */
#define MAX_DEST_ID	254
/* An interrupt sent to the old place has long been taken after this. */
#define MOVE_SETTLES	MILLISECS(10)

static u32 gsi_count __ro_after_init, irq_count __ro_after_init;
static struct irq_desc *descs __ro_after_init;
static u16 *vector_irq[MAX_CPUS] __ro_after_init;	/* NO_IRQ: free */
static DEFINE_SPINLOCK(vector_lock);

u32 nr_gsis(void)
{
	return gsi_count;
}

u32 nr_pirqs(void)
{
	return irq_count;
}

struct irq_desc *irq_to_desc(u32 irq)
{
	if (irq >= irq_count)
		return NULL;
	return &descs[array_index_nospec(irq, irq_count)];
}

static bool vector_is_ours(unsigned int vector)
{
	return vector != VECTOR_LEGACY_SYSCALL && vector != VECTOR_HYPERCALL_32;
}

/* The first of count free vectors of a CPU, aligned to align; 0: none. vector_lock held. */
static unsigned int find_vectors(u32 cpu, unsigned int count, unsigned int align)
{
	const u16 *table = vector_irq[cpu];

	for (unsigned int v = ALIGN_UP((unsigned int)FIRST_DYNAMIC_VECTOR, align);
	     v + count - 1 <= LAST_DYNAMIC_VECTOR; v += align) {
		unsigned int i = 0;

		while (i < count && vector_is_ours(v + i) && table[v + i] == NO_IRQ)
			i++;
		if (i == count)
			return v;
	}
	return 0;
}

static bool cpu_takes_interrupts(u32 cpu)
{
	return cpu_online(cpu) && vector_irq[cpu] && apic_dest_id(cpu) <= MAX_DEST_ID;
}

int irq_assign_vectors(u32 first, u32 count, u32 preferred)
{
	unsigned int vector = 0, align = 1;
	unsigned long flags;
	u32 cpu = preferred;

	while (align < count)
		align *= 2;
	spin_lock_irqsave(&vector_lock, flags);
	for (u32 tried = 0; tried < nr_cpu_ids && !vector; tried++) {
		cpu = (preferred + tried) % nr_cpu_ids;
		if (cpu_takes_interrupts(cpu))
			vector = find_vectors(cpu, count, align);
	}
	for (u32 i = 0; vector && i < count; i++) {
		struct irq_desc *desc = &descs[first + i];

		desc->vector = vector + i;
		desc->cpu = cpu;
		WRITE_ONCE(vector_irq[cpu][vector + i], first + i);
	}
	spin_unlock_irqrestore(&vector_lock, flags);
	return vector ? 0 : -ENOSPC;
}

/* vector_lock held. */
static void forget_vector(const struct irq_desc *desc, u32 cpu, unsigned int vector)
{
	if (cpu != NO_CPU && vector_irq[cpu][vector] == desc->irq)
		WRITE_ONCE(vector_irq[cpu][vector], NO_IRQ);
}

int irq_alloc_msi(u32 count, u32 *first)
{
	unsigned long flags;
	u32 run = 0, irq;

	spin_lock_irqsave(&vector_lock, flags);
	for (irq = gsi_count; irq < irq_count && run < count; irq++)
		run = descs[irq].kind == IRQ_FREE ? run + 1 : 0;
	if (run == count)
		for (u32 i = irq - count; i < irq; i++)
			descs[i].kind = IRQ_MSI;
	spin_unlock_irqrestore(&vector_lock, flags);
	if (run != count)
		return -ENOSPC;
	*first = irq - count;
	return 0;
}

void irq_free_msi(u32 first, u32 count)
{
	for (u32 i = first; i < first + count; i++) {
		struct irq_desc *desc = &descs[i];
		unsigned long flags;

		spin_lock_irqsave(&desc->lock, flags);
		BUG_ON(desc->kind != IRQ_MSI || desc->nr_bound);
		spin_lock(&vector_lock);
		forget_vector(desc, desc->cpu, desc->vector);
		forget_vector(desc, desc->old_cpu, desc->old_vector);
		desc->cpu = desc->old_cpu = NO_CPU;
		desc->msi = NULL;
		desc->kind = IRQ_FREE;
		spin_unlock(&vector_lock);
		spin_unlock_irqrestore(&desc->lock, flags);
	}
}

/* The hardware may change the CPU but not the vector: a level line waits for an
 * EOI that names it, a message without a mask bit could be torn. */
static bool must_keep_vector(const struct irq_desc *desc)
{
	return desc->kind == IRQ_GSI ? desc->level : !msi_can_mask(desc->msi);
}

/*
 * The old vector goes on leading here until the next move, for interrupts
 * that are under way; moving again before those can have come is not worth it.
 */
void irq_move(struct irq_desc *desc, u32 cpu)
{
	unsigned int vector;

	if (desc->cpu == NO_CPU || desc->cpu == cpu || !cpu_takes_interrupts(cpu))
		return;
	if (desc->kind == IRQ_MSI && !msi_can_move(desc->msi))
		return;
	if (desc->old_cpu != NO_CPU && NOW() - desc->moved_at < MOVE_SETTLES)
		return;

	spin_lock(&vector_lock);
	forget_vector(desc, desc->old_cpu, desc->old_vector);
	desc->old_cpu = NO_CPU;
	vector = vector_irq[cpu][desc->vector] == NO_IRQ ? desc->vector : 0;
	if (!vector && !must_keep_vector(desc))
		vector = find_vectors(cpu, 1, 1);
	if (vector) {
		WRITE_ONCE(vector_irq[cpu][vector], desc->irq);
		desc->old_cpu = desc->cpu;
		desc->old_vector = desc->vector;
		desc->cpu = cpu;
		desc->vector = vector;
		desc->moved_at = NOW();
	}
	spin_unlock(&vector_lock);
	if (!vector)
		return;

	if (desc->kind == IRQ_MSI) {
		msi_write_message(desc->msi);
	} else {
		ioapic_program(desc->irq, vector, apic_dest_id(cpu), desc->level, desc->low);
		if (desc->nr_bound && !desc->nr_in_flight)
			ioapic_unmask(desc->irq);
	}
}

int irq_set_gsi_mode(u32 gsi, bool level, bool low)
{
	struct irq_desc *desc = gsi < gsi_count ? irq_to_desc(gsi) : NULL;
	unsigned long flags;
	int rc = 0;

	if (!desc)
		return -EINVAL;
	spin_lock_irqsave(&desc->lock, flags);
	if (desc->kind != IRQ_GSI) {
		rc = -EINVAL;
	} else if (desc->nr_bound) {
		rc = -EEXIST;
	} else {
		/* Bound, it is programmed anew. */
		desc->level = level;
		desc->low = low;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

static void unexpected(unsigned int vector)
{
	static struct rate_limit limit;

	if (apic_in_service(vector))
		apic_eoi();
	if (rate_limit_ok(&limit))
		printk(XENLOG_WARNING "CPU %u: nobody expects an interrupt at vector %02x\n",
		       smp_cpu(), vector);
}

/*
 * A level-triggered line stays asserted until the guest's driver has spoken
 * to the device, so it is masked before the EOI, until every guest is done.
 * Edges and messages come once: acknowledged, they can come again.
 */
void irq_interrupt(unsigned int vector, struct cpu_regs *regs)
{
	const u16 *table = vector_irq[smp_cpu()];
	u32 irq = table ? READ_ONCE(table[vector & (NR_VECTORS - 1)]) : NO_IRQ;
	struct irq_desc *desc;

	(void)regs;
	if (irq == NO_IRQ) {
		unexpected(vector);
		return;
	}
	desc = &descs[irq];
	spin_lock(&desc->lock);
	if (desc->kind == IRQ_GSI && desc->level)
		ioapic_mask(irq);
	apic_eoi();
	irq_deliver(desc);
	spin_unlock(&desc->lock);
}

static void dump_irq(struct irq_desc *desc)
{
	printk(XENLOG_INFO "IRQ %4u: %s, vector %02x of CPU %u, %u in flight:", desc->irq,
	       desc->kind == IRQ_MSI ? "message" : desc->level ? "level" : "edge",
	       desc->vector, desc->cpu, desc->nr_in_flight);
	for (unsigned int i = 0; i < desc->nr_bound; i++)
		printk(" d%u pirq %u%s", desc->bound[i].domain->id, desc->bound[i].pirq,
		       desc->bound[i].in_flight ? "*" : "");
	printk("\n");
}

static void dump_irqs(unsigned char key)
{
	unsigned long flags;

	(void)key;
	for (u32 irq = 0; irq < irq_count; irq++) {
		spin_lock_irqsave(&descs[irq].lock, flags);
		if (descs[irq].nr_bound)
			dump_irq(&descs[irq]);
		spin_unlock_irqrestore(&descs[irq].lock, flags);
	}
}

void __init irq_init(void)
{
	gsi_count = ioapic_init();
	irq_count = gsi_count + MAX_MSI_IRQS;
	descs = xzalloc_array(struct irq_desc, irq_count);
	if (!descs)
		panic("No memory for interrupt descriptors\n");
	for (u32 irq = 0; irq < irq_count; irq++) {
		struct irq_desc *desc = &descs[irq];

		spin_lock_init(&desc->lock);
		desc->irq = irq;
		desc->cpu = desc->old_cpu = NO_CPU;
		if (ioapic_has_gsi(irq)) {
			desc->kind = IRQ_GSI;
			ioapic_default_mode(irq, &desc->level, &desc->low);
		}
	}
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		vector_irq[cpu] = xzalloc_array(u16, NR_VECTORS);
		if (!vector_irq[cpu])
			panic("No memory for vector tables\n");
		for (unsigned int v = 0; v < NR_VECTORS; v++)
			vector_irq[cpu][v] = NO_IRQ;
	}
	nmi_init();
	register_keyhandler('i', dump_irqs, "dump interrupt bindings");
	printk(XENLOG_INFO "Interrupts: %u GSIs, %u for messages\n", gsi_count, irq_count - gsi_count);
}
