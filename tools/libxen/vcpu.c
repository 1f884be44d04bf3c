// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-vcpu control operations: contexts, extended state, MSRs, affinity.
 * Buffers are bounced through the connection's arena; sizes the hypervisor
 * reports are bounded before anything is allocated for them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define XSTATE_MAX	(64 * 1024)
#define MSRS_MAX	1024

static int context_op(struct hv *h, uint32_t cmd, uint32_t domid, uint32_t vcpu,
		      void *out, const void *in, size_t size)
{
	struct xen_domctl op = { .cmd = cmd, .domain = domid };
	size_t mark = hv_mark(h);
	/* The hypervisor writes its native size for a 64-bit guest, the 32-bit one otherwise. */
	vcpu_guest_context_t *buf = hv_take(h, sizeof(*buf) > size ? sizeof(*buf) : size);
	int rc;

	if (!buf)
		return -ENOBUFS;
	if (in)
		memcpy(buf, in, size);
	op.u.vcpucontext.vcpu = vcpu;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, buf);
	rc = hv_domctl(h, &op);
	if (!rc && out)
		memcpy(out, buf, size);
	hv_release(h, mark);
	return rc;
}

int hv_vcpu_get_context(struct hv *h, uint32_t domid, uint32_t vcpu, void *ctx, size_t size)
{
	return context_op(h, XEN_DOMCTL_getvcpucontext, domid, vcpu, ctx, NULL, size);
}

int hv_vcpu_set_context(struct hv *h, uint32_t domid, uint32_t vcpu, const void *ctx, size_t size)
{
	return context_op(h, XEN_DOMCTL_setvcpucontext, domid, vcpu, NULL, ctx, size);
}

int hv_vcpu_info(struct hv *h, uint32_t domid, uint32_t vcpu, struct xen_domctl_getvcpuinfo *out)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuinfo, .domain = domid };
	int rc;

	op.u.getvcpuinfo.vcpu = vcpu;
	rc = hv_domctl(h, &op);
	*out = op.u.getvcpuinfo;
	return rc;
}

static int affinity_op(struct hv *h, uint32_t domid, uint32_t vcpu, bool set,
		       uint8_t *hard, uint8_t *soft, size_t bytes)
{
	struct xen_domctl op = {
		.cmd = set ? XEN_DOMCTL_setvcpuaffinity : XEN_DOMCTL_getvcpuaffinity,
		.domain = domid,
	};
	struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
	size_t mark = hv_mark(h);
	uint8_t *b1 = hv_take(h, bytes), *b2 = hv_take(h, bytes);
	int rc;

	if (!b1 || !b2) {
		hv_release(h, mark);
		return -ENOBUFS;
	}
	a->vcpu = vcpu;
	a->flags = (hard ? XEN_VCPUAFFINITY_HARD : 0) | (soft ? XEN_VCPUAFFINITY_SOFT : 0);
	if (set && hard)
		memcpy(b1, hard, bytes);
	if (set && soft)
		memcpy(b2, soft, bytes);
	a->cpumap_hard.nr_bits = hard ? bytes * 8 : 0;
	set_xen_guest_handle(a->cpumap_hard.bitmap, b1);
	a->cpumap_soft.nr_bits = soft ? bytes * 8 : 0;
	set_xen_guest_handle(a->cpumap_soft.bitmap, b2);
	rc = hv_domctl(h, &op);
	if (!rc && !set) {
		if (hard)
			memcpy(hard, b1, bytes);
		if (soft)
			memcpy(soft, b2, bytes);
	}
	hv_release(h, mark);
	return rc;
}

int hv_vcpu_get_affinity(struct hv *h, uint32_t domid, uint32_t vcpu, uint8_t *hard, uint8_t *soft, size_t bytes)
{
	return affinity_op(h, domid, vcpu, false, hard, soft, bytes);
}

int hv_vcpu_set_affinity(struct hv *h, uint32_t domid, uint32_t vcpu, const uint8_t *hard, const uint8_t *soft, size_t bytes)
{
	return affinity_op(h, domid, vcpu, true, (uint8_t *)hard, (uint8_t *)soft, bytes);
}

int hv_vcpu_unpin(struct hv *h, uint32_t domid, uint32_t vcpu)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuaffinity, .domain = domid };

	op.u.vcpuaffinity.vcpu = vcpu;
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_FORCE;
	return hv_domctl(h, &op);
}

int hv_vcpu_get_ext(struct hv *h, uint32_t domid, uint32_t vcpu, struct xen_domctl_ext_vcpucontext *e)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_ext_vcpucontext, .domain = domid };
	int rc;

	op.u.ext_vcpucontext.vcpu = vcpu;
	rc = hv_domctl(h, &op);
	*e = op.u.ext_vcpucontext;
	return rc;
}

int hv_vcpu_set_ext(struct hv *h, uint32_t domid, const struct xen_domctl_ext_vcpucontext *e)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_ext_vcpucontext, .domain = domid };

	op.u.ext_vcpucontext = *e;
	return hv_domctl(h, &op);
}

int hv_vcpu_get_xstate(struct hv *h, uint32_t domid, uint32_t vcpu, void **out, size_t *size, uint64_t *mask)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuextstate, .domain = domid };
	struct xen_domctl_vcpuextstate *x = &op.u.vcpuextstate;
	size_t mark = hv_mark(h);
	void *buf;
	int rc;

	*out = NULL;
	*size = 0;
	*mask = 0;
	x->vcpu = vcpu;
	rc = hv_domctl(h, &op);		/* size 0, no buffer: asks for both numbers */
	if (rc == -EOPNOTSUPP)
		return 0;
	if (rc || !x->size)
		return rc;
	if (x->size > XSTATE_MAX)
		return -E2BIG;
	buf = hv_take(h, x->size);
	*out = calloc(1, x->size);
	if (!buf || !*out) {
		rc = -ENOMEM;
		goto out;
	}
	x->vcpu = vcpu;
	set_xen_guest_handle(x->buffer, buf);
	*size = x->size;
	rc = hv_domctl(h, &op);
	if (!rc) {
		if (x->size < *size)
			*size = x->size;
		*mask = x->xfeature_mask;
		memcpy(*out, buf, *size);
	}
out:
	hv_release(h, mark);
	if (rc) {
		free(*out);
		*out = NULL;
		*size = 0;
	}
	return rc;
}

int hv_vcpu_set_xstate(struct hv *h, uint32_t domid, uint32_t vcpu, const void *in, size_t size, uint64_t mask)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuextstate, .domain = domid };
	struct xen_domctl_vcpuextstate *x = &op.u.vcpuextstate;
	size_t mark = hv_mark(h);
	void *buf;
	int rc;

	if (size > XSTATE_MAX)
		return -E2BIG;
	buf = hv_take(h, size);
	if (!buf)
		return -ENOBUFS;
	memcpy(buf, in, size);
	x->vcpu = vcpu;
	x->xfeature_mask = mask;
	x->size = size;
	set_xen_guest_handle(x->buffer, buf);
	rc = hv_domctl(h, &op);
	hv_release(h, mark);
	return rc;
}

int hv_vcpu_get_msrs(struct hv *h, uint32_t domid, uint32_t vcpu, xen_domctl_vcpu_msr_t **out, uint32_t *n)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_vcpu_msrs, .domain = domid };
	struct xen_domctl_vcpu_msrs *m = &op.u.vcpu_msrs;
	size_t mark = hv_mark(h);
	xen_domctl_vcpu_msr_t *buf;
	int rc;

	*out = NULL;
	*n = 0;
	m->vcpu = vcpu;
	rc = hv_domctl(h, &op);
	if (rc == -EOPNOTSUPP)
		return 0;
	if (rc || !m->msr_count)
		return rc;
	if (m->msr_count > MSRS_MAX)
		return -E2BIG;
	buf = hv_take(h, m->msr_count * sizeof(*buf));
	if (!buf)
		return -ENOBUFS;
	set_xen_guest_handle(m->msrs, buf);
	rc = hv_domctl(h, &op);
	if (!rc && m->msr_count) {
		*out = calloc(m->msr_count, sizeof(*buf));
		if (*out) {
			memcpy(*out, buf, m->msr_count * sizeof(*buf));
			*n = m->msr_count;
		} else {
			rc = -ENOMEM;
		}
	}
	hv_release(h, mark);
	return rc;
}

int hv_vcpu_set_msrs(struct hv *h, uint32_t domid, uint32_t vcpu, const xen_domctl_vcpu_msr_t *msrs, uint32_t n)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_vcpu_msrs, .domain = domid };
	struct xen_domctl_vcpu_msrs *m = &op.u.vcpu_msrs;
	size_t mark = hv_mark(h);
	xen_domctl_vcpu_msr_t *buf;
	int rc;

	if (n > MSRS_MAX)
		return -E2BIG;
	buf = hv_take(h, n * sizeof(*buf));
	if (!buf)
		return -ENOBUFS;
	memcpy(buf, msrs, n * sizeof(*buf));
	m->vcpu = vcpu;
	m->msr_count = n;
	set_xen_guest_handle(m->msrs, buf);
	rc = hv_domctl(h, &op);
	hv_release(h, mark);
	return rc;
}
