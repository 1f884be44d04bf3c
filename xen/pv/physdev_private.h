/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the physdev*.c files: arguments are guest addresses, results the guest's. */
#ifndef XEN_PV_PHYSDEV_PRIVATE_H
#define XEN_PV_PHYSDEV_PRIVATE_H

#include <lib/types.h>

long physdev_map_pirq(u64 arg);		/* pv/physdev_map.c */
long physdev_unmap_pirq(u64 arg);
long physdev_pci_op(u32 cmd, u64 arg);	/* pv/physdev_pci.c; -ENOSYS: no such number */

#endif
