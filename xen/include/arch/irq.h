/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt descriptors: one for each GSI, numbered like it, and a pool for
 * message-signalled ones above. docs/interrupts.md tells the whole story.
 *
 * Locks: d->event_lock > msi_lock > desc->lock > vector_lock, I/O APIC and
 * configuration-space locks. desc->lock is taken by the interrupt handler,
 * so always with interrupts off.
 */
#ifndef XEN_ARCH_IRQ_H
#define XEN_ARCH_IRQ_H

#include <common/domain.h>
#include <common/spinlock.h>
#include <lib/types.h>

#define MAX_IRQ_SHARERS	8
#define NO_CPU		(~0u)

struct msi_entry;

enum irq_kind { IRQ_FREE, IRQ_GSI, IRQ_MSI };

/* One domain that takes the interrupt. */
struct irq_binding {
	struct domain *domain;
	u32 pirq;
	bool in_flight;		/* told, and has not said it is done */
};

struct irq_desc {
	spinlock_t lock;		/* guards all below */
	u32 irq;			/* index; for GSIs the GSI */
	u8 kind;			/* enum irq_kind */
	bool level, low;		/* GSI: trigger and polarity */
	bool will_share;
	u8 vector;			/* on cpu; cpu is NO_CPU while it has none */
	u8 old_vector;			/* where it came before it was moved */
	u32 cpu, old_cpu;
	s_time_t moved_at;
	struct msi_entry *msi;		/* IRQ_MSI */
	u8 nr_bound, nr_in_flight;
	struct irq_binding bound[MAX_IRQ_SHARERS];
};

/* --- arch/x86/irq.c --- */
struct irq_desc *irq_to_desc(u32 irq);		/* NULL: no such number */
/*
 * Take count consecutive free descriptors for message-signalled interrupts:
 * 0 and *first, or -ENOSPC. They have no vectors yet.
 */
int irq_alloc_msi(u32 count, u32 *first);
void irq_free_msi(u32 first, u32 count);	/* vectors too; nothing is bound, hardware is masked */
/*
 * Give each of count consecutive descriptors a vector, all on one CPU, near
 * preferred when possible; for several, an aligned block in order. 0, -ENOSPC.
 */
int irq_assign_vectors(u32 first, u32 count, u32 preferred);
/* Deliver to cpu from now on, if that can be done safely. desc->lock held. */
void irq_move(struct irq_desc *desc, u32 cpu);
/* Change how a GSI is taken: 0; -EINVAL, no such GSI; -EEXIST, it is in use. */
int irq_set_gsi_mode(u32 gsi, bool level, bool low);

/* --- arch/x86/irq_guest.c: a domain's share in an interrupt; d->event_lock held --- */
int irq_bind(struct irq_desc *desc, struct domain *d, u32 pirq, u32 cpu, bool will_share);
void irq_unbind(struct irq_desc *desc, struct domain *d, u32 pirq);
/* The guest is done with it. Any context, no lock needed. */
void irq_guest_eoi(struct irq_desc *desc, struct domain *d, u32 pirq);
/* Tell those who bound it; desc->lock held. */
void irq_deliver(struct irq_desc *desc);

#endif
