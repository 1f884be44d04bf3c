/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors that the CPUs' machine-check banks keep: each CPU looks into its own
 * every few seconds, and what it finds waits here for dom0.
 */
#ifndef XEN_ARCH_MCA_H
#define XEN_ARCH_MCA_H

#include <lib/types.h>

struct mca_report {
	u64 id;				/* never 0, never again */
	u32 cpu;
	u16 bank;
	u64 gstatus;			/* MCG_STATUS */
	u64 status, addr, misc;		/* of the bank; 0 where it has none */
	u64 tsc;			/* when it was found */
};

static inline bool mca_uncorrected(const struct mca_report *r) { return r->status >> 61 & 1; }

void mca_init(void);			/* boot, when all CPUs run */
/* The oldest report that was not acknowledged, uncorrected errors apart from the others. False: none. */
bool mca_oldest(bool uncorrected, struct mca_report *r);
void mca_acknowledge(u64 id);		/* forget that report; unknown ids are ignored */

#endif
