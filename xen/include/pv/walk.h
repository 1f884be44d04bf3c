/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding and locking the level-1 entry of a guest's linear address. */
#ifndef XEN_PV_WALK_H
#define XEN_PV_WALK_H

#include <pv/mm.h>

/* The entry for va in v's kernel tables, its table locked (unlock_table(*table)); NULL: there is none. */
u64 *lock_guest_l1(struct vcpu *v, vaddr_t va, struct page_info **table);

#endif
