/* SPDX-License-Identifier: GPL-2.0-only */
/* The test decides when a long operation is to be preempted. */
#ifndef SHIM_EVT_SOFTIRQ_H
#define SHIM_EVT_SOFTIRQ_H

#include_next <common/softirq.h>

bool shim_softirq_pending(void);
#undef softirq_pending
#define softirq_pending() shim_softirq_pending()

#endif
