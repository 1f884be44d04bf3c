/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of one save, shared by save.c, save_p2m.c and save_pages.c only. */
#ifndef LIBXEN_SAVE_H
#define LIBXEN_SAVE_H

#include "stream.h"

struct save {
	struct hv *h;
	uint32_t domid;
	int fd;
	bool is_64;
	unsigned int word;
	uint64_t max_pfn;		/* entries of the guest's frame list */
	uint64_t *p2m;			/* pfn -> mfn, HV_INVALID_PFN */
	xen_pfn_t *list_mfn;		/* frames that hold the list */
	uint64_t nr_list;
	uint32_t *m2p;			/* mfn -> pfn + 1, 0 for frames not the guest's */
	uint64_t m2p_size;
	xen_pfn_t shared_mfn;
	void *shared;			/* mapped */
};

int save_write(struct save *s, const void *data, size_t n);
int save_record(struct save *s, uint32_t type, const void *a, size_t an, const void *b, size_t bn);
/* Finds the guest's frame list and what it says. */
int save_read_p2m(struct save *s);
int save_pages(struct save *s);
/* pfn of a frame of the guest; HV_INVALID_PFN. */
static inline uint64_t save_pfn(const struct save *s, uint64_t mfn)
{
	return mfn < s->m2p_size && s->m2p[mfn] ? s->m2p[mfn] - 1 : HV_INVALID_PFN;
}

#endif
