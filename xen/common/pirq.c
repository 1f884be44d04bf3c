// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's numbers for physical interrupts, and binding them to event
 * channels. The map comes into being with the first number; event_lock
 * guards it, and it is read without by guests' end-of-interrupt calls.
 */
#include <arch/bitops.h>
#include <arch/irq.h>
#include <arch/msi.h>
#include <arch/page.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/irq.h>
#include <common/rangeset.h>
#include <common/shared.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <pv/mm.h>

#define PIRQ_UNUSED	0
#define PIRQ_RESERVED	0xffffu		/* by pirq_reserve */

struct pirq_map {
	u16 irq_plus_1[1];		/* nr_pirqs() of them */
};

int pirq_init_domain(struct domain *d)
{
	(void)d;			/* few domains ever have any */
	return 0;
}

static int make_map(struct domain *d)
{
	struct pirq_map *map;

	if (d->pirqs)
		return 0;
	map = xzalloc_bytes(nr_pirqs() * sizeof(map->irq_plus_1[0]));
	if (!map)
		return -ENOMEM;
	store_release(&d->pirqs, map);
	return 0;
}

/* The map's word for a pirq below nr_pirqs(); the map exists. */
static u16 *slot(const struct domain *d, u32 pirq)
{
	return &d->pirqs->irq_plus_1[array_index_nospec(pirq, nr_pirqs())];
}

int pirq_irq(const struct domain *d, u32 pirq)
{
	u16 v;

	if (pirq >= nr_pirqs() || !load_acquire(&d->pirqs))
		return -EINVAL;
	v = READ_ONCE(*slot(d, pirq));
	return v == PIRQ_UNUSED || v == PIRQ_RESERVED ? -EINVAL : v - 1;
}

/* event_lock held, map made. What already stands for irq, or -1. */
static int find_pirq(const struct domain *d, u32 irq)
{
	for (u32 pirq = 0; pirq < nr_pirqs(); pirq++)
		if (*slot(d, pirq) == irq + 1)
			return pirq;
	return -1;
}

/* The first of count free numbers in a row: low ones for GSIs, else from the top down. */
static int find_free(const struct domain *d, bool gsi, u32 count)
{
	u32 run = 0;

	if (gsi) {
		for (u32 pirq = 0; pirq < nr_gsis(); pirq++)
			if (*slot(d, pirq) == PIRQ_UNUSED)
				return pirq;
		return -ENOSPC;
	}
	for (u32 pirq = nr_pirqs(); pirq-- > nr_gsis(); ) {
		run = *slot(d, pirq) == PIRQ_UNUSED ? run + 1 : 0;
		if (run == count)
			return pirq;
	}
	return -ENOSPC;
}

static bool may_use(const struct domain *d, u32 pirq, u32 count)
{
	if (pirq >= nr_pirqs() || count > nr_pirqs() - pirq)
		return false;
	for (u32 i = 0; i < count; i++)
		if (*slot(d, pirq + i) != PIRQ_UNUSED && *slot(d, pirq + i) != PIRQ_RESERVED)
			return false;
	return true;
}

int pirq_map_gsi(struct domain *d, u32 gsi, int *pirq)
{
	const struct irq_desc *desc = gsi < nr_gsis() ? irq_to_desc(gsi) : NULL;
	int have, rc;

	if (!desc || (*pirq >= 0 && (u32)*pirq >= nr_pirqs()))
		return -EINVAL;
	spin_lock(&d->event_lock);
	rc = d->is_dying ? -EINVAL : make_map(d);
	if (rc)
		goto out;
	have = *slot(d, gsi) == gsi + 1 ? (int)gsi : find_pirq(d, gsi);
	if (have >= 0) {
		if (*pirq >= 0 && *pirq != have)
			rc = -EINVAL;
		else
			*pirq = have;
		goto out;
	}
	if (*pirq < 0)
		*pirq = may_use(d, gsi, 1) ? (int)gsi : find_free(d, true, 1);
	if (*pirq < 0)
		rc = *pirq;
	else if (!may_use(d, *pirq, 1))
		rc = -EBUSY;
	else
		WRITE_ONCE(*slot(d, *pirq), gsi + 1);
out:
	spin_unlock(&d->event_lock);
	return rc;
}

int pirq_map_msi(struct domain *d, const struct msi_request *req, int *pirq)
{
	u32 irq, count = req->count;
	int rc;

	spin_lock(&d->event_lock);
	rc = d->is_dying ? -EINVAL : make_map(d);
	if (rc)
		goto out;
	if (*pirq < 0)
		*pirq = find_free(d, false, count);
	if (*pirq < 0) {
		rc = *pirq;
		goto out;
	}
	if (!may_use(d, *pirq, count)) {
		rc = (u32)*pirq >= nr_pirqs() ? -EINVAL : -EBUSY;
		goto out;
	}
	rc = irq_alloc_msi(count, &irq);
	if (rc)
		goto out;
	rc = irq_assign_vectors(irq, count, d->vcpu && d->vcpu[0] ? d->vcpu[0]->processor : 0);
	if (!rc)
		rc = msi_setup(req, irq);
	if (rc) {
		irq_free_msi(irq, count);
		goto out;
	}
	for (u32 i = 0; i < count; i++)
		WRITE_ONCE(*slot(d, *pirq + i), irq + i + 1);
out:
	spin_unlock(&d->event_lock);
	return rc;
}

/* Its event channel stays, and is never told again. event_lock held. */
static void unmap_one(struct domain *d, u32 pirq, struct irq_desc *desc)
{
	irq_unbind(desc, d, pirq);
	WRITE_ONCE(*slot(d, pirq), PIRQ_UNUSED);
}

static int unmap_locked(struct domain *d, u32 pirq)
{
	int irq = pirq_irq(d, pirq);
	struct irq_desc *desc;
	u32 first, count;

	if (irq < 0)
		return -EINVAL;
	desc = irq_to_desc(irq);
	if (desc->kind != IRQ_MSI) {
		unmap_one(d, pirq, desc);
		return 0;
	}
	msi_group(desc->msi, &first, &count);
	if (first != (u32)irq)
		return -EINVAL;
	/* A group was mapped in a row and is unmapped only as a whole. */
	for (u32 i = 0; i < count; i++)
		unmap_one(d, pirq + i, irq_to_desc(first + i));
	msi_teardown(desc->msi);
	irq_free_msi(first, count);
	return 0;
}

int pirq_unmap(struct domain *d, u32 pirq)
{
	int rc;

	spin_lock(&d->event_lock);
	rc = unmap_locked(d, pirq);
	spin_unlock(&d->event_lock);
	return rc;
}

int pirq_reserve(struct domain *d, bool gsi)
{
	int rc;

	spin_lock(&d->event_lock);
	rc = d->is_dying ? -EINVAL : make_map(d);
	if (!rc)
		rc = find_free(d, gsi, 1);
	if (rc >= 0)
		*slot(d, rc) = PIRQ_RESERVED;
	spin_unlock(&d->event_lock);
	return rc;
}

void pirq_release_domain(struct domain *d)
{
	u64 eoi_mfn;

	spin_lock(&d->event_lock);
	for (u32 pirq = 0; d->pirqs && pirq < nr_pirqs(); pirq++)
		unmap_locked(d, pirq);
	eoi_mfn = d->pv.physdev_eoi_mfn;
	d->pv.physdev_eoi_mfn = 0;
	spin_unlock(&d->event_lock);
	if (eoi_mfn)
		put_page_and_type(mfn_to_page(MFN(eoi_mfn)));
}

void pirq_destroy_domain(struct domain *d)
{
	xfree(d->pirqs);
	d->pirqs = NULL;
}

/* --- the page of "needs eoi" bits; event_lock held --- */

static void show_eoi_need(struct domain *d, u32 pirq, const struct irq_desc *desc)
{
	void *bits;

	if (!d->pv.physdev_eoi_mfn)
		return;
	bits = mfn_to_virt(MFN(d->pv.physdev_eoi_mfn));
	if (desc->kind == IRQ_GSI && desc->level)
		set_bit(pirq, bits);
	else
		clear_bit(pirq, bits);
}

int pirq_share_eoi_page(struct domain *d, u64 mfn, bool auto_unmask)
{
	struct page_info *pg = get_page_from_mfn(MFN(mfn), d);
	int rc = 0;

	BUG_ON(nr_pirqs() > PAGE_SIZE * 8);
	if (!pg)
		return -EINVAL;
	if (!get_page_type(pg, PGT_writable)) {
		put_page(pg);
		return -EINVAL;
	}
	spin_lock(&d->event_lock);
	/* Frame 0 is never a domain's. */
	if (d->pv.physdev_eoi_mfn)
		rc = -EBUSY;
	else if (d->is_dying)
		rc = -EINVAL;
	else
		d->pv.physdev_eoi_mfn = mfn;
	if (!rc) {
		d->pv.auto_unmask = auto_unmask;
		for (u32 pirq = 0; pirq < nr_pirqs(); pirq++) {
			int irq = pirq_irq(d, pirq);

			if (irq >= 0)
				show_eoi_need(d, pirq, irq_to_desc(irq));
		}
	}
	spin_unlock(&d->event_lock);
	if (rc)
		put_page_and_type(pg);
	return rc;
}

/* --- event channels --- */

int pirq_guest_bind(struct vcpu *v, u32 pirq, bool will_share)
{
	struct domain *d = v->domain;
	int irq = pirq_irq(d, pirq), rc;

	if (irq < 0 || d->is_dying)
		return -EINVAL;
	rc = irq_bind(irq_to_desc(irq), d, pirq, READ_ONCE(v->processor), will_share);
	if (!rc)
		show_eoi_need(d, pirq, irq_to_desc(irq));
	return rc;
}

void pirq_guest_unbind(struct domain *d, u32 pirq)
{
	int irq = pirq_irq(d, pirq);

	if (irq >= 0)
		irq_unbind(irq_to_desc(irq), d, pirq);
}

void pirq_guest_eoi(struct domain *d, u32 pirq)
{
	int irq = pirq_irq(d, pirq);

	if (irq >= 0)
		irq_guest_eoi(irq_to_desc(irq), d, pirq);
}

/* Guests of old unmask their ports by themselves and then ask for this. */
void pirq_guest_unmask(struct domain *d)
{
	if (!load_acquire(&d->pirqs))
		return;
	for (u32 pirq = 0; pirq < nr_pirqs(); pirq++) {
		evtchn_port_t port = evtchn_of_pirq(d, pirq);

		if (port && port < two_level_ports(d) && !test_bit(port, shared_mask(d)))
			pirq_guest_eoi(d, pirq);
	}
}

void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v)
{
	int irq = pirq_irq(d, pirq);
	struct irq_desc *desc;
	unsigned long flags;

	if (irq < 0)
		return;
	desc = irq_to_desc(irq);
	spin_lock_irqsave(&desc->lock, flags);
	/* Of several domains none has a say. */
	if (desc->nr_bound == 1)
		irq_move(desc, READ_ONCE(v->processor));
	spin_unlock_irqrestore(&desc->lock, flags);
}

int pirq_status(const struct domain *d, u32 pirq, bool *needs_eoi, bool *shared)
{
	int irq = pirq_irq(d, pirq);
	const struct irq_desc *desc;

	if (irq < 0)
		return -EINVAL;
	desc = irq_to_desc(irq);
	*needs_eoi = desc->kind == IRQ_GSI && desc->level;
	*shared = READ_ONCE(desc->nr_bound) > 1;
	return 0;
}
