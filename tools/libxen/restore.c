// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restores a saved guest into an empty domain: reads the stream record by
 * record, then puts together what depends on all of it. On failure the caller
 * destroys the domain.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest32.h"
#include "private.h"
#include "restore.h"

static int read_all(struct restore *r, void *buf, size_t n)
{
	uint8_t *p = buf;

	while (n) {
		ssize_t got;

		if (hv_stopped(r->h))
			return hv_fail(r->h, -EINTR, "interrupted");
		got = read(r->fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return hv_fail(r->h, -errno, "reading the image: %s", strerror(errno));
		if (!got)
			return hv_fail(r->h, -EINVAL, "the image is cut short");
		p += got;
		n -= got;
	}
	return 0;
}

static int read_headers(struct restore *r)
{
	struct stream_header h;
	struct stream_domain d;
	uint32_t version;
	int rc = read_all(r, &h, sizeof(h));

	if (rc)
		return rc;
	version = be32toh(h.version);
	if (h.marker != STREAM_MARKER || be32toh(h.id) != STREAM_ID)
		return hv_fail(r->h, -EINVAL, "this is not the image of a saved domain");
	if (version != 2 && version != STREAM_VERSION)
		return hv_fail(r->h, -EINVAL, "the image has format version %u; 2 and 3 are known", version);
	if (be16toh(h.options) & 1)
		return hv_fail(r->h, -EINVAL, "the image comes from a big-endian machine");
	rc = read_all(r, &d, sizeof(d));
	if (rc)
		return rc;
	if (d.type != STREAM_TYPE_X86_PV || d.page_shift != HV_PAGE_SHIFT)
		return hv_fail(r->h, -EINVAL, "the image is not of a paravirtualized x86 guest");
	return 0;
}

static int on_info(struct restore *r, const uint8_t *body, uint32_t n)
{
	const struct rec_pv_info *i = (const void *)body;
	int rc = 0;

	if (n < sizeof(*i) || r->have_info ||
	    !((i->width == 8 && i->levels == 4) || (i->width == 4 && i->levels == 3)))
		return hv_fail(r->h, -EINVAL, "the image describes an impossible guest");
	r->have_info = true;
	r->is_64 = i->width == 8;
	r->word = i->width;
	if (!r->is_64)
		rc = hv_domain_set_address_size(r->h, r->in->domid, 32);
	return rc ? hv_fail(r->h, rc, "the hypervisor does not run 32-bit guests here: %s", strerror(-rc)) : 0;
}

static int on_p2m_frames(struct restore *r, const uint8_t *body, uint32_t n)
{
	const struct rec_p2m_frames *f = (const void *)body;
	uint64_t per, first, count, i;

	if (!r->have_info || r->p2m)
		return hv_fail(r->h, -EINVAL, "the image's frame list stands in the wrong place");
	if (n < sizeof(*f) || f->start || f->end < f->start)
		return hv_fail(r->h, -EINVAL, "the image's frame list is impossible");
	per = HV_PAGE_SIZE / r->word;
	first = f->start / per;
	count = f->end / per - first + 1;
	if ((n - sizeof(*f)) / sizeof(uint64_t) < count)
		return hv_fail(r->h, -EINVAL, "the image's frame list is cut short");
	r->p2m_size = (uint64_t)f->end + 1;
	/* A guest cannot have had many more frames than it may have memory. */
	if (r->p2m_size > r->in->max_pages + (1UL << 20))
		return hv_fail(r->h, -EINVAL, "the image has %llu MiB of frames, the configuration allows %llu",
			       (unsigned long long)r->p2m_size >> 8, (unsigned long long)r->in->max_pages >> 8);
	r->nr_list = count;
	r->p2m = malloc(r->p2m_size * sizeof(*r->p2m));
	r->type = calloc(r->p2m_size, 1);
	r->list_pfn = malloc(count * sizeof(*r->list_pfn));
	if (!r->p2m || !r->type || !r->list_pfn)
		return hv_fail(r->h, -ENOMEM, "out of memory in dom0");
	for (i = 0; i < r->p2m_size; i++)
		r->p2m[i] = HV_INVALID_PFN;
	memcpy(r->list_pfn, f->pfn, count * sizeof(*r->list_pfn));
	return 0;
}

static int on_vcpu(struct restore *r, unsigned int part, const uint8_t *body, uint32_t n)
{
	const struct rec_vcpu *v = (const void *)body;
	struct restore_vcpu *slot;
	size_t size = n - sizeof(*v), want;

	if (n < sizeof(*v) || v->vcpu >= VCPUS_LIMIT || !r->have_info)
		return hv_fail(r->h, -EINVAL, "a vcpu record of the image is impossible");
	want = r->is_64 ? sizeof(vcpu_guest_context_t) : sizeof(struct vcpu_context_32);
	if ((!part && size != want) || (part == 1 && size > EXTENDED_SIZE) ||
	    (part == 3 && size % sizeof(xen_domctl_vcpu_msr_t)))
		return hv_fail(r->h, -EINVAL, "the state of vcpu %u in the image has %zu bytes, which is not its size", v->vcpu, size);
	if (!size)
		return 0;
	if (v->vcpu >= r->nr_vcpus) {
		slot = realloc(r->vcpu, (v->vcpu + 1) * sizeof(*slot));
		if (!slot)
			return hv_fail(r->h, -ENOMEM, "out of memory in dom0");
		memset(slot + r->nr_vcpus, 0, (v->vcpu + 1 - r->nr_vcpus) * sizeof(*slot));
		r->vcpu = slot;
		r->nr_vcpus = v->vcpu + 1;
	}
	slot = &r->vcpu[v->vcpu];
	free(slot->part[part]);
	slot->part[part] = malloc(size);
	if (!slot->part[part])
		return hv_fail(r->h, -ENOMEM, "out of memory in dom0");
	memcpy(slot->part[part], v->data, size);
	slot->size[part] = size;
	return 0;
}

static int on_shared(struct restore *r, const uint8_t *body, uint32_t n)
{
	if (n != HV_PAGE_SIZE)
		return hv_fail(r->h, -EINVAL, "the image's shared info is not one page");
	free(r->shared);
	r->shared = malloc(n);
	if (!r->shared)
		return hv_fail(r->h, -ENOMEM, "out of memory in dom0");
	memcpy(r->shared, body, n);
	return 0;
}

static int on_tsc(struct restore *r, const uint8_t *body, uint32_t n)
{
	const struct rec_tsc_info *t = (const void *)body;

	if (n < sizeof(*t))
		return hv_fail(r->h, -EINVAL, "the image's TSC record is cut short");
	r->tsc = (struct xen_domctl_tsc_info){
		.tsc_mode = t->mode, .gtsc_khz = t->khz, .elapsed_nsec = t->nsec, .incarnation = t->incarnation,
	};
	r->have_tsc = true;
	return 0;
}

static int on_policy(struct restore *r, bool msrs, const uint8_t *body, uint32_t n)
{
	size_t each = msrs ? sizeof(xen_msr_entry_t) : sizeof(xen_cpuid_leaf_t);
	void *copy;

	if (n % each || n / each > 4096)
		return hv_fail(r->h, -EINVAL, "the image's CPU policy is impossible");
	copy = malloc(n ? n : 1);
	if (!copy)
		return hv_fail(r->h, -ENOMEM, "out of memory in dom0");
	memcpy(copy, body, n);
	if (msrs) {
		free(r->policy.msrs);
		r->policy.msrs = copy;
		r->policy.nr_msrs = n / each;
	} else {
		free(r->policy.leaves);
		r->policy.leaves = copy;
		r->policy.nr_leaves = n / each;
	}
	return 0;
}

static int on_record(struct restore *r, uint32_t type, const uint8_t *body, uint32_t n)
{
	switch (type) {
	case REC_PV_INFO: return on_info(r, body, n);
	case REC_PV_P2M_FRAMES: return on_p2m_frames(r, body, n);
	case REC_PAGE_DATA: return restore_pages(r, body, n);
	case REC_VCPU_BASIC: return on_vcpu(r, 0, body, n);
	case REC_VCPU_EXTENDED: return on_vcpu(r, 1, body, n);
	case REC_VCPU_XSAVE: return on_vcpu(r, 2, body, n);
	case REC_VCPU_MSRS: return on_vcpu(r, 3, body, n);
	case REC_SHARED_INFO: return on_shared(r, body, n);
	case REC_TSC_INFO: return on_tsc(r, body, n);
	case REC_CPUID_POLICY: return on_policy(r, false, body, n);
	case REC_MSR_POLICY: return on_policy(r, true, body, n);
	case REC_STATIC_DATA_END: case REC_VERIFY: return 0;
	}
	if (type & REC_OPTIONAL)
		return 0;
	return hv_fail(r->h, -EINVAL, "the image has a record of type %#x, which is unknown here", type);
}

static int read_records(struct restore *r)
{
	uint8_t *body = NULL;
	struct record h;
	int rc;

	do {
		uint64_t padded;
		uint8_t *p;

		rc = read_all(r, &h, sizeof(h));
		if (rc)
			break;
		if (h.length > REC_BODY_MAX) {
			rc = hv_fail(r->h, -EINVAL, "a record of the image claims %u bytes", h.length);
			break;
		}
		padded = round_up(h.length, 8);
		p = realloc(body, padded ? padded : 8);
		if (!p) {
			rc = hv_fail(r->h, -ENOMEM, "out of memory in dom0");
			break;
		}
		body = p;
		rc = read_all(r, body, padded);
		if (!rc && h.type != REC_END)
			rc = on_record(r, h.type, body, h.length);
	} while (!rc && h.type != REC_END);
	free(body);
	return rc;
}

static int static_state(struct restore *r)
{
	int rc = hv_set_memory_map(r->h, r->in->domid, r->in->max_pages << HV_PAGE_SHIFT);

	if (!rc && r->policy.nr_leaves)
		rc = hv_cpu_policy_set(r->h, r->in->domid, &r->policy);
	if (rc)
		return *hv_why(r->h) ? rc : hv_fail(r->h, rc, "the hypervisor refuses the image's memory map or CPU policy: %s", strerror(-rc));
	if (r->have_tsc)
		rc = hv_domain_set_tsc(r->h, r->in->domid, &r->tsc);
	return rc ? hv_fail(r->h, rc, "the hypervisor refuses the image's TSC state: %s", strerror(-rc)) : 0;
}

static int put_together(struct restore *r)
{
	int rc;

	if (!r->p2m)
		return hv_fail(r->h, -EINVAL, "the image holds no memory");
	if ((rc = static_state(r)) || (rc = restore_list(r)) || (rc = restore_start_info(r)) ||
	    (rc = restore_tables(r)) || (rc = restore_shared_info(r)))
		return rc;
	rc = hv_grant_seed(r->h, r->in->domid, r->in->console_mfn, r->in->store_mfn,
			   r->in->console_domid, r->in->store_domid);
	return rc ? rc : restore_vcpus(r);
}

static void release(struct restore *r)
{
	uint32_t i, j;

	for (i = 0; i < r->nr_vcpus; i++)
		for (j = 0; j < 4; j++)
			free(r->vcpu[i].part[j]);
	free(r->vcpu);
	free(r->p2m);
	free(r->type);
	free(r->list_pfn);
	free(r->shared);
	hv_cpu_policy_free(&r->policy);
}

int hv_restore_pv(struct hv *h, struct hv_restore *in, int fd)
{
	struct restore r = { .h = h, .in = in, .fd = fd };
	int rc = read_headers(&r);

	if (!rc)
		rc = read_records(&r);
	if (!rc)
		rc = put_together(&r);
	release(&r);
	if (rc && !*hv_why(h))
		hv_fail(h, rc, "restoring failed: %s", strerror(-rc));
	return rc;
}
