/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables, versions 1 and 2: who may map, copy or take whose frames.
 * docs/grants.md tells how entries, pins, mappings and locks fit together.
 */
#ifndef XEN_COMMON_GRANT_H
#define XEN_COMMON_GRANT_H

#include <common/domain.h>
#include <lib/types.h>
#include <public/grant_table.h>

#define GRANT_DEFAULT_MAX_FRAMES	64u
#define GRANT_DEFAULT_MAX_MAPTRACK	1024u

void grant_tables_init(void);		/* boot, once: debug key 'g' */

/*
 * Takes its limits from d->max_grant_frames and max_maptrack_frames, where
 * negative means the default, and puts back what holds. 0, -ENOMEM.
 */
int grant_table_init(struct domain *d);
/*
 * For a dying domain none of whose vcpus runs: end its use of other domains'
 * grants and take its table away from it. Page-table entries, with references
 * of their own, go with its page tables. Preemptible: 0, or -ERESTART: call
 * again.
 */
int grant_table_release_mappings(struct domain *d);
/* At the last reference: nobody has anything of d's mapped any more. First, as often as it says that there is more, false: */
bool grant_table_free_some(struct domain *d);
void grant_table_destroy(struct domain *d);

/*
 * The frame behind entry idx of the shared (or status) array, which grows as
 * far as it must. 0; -EINVAL, beyond the limit, dying, or not version 2; -ENOMEM; -ERESTART.
 */
int grant_table_frame(struct domain *d, bool status, u32 idx, mfn_t *mfn);
/* XENMEM_acquire_resource: id is XENMEM_resource_grant_table_id_*. list has room for count. */
int grant_table_acquire_resource(struct domain *d, u32 id, u32 first, u32 count, mfn_t *list);

long do_grant_table_op(u64 cmd, u64 uop, u64 count);

#endif
