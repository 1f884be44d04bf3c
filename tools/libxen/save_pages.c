// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a guest's memory into the stream. Page tables hold machine frames,
 * which mean nothing elsewhere: their entries are turned into guest frames.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"
#include "save.h"

struct batch {
	uint64_t pfn[PAGES_PER_RECORD];
	uint64_t type[PAGES_PER_RECORD];	/* machine frame in, type word out */
	xen_pfn_t mfn[PAGES_PER_RECORD];
	int err[PAGES_PER_RECORD];
	size_t n;
	uint64_t table[TABLE_ENTRIES];
};

/* Copies a page table with its frames renamed. */
static void rename_table(struct save *s, const uint64_t *from, uint64_t *to, unsigned int level)
{
	unsigned int i;

	for (i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t e = from[i], pfn;

		to[i] = e;
		if (level == 4 && i >= HV_ROOT_FIRST && i <= HV_ROOT_LAST) {
			to[i] = 0;	/* the hypervisor's own */
			continue;
		}
		if (!(e & PTE_PRESENT))
			continue;
		pfn = save_pfn(s, (e & PTE_FRAME) >> HV_PAGE_SHIFT);
		if (pfn == HV_INVALID_PFN) {
			/* The hypervisor's slots of a 32-bit guest, or a mapping
			 * of a frame that will not be there after restoring. */
			to[i] = 0;
			continue;
		}
		to[i] = (e & ~PTE_FRAME) | pfn << HV_PAGE_SHIFT;
	}
}

static int write_batch(struct save *s, struct batch *b)
{
	struct rec_page_data head = { .count = b->n };
	struct record r = { .type = REC_PAGE_DATA };
	xen_pfn_t *want = b->mfn;
	size_t i, have = 0;
	uint8_t *pages = NULL;
	int rc;

	for (i = 0; i < b->n; i++)
		b->type[i] = s->p2m[b->pfn[i]];
	rc = hv_frame_types(s->h, s->domid, b->type, b->n);
	if (rc)
		return hv_fail(s->h, rc, "cannot ask for the types of the guest's frames: %s", strerror(-rc));
	for (i = 0; i < b->n; i++) {
		unsigned int t = (uint32_t)b->type[i] >> XEN_DOMCTL_PFINFO_LTAB_SHIFT;

		b->type[i] = t;
		if (ft_has_data(t))
			want[have++] = s->p2m[b->pfn[i]];
		b->pfn[i] |= (uint64_t)t << PAGE_DATA_TYPE_SHIFT;
	}
	if (have) {
		pages = hv_map_frames(s->h, s->domid, want, have, PROT_READ);
		if (!pages)
			return hv_fail(s->h, -errno, "cannot map the guest's frames: %s", strerror(errno));
	}
	r.length = sizeof(head) + b->n * sizeof(uint64_t) + have * HV_PAGE_SIZE;
	rc = save_write(s, &r, sizeof(r));
	if (!rc)
		rc = save_write(s, &head, sizeof(head));
	if (!rc)
		rc = save_write(s, b->pfn, b->n * sizeof(uint64_t));
	for (i = have = 0; !rc && i < b->n; i++) {
		const uint8_t *page = pages + have * HV_PAGE_SIZE;

		if (!ft_has_data(b->type[i]))
			continue;
		have++;
		if (ft_level(b->type[i])) {
			rename_table(s, (const uint64_t *)page, b->table, ft_level(b->type[i]));
			page = (const uint8_t *)b->table;
		}
		rc = save_write(s, page, HV_PAGE_SIZE);
	}
	hv_unmap(pages, have);
	b->n = 0;
	return rc;
}

int save_pages(struct save *s)
{
	struct batch *b = calloc(1, sizeof(*b));
	uint64_t pfn;
	int rc = b ? 0 : -ENOMEM;

	for (pfn = 0; !rc && pfn < s->max_pfn; pfn++) {
		if (s->p2m[pfn] == HV_INVALID_PFN)
			continue;
		b->pfn[b->n++] = pfn;
		if (b->n == PAGES_PER_RECORD)
			rc = write_batch(s, b);
	}
	if (!rc && b->n)
		rc = write_batch(s, b);
	free(b);
	return rc;
}
