// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a saved guest's memory back: frames as the stream names them, then page
 * tables with machine frames in place of guest frames, pinned where they were,
 * and the guest's own list of its frames.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"
#include "restore.h"

#define MAP_BATCH	512

/* Gives those of the frames that have none yet a machine frame. */
static int populate(struct restore *r, const uint64_t *pfns, size_t n, unsigned int flags)
{
	xen_pfn_t list[PAGES_PER_RECORD];
	size_t i, want = 0;
	long got;

	for (i = 0; i < n; i++)
		if (r->p2m[pfns[i]] == HV_INVALID_PFN)
			list[want++] = pfns[i];
	if (!want)
		return 0;
	got = hv_populate(r->h, r->in->domid, list, want, 0, flags);
	if (got != (long)want)
		return hv_fail(r->h, got < 0 ? got : -ENOMEM, "no memory for the guest's frames: %s",
			       got < 0 ? strerror(-got) : "the host ran out");
	for (i = want = 0; i < n; i++)
		if (r->p2m[pfns[i]] == HV_INVALID_PFN)
			r->p2m[pfns[i]] = list[want++];
	r->nr_populated += want;
	return 0;
}

/* Roots of 32-bit guests must be nameable by every kind of cr3. */
static int populate_all(struct restore *r, const uint64_t *pfns, size_t n)
{
	size_t i;
	int rc;

	for (i = 0; !r->is_64 && i < n; i++) {
		if (ft_level(r->type[pfns[i]]) != 3)
			continue;
		rc = populate(r, &pfns[i], 1, XENMEMF_address_bits(32));
		if (rc)
			return rc;
	}
	return populate(r, pfns, n, 0);
}

static int one_record(struct restore *r, const uint64_t *pfn, uint32_t n, const uint8_t *data, size_t size)
{
	uint64_t pfns[PAGES_PER_RECORD];
	xen_pfn_t mfns[PAGES_PER_RECORD];
	uint8_t types[PAGES_PER_RECORD];
	size_t need = 0, have = 0, i;
	uint8_t *va;
	int rc;

	for (i = 0; i < n; i++) {
		uint64_t p = pfn[i] & PAGE_DATA_PFN;
		unsigned int t = pfn[i] >> PAGE_DATA_TYPE_SHIFT;

		if (p >= r->p2m_size || !ft_known(t))
			return hv_fail(r->h, -EINVAL, "the image names frame %#llx of type %u, which cannot be", (unsigned long long)p, t);
		if (t == FT_XTAB || t == FT_BROKEN)
			continue;
		types[need] = t;
		r->type[p] = t == FT_XALLOC ? FT_NOTAB : t;
		pfns[need++] = p;
		have += ft_has_data(t);
	}
	if (have * HV_PAGE_SIZE != size)
		return hv_fail(r->h, -EINVAL, "a record of the image holds %zu bytes for %zu pages", size, have);
	if (!need)
		return 0;
	rc = populate_all(r, pfns, need);
	if (rc || !have)
		return rc;
	for (i = have = 0; i < need; i++)
		if (ft_has_data(types[i]))
			mfns[have++] = r->p2m[pfns[i]];
	va = hv_map_frames(r->h, r->in->domid, mfns, have, PROT_READ | PROT_WRITE);
	if (!va)
		return hv_fail(r->h, -errno, "cannot map the guest's frames: %s", strerror(errno));
	memcpy(va, data, size);
	hv_unmap(va, have);
	return 0;
}

int restore_pages(struct restore *r, const uint8_t *body, uint32_t length)
{
	const struct rec_page_data *d = (const void *)body;
	size_t head;

	if (!r->p2m)
		return hv_fail(r->h, -EINVAL, "the image has pages before it says how many there can be");
	if (length < sizeof(*d) || !d->count || d->count > PAGES_PER_RECORD)
		return hv_fail(r->h, -EINVAL, "a page record of the image has an impossible size");
	head = sizeof(*d) + d->count * sizeof(uint64_t);
	if (length < head)
		return hv_fail(r->h, -EINVAL, "a page record of the image is cut short");
	return one_record(r, d->pfn, d->count, body + head, length - head);
}

static int name_machine_frames(struct restore *r, uint64_t *t)
{
	unsigned int i;

	for (i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t mfn;

		if (!(t[i] & PTE_PRESENT))
			continue;
		mfn = restore_mfn(r, (t[i] & PTE_FRAME) >> HV_PAGE_SHIFT);
		if (mfn == HV_INVALID_PFN)
			return hv_fail(r->h, -EINVAL, "a page table of the image names a frame that it does not contain");
		t[i] = (t[i] & ~PTE_FRAME) | mfn << HV_PAGE_SHIFT;
	}
	return 0;
}

static int tables_batch(struct restore *r, const xen_pfn_t *mfns, size_t n)
{
	uint64_t *va = hv_map_frames(r->h, r->in->domid, mfns, n, PROT_READ | PROT_WRITE);
	size_t i;
	int rc = 0;

	if (!va)
		return hv_fail(r->h, -errno, "cannot map the guest's page tables: %s", strerror(errno));
	for (i = 0; !rc && i < n; i++)
		rc = name_machine_frames(r, va + i * TABLE_ENTRIES);
	hv_unmap(va, n);
	return rc;
}

static int pin(struct restore *r, unsigned int level, xen_pfn_t mfn)
{
	static const unsigned int cmd[] = {
		0, MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE, MMUEXT_PIN_L4_TABLE,
	};
	size_t mark = hv_mark(r->h);
	struct mmuext_op *op = hv_take(r->h, sizeof(*op));
	long rc;

	if (!op)
		return -ENOBUFS;
	op->cmd = cmd[level];
	op->arg1.mfn = mfn;
	rc = hv_call(r->h, __HYPERVISOR_mmuext_op, (uintptr_t)op, 1, 0, r->in->domid, 0);
	hv_release(r->h, mark);
	return rc ? hv_fail(r->h, rc, "the hypervisor does not accept a page table of the image: %s", strerror(-rc)) : 0;
}

int restore_tables(struct restore *r)
{
	xen_pfn_t batch[MAP_BATCH];
	uint64_t pfn;
	size_t n = 0;
	int rc = 0;

	for (pfn = 0; !rc && pfn < r->p2m_size; pfn++) {
		if (!ft_level(r->type[pfn]) || r->p2m[pfn] == HV_INVALID_PFN)
			continue;
		if (ft_level(r->type[pfn]) == 4 && !r->is_64)
			return hv_fail(r->h, -EINVAL, "the image of a 32-bit guest has a table of level 4");
		batch[n++] = r->p2m[pfn];
		if (n == MAP_BATCH) {
			rc = tables_batch(r, batch, n);
			n = 0;
		}
	}
	if (!rc && n)
		rc = tables_batch(r, batch, n);
	for (pfn = 0; !rc && pfn < r->p2m_size; pfn++)
		if (r->type[pfn] & FT_PINNED && ft_level(r->type[pfn]) && r->p2m[pfn] != HV_INVALID_PFN)
			rc = pin(r, ft_level(r->type[pfn]), r->p2m[pfn]);
	return rc;
}

/* An entry for a frame that was not saved: kept when it says "identity". */
static uint64_t unbacked(const struct restore *r, uint64_t old)
{
	unsigned int bits = r->word * 8;
	uint64_t top = old >> (bits - 2) & 3;

	return top == 1 ? old : r->word == 8 ? ~0ULL : ~0U;
}

int restore_list(struct restore *r)
{
	uint64_t per = HV_PAGE_SIZE / r->word, i, j;

	for (i = 0; i < r->nr_list; i++) {
		uint64_t mfn = restore_mfn(r, r->list_pfn[i]);
		xen_pfn_t frame = mfn;
		void *page = mfn == HV_INVALID_PFN ? NULL :
			hv_map_frames(r->h, r->in->domid, &frame, 1, PROT_READ | PROT_WRITE);

		if (!page)
			return hv_fail(r->h, -EINVAL, "frame %llu of the guest's frame list is not in the image", (unsigned long long)i);
		for (j = 0; j < per; j++) {
			uint64_t m = restore_mfn(r, i * per + j);

			if (r->word == 8) {
				uint64_t *e = (uint64_t *)page + j;

				*e = m == HV_INVALID_PFN ? unbacked(r, *e) : m;
			} else {
				uint32_t *e = (uint32_t *)page + j;

				*e = m == HV_INVALID_PFN ? unbacked(r, *e) : m;
			}
		}
		hv_unmap(page, 1);
	}
	return 0;
}
