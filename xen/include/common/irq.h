/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical interrupts as guests hold them (arch/x86/irq*.c, pirq.c): a
 * domain's pirq numbers stand for GSIs or MSIs. Guarded by d->event_lock.
 */
#ifndef XEN_COMMON_IRQ_H
#define XEN_COMMON_IRQ_H

#include <common/domain.h>
#include <lib/types.h>

void irq_init(void);				/* boot: I/O APICs, vectors */
int pirq_init_domain(struct domain *d);		/* 0, -ENOMEM */
void pirq_release_domain(struct domain *d);	/* unbind and unmap all; d dying */
void pirq_destroy_domain(struct domain *d);	/* free the map */
/* Interrupts a domain may be given: dom0's number space. */
u32 nr_gsis(void);
u32 nr_pirqs(void);

#endif
