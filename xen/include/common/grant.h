/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables, versions 1 and 2: who may map, copy or take whose frames. */
#ifndef XEN_COMMON_GRANT_H
#define XEN_COMMON_GRANT_H

#include <common/domain.h>
#include <lib/types.h>
#include <public/grant_table.h>

int grant_table_init(struct domain *d);			/* 0, -ENOMEM */
int grant_table_release_mappings(struct domain *d);	/* preemptible: 0, -ERESTART */
void grant_table_destroy(struct domain *d);
/* The frame behind entry idx of the shared (or status) array, grown when need be. 0, -EINVAL, -ENOMEM. */
int grant_table_frame(struct domain *d, bool status, u32 idx, mfn_t *mfn);
void grant_table_dump(struct domain *d);		/* debug key 'g' */
/* XENMEM_acquire_resource */
int grant_table_acquire_resource(struct domain *d, u32 id, u32 first, u32 count, mfn_t *list);
int grant_table_set_limits(struct domain *d, u32 grant_frames, u32 maptrack_frames);

long do_grant_table_op(u64 cmd, u64 uop, u64 count);

#endif
