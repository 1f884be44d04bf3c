// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first page tables of a guest, four levels or PAE's three. Two ranges at
 * most: the boot region, whose tables lie inside it, and the frame list where
 * a kernel asked for it elsewhere, whose tables follow it. Tables are mapped
 * read-only for the guest, as direct paging demands.
 */
#include <errno.h>
#include <string.h>

#include "build.h"
#include "private.h"

#define PTE_P	0x001ULL
#define PTE_RW	0x002ULL
#define PTE_US	0x004ULL
#define PTE_A	0x020ULL
#define PTE_D	0x040ULL

#define ENTRIES	512

static unsigned int levels(const struct build *b)
{
	return b->in->image->is_64 ? 4 : 3;
}

/* log2 of the bytes that one table of this level covers. */
static unsigned int span(unsigned int level)
{
	return HV_PAGE_SHIFT + 9 * level;
}

static uint64_t tables_for(const struct pt_range *r, unsigned int level)
{
	return ((r->end - 1) >> span(level)) - (r->start >> span(level)) + 1;
}

void build_pt_size(struct build *b, struct pt_range *r, uint64_t first_table)
{
	unsigned int level;

	memset(r->count, 0, sizeof(r->count));
	for (level = levels(b) - 1; level >= 1; level--) {
		r->count[level] = tables_for(r, level);
		/* The last PAE slot must exist even when nothing of it is used. */
		if (levels(b) == 3 && level == 2 && (r->end - 1) >> span(2) < 3)
			r->count[2]++;
		r->table[level] = first_table;
		first_table += r->count[level];
	}
}

/* The tables of the list's own mapping lie outside both ranges. */
static bool is_table(const struct build *b, uint64_t pfn)
{
	return pfn >= b->pt_pfn && pfn < b->pt_pfn + b->pt_pages;
}

static uint64_t entry(const struct build *b, uint64_t pfn, uint64_t flags)
{
	return (uint64_t)b->p2m[pfn] << HV_PAGE_SHIFT | flags;
}

static void fill_leaf(const struct build *b, const struct pt_range *r, uint64_t index, uint64_t *t)
{
	uint64_t us = b->in->image->is_64 ? PTE_US : 0;
	uint64_t va = ((r->start >> span(1)) + index) << span(1);
	unsigned int i;

	for (i = 0; i < ENTRIES; i++, va += HV_PAGE_SIZE) {
		uint64_t pfn;

		if (va < r->start || va >= r->end)
			continue;
		pfn = r->pfn + ((va - r->start) >> HV_PAGE_SHIFT);
		t[i] = entry(b, pfn, PTE_P | PTE_A | PTE_D | us | (is_table(b, pfn) ? 0 : PTE_RW));
	}
}

static void fill_upper(const struct build *b, const struct pt_range *r, unsigned int level,
		       uint64_t index, uint64_t *t)
{
	uint64_t base = ((r->start >> span(level)) + index) << 9;	/* in child tables */
	uint64_t first = r->start >> span(level - 1), n = tables_for(r, level - 1);
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		if (base + i >= first && base + i < first + n)
			t[i] = entry(b, r->table[level - 1] + (base + i - first), PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D);
}

static int write_range(struct build *b, const struct pt_range *r)
{
	unsigned int level;
	uint64_t i, total = r->count[1] + r->count[2] + r->count[3];
	uint64_t first = r->table[levels(b) - 1];
	uint64_t *tables = build_map(b, first, total);

	if (!tables)
		return -EIO;
	memset(tables, 0, total * HV_PAGE_SIZE);
	for (level = 1; level < levels(b); level++) {
		for (i = 0; i < r->count[level]; i++) {
			uint64_t *t = tables + (r->table[level] + i - first) * ENTRIES;

			if (level == 1)
				fill_leaf(b, r, i, t);
			else if (i < tables_for(r, level))
				fill_upper(b, r, level, i, t);
		}
	}
	hv_unmap(tables, total);
	return 0;
}

static void fill_root64(struct build *b, const struct pt_range *r, uint64_t *root)
{
	uint64_t i;

	for (i = 0; i < r->count[3]; i++)
		root[((r->start >> span(3)) + i) & (ENTRIES - 1)] =
			entry(b, r->table[3] + i, PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D);
}

static void fill_root_pae(struct build *b, const struct pt_range *r, uint64_t *root)
{
	uint64_t i, n = tables_for(r, 2);

	for (i = 0; i < n; i++)
		root[(r->start >> span(2)) + i] = entry(b, r->table[2] + i, PTE_P);
	if (r->count[2] > n)
		root[3] = entry(b, r->table[2] + n, PTE_P);
}

int build_pt_write(struct build *b)
{
	uint64_t *root;
	int rc = write_range(b, &b->boot);

	if (!rc && b->list.end)
		rc = write_range(b, &b->list);
	if (rc)
		return rc;
	root = build_map(b, b->root_pfn, 1);
	if (!root)
		return -EIO;
	memset(root, 0, HV_PAGE_SIZE);
	if (levels(b) == 4) {
		fill_root64(b, &b->boot, root);
		if (b->list.end)
			fill_root64(b, &b->list, root);
	} else {
		fill_root_pae(b, &b->boot, root);
	}
	hv_unmap(root, 1);
	return 0;
}

int build_pt_pin(struct build *b)
{
	size_t mark = hv_mark(b->h);
	struct mmuext_op *op = hv_take(b->h, sizeof(*op));
	long rc;

	if (!op)
		return -ENOBUFS;
	op->cmd = levels(b) == 4 ? MMUEXT_PIN_L4_TABLE : MMUEXT_PIN_L3_TABLE;
	op->arg1.mfn = b->p2m[b->root_pfn];
	rc = hv_call(b->h, __HYPERVISOR_mmuext_op, (uintptr_t)op, 1, 0, b->in->domid, 0);
	hv_release(b->h, mark);
	return rc ? hv_fail(b->h, rc, "the hypervisor does not accept the guest's first page tables: %s", strerror(-rc)) : 0;
}
