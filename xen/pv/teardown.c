// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a domain's memory, once its vcpus have let go of roots and
 * descriptor tables: pins are undone, half-done tables finished, and every frame
 * loses its owner's reference. What other domains still map goes when they let
 * go of it. May be interrupted and called again.
 */
#include <common/sched.h>
#include <pv/pgtype.h>

/*
 * The next frame to work on, with a reference; the list goes round by one. No
 * frame is added to a dying domain, so that one round sees them all. NULL: done.
 */
static struct page_info *next_frame(struct domain *d)
{
	struct page_info *pg = NULL;

	spin_lock(&d->page_lock);
	if (!d->relinquish_left)
		d->relinquish_left = d->tot_pages + 1;
	while (!pg && d->relinquish_left > 1 && d->page_list) {
		pg = page_list_first(d->page_list);
		d->page_list = pg->next;
		d->relinquish_left--;
		/* One whose last reference another CPU is dropping needs no help. */
		if (!get_page(pg, d))
			pg = NULL;
	}
	spin_unlock(&d->page_lock);
	return pg;
}

static int drop_frame(struct page_info *pg)
{
	u64 x = fetch_and(&pg->type_info, ~PGT_pinned);

	if (x & PGT_pinned) {
		int rc = put_type(pg);

		put_page(pg);
		if (rc)
			return rc;
	}
	x = READ_ONCE(pg->type_info);
	if (x & PGT_partial) {
		int rc = finish_partial(pg, x & PGT_key_mask);

		if (rc)
			return rc;
	}
	put_page_alloc_ref(pg);
	return 0;
}

int domain_relinquish_memory(struct domain *d)
{
	struct page_info *pg;
	unsigned int done = 0;

	while ((pg = next_frame(d)) != NULL) {
		int rc = drop_frame(pg);

		if (rc) {
			/* Still to be done: it is looked at first when this goes on. */
			spin_lock(&d->page_lock);
			d->page_list = mfn_x(page_to_mfn(pg));
			d->relinquish_left++;
			spin_unlock(&d->page_lock);
		}
		put_page(pg);
		if (rc)
			return rc;
		if ((++done & 31) == 0 && hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}
