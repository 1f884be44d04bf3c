// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a domain's memory: roots and descriptor tables are dropped, pins
 * undone, half-done tables finished, and every frame loses its owner's
 * reference. What other domains still map goes when they let go of it. No vcpu
 * of the domain runs; all of it may be interrupted and called again.
 */
#include <arch/barrier.h>
#include <common/sched.h>
#include <pv/pgtype.h>

enum { DROP_VCPUS, DROP_FRAMES, DONE };

static int drop_vcpus(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		int rc = vcpu_drop_roots(v);

		if (rc)
			return rc;
		pv_invalidate_ldt(v);
		pv_destroy_gdt(v);
	}
	return 0;
}

/*
 * The next frame to work on, with a reference, moved to the end of the list so
 * that those with their owner's reference stand in front. NULL: all are done.
 */
static struct page_info *next_frame(struct domain *d)
{
	for (;;) {
		struct page_info *pg;
		u64 x;

		spin_lock(&d->page_lock);
		pg = page_list_first(d->page_list);
		x = pg ? READ_ONCE(pg->count_info) : 0;
		if (!pg || (!(x & PGC_allocated) && (x & PGC_count_mask))) {
			spin_unlock(&d->page_lock);
			return NULL;
		}
		d->page_list = pg->next;
		if (get_page(pg, d)) {
			spin_unlock(&d->page_lock);
			return pg;
		}
		/* Another CPU has dropped the last reference and waits for the lock. */
		spin_unlock(&d->page_lock);
		cpu_relax();
	}
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

static int drop_frames(struct domain *d)
{
	struct page_info *pg;
	unsigned int done = 0;

	while ((pg = next_frame(d)) != NULL) {
		int rc = drop_frame(pg);

		if (rc) {
			/* Still to be done: it is looked at first when this goes on. */
			spin_lock(&d->page_lock);
			d->page_list = mfn_x(page_to_mfn(pg));
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

int domain_relinquish_memory(struct domain *d)
{
	int rc;

	switch (d->relinquish_state) {
	case DROP_VCPUS:
		rc = drop_vcpus(d);
		if (rc)
			return rc;
		d->relinquish_state = DROP_FRAMES;
		fallthrough;
	case DROP_FRAMES:
		rc = drop_frames(d);
		if (rc)
			return rc;
		xfree(d->memory_map);
		d->memory_map = NULL;
		d->relinquish_state = DONE;
		fallthrough;
	default:
		return 0;
	}
}
