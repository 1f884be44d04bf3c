// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds a paravirtualized guest inside an empty domain: memory, kernel,
 * ramdisk, tables, start of day. On failure the caller destroys the domain;
 * nothing here outlives the call.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "elfview.h"
#include "private.h"

static int load_segments(struct build *b)
{
	const struct hv_image *img = b->in->image;
	uint64_t first = (img->virt_start - img->virt_base) >> HV_PAGE_SHIFT;
	uint64_t n = b->kernel_end - first;
	struct elf_segment s;
	struct elf_view v;
	unsigned int i;
	uint8_t *p;

	if (elf_open(&v, img->elf, img->elf_size))
		return -ENOEXEC;	/* parsed before: cannot happen to a checked image */
	p = build_map(b, first, n);
	if (!p)
		return -EIO;
	memset(p, 0, n << HV_PAGE_SHIFT);
	for (i = 0; elf_segment(&v, i, &s); i++) {
		uint64_t at = s.paddr - img->paddr_offset - (first << HV_PAGE_SHIFT);

		if (!img->is_64)
			at = (uint32_t)at;
		if (s.type == PT_LOAD && s.memsz)
			memcpy(p + at, img->elf + s.offset, s.filesz);
	}
	if (img->symbols)
		memcpy(p + (img->virt_symbols - img->virt_base - (first << HV_PAGE_SHIFT)), img->symbols, img->symbols_size);
	hv_unmap(p, n);
	return 0;
}

static int load_initrd(struct build *b)
{
	uint8_t *p;

	if (!b->initrd_pages)
		return 0;
	p = build_map(b, b->initrd_pfn, b->initrd_pages);
	if (!p)
		return -EIO;
	memcpy(p, b->in->initrd, b->in->initrd_size);
	memset(p + b->in->initrd_size, 0, (b->initrd_pages << HV_PAGE_SHIFT) - b->in->initrd_size);
	hv_unmap(p, b->initrd_pages);
	return 0;
}

static int write_list(struct build *b)
{
	uint8_t *p = build_map(b, b->p2m_pfn, b->p2m_pages);
	uint64_t i;

	if (!p)
		return -EIO;
	/* What the last frame holds beyond the list names no frame. */
	memset(p, 0xff, b->p2m_pages << HV_PAGE_SHIFT);
	for (i = 0; i < b->in->nr_pages; i++) {
		if (b->word == 8)
			((uint64_t *)p)[i] = b->p2m[i];
		else
			((uint32_t *)p)[i] = b->p2m[i];
	}
	hv_unmap(p, b->p2m_pages);
	return 0;
}

/* Ring pages and stack start empty: the frames may hold a debugging pattern. */
static int clear_frames(struct build *b)
{
	const uint64_t list[] = { b->store_pfn, b->console_pfn, b->stack_pfn };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		void *p = build_map(b, list[i], 1);

		if (!p)
			return -EIO;
		memset(p, 0, HV_PAGE_SIZE);
		hv_unmap(p, 1);
	}
	return 0;
}

static int set_limits(struct build *b)
{
	struct hv_build *in = b->in;
	int rc = 0;

	if (!in->image->is_64) {
		rc = hv_domain_set_address_size(b->h, in->domid, 32);
		if (rc)
			return hv_fail(b->h, rc, "the hypervisor does not run 32-bit guests here: %s", strerror(-rc));
	}
	rc = hv_set_memory_map(b->h, in->domid, in->max_pages << HV_PAGE_SHIFT);
	if (rc)
		return hv_fail(b->h, rc, "cannot set the guest's memory map: %s", strerror(-rc));
	if (in->claim) {
		rc = hv_claim_pages(b->h, in->domid, in->nr_pages);
		if (rc)
			return hv_fail(b->h, rc, "the host does not have %llu MiB of free memory for the guest (%s)",
				       (unsigned long long)in->nr_pages / 256, strerror(-rc));
	}
	return 0;
}

static int hypercall_page(struct build *b)
{
	const struct hv_image *img = b->in->image;
	uint64_t pfn;
	int rc;

	if (img->virt_hypercall == HV_INVALID_PFN)
		return 0;
	pfn = (img->virt_hypercall - img->virt_base) >> HV_PAGE_SHIFT;
	rc = hv_domain_hypercall_page(b->h, b->in->domid, b->p2m[pfn]);
	return rc ? hv_fail(b->h, rc, "cannot write the guest's hypercall page: %s", strerror(-rc)) : 0;
}

static int fill_guest(struct build *b)
{
	struct xen_domctl_getdomaininfo info;
	int rc = hv_domain_info(b->h, b->in->domid, &info);

	if (rc)
		return hv_fail(b->h, rc, "the new domain is gone: %s", strerror(-rc));
	b->shared_mfn = info.shared_info_frame;
	b->in->console_mfn = b->p2m[b->console_pfn];
	b->in->store_mfn = b->p2m[b->store_pfn];
	if ((rc = load_segments(b)) || (rc = load_initrd(b)) || (rc = write_list(b)) ||
	    (rc = clear_frames(b)) || (rc = build_start_info(b)) || (rc = build_pt_write(b)) ||
	    (rc = hypercall_page(b)) || (rc = build_shared_info(b)) || (rc = build_pt_pin(b)))
		return rc;
	rc = hv_grant_seed(b->h, b->in->domid, b->in->console_mfn, b->in->store_mfn,
			   b->in->console_domid, b->in->store_domid);
	return rc ? rc : build_first_vcpu(b);
}

int hv_build_pv(struct hv *h, struct hv_build *in)
{
	struct build b = { .h = h, .in = in };
	uint64_t i;
	int rc;

	if (in->initrd_size > in->nr_pages << HV_PAGE_SHIFT)
		return hv_fail(h, -ENOMEM, "too little memory: the ramdisk alone has %zu MiB, the guest %llu",
			       in->initrd_size >> 20, (unsigned long long)in->nr_pages / 256);
	if (strlen(in->cmdline) >= MAX_GUEST_CMDLINE)
		return hv_fail(h, -E2BIG, "the kernel command line is longer than %d bytes", MAX_GUEST_CMDLINE - 1);
	rc = build_layout(&b);
	if (rc)
		return rc;
	b.p2m = malloc(in->nr_pages * sizeof(*b.p2m));
	if (!b.p2m)
		return hv_fail(h, -ENOMEM, "out of memory in dom0");
	for (i = 0; i < in->nr_pages; i++)
		b.p2m[i] = HV_INVALID_PFN;
	rc = set_limits(&b);
	if (!rc)
		rc = build_populate(&b);
	if (!rc)
		rc = fill_guest(&b);
	if (in->claim)
		hv_claim_pages(h, in->domid, 0);
	free(b.p2m);
	if (rc && !*hv_why(h))
		hv_fail(h, rc, "building the guest failed: %s", strerror(-rc));
	return rc;
}
