// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saves a suspended paravirtualized guest: headers, memory, time, shared info,
 * vcpus. The guest is not changed; the caller then destroys or resumes it.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest32.h"
#include "private.h"
#include "save.h"

int save_write(struct save *s, const void *data, size_t n)
{
	return hv_write(s->h, s->fd, data, n);
}

int save_record(struct save *s, uint32_t type, const void *a, size_t an, const void *b, size_t bn)
{
	static const uint8_t zeros[8];
	struct record r = { .type = type, .length = an + bn };
	int rc = save_write(s, &r, sizeof(r));

	if (!rc && an)
		rc = save_write(s, a, an);
	if (!rc && bn)
		rc = save_write(s, b, bn);
	if (!rc && r.length % 8)
		rc = save_write(s, zeros, 8 - r.length % 8);
	return rc;
}

static int write_headers(struct save *s)
{
	struct stream_header h = {
		.marker = STREAM_MARKER, .id = htobe32(STREAM_ID), .version = htobe32(STREAM_VERSION),
	};
	struct stream_domain d = { .type = STREAM_TYPE_X86_PV, .page_shift = HV_PAGE_SHIFT };
	struct rec_pv_info info = { .width = s->word, .levels = s->is_64 ? 4 : 3 };
	struct hv_cpu_policy p;
	long v = hv_version(s->h, XENVER_version, NULL, 0);
	int rc;

	if (v > 0) {
		d.xen_major = v >> 16;
		d.xen_minor = v & 0xffff;
	}
	if ((rc = save_write(s, &h, sizeof(h))) || (rc = save_write(s, &d, sizeof(d))) ||
	    (rc = save_record(s, REC_PV_INFO, &info, sizeof(info), NULL, 0)))
		return rc;
	rc = hv_cpu_policy_get(s->h, s->domid, &p);
	if (rc)
		return hv_fail(s->h, rc, "cannot read the guest's CPU policy: %s", strerror(-rc));
	if (p.nr_leaves)
		rc = save_record(s, REC_CPUID_POLICY, p.leaves, p.nr_leaves * sizeof(*p.leaves), NULL, 0);
	if (!rc && p.nr_msrs)
		rc = save_record(s, REC_MSR_POLICY, p.msrs, p.nr_msrs * sizeof(*p.msrs), NULL, 0);
	hv_cpu_policy_free(&p);
	return rc ? rc : save_record(s, REC_STATIC_DATA_END, NULL, 0, NULL, 0);
}

static int write_p2m_frames(struct save *s)
{
	struct rec_p2m_frames h = { .start = 0, .end = s->max_pfn - 1 };
	uint64_t *pfns = calloc(s->nr_list, sizeof(*pfns)), i;
	int rc = pfns ? 0 : -ENOMEM;

	for (i = 0; !rc && i < s->nr_list; i++) {
		pfns[i] = save_pfn(s, s->list_mfn[i]);
		if (pfns[i] == HV_INVALID_PFN)
			rc = hv_fail(s->h, -EINVAL, "the guest's frame list does not contain itself");
	}
	if (!rc)
		rc = save_record(s, REC_PV_P2M_FRAMES, &h, sizeof(h), pfns, s->nr_list * sizeof(*pfns));
	free(pfns);
	return rc;
}

/* Renames a frame number in place; an absent one stays 0. */
static int rename_frame(struct save *s, const char *what, uint64_t *frame)
{
	uint64_t pfn = save_pfn(s, *frame);

	if (pfn == HV_INVALID_PFN)
		return hv_fail(s->h, -EINVAL, "the guest's %s names a frame that is not its own", what);
	*frame = pfn;
	return 0;
}

static int rename_context_64(struct save *s, uint32_t vcpu, vcpu_guest_context_t *c)
{
	uint64_t f, i;
	int rc;

	if (!vcpu) {
		f = c->user_regs.rdx;
		rc = rename_frame(s, "suspend record", &f);
		if (rc)
			return rc;
		c->user_regs.rdx = f;
	}
	if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
		return hv_fail(s->h, -EINVAL, "vcpu %u has an impossible GDT", vcpu);
	for (i = 0; i < (c->gdt_ents + 511) / 512; i++) {
		f = c->gdt_frames[i];
		rc = rename_frame(s, "GDT", &f);
		if (rc)
			return rc;
		c->gdt_frames[i] = f;
	}
	f = xen_cr3_to_pfn(c->ctrlreg[3]);
	rc = rename_frame(s, "page-table root", &f);
	if (rc)
		return rc;
	c->ctrlreg[3] = xen_pfn_to_cr3(f);
	if (c->ctrlreg[1]) {
		f = xen_cr3_to_pfn(c->ctrlreg[1]);
		rc = rename_frame(s, "user page-table root", &f);
		if (rc)
			return rc;
		c->ctrlreg[1] = xen_pfn_to_cr3(f) | 1;	/* bit 0: there is one */
	}
	return 0;
}

static int rename_context_32(struct save *s, uint32_t vcpu, struct vcpu_context_32 *c)
{
	uint64_t f, i;
	int rc;

	if (!vcpu) {
		f = c->regs.edx;
		rc = rename_frame(s, "suspend record", &f);
		if (rc)
			return rc;
		c->regs.edx = f;
	}
	if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
		return hv_fail(s->h, -EINVAL, "vcpu %u has an impossible GDT", vcpu);
	for (i = 0; i < (c->gdt_ents + 511) / 512; i++) {
		f = c->gdt_frames[i];
		rc = rename_frame(s, "GDT", &f);
		if (rc)
			return rc;
		c->gdt_frames[i] = f;
	}
	f = cr3_32_to_frame(c->ctrlreg[3]);
	rc = rename_frame(s, "page-table root", &f);
	c->ctrlreg[3] = cr3_32_from_frame(f);
	return rc;
}

static int write_vcpu(struct save *s, uint32_t vcpu)
{
	struct rec_vcpu head = { .vcpu = vcpu };
	union {
		vcpu_guest_context_t c64;
		struct vcpu_context_32 c32;
	} c;
	size_t csize = s->is_64 ? sizeof(c.c64) : sizeof(c.c32), size;
	union {
		struct xen_domctl_ext_vcpucontext e;
		uint8_t bytes[EXTENDED_SIZE];
	} ext;
	xen_domctl_vcpu_msr_t *msrs;
	uint64_t mask;
	uint32_t n;
	void *x;
	int rc;

	memset(&ext, 0, sizeof(ext));
	rc = hv_vcpu_get_context(s->h, s->domid, vcpu, &c, csize);
	if (rc)
		return hv_fail(s->h, rc, "cannot read vcpu %u: %s", vcpu, strerror(-rc));
	rc = s->is_64 ? rename_context_64(s, vcpu, &c.c64) : rename_context_32(s, vcpu, &c.c32);
	if (!rc)
		rc = save_record(s, REC_VCPU_BASIC, &head, sizeof(head), &c, csize);
	if (rc)
		return rc;
	rc = hv_vcpu_get_ext(s->h, s->domid, vcpu, &ext.e);
	if (rc)
		return hv_fail(s->h, rc, "cannot read the extended state of vcpu %u: %s", vcpu, strerror(-rc));
	rc = save_record(s, REC_VCPU_EXTENDED, &head, sizeof(head), &ext, sizeof(ext));
	if (rc)
		return rc;
	rc = hv_vcpu_get_xstate(s->h, s->domid, vcpu, &x, &size, &mask);
	if (rc)
		return hv_fail(s->h, rc, "cannot read the FPU state of vcpu %u: %s", vcpu, strerror(-rc));
	if (size)
		rc = save_record(s, REC_VCPU_XSAVE, &head, sizeof(head), x, size);
	free(x);
	if (rc)
		return rc;
	rc = hv_vcpu_get_msrs(s->h, s->domid, vcpu, &msrs, &n);
	if (rc)
		return hv_fail(s->h, rc, "cannot read the MSRs of vcpu %u: %s", vcpu, strerror(-rc));
	if (n)
		rc = save_record(s, REC_VCPU_MSRS, &head, sizeof(head), msrs, n * sizeof(*msrs));
	free(msrs);
	return rc;
}

static int write_vcpus(struct save *s, uint32_t max_id)
{
	uint32_t v;
	int rc = 0;

	for (v = 0; !rc && max_id != XEN_INVALID_MAX_VCPU_ID && v <= max_id; v++) {
		struct xen_domctl_getvcpuinfo info;

		rc = hv_vcpu_info(s->h, s->domid, v, &info);
		if (rc == -ESRCH) {
			rc = 0;
			continue;
		}
		if (rc)
			return hv_fail(s->h, rc, "cannot ask about vcpu %u: %s", v, strerror(-rc));
		if (info.online)
			rc = write_vcpu(s, v);
	}
	return rc;
}

static int write_tsc(struct save *s)
{
	struct xen_domctl_tsc_info t;
	struct rec_tsc_info r = { 0 };
	int rc = hv_domain_get_tsc(s->h, s->domid, &t);

	if (rc)
		return hv_fail(s->h, rc, "cannot read the guest's TSC state: %s", strerror(-rc));
	r.mode = t.tsc_mode;
	r.khz = t.gtsc_khz;
	r.nsec = t.elapsed_nsec;
	r.incarnation = t.incarnation;
	return save_record(s, REC_TSC_INFO, &r, sizeof(r), NULL, 0);
}

static int open_guest(struct save *s, struct xen_domctl_getdomaininfo *info)
{
	unsigned int bits;
	int rc = hv_domain_info(s->h, s->domid, info);

	if (!rc)
		rc = hv_domain_address_size(s->h, s->domid, &bits);
	if (rc)
		return hv_fail(s->h, rc, "domain %u: %s", s->domid, strerror(-rc));
	if (info->flags & XEN_DOMINF_hvm_guest)
		return hv_fail(s->h, -EOPNOTSUPP, "domain %u is not paravirtualized", s->domid);
	if (!(info->flags & XEN_DOMINF_shutdown) ||
	    (info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask) != SHUTDOWN_suspend)
		return hv_fail(s->h, -EINVAL, "domain %u is not suspended", s->domid);
	s->is_64 = bits == 64;
	s->word = bits / 8;
	s->shared_mfn = info->shared_info_frame;
	s->shared = hv_map_frames(s->h, s->domid, &s->shared_mfn, 1, PROT_READ);
	if (!s->shared)
		return hv_fail(s->h, -errno, "cannot map the guest's shared info page: %s", strerror(errno));
	return 0;
}

int hv_save_pv(struct hv *h, uint32_t domid, int fd)
{
	struct save s = { .h = h, .domid = domid, .fd = fd };
	struct xen_domctl_getdomaininfo info;
	int rc = open_guest(&s, &info);

	if (!rc)
		rc = save_read_p2m(&s);
	if (!rc)
		rc = write_headers(&s);
	if (!rc)
		rc = write_p2m_frames(&s);
	if (!rc)
		rc = save_pages(&s);
	if (!rc)
		rc = write_tsc(&s);
	if (!rc)
		rc = save_record(&s, REC_SHARED_INFO, s.shared, HV_PAGE_SIZE, NULL, 0);
	if (!rc)
		rc = write_vcpus(&s, info.max_vcpu_id);
	if (!rc)
		rc = save_record(&s, REC_END, NULL, 0, NULL, 0);
	hv_unmap(s.shared, 1);
	free(s.list_mfn);
	free(s.p2m);
	free(s.m2p);
	return rc;
}

int hv_suspend_cancel(struct hv *h, uint32_t domid)
{
	union {
		vcpu_guest_context_t c64;
		struct vcpu_context_32 c32;
	} c;
	unsigned int bits;
	size_t size;
	int rc = hv_domain_address_size(h, domid, &bits);

	if (rc)
		return rc;
	size = bits == 64 ? sizeof(c.c64) : sizeof(c.c32);
	rc = hv_vcpu_get_context(h, domid, 0, &c, size);
	if (rc)
		return rc;
	/* What the suspend call returns tells the guest that it never left. */
	if (bits == 64)
		c.c64.user_regs.rax = 1;
	else
		c.c32.regs.eax = 1;
	rc = hv_vcpu_set_context(h, domid, 0, &c, size);
	return rc ? rc : hv_domain_resume(h, domid);
}
