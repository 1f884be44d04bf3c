// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a saved guest's start_info, shared info and vcpus back, with machine
 * frames in place of the guest frames that the image names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest32.h"
#include "private.h"
#include "restore.h"

static void *map_one(struct restore *r, uint64_t mfn)
{
	xen_pfn_t frame = mfn;

	return hv_map_frames(r->h, r->in->domid, &frame, 1, PROT_READ | PROT_WRITE);
}

static int to_machine(struct restore *r, const char *what, uint64_t *frame)
{
	uint64_t mfn = restore_mfn(r, *frame);

	if (mfn == HV_INVALID_PFN)
		return hv_fail(r->h, -EINVAL, "the image's %s names frame %#llx, which it does not contain", what, (unsigned long long)*frame);
	*frame = mfn;
	return 0;
}

/* The guest left the number of its start_info frame in vcpu 0's edx. */
static int start_info_pfn(struct restore *r, uint64_t *pfn)
{
	const struct restore_vcpu *v = r->nr_vcpus ? &r->vcpu[0] : NULL;

	if (!v || !v->part[0])
		return hv_fail(r->h, -EINVAL, "the image has no vcpu 0");
	if (r->is_64)
		*pfn = ((const vcpu_guest_context_t *)v->part[0])->user_regs.rdx;
	else
		*pfn = ((const struct vcpu_context_32 *)v->part[0])->regs.edx;
	if (*pfn >= r->p2m_size || r->type[*pfn] != FT_NOTAB)
		return hv_fail(r->h, -EINVAL, "the image's suspend record is no ordinary frame");
	return 0;
}

int restore_start_info(struct restore *r)
{
	struct xen_domctl_getdomaininfo info;
	uint64_t pfn = 0, mfn, store = 0, console = 0;
	void *p;
	int rc = start_info_pfn(r, &pfn);

	if (rc)
		return rc;
	mfn = pfn;
	rc = to_machine(r, "suspend record", &mfn);
	if (!rc)
		rc = hv_domain_info(r->h, r->in->domid, &info);
	if (rc)
		return rc;
	p = map_one(r, mfn);
	if (!p)
		return hv_fail(r->h, -errno, "cannot map the guest's start_info: %s", strerror(errno));
	store = r->is_64 ? ((start_info_t *)p)->store_mfn : ((struct start_info_32 *)p)->store_mfn;
	console = r->is_64 ? ((start_info_t *)p)->console.domU.mfn : ((struct start_info_32 *)p)->console_mfn;
	rc = to_machine(r, "xenstore page", &store);
	if (!rc)
		rc = to_machine(r, "console page", &console);
	if (!rc && r->is_64) {
		start_info_t *s = p;

		snprintf(s->magic, sizeof(s->magic), "xen-3.0-x86_64");
		s->shared_info = (uint64_t)info.shared_info_frame << HV_PAGE_SHIFT;
		s->store_mfn = store;
		s->store_evtchn = r->in->store_port;
		s->console.domU.mfn = console;
		s->console.domU.evtchn = r->in->console_port;
	} else if (!rc) {
		struct start_info_32 *s = p;

		snprintf(s->magic, sizeof(s->magic), "xen-3.0-x86_32p");
		s->shared_info = info.shared_info_frame << HV_PAGE_SHIFT;
		s->store_mfn = store;
		s->store_evtchn = r->in->store_port;
		s->console_mfn = console;
		s->console_evtchn = r->in->console_port;
	}
	hv_unmap(p, 1);
	r->in->store_mfn = store;
	r->in->console_mfn = console;
	return rc;
}

static void shared_64(shared_info_t *to, const shared_info_t *from)
{
	unsigned int i;

	memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
	to->arch = from->arch;
	/* The guest publishes its list anew; no event of its past is pending. */
	to->arch.pfn_to_mfn_frame_list_list = 0;
	to->arch.p2m_cr3 = 0;
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		to->vcpu_info[i].evtchn_pending_sel = 0;
	memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
}

static void shared_32(struct shared_info_32 *to, const struct shared_info_32 *from)
{
	unsigned int i;

	memcpy(to->vcpu, from->vcpu, sizeof(to->vcpu));
	to->max_pfn = from->max_pfn;
	to->nmi_reason = from->nmi_reason;
	to->p2m_vaddr = from->p2m_vaddr;
	to->p2m_generation = from->p2m_generation;
	to->frame_list_list = 0;
	to->p2m_cr3 = 0;
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		to->vcpu[i].pending_sel = 0;
	memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
}

int restore_shared_info(struct restore *r)
{
	struct xen_domctl_getdomaininfo info;
	void *p;
	int rc = hv_domain_info(r->h, r->in->domid, &info);

	if (rc)
		return rc;
	if (!r->shared)
		return hv_fail(r->h, -EINVAL, "the image has no shared info");
	p = map_one(r, info.shared_info_frame);
	if (!p)
		return hv_fail(r->h, -errno, "cannot map the guest's shared info page: %s", strerror(errno));
	if (r->is_64)
		shared_64(p, (const shared_info_t *)r->shared);
	else
		shared_32(p, (const struct shared_info_32 *)r->shared);
	hv_unmap(p, 1);
	return 0;
}

static int context_64(struct restore *r, uint32_t vcpu, vcpu_guest_context_t *c)
{
	uint64_t f, i;
	int rc;

	if (!vcpu) {
		f = c->user_regs.rdx;
		rc = to_machine(r, "suspend record", &f);
		if (rc)
			return rc;
		c->user_regs.rdx = f;
	}
	if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
		return hv_fail(r->h, -EINVAL, "vcpu %u of the image has an impossible GDT", vcpu);
	for (i = 0; i < (c->gdt_ents + 511) / 512; i++) {
		f = c->gdt_frames[i];
		rc = to_machine(r, "GDT", &f);
		if (rc)
			return rc;
		c->gdt_frames[i] = f;
	}
	f = xen_cr3_to_pfn(c->ctrlreg[3]);
	rc = to_machine(r, "page-table root", &f);
	if (rc)
		return rc;
	c->ctrlreg[3] = xen_pfn_to_cr3(f);
	if (c->ctrlreg[1] & 1) {
		f = xen_cr3_to_pfn(c->ctrlreg[1]);
		rc = to_machine(r, "user page-table root", &f);
		if (rc)
			return rc;
		c->ctrlreg[1] = xen_pfn_to_cr3(f);
	} else {
		c->ctrlreg[1] = 0;
	}
	return 0;
}

static int context_32(struct restore *r, uint32_t vcpu, struct vcpu_context_32 *c)
{
	uint64_t f, i;
	int rc;

	if (!vcpu) {
		f = c->regs.edx;
		rc = to_machine(r, "suspend record", &f);
		if (rc)
			return rc;
		c->regs.edx = f;
	}
	if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
		return hv_fail(r->h, -EINVAL, "vcpu %u of the image has an impossible GDT", vcpu);
	for (i = 0; i < (c->gdt_ents + 511) / 512; i++) {
		f = c->gdt_frames[i];
		rc = to_machine(r, "GDT", &f);
		if (rc)
			return rc;
		c->gdt_frames[i] = f;
	}
	f = cr3_32_to_frame(c->ctrlreg[3]);
	rc = to_machine(r, "page-table root", &f);
	c->ctrlreg[3] = cr3_32_from_frame(f);
	return rc;
}

static int set_extended(struct restore *r, uint32_t vcpu, const struct restore_vcpu *v)
{
	struct xen_domctl_ext_vcpucontext e;
	int rc = 0;

	if (v->part[1]) {
		memset(&e, 0, sizeof(e));
		memcpy(&e, v->part[1], v->size[1] < sizeof(e) ? v->size[1] : sizeof(e));
		e.vcpu = vcpu;
		rc = hv_vcpu_set_ext(r->h, r->in->domid, &e);
		if (rc)
			return hv_fail(r->h, rc, "the hypervisor refuses the extended state of vcpu %u: %s", vcpu, strerror(-rc));
	}
	if (v->part[2])
		rc = hv_vcpu_set_xstate(r->h, r->in->domid, vcpu, v->part[2], v->size[2], 0);
	if (rc)
		return hv_fail(r->h, rc, "the hypervisor refuses the FPU state of vcpu %u: %s", vcpu, strerror(-rc));
	if (v->part[3])
		rc = hv_vcpu_set_msrs(r->h, r->in->domid, vcpu, (const void *)v->part[3],
				      v->size[3] / sizeof(xen_domctl_vcpu_msr_t));
	if (rc)
		return hv_fail(r->h, rc, "the hypervisor refuses the MSRs of vcpu %u: %s", vcpu, strerror(-rc));
	return 0;
}

int restore_vcpus(struct restore *r)
{
	uint32_t i;
	int rc;

	for (i = 0; i < r->nr_vcpus; i++) {
		struct restore_vcpu *v = &r->vcpu[i];

		if (!v->part[0])
			continue;
		rc = r->is_64 ? context_64(r, i, (void *)v->part[0]) : context_32(r, i, (void *)v->part[0]);
		if (rc)
			return rc;
		rc = hv_vcpu_set_context(r->h, r->in->domid, i, v->part[0], v->size[0]);
		if (rc)
			return hv_fail(r->h, rc, "the hypervisor refuses vcpu %u of the image: %s", i, strerror(-rc));
		rc = set_extended(r, i, v);
		if (rc)
			return rc;
	}
	return 0;
}
