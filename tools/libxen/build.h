/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of one domain build, shared by the build_*.c files only. A guest's
 * memory is known by pfn; p2m[] says which machine frame each one got.
 */
#ifndef LIBXEN_BUILD_H
#define LIBXEN_BUILD_H

#include "libxen/libxen.h"

/* A piece of guest virtual space that the first page tables map. */
struct pt_range {
	uint64_t start, end;		/* virtual, page-aligned, end exclusive */
	uint64_t pfn;			/* frame at start */
	uint64_t table[4];		/* [level]: first frame of the tables, 1..3 */
	uint64_t count[4];		/* [level]: how many */
};

struct build {
	struct hv *h;
	struct hv_build *in;
	xen_pfn_t *p2m;
	unsigned int word;		/* guest's long, bytes */
	/* layout: frames, in the order that the ABI fixes */
	uint64_t kernel_end, initrd_pfn, initrd_pages, p2m_pfn, p2m_pages;
	uint64_t start_pfn, store_pfn, console_pfn, pt_pfn, pt_pages, stack_pfn;
	uint64_t p2m_pt_pages;		/* tables of the list's own mapping, after it */
	uint64_t region_pages;		/* size of the boot region */
	uint64_t end_pfn;		/* first frame not used by any of it */
	uint64_t root_pfn;
	struct pt_range boot, list;	/* list.end == 0: the list is in the boot region */
	uint64_t shared_mfn;
};

/* build_layout.c: decides where everything goes; nothing is allocated yet. */
int build_layout(struct build *b);
/* build_memory.c */
int build_populate(struct build *b);
void *build_map(struct build *b, uint64_t pfn, uint64_t n);
/* build_pt.c: how many tables a range needs, and writing them. */
void build_pt_size(struct build *b, struct pt_range *r, uint64_t first_table);
int build_pt_write(struct build *b);
int build_pt_pin(struct build *b);
/* build_start.c */
int build_start_info(struct build *b);
int build_shared_info(struct build *b);
int build_first_vcpu(struct build *b);

static inline uint64_t pages_of(uint64_t bytes)
{
	return (bytes + HV_PAGE_SIZE - 1) >> HV_PAGE_SHIFT;
}

#endif
