// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains that take an interrupt. A GSI may have several, when each of them
 * said it would share; then a level-triggered line stays masked until the
 * last of them is done. desc->lock guards the bindings.
 */
#include <arch/apic.h>
#include <arch/ioapic.h>
#include <arch/irq.h>
#include <arch/msi.h>
#include <common/event.h>
#include <lib/errno.h>

static struct irq_binding *find(struct irq_desc *desc, const struct domain *d, u32 pirq)
{
	for (unsigned int i = 0; i < desc->nr_bound; i++)
		if (desc->bound[i].domain == d && desc->bound[i].pirq == pirq)
			return &desc->bound[i];
	return NULL;
}

static int start(struct irq_desc *desc, u32 cpu)
{
	if (desc->cpu == NO_CPU) {
		int rc = irq_assign_vectors(desc->irq, 1, cpu);

		if (rc)
			return rc;
	}
	if (desc->kind == IRQ_MSI) {
		irq_move(desc, cpu);
		msi_unmask(desc->msi);
		return 0;
	}
	ioapic_program(desc->irq, desc->vector, apic_dest_id(desc->cpu), desc->level, desc->low);
	ioapic_unmask(desc->irq);
	return 0;
}

static void stop(struct irq_desc *desc)
{
	if (desc->kind == IRQ_MSI)
		msi_mask(desc->msi);
	else
		ioapic_mask(desc->irq);
}

int irq_bind(struct irq_desc *desc, struct domain *d, u32 pirq, u32 cpu, bool will_share)
{
	unsigned long flags;
	int rc = 0;

	spin_lock_irqsave(&desc->lock, flags);
	if (desc->kind == IRQ_FREE)
		rc = -EINVAL;
	else if (desc->nr_bound && (!will_share || !desc->will_share || desc->kind == IRQ_MSI))
		rc = -EBUSY;
	else if (desc->nr_bound == MAX_IRQ_SHARERS)
		rc = -EBUSY;
	if (rc)
		goto out;
	/* Before the line is open: the first interrupt finds whom to tell. */
	desc->bound[desc->nr_bound++] = (struct irq_binding){ .domain = d, .pirq = pirq };
	if (desc->nr_bound == 1) {
		desc->will_share = will_share;
		desc->nr_in_flight = 0;
		rc = start(desc, cpu);
		if (rc)
			desc->nr_bound = 0;
	}
out:
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

/* b's guest is done, or gone. desc->lock held. */
static void finish(struct irq_desc *desc, struct irq_binding *b)
{
	if (!b->in_flight)
		return;
	b->in_flight = false;
	if (!--desc->nr_in_flight)
		ioapic_unmask(desc->irq);
}

void irq_unbind(struct irq_desc *desc, struct domain *d, u32 pirq)
{
	struct irq_binding *b;
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	b = find(desc, d, pirq);
	if (b) {
		if (desc->nr_bound == 1) {
			stop(desc);
			desc->nr_in_flight = 0;
		} else {
			finish(desc, b);
		}
		*b = desc->bound[--desc->nr_bound];
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_guest_eoi(struct irq_desc *desc, struct domain *d, u32 pirq)
{
	struct irq_binding *b;
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	b = find(desc, d, pirq);
	if (b)
		finish(desc, b);
	spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_deliver(struct irq_desc *desc)
{
	bool wait = desc->kind == IRQ_GSI && desc->level;

	for (unsigned int i = 0; i < desc->nr_bound; i++) {
		struct irq_binding *b = &desc->bound[i];

		if (wait && !b->in_flight) {
			b->in_flight = true;
			desc->nr_in_flight++;
		}
		send_guest_pirq(b->domain, b->pirq);
	}
}
