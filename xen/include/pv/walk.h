/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding and locking the level-1 entry of a guest's linear address. */
#ifndef XEN_PV_WALK_H
#define XEN_PV_WALK_H

#include <pv/mm.h>

/* As guest_walk, whatever mode v is in. */
bool guest_kernel_walk(struct vcpu *v, vaddr_t va, u64 *l1e, mfn_t *table);
/* The entry for va in v's kernel tables, its table locked (unlock_table(*table)); NULL: there is none. */
u64 *lock_guest_l1(struct vcpu *v, vaddr_t va, struct page_info **table);

#endif
