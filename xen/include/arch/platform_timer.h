/* SPDX-License-Identifier: GPL-2.0-only */
/* A free-running counter of known frequency, apart from the TSC. */
#ifndef XEN_ARCH_PLATFORM_TIMER_H
#define XEN_ARCH_PLATFORM_TIMER_H

#include <lib/types.h>

struct platform_timer {
	const char *name;
	u64 hz;
	u64 mask;		/* it wraps past this */
	u64 (*read)(void);
};

/* Choose and start one; never fails. */
const struct platform_timer *platform_timer_init(void);

#endif
