// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame invariant, checked the slow way: all counts of a domain's frames are
 * recomputed from the contents of its page tables, its roots, pins and descriptor
 * tables, and compared with what the frame table says. Frames may have more
 * references than are found here (grants, other domains' mappings, the
 * hypervisor's own), never fewer; type references of tables are all found, and
 * must agree. The domain is paused, or nothing else runs.
 */
#include <common/console.h>
#include <common/keyhandler.h>
#include <common/sched.h>
#include <pv/pgtype.h>

#define MAX_REPORTED 20

/* Per frame: references found so far. Allocated for all frames below max_page. */
struct found {
	u32 refs, type_refs;
};

struct audit {
	struct domain *d;
	struct found *found;
	unsigned int errors;
};

static void complain(struct audit *a, unsigned long frame, const char *what)
{
	const struct page_info *pg = mfn_to_page(MFN(frame));

	if (a->errors++ < MAX_REPORTED)
		printk(XENLOG_ERR "audit: d%u frame %lx: %s (count %016llx type %016llx)\n", a->d->id, frame,
		       what, (unsigned long long)pg->count_info, (unsigned long long)pg->type_info);
}

static struct found *found_of(struct audit *a, unsigned long frame)
{
	return frame < max_page && (mfn_to_page(MFN(frame))->count_info & PGC_ram) ? &a->found[frame] : NULL;
}

static void found_l1e(struct audit *a, unsigned long table, u64 e)
{
	const unsigned long frame = PTE_MFN(e);
	struct found *f = found_of(a, frame);
	const struct page_info *pg;

	if (!f)
		return;
	pg = mfn_to_page(MFN(frame));
	f->refs++;
	if (!(e & _PAGE_RW))
		return;
	f->type_refs++;
	if ((pg->type_info & PGT_type_mask) != PGT_writable)
		complain(a, table, "maps a frame writable that is not of the writable type");
}

static void found_upper(struct audit *a, unsigned long table, u64 type, u64 e)
{
	const unsigned long frame = PTE_MFN(e);
	struct found *f = found_of(a, frame);
	unsigned int level;

	if (frame == table)
		return;
	if (!f) {
		complain(a, table, "names a table that is not RAM");
		return;
	}
	f->refs++;
	f->type_refs++;
	level = type_level(mfn_to_page(MFN(frame))->type_info);
	if (level != type_level(type) - 1 && (level != type_level(type) || (e & _PAGE_RW)))
		complain(a, table, "names a frame of the wrong type");
}

static void scan_table(struct audit *a, unsigned long frame)
{
	struct page_info *pg = mfn_to_page(MFN(frame));
	const u64 x = pg->type_info, type = x & PGT_key_mask;
	const u64 *table = map_frame(MFN(frame));
	const unsigned int nr = x & PGT_validated ? PT_ENTRIES : pg->nr_validated;

	if (!is_table_type(x) || !(x & PGT_count_mask))
		return;
	if (x & PGT_locked)
		complain(a, frame, "locked");
	for (unsigned int i = 0; i < nr; i++) {
		if (!(table[i] & _PAGE_PRESENT) || !guest_slot(a->d, type, i))
			continue;
		if (type == PGT_l1)
			found_l1e(a, frame, table[i]);
		else
			found_upper(a, frame, type, table[i]);
	}
	if (x & (PGT_pinned | PGT_partial)) {
		a->found[frame].refs++;
		a->found[frame].type_refs++;
	}
}

static void found_both(struct audit *a, u64 frame)
{
	struct found *f = frame ? found_of(a, frame) : NULL;

	if (f) {
		f->refs++;
		f->type_refs++;
	}
}

static void scan_vcpus(struct audit *a)
{
	struct vcpu *v;

	for_each_vcpu(a->d, v) {
		found_both(a, v->pv.kernel_root >> PAGE_SHIFT);
		found_both(a, v->pv.user_root >> PAGE_SHIFT);
		for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.gdt_mfn); i++)
			found_both(a, v->pv.gdt_mfn[i]);
		for (unsigned int i = 0; i < 16; i++)
			if (v->pv.ldt_mapped & (1u << i))
				found_both(a, PTE_MFN(v->pv.descriptor_ptes[16 + i]));
	}
}

static void compare(struct audit *a, unsigned long frame)
{
	const struct page_info *pg = mfn_to_page(MFN(frame));
	const u64 refs = pg->count_info & PGC_count_mask, type_refs = pg->type_info & PGT_count_mask;
	const u64 own = pg->count_info & PGC_allocated ? 1 : 0;

	if (page_owner(pg) != a->d)
		return;
	if ((pg->count_info & PGC_state_mask) != PGC_state_inuse)
		complain(a, frame, "on a domain's list but free");
	if (refs < a->found[frame].refs + own)
		complain(a, frame, "has fewer references than are in use");
	if (type_refs > refs)
		complain(a, frame, "has more type references than references");
	if (type_refs < a->found[frame].type_refs)
		complain(a, frame, "has fewer type references than are in use");
	else if ((is_table_type(pg->type_info) || (pg->type_info & PGT_type_mask) == PGT_seg_desc) &&
		 type_refs != a->found[frame].type_refs)
		complain(a, frame, "has type references that nothing holds");
}

unsigned int audit_frames(struct domain *d)
{
	struct audit a = { .d = d };
	const unsigned int order = get_order_from_bytes(max_page * sizeof(*a.found));
	struct page_info *pg;
	unsigned long counted = 0;

	a.found = alloc_xenheap_pages(order, MEMF_zero);
	if (!a.found) {
		printk(XENLOG_WARNING "audit: no memory\n");
		return 0;
	}
	spin_lock(&d->page_lock);
	for (pg = page_list_first(d->page_list); pg; pg = page_list_next(pg, d->page_list)) {
		scan_table(&a, mfn_x(page_to_mfn(pg)));
		counted++;
	}
	scan_vcpus(&a);
	for (pg = page_list_first(d->page_list); pg; pg = page_list_next(pg, d->page_list))
		compare(&a, mfn_x(page_to_mfn(pg)));
	for (pg = page_list_first(d->xenpage_list); pg; pg = page_list_next(pg, d->xenpage_list))
		compare(&a, mfn_x(page_to_mfn(pg)));
	if (counted != d->tot_pages)
		complain(&a, 0, "the list of frames and the count of frames disagree");
	spin_unlock(&d->page_lock);
	free_xenheap_pages(a.found, order);
	return a.errors;
}

/* Debug key: every domain in turn, its vcpus stopped (but for the one that asks). */
static void audit_key(unsigned char key)
{
	struct domain *d;

	(void)key;
	for (int id = -1; (d = get_next_domain(id)) != NULL; put_domain(d)) {
		struct vcpu *v;

		id = d->id;
		for_each_vcpu(d, v)
			if (v != current)
				vcpu_pause(v);
		printk("audit: domain %u, %lu frames: %u errors\n", d->id, d->tot_pages, audit_frames(d));
		for_each_vcpu(d, v)
			if (v != current)
				vcpu_unpause(v);
	}
	heap_dump();
}

void audit_init(void)
{
	register_keyhandler('M', audit_key, "audit memory: check all reference counts");
}
