// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds a suspended guest's own list of its frames: by the virtual address and
 * root that newer kernels publish, or by the three-level tree that older ones
 * build. All of it is the guest's word: every frame is mapped as the guest's
 * own (the hypervisor refuses others) and no frame may be listed twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest32.h"
#include "private.h"
#include "save.h"

#define CANONICAL_LOW	0x0000800000000000ULL
#define CANONICAL_HIGH	0xffff800000000000ULL

static uint64_t word_at(const struct save *s, const void *page, size_t i)
{
	return s->word == 8 ? ((const uint64_t *)page)[i] : ((const uint32_t *)page)[i];
}

/* A list entry that names a frame of the guest. The two top bits mark others. */
static bool is_frame(const struct save *s, uint64_t e)
{
	return s->word == 8 ? !(e >> 62) : !(e >> 30);
}

static void *map_one(struct save *s, xen_pfn_t mfn)
{
	return hv_map_frames(s->h, s->domid, &mfn, 1, PROT_READ);
}

/* Reads entry `index` of the table in frame mfn; false when it is absent. */
static bool table_entry(struct save *s, xen_pfn_t mfn, unsigned int index, xen_pfn_t *next)
{
	uint64_t *t = map_one(s, mfn), e;

	if (!t)
		return false;
	e = t[index];
	hv_unmap(t, 1);
	*next = (e & PTE_FRAME) >> HV_PAGE_SHIFT;
	return e & PTE_PRESENT;
}

/* The leaf table that covers va, by the published root. */
static bool leaf_table(struct save *s, xen_pfn_t root, uint64_t va, xen_pfn_t *leaf)
{
	unsigned int level;

	*leaf = root;
	for (level = s->is_64 ? 4 : 3; level > 1; level--)
		if (!table_entry(s, *leaf, va >> (HV_PAGE_SHIFT + 9 * (level - 1)) & 511, leaf))
			return false;
	return true;
}

static int list_by_address(struct save *s, xen_pfn_t root, uint64_t va)
{
	uint64_t end = va + (s->nr_list << HV_PAGE_SHIFT), i;
	uint64_t *t = NULL, at = 0;

	if (va & (HV_PAGE_SIZE - 1) || end < va ||
	    (s->is_64 ? va >= CANONICAL_LOW && end <= CANONICAL_HIGH : end > 1ULL << 32))
		return hv_fail(s->h, -EINVAL, "the guest's frame list is at the impossible address %#llx", (unsigned long long)va);
	for (i = 0; i < s->nr_list; i++, va += HV_PAGE_SIZE) {
		uint64_t e;

		if (!t || at != va >> 21) {
			xen_pfn_t leaf;

			hv_unmap(t, 1);
			at = va >> 21;
			t = leaf_table(s, root, va, &leaf) ? map_one(s, leaf) : NULL;
			if (!t)
				return hv_fail(s->h, -EINVAL, "the guest's frame list is not mapped at %#llx", (unsigned long long)va);
		}
		e = t[va >> HV_PAGE_SHIFT & 511];
		if (!(e & PTE_PRESENT)) {
			hv_unmap(t, 1);
			return hv_fail(s->h, -EINVAL, "the guest's frame list has a hole at %#llx", (unsigned long long)va);
		}
		s->list_mfn[i] = (e & PTE_FRAME) >> HV_PAGE_SHIFT;
	}
	hv_unmap(t, 1);
	return 0;
}

static int list_by_tree(struct save *s, xen_pfn_t top)
{
	uint64_t per = HV_PAGE_SIZE / s->word, i;
	void *tops = map_one(s, top), *mid = NULL;
	int rc = 0;

	if (!tops)
		return hv_fail(s->h, -EINVAL, "the guest's tree of frame lists cannot be mapped: %s", strerror(errno));
	for (i = 0; i < s->nr_list; i++) {
		if (i % per == 0) {
			hv_unmap(mid, 1);
			mid = i / per < per ? map_one(s, word_at(s, tops, i / per)) : NULL;
			if (!mid) {
				rc = hv_fail(s->h, -EINVAL, "a branch of the guest's tree of frame lists cannot be mapped");
				break;
			}
		}
		s->list_mfn[i] = word_at(s, mid, i % per);
	}
	hv_unmap(mid, 1);
	hv_unmap(tops, 1);
	return rc;
}

static int find_list(struct save *s)
{
	const struct shared_info_32 *s32 = s->shared;
	const shared_info_t *s64 = s->shared;
	uint64_t cr3 = s->is_64 ? s64->arch.p2m_cr3 : s32->p2m_cr3;
	uint64_t va = s->is_64 ? s64->arch.p2m_vaddr : s32->p2m_vaddr;
	uint64_t tree = s->is_64 ? s64->arch.pfn_to_mfn_frame_list_list : s32->frame_list_list;
	uint64_t none = s->is_64 ? ~0ULL : ~0U;

	s->max_pfn = s->is_64 ? s64->arch.max_pfn : s32->max_pfn;
	if (!s->max_pfn || s->max_pfn >= PFN_LIMIT)
		return hv_fail(s->h, -EINVAL, "the guest says that it has %llu frames: it does not support being saved",
			       (unsigned long long)s->max_pfn);
	s->nr_list = (s->max_pfn * s->word + HV_PAGE_SIZE - 1) >> HV_PAGE_SHIFT;
	s->list_mfn = calloc(s->nr_list, sizeof(*s->list_mfn));
	s->p2m = malloc((s->nr_list << HV_PAGE_SHIFT) / s->word * sizeof(*s->p2m));
	if (!s->list_mfn || !s->p2m)
		return hv_fail(s->h, -ENOMEM, "out of memory in dom0");
	if (cr3)
		return list_by_address(s, s->is_64 ? cr3 >> HV_PAGE_SHIFT : cr3_32_to_frame(cr3), va);
	if (tree && tree != none)
		return list_by_tree(s, tree);
	return hv_fail(s->h, -EINVAL, "the guest does not say where its frame list is: it does not support being saved");
}

static int read_entries(struct save *s)
{
	uint64_t per = HV_PAGE_SIZE / s->word, i, j;

	for (i = 0; i < s->nr_list; i++) {
		void *page = map_one(s, s->list_mfn[i]);

		if (!page)
			return hv_fail(s->h, -EINVAL, "frame %llu of the guest's frame list is not its own", (unsigned long long)i);
		for (j = 0; j < per; j++) {
			uint64_t e = word_at(s, page, j), pfn = i * per + j;

			if (pfn >= s->max_pfn)
				e = ~0ULL;
			s->p2m[pfn] = is_frame(s, e) ? e : HV_INVALID_PFN;
		}
		hv_unmap(page, 1);
	}
	return 0;
}

static int invert(struct save *s)
{
	long top = hv_max_ram_frame(s->h);
	uint64_t pfn;

	if (top < 0)
		return top;
	s->m2p_size = top + 1;
	s->m2p = calloc(s->m2p_size, sizeof(*s->m2p));
	if (!s->m2p)
		return hv_fail(s->h, -ENOMEM, "out of memory in dom0");
	for (pfn = 0; pfn < s->max_pfn; pfn++) {
		uint64_t mfn = s->p2m[pfn];

		if (mfn == HV_INVALID_PFN)
			continue;
		if (mfn >= s->m2p_size)
			return hv_fail(s->h, -EINVAL, "the guest's frame list names a frame that does not exist");
		if (s->m2p[mfn])
			return hv_fail(s->h, -EINVAL, "the guest's frame list names frame %#llx twice", (unsigned long long)mfn);
		s->m2p[mfn] = pfn + 1;
	}
	return 0;
}

int save_read_p2m(struct save *s)
{
	int rc = find_list(s);

	if (!rc)
		rc = read_entries(s);
	return rc ? rc : invert(s);
}
