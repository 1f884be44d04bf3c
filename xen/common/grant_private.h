/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the grant-table files share among themselves.
 *
 * A domain's table has two sides. As granter: the shared entries, which the
 * guest writes, and for each an active entry, which is ours and says who
 * uses the grant now (how often it is pinned) and which frame that is. As
 * mapper: the maptrack, one record per handle.
 *
 * Locks: table->lock is held for reading while entries are used, for writing
 * while frames are added or taken away or the version changes. An active
 * entry has a spin lock, taken inside. Never two tables' locks at once.
 * A handle is claimed by setting MAPTRACK_BUSY; its record then belongs to the
 * claimer. maptrack_lock, innermost, guards only the list of free handles.
 */
#ifndef XEN_COMMON_GRANT_PRIVATE_H
#define XEN_COMMON_GRANT_PRIVATE_H

#include <arch/page.h>
#include <common/frame.h>
#include <common/grant.h>
#include <common/spinlock.h>
#include <lib/compiler.h>

#define V1_PER_PAGE	((u32)(PAGE_SIZE / sizeof(grant_entry_v1_t)))
#define V2_PER_PAGE	((u32)(PAGE_SIZE / sizeof(grant_entry_v2_t)))
#define STATUS_PER_PAGE	((u32)(PAGE_SIZE / sizeof(grant_status_t)))
#define ACTIVE_PER_PAGE	((u32)(PAGE_SIZE / sizeof(struct active_grant)))
/* Active entries exist for as many entries as either version can put in a frame. */
#define ACTIVE_PAGES_PER_FRAME	(V1_PER_PAGE / ACTIVE_PER_PAGE)
#define GRANT_MAX_FRAMES	16384u	/* whatever the toolstack says */
#define MAPTRACK_MAX_FRAMES	16384u

enum grant_kind {
	GRANT_FULL,		/* a whole frame */
	GRANT_SUB_PAGE,		/* part of one: copies only */
	GRANT_TRANSITIVE,	/* what another domain granted: copies only */
};

struct active_grant {
	spinlock_t lock;
	u32 readers, writers;	/* pins; all but the lock is valid while there is one */
	u32 mfn;
	domid_t domid;		/* who uses it */
	u16 kind;		/* enum grant_kind */
	u16 start, length;	/* bytes in the frame that may be accessed; length 0: all */
	u32 pad;
};

#define MAPTRACK_REF_BITS	24
#define MAPTRACK_REF_MASK	((1u << MAPTRACK_REF_BITS) - 1)
#define MAPTRACK_FLAG(f)	((u32)(f) << MAPTRACK_REF_BITS)	/* GNTMAP_* bits 0 to 4 */
#define MAPTRACK_MAPPED		MAPTRACK_FLAG(GNTMAP_host_map | GNTMAP_device_map)
#define MAPTRACK_BUSY		(1u << 31)
#define MAPTRACK_END		(~0u)

struct maptrack {
	struct domain *granter;	/* with a reference */
	union {
		u32 mfn;
		u32 next_free;
	};
	u32 ref_flags;		/* reference and GNTMAP_* flags; neither map flag: the handle is free */
};
#define MAPTRACK_PER_PAGE	((u32)(PAGE_SIZE / sizeof(struct maptrack)))

struct grant_table {
	rwlock_t lock;
	u32 version;		/* 1 or 2 */
	bool retired;		/* the shared frames are gone: pins end without a mark to clear */
	u32 max_frames;
	u32 nr_frames, nr_status_frames;
	void **shared;		/* frames of entries, hypervisor addresses */
	grant_status_t **status;
	struct active_grant **active;
	u32 pinned;		/* atomic: entries in use, the reserved ones not counted */

	spinlock_t maptrack_lock;
	u32 max_maptrack_frames;
	u32 nr_maptrack;	/* handles that exist, free or not; published after their page */
	u32 free_handle;	/* head of the list, MAPTRACK_END for none */
	struct maptrack **maptrack;
	u32 release_next;	/* how far a preempted release of mappings has come */
	u32 free_active, free_maptrack;	/* pages of these that have been freed */
};

static inline u32 table_entries(const struct grant_table *gt)
{
	return gt->nr_frames * (gt->version == 1 ? V1_PER_PAGE : V2_PER_PAGE);
}
static inline grant_entry_v1_t *entry_v1(const struct grant_table *gt, u32 ref)
{
	return (grant_entry_v1_t *)gt->shared[ref / V1_PER_PAGE] + ref % V1_PER_PAGE;
}
static inline grant_entry_v2_t *entry_v2(const struct grant_table *gt, u32 ref)
{
	return (grant_entry_v2_t *)gt->shared[ref / V2_PER_PAGE] + ref % V2_PER_PAGE;
}
/* Where the marks of use are. */
static inline u16 *entry_status(const struct grant_table *gt, u32 ref)
{
	return gt->version == 1 ? &entry_v1(gt, ref)->flags
				: &gt->status[ref / STATUS_PER_PAGE][ref % STATUS_PER_PAGE];
}
static inline struct active_grant *active_entry(const struct grant_table *gt, u32 ref)
{
	return &gt->active[ref / ACTIVE_PER_PAGE][ref % ACTIVE_PER_PAGE];
}
static inline struct maptrack *maptrack_entry(const struct grant_table *gt, u32 handle)
{
	return &gt->maptrack[handle / MAPTRACK_PER_PAGE][handle % MAPTRACK_PER_PAGE];
}

/* What pinning an entry found. */
struct grant_pin {
	u32 kind;
	mfn_t mfn;		/* not when transitive */
	u32 start, length;	/* bytes; a whole frame is 0 and PAGE_SIZE */
	domid_t trans_domid;	/* transitive: what is really granted */
	grant_ref_t trans_ref;
};

/*
 * grant_entry.c. Pin entry ref of rd for the domain numbered user: check it,
 * show the granter that it is in use, and keep its frame what it is. for_map:
 * whole frames only. The frame gets no reference. GNTST_*.
 */
int grant_pin(struct domain *rd, domid_t user, u32 ref, bool readonly, bool for_map,
	      struct grant_pin *out);
void grant_unpin(struct domain *rd, u32 ref, bool readonly);
/* References on a pinned frame: a general one and, to write, one of writable type. GNTST_*. */
int grant_get_frame(struct domain *rd, mfn_t mfn, bool readonly);
void grant_put_frame(mfn_t mfn, bool readonly);
/* GTF_accept_transfer: promise the entry to a frame from domain giver. GNTST_*; then finish it. */
int grant_commit_transfer(struct domain *rd, domid_t giver, u32 ref);
void grant_complete_transfer(struct domain *rd, u32 ref, mfn_t mfn);

/*
 * The batched operations: arg has *todo structures of the caller's layout at
 * *uop. Each takes off what it has done. 0, with *todo > 0 when preempted, or
 * -EFAULT.
 */
typedef long grant_batch_fn(u64 *uop, u32 *todo);
grant_batch_fn grant_op_map, grant_op_unmap, grant_op_unmap_and_replace;	/* grant_map.c */
grant_batch_fn grant_op_copy;							/* grant_copy.c */
grant_batch_fn grant_op_transfer, grant_op_swap;				/* grant_transfer.c */

/*
 * grant_cache.c. As the others, but the first error ends it: -EINVAL and so
 * on. *cursor is how far the search for the first structure's frame has come.
 */
long grant_op_cache_flush(u64 *uop, u32 *todo, u32 *cursor);

/* grant_map.c */
int grant_add_handles(struct grant_table *gt);	/* one page of them; maptrack_lock held. 0, -ENOSPC, -ENOMEM */
int grant_release_handles(struct domain *d);	/* 0, -ERESTART */

/* grant_table.c: add one frame of entries. 0, -EINVAL (limit, retired), -ENOMEM. */
int grant_grow(struct domain *d);

/* grant_version.c */
long grant_set_version(u64 uop);
long grant_get_version(u64 uop);
long grant_get_status_frames(u64 uop);
/* table->lock held for writing: as many status frames as nr_frames of version 2 need. */
int grant_grow_status(struct domain *d, u32 nr_frames);

#endif
