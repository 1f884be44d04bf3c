/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical interrupts as guests hold them (common/pirq.c): a domain's pirq
 * numbers stand for GSIs or message-signalled interrupts. The map is guarded
 * by d->event_lock and read without it.
 */
#ifndef XEN_COMMON_IRQ_H
#define XEN_COMMON_IRQ_H

#include <common/domain.h>
#include <lib/types.h>

struct msi_request;

void irq_init(void);				/* boot: I/O APICs, vectors */
int pirq_init_domain(struct domain *d);		/* 0, -ENOMEM */
void pirq_release_domain(struct domain *d);	/* unbind and unmap all; d dying */
void pirq_destroy_domain(struct domain *d);	/* free the map */
/* Interrupts a domain may be given: dom0's number space, pirqs below nr_gsis() being GSIs. */
u32 nr_gsis(void);
u32 nr_pirqs(void);

/*
 * Give d's pirq number to an interrupt; *pirq negative: any. What is mapped so
 * already is no error. 0; -EINVAL, no such number, or mapped otherwise; -EBUSY,
 * the pirq is taken; -ENOSPC, -ENOMEM, and for messages what msi_setup returns.
 */
int pirq_map_gsi(struct domain *d, u32 gsi, int *pirq);
int pirq_map_msi(struct domain *d, const struct msi_request *req, int *pirq);
int pirq_unmap(struct domain *d, u32 pirq);	/* 0, -EINVAL; a group goes with its first */
/* Keep a number for a later map: it, or -ENOSPC, -ENOMEM. */
int pirq_reserve(struct domain *d, bool gsi);
int pirq_irq(const struct domain *d, u32 pirq);	/* interrupt number, or -EINVAL */
/* Must the guest say when it is done? And does another domain share it? -EINVAL: not mapped */
int pirq_status(const struct domain *d, u32 pirq, bool *needs_eoi, bool *shared);

/* Deliver it where v runs: the event channel was bound to v. event_lock held. */
void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v);

/*
 * A page in which d reads which of its pirqs need PHYSDEVOP_eoi; the domain's
 * for good. auto_unmask: eoi unmasks the port too. 0, -EINVAL, -EBUSY (has one).
 */
int pirq_share_eoi_page(struct domain *d, u64 mfn, bool auto_unmask);

#endif
