// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides where the pieces of a new guest go. The order is part of the ABI
 * (public/xen.h, "start-of-day memory layout"): kernel, ramdisk, frame list,
 * start_info, xenstore page, console page, page tables, stack, padding. A
 * kernel may ask for the ramdisk and the frame list to stay outside of the
 * region that is mapped for it; they then follow it.
 */
#include <errno.h>

#include "build.h"
#include "private.h"

#define REGION_ALIGN	(4UL << 20)
#define PADDING_MIN	(512UL << 10)

static bool list_apart(const struct build *b)
{
	return b->in->image->init_p2m != HV_INVALID_PFN;
}

/* Places all that follows the kernel if the page tables take pt_pages. */
static void place(struct build *b, uint64_t pt_pages)
{
	const struct hv_image *img = b->in->image;
	uint64_t at = b->kernel_end;

	b->initrd_pages = pages_of(b->in->initrd_size);
	if (!img->initrd_by_pfn) {
		b->initrd_pfn = at;
		at += b->initrd_pages;
	}
	b->p2m_pages = pages_of(b->in->nr_pages * b->word);
	if (!list_apart(b)) {
		b->p2m_pfn = at;
		at += b->p2m_pages;
	}
	b->start_pfn = at++;
	b->store_pfn = at++;
	b->console_pfn = at++;
	b->pt_pfn = at;
	b->pt_pages = pt_pages;
	at += pt_pages;
	b->stack_pfn = at++;
	b->boot.start = img->virt_base;
	b->boot.pfn = 0;
	b->boot.end = round_up(img->virt_base + (at << HV_PAGE_SHIFT) + PADDING_MIN, REGION_ALIGN);
	b->region_pages = (b->boot.end - b->boot.start) >> HV_PAGE_SHIFT;
	at = b->region_pages;
	if (img->initrd_by_pfn) {
		b->initrd_pfn = at;
		at += b->initrd_pages;
	}
	if (list_apart(b)) {
		b->p2m_pfn = at;
		b->list.start = img->init_p2m;
		b->list.end = img->init_p2m + (b->p2m_pages << HV_PAGE_SHIFT);
		b->list.pfn = at;
		at += b->p2m_pages;
		build_pt_size(b, &b->list, at);
		b->p2m_pt_pages = b->list.count[1] + b->list.count[2] + b->list.count[3];
		at += b->p2m_pt_pages;
	}
	b->end_pfn = at;
}

int build_layout(struct build *b)
{
	const struct hv_image *img = b->in->image;
	uint64_t limit = img->is_64 ? 0 : 0xf5800000ULL;
	uint64_t pt = 1;

	b->word = img->is_64 ? 8 : 4;
	b->kernel_end = pages_of(img->virt_end - img->virt_base);
	/* More tables make the region longer, which may need more tables. */
	for (;;) {
		uint64_t need;

		place(b, pt);
		build_pt_size(b, &b->boot, b->pt_pfn + 1);
		need = 1 + b->boot.count[1] + b->boot.count[2] + b->boot.count[3];
		if (need <= pt)
			break;
		pt = need;
	}
	b->root_pfn = b->pt_pfn;
	if (limit && b->boot.end > limit)
		return hv_fail(b->h, -E2BIG, "kernel and ramdisk do not fit below the hypervisor's part of a 32-bit guest's address space");
	if (b->boot.end <= b->boot.start)
		return hv_fail(b->h, -E2BIG, "kernel and ramdisk do not fit between the kernel's base %#llx and the end of the address space",
			       (unsigned long long)b->boot.start);
	if (b->end_pfn > b->in->nr_pages)
		return hv_fail(b->h, -ENOMEM, "too little memory: this kernel and ramdisk need at least %llu MiB to start, the guest has %llu",
			       (unsigned long long)(b->end_pfn + 255) / 256, (unsigned long long)b->in->nr_pages / 256);
	return 0;
}
