/* SPDX-License-Identifier: GPL-2.0-only */
/* Between pv/descriptor.c and pv/perdomain.c. */
#ifndef XEN_PV_PERDOMAIN_H
#define XEN_PV_PERDOMAIN_H

#include <lib/types.h>

/* The level-1 entry of a GDT window page that the guest has not filled. */
u64 empty_descriptor_pte(void);

#endif
