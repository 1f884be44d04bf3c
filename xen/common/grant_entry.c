// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single grant entries: pinning them for a use and letting them go.
 *
 * The shared entry is the granter's to change at any time, on another CPU too.
 * So its flags and domid are fetched together, once, and the marks that tell
 * the granter about the use are set only if that word is still the same
 * (version 1), or the word is looked at again after setting them (version 2).
 * Frame and range are fetched once, after that, and kept in the active entry:
 * while it is pinned nothing more is read from the guest.
 */
#include "grant_private.h"

#include <lib/bug.h>
#include <pv/mm.h>

BUILD_BUG_ON(sizeof(struct active_grant) != 32);
BUILD_BUG_ON(sizeof(struct maptrack) != 16);
BUILD_BUG_ON(sizeof(grant_entry_v1_t) != 8 || sizeof(grant_entry_v2_t) != 16);
BUILD_BUG_ON(GRANT_MAX_FRAMES * (PAGE_SIZE / 8) > MAPTRACK_REF_MASK + 1);

/* How often a version 1 entry may change under our hands before we give up. */
#define MARK_TRIES	5

/* flags (low half) and domid of an entry, as one access fetches them. */
static inline u16 word_flags(u32 word) { return word; }
static inline domid_t word_domid(u32 word) { return word >> 16; }

static u32 marks(bool readonly)
{
	return readonly ? GTF_reading : GTF_reading | GTF_writing;
}

/* Does the entry allow this use by this domain? */
static bool entry_allows(u32 word, domid_t user, bool readonly, bool for_map, u32 version)
{
	u16 flags = word_flags(word);

	if (word_domid(word) != user || (!readonly && (flags & GTF_readonly)))
		return false;
	switch (flags & GTF_type_mask) {
	case GTF_permit_access:
		return !(flags & GTF_sub_page) || (version == 2 && !for_map);
	case GTF_transitive:
		return version == 2 && !for_map;
	default:
		return false;
	}
}

static int mark_v1(struct grant_table *gt, u32 ref, domid_t user, bool readonly, bool for_map)
{
	u32 *entry = (u32 *)entry_v1(gt, ref);
	u32 word = READ_ONCE(*entry);

	for (unsigned int i = 0; i < MARK_TRIES; i++) {
		if (!entry_allows(word, user, readonly, for_map, 1))
			return GNTST_bad_gntref;
		if (try_cmpxchg(entry, &word, word | marks(readonly)))
			return GNTST_okay;
	}
	return GNTST_general_error;
}

static int mark_v2(struct grant_table *gt, u32 ref, domid_t user, bool readonly, bool for_map,
		   u32 *word)
{
	u32 *entry = (u32 *)entry_v2(gt, ref);
	u16 *status = entry_status(gt, ref), before;

	*word = READ_ONCE(*entry);
	if (!entry_allows(*word, user, readonly, for_map, 2))
		return GNTST_bad_gntref;
	before = fetch_or(status, (u16)marks(readonly));
	/* The granter clears flags first and looks at the marks then; we do the reverse. */
	*word = READ_ONCE(*entry);
	if (entry_allows(*word, user, readonly, for_map, 2))
		return GNTST_okay;
	(void)fetch_and(status, (u16)~(marks(readonly) & ~before));
	return GNTST_bad_gntref;
}

/* The first pin: fetch what the entry grants. word is what mark_v2 saw last. */
static void record(struct grant_table *gt, u32 ref, domid_t user, u32 word, struct active_grant *act)
{
	act->domid = user;
	act->kind = GRANT_FULL;
	act->start = 0;
	act->length = 0;
	if (gt->version == 1) {
		act->mfn = READ_ONCE(entry_v1(gt, ref)->frame);
		return;
	}

	grant_entry_v2_t *e = entry_v2(gt, ref);

	if ((word_flags(word) & GTF_type_mask) == GTF_transitive) {
		act->kind = GRANT_TRANSITIVE;
		act->mfn = ~0u;
	} else {
		u64 frame = READ_ONCE(e->full_page.frame);

		/* No machine has a frame that needs more than 32 bits: such a number is refused as no RAM. */
		act->mfn = frame > ~0u ? ~0u : (u32)frame;
		if (word_flags(word) & GTF_sub_page) {
			act->kind = GRANT_SUB_PAGE;
			act->start = READ_ONCE(e->sub_page.page_off);
			act->length = READ_ONCE(e->sub_page.length);
		}
	}
}

static void describe(struct grant_table *gt, u32 ref, const struct active_grant *act,
		     struct grant_pin *out)
{
	out->kind = act->kind;
	out->mfn = MFN(act->mfn);
	out->start = 0;
	out->length = PAGE_SIZE;
	if (act->kind == GRANT_SUB_PAGE) {
		out->start = act->start;
		out->length = act->length;
	} else if (act->kind == GRANT_TRANSITIVE) {
		/* Each use pins the other domain's entry for itself, so this may differ from use to use. */
		out->trans_domid = READ_ONCE(entry_v2(gt, ref)->transitive.trans_domid);
		out->trans_ref = READ_ONCE(entry_v2(gt, ref)->transitive.gref);
	}
}

/* act is locked, table->lock held for reading. */
static int pin_locked(struct grant_table *gt, u32 ref, domid_t user, bool readonly, bool for_map,
		      struct active_grant *act)
{
	bool in_use = act->readers || act->writers;
	u32 word = 0;
	int rc;

	if (in_use && (act->domid != user || (for_map && act->kind != GRANT_FULL)))
		return GNTST_general_error;

	if (!in_use || (!readonly && !act->writers)) {
		rc = gt->version == 1 ? mark_v1(gt, ref, user, readonly, for_map)
				      : mark_v2(gt, ref, user, readonly, for_map, &word);
		if (rc)
			return rc;
	}
	if (!in_use) {
		record(gt, ref, user, word, act);
		if (ref >= GNTTAB_NR_RESERVED_ENTRIES)
			(void)fetch_add(&gt->pinned, 1);
	}
	if (readonly)
		act->readers++;
	else
		act->writers++;
	return GNTST_okay;
}

int grant_pin(struct domain *rd, domid_t user, u32 ref, bool readonly, bool for_map,
	      struct grant_pin *out)
{
	struct grant_table *gt = rd->grant_table;
	struct active_grant *act;
	int rc;

	read_lock(&gt->lock);
	if (unlikely(rd->is_dying || gt->retired)) {
		rc = GNTST_bad_domain;
	} else if (unlikely(ref >= table_entries(gt))) {
		rc = GNTST_bad_gntref;
	} else {
		ref = array_index_nospec(ref, table_entries(gt));
		act = active_entry(gt, ref);
		spin_lock(&act->lock);
		rc = pin_locked(gt, ref, user, readonly, for_map, act);
		if (!rc)
			describe(gt, ref, act, out);
		spin_unlock(&act->lock);
	}
	read_unlock(&gt->lock);
	return rc;
}

void grant_unpin(struct domain *rd, u32 ref, bool readonly)
{
	struct grant_table *gt = rd->grant_table;
	struct active_grant *act;
	u16 gone = 0;

	read_lock(&gt->lock);
	act = active_entry(gt, ref);
	spin_lock(&act->lock);
	if (readonly) {
		ASSERT(act->readers);
		act->readers--;
	} else {
		ASSERT(act->writers);
		if (!--act->writers)
			gone |= GTF_writing;
	}
	if (!act->readers && !act->writers) {
		gone |= GTF_reading;
		if (ref >= GNTTAB_NR_RESERVED_ENTRIES)
			(void)fetch_sub(&gt->pinned, 1);
	}
	if (gone && !gt->retired)
		(void)fetch_and(entry_status(gt, ref), (u16)~gone);
	spin_unlock(&act->lock);
	read_unlock(&gt->lock);
}

int grant_get_frame(struct domain *rd, mfn_t mfn, bool readonly)
{
	struct page_info *pg = get_page_from_mfn(mfn, rd);

	if (!pg)
		return GNTST_bad_page;
	if (!readonly && !get_page_type(pg, PGT_writable)) {
		put_page(pg);
		return GNTST_general_error;
	}
	return GNTST_okay;
}

void grant_put_frame(mfn_t mfn, bool readonly)
{
	struct page_info *pg = mfn_to_page(mfn);

	if (readonly)
		put_page(pg);
	else
		put_page_and_type(pg);
}

int grant_commit_transfer(struct domain *rd, domid_t giver, u32 ref)
{
	struct grant_table *gt = rd->grant_table;
	int rc = GNTST_bad_gntref;
	u32 *entry, word;

	read_lock(&gt->lock);
	if (!rd->is_dying && !gt->retired && ref < table_entries(gt)) {
		ref = array_index_nospec(ref, table_entries(gt));
		/* Flags and domid stand first in both versions. */
		entry = gt->version == 1 ? (u32 *)entry_v1(gt, ref) : (u32 *)entry_v2(gt, ref);
		word = READ_ONCE(*entry);
		for (unsigned int i = 0; i < MARK_TRIES; i++) {
			if (word_flags(word) != GTF_accept_transfer || word_domid(word) != giver)
				break;
			if (try_cmpxchg(entry, &word, word | GTF_transfer_committed)) {
				rc = GNTST_okay;
				break;
			}
		}
	}
	read_unlock(&gt->lock);
	return rc;
}

void grant_complete_transfer(struct domain *rd, u32 ref, mfn_t mfn)
{
	struct grant_table *gt = rd->grant_table;
	u64 gfn = INVALID_M2P_ENTRY;

	read_lock(&gt->lock);
	/* The table may have become another since; its owner then does not learn the frame here. */
	if (!gt->retired && ref < table_entries(gt)) {
		ref = array_index_nospec(ref, table_entries(gt));
		if (gt->version == 1) {
			grant_entry_v1_t *e = entry_v1(gt, ref);

			gfn = READ_ONCE(e->frame);
			WRITE_ONCE(e->frame, (u32)mfn_x(mfn));
			(void)fetch_or(&e->flags, (u16)GTF_transfer_completed);
		} else {
			grant_entry_v2_t *e = entry_v2(gt, ref);

			gfn = READ_ONCE(e->full_page.frame);
			WRITE_ONCE(e->full_page.frame, mfn_x(mfn));
			(void)fetch_or(&e->hdr.flags, (u16)GTF_transfer_completed);
		}
	}
	read_unlock(&gt->lock);
	if (gfn != INVALID_M2P_ENTRY)
		set_gpfn_of_owned(rd, mfn_to_page(mfn), gfn);
}
