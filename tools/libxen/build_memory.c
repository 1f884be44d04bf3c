// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a new guest its frames and lets the builder write to them by pfn.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "build.h"
#include "private.h"

#define BIG_ORDER	9
#define BATCH		2048

/* Populates [pfn, pfn + n) by single frames; flags as for XENMEM. */
static int populate_small(struct build *b, uint64_t pfn, uint64_t n, unsigned int flags)
{
	while (n) {
		xen_pfn_t list[BATCH];
		size_t want = n < BATCH ? n : BATCH, i;
		long got;

		for (i = 0; i < want; i++)
			list[i] = pfn + i;
		got = hv_populate(b->h, b->in->domid, list, want, 0, flags);
		if (got < 0)
			return got;
		if (!got)
			return -ENOMEM;
		memcpy(b->p2m + pfn, list, got * sizeof(*list));
		pfn += got;
		n -= got;
	}
	return 0;
}

/* As many 2 MiB extents from pfn on as can be had; returns frames populated. */
static uint64_t populate_big(struct build *b, uint64_t pfn, uint64_t n)
{
	uint64_t done = 0;

	while (n - done >= 1UL << BIG_ORDER) {
		xen_pfn_t list[64];
		size_t want = (n - done) >> BIG_ORDER, i, j;
		long got;

		if (want > 64)
			want = 64;
		for (i = 0; i < want; i++)
			list[i] = pfn + done + (i << BIG_ORDER);
		got = hv_populate(b->h, b->in->domid, list, want, BIG_ORDER, 0);
		if (got <= 0)
			break;
		for (i = 0; i < (size_t)got; i++)
			for (j = 0; j < 1UL << BIG_ORDER; j++)
				b->p2m[pfn + done + (i << BIG_ORDER) + j] = list[i] + j;
		done += (uint64_t)got << BIG_ORDER;
		if ((size_t)got < want)
			break;
	}
	return done;
}

static int populate_range(struct build *b, uint64_t pfn, uint64_t end)
{
	uint64_t head = round_up(pfn, 1UL << BIG_ORDER);
	int rc;

	if (head > end)
		head = end;
	rc = populate_small(b, pfn, head - pfn, 0);
	if (rc)
		return rc;
	head += populate_big(b, head, end - head);
	return populate_small(b, head, end - head, 0);
}

int build_populate(struct build *b)
{
	bool low_root = !b->in->image->is_64 && !b->in->image->pae_extended;
	uint64_t split = b->root_pfn;
	int rc;

	/* An old PAE kernel's root must be nameable by a plain 32-bit cr3. */
	if (low_root) {
		rc = populate_small(b, split, 1, XENMEMF_address_bits(32));
		if (!rc)
			rc = populate_range(b, 0, split);
		if (!rc)
			rc = populate_range(b, split + 1, b->in->nr_pages);
	} else {
		rc = populate_range(b, 0, b->in->nr_pages);
	}
	if (rc == -EINTR)
		return hv_fail(b->h, rc, "interrupted");
	if (rc)
		return hv_fail(b->h, rc, "the host ran out of memory while giving the guest its %llu MiB (%s)",
			       (unsigned long long)b->in->nr_pages / 256, strerror(-rc));
	return 0;
}

void *build_map(struct build *b, uint64_t pfn, uint64_t n)
{
	void *p = hv_map_frames(b->h, b->in->domid, b->p2m + pfn, n, PROT_READ | PROT_WRITE);

	if (!p)
		hv_fail(b->h, -errno, "cannot map the guest's frames %#llx+%llu: %s",
			(unsigned long long)pfn, (unsigned long long)n, strerror(errno));
	return p;
}
