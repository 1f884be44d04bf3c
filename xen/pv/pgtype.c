// SPDX-License-Identifier: GPL-2.0-only
/*
 * Type references: the state machine of type_info. This file owns every change
 * of a frame's type; validation of contents is pgtype_table.c's. No lock: each
 * step is one cmpxchg, and between "busy" and the end of busy the frame is the
 * working CPU's alone.
 *
 * Work that takes long is left half done as PGT_partial. A partial table
 * belongs to nobody: whoever wants its type next goes on with it, and whoever
 * gave up on it tears the rest down.
 */
#include <arch/barrier.h>
#include <arch/cache.h>
#include <common/sched.h>
#include <pv/pgtype.h>

void flush_stale_type(struct page_info *pg)
{
	const u32 stamp = pg->tlbflush_stamp;
	const struct domain *d = page_owner(pg);
	cpumask_t mask;

	if (stamp != FLUSH_CLOCK_NONE && d) {
		if (unlikely(pg->count_info & PGC_foreign))
			mask = cpu_online_mask;
		else
			mask = d->dirty_cpus;
		tlbflush_filter(&mask, stamp);
		if (!cpumask_empty(&mask))
			flush_tlb_mask(&mask, FLUSH_TLB);
		if (unlikely(pg->count_info & PGC_foreign))
			fetch_and(&pg->count_info, ~PGC_foreign);
	}
	/*
	 * What uncached mappings wrote is not what the cache shows: page walks and we read the
	 * cache. Not before those mappings are gone from every CPU.
	 */
	if (unlikely(pg->count_info & PGC_uncached))
		flush_cache_page(page_to_virt(pg));
}

/* The end of busy: a state that others may act on. */
static void set_state(struct page_info *pg, u64 state)
{
	store_release(&pg->type_info, state);
}

static void set_partial(struct page_info *pg, u64 type, bool was_partial)
{
	if (!was_partial)
		get_page_again(pg);	/* the state's own */
	set_state(pg, type | PGT_partial | 1);
}

/* Tear a busy table down and let it go; its type reference goes too. */
static int tear_down(struct page_info *pg, u64 type, bool was_partial)
{
	int rc = devalidate_table(pg, type);

	if (rc) {
		set_partial(pg, type, was_partial);
		return rc;
	}
	pg->tlbflush_stamp = tlbflush_now();
	set_state(pg, type);
	if (was_partial)
		put_page(pg);
	return 0;
}

/* pg is busy with one type reference, ours: make it valid, or let the reference go. */
static int build_up(struct page_info *pg, u64 type, bool was_partial)
{
	int rc = is_table_type(type) || type == PGT_seg_desc ? validate_table(pg, type) : 0;

	if (likely(!rc)) {
		set_state(pg, type | PGT_validated | 1);
		if (was_partial)
			put_page(pg);
	} else if (rc == -ERESTART) {
		set_partial(pg, type, was_partial);
	} else {
		tear_down(pg, type, was_partial);
	}
	return rc;
}

int get_type(struct page_info *pg, u64 type)
{
	u64 x = READ_ONCE(pg->type_info);

	for (;;) {
		u64 next;

		if (!(x & PGT_count_mask)) {
			if ((x & (PGT_key_mask | PGT_validated)) == (type | PGT_validated))
				next = x + 1;
			else
				next = type | 1;
		} else if ((x & PGT_key_mask) != type) {
			return -EINVAL;
		} else if (x & PGT_validated) {
			next = x + 1;
		} else if (x & PGT_partial) {
			next = x & ~PGT_partial;
		} else {
			/* Busy on another CPU, which needs nothing that we hold. */
			if (hypercall_preempt_check() && is_table_type(type))
				return -ERESTART;
			cpu_relax();
			flush_tlb_poll();
			x = READ_ONCE(pg->type_info);
			continue;
		}
		if (!try_cmpxchg(&pg->type_info, &x, next))
			continue;
		if (next & PGT_validated)
			return 0;
		if (x & PGT_count_mask)
			return build_up(pg, type, true);
		/* A new type: no translation of the old one may live on when it becomes usable. */
		if ((x & PGT_key_mask) != type)
			flush_stale_type(pg);
		pg->nr_validated = 0;
		pg->linear_count = 0;
		return build_up(pg, type, false);
	}
}

int put_type(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type_info);

	for (;;) {
		u64 next = x - 1;
		bool last = false;

		ASSERT(x & PGT_count_mask);
		if (!(next & PGT_count_mask)) {
			if (unlikely(x & PGT_locked)) {
				/* Someone edits the table: they need nothing that we hold. */
				cpu_relax();
				x = READ_ONCE(pg->type_info);
				continue;
			}
			ASSERT((x & PGT_validated) || !is_table_type(x));
			next = x & ~PGT_validated;
			last = true;
		}
		if (!try_cmpxchg(&pg->type_info, &x, next))
			continue;
		if (!last)
			return 0;
		/* Busy: nobody else can use the frame between the stamp and the end of the count. */
		if (!is_table_type(x)) {
			pg->tlbflush_stamp = tlbflush_now();
			set_state(pg, x - 1);
			return 0;
		}
		if ((x & PGT_type_mask) == PGT_l4 || (x & PGT_pae_kernel_l2))
			clear_hypervisor_slots(pg, x & PGT_key_mask);
		return tear_down(pg, x & PGT_key_mask, false);
	}
}

int finish_partial(struct page_info *pg, u64 type)
{
	u64 x = READ_ONCE(pg->type_info);

	do {
		if ((x & (PGT_key_mask | PGT_partial)) != (type | PGT_partial))
			return 0;
	} while (!try_cmpxchg(&pg->type_info, &x, x & ~PGT_partial));
	return tear_down(pg, type, true);
}

void defer_teardown(struct page_info *pg)
{
	struct vcpu *v = current;

	/* Each hypercall finishes what the last one left before it starts, so there is room. */
	ASSERT(!v->pv.deferred);
	if (v->pv.deferred)
		return;
	get_page_again(pg);
	v->pv.deferred = pg;
}

int finish_deferred(struct vcpu *v)
{
	struct page_info *pg = v->pv.deferred;
	const u64 x = READ_ONCE(pg->type_info);

	if ((x & PGT_partial) && finish_partial(pg, x & PGT_key_mask))
		return -ERESTART;
	v->pv.deferred = NULL;
	put_page(pg);
	return 0;
}

int get_page_type_preemptible(struct page_info *pg, u64 type)
{
	int rc = get_type(pg, type);

	/* A table that was refused half-way may be left to be torn down. */
	if (unlikely(rc < 0 && rc != -ERESTART) && (READ_ONCE(pg->type_info) & PGT_partial))
		defer_teardown(pg);
	return rc;
}

bool get_page_type(struct page_info *pg, u64 type)
{
	ASSERT(!is_table_type(type) || type == PGT_l1);
	return get_type(pg, type) == 0;
}

int put_page_type_preemptible(struct page_info *pg)
{
	int rc = put_type(pg);

	if (unlikely(rc))
		defer_teardown(pg);
	return rc;
}

void put_page_type(struct page_info *pg)
{
	int rc = put_type(pg);

	ASSERT(!rc);
	(void)rc;
}

bool get_page_and_type(struct page_info *pg, const struct domain *d, u64 type)
{
	if (!get_page(pg, d))
		return false;
	if (get_page_type(pg, type))
		return true;
	put_page(pg);
	return false;
}

void put_page_and_type(struct page_info *pg)
{
	put_page_type(pg);
	put_page(pg);
}
