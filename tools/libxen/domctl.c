// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain control operations, one wrapper each. They only marshal: what an
 * operation means is the hypervisor's business, and its error comes back as is.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

int hv_domctl(struct hv *h, struct xen_domctl *op)
{
	size_t mark = hv_mark(h);
	struct xen_domctl *safe = hv_take(h, sizeof(*safe));
	long rc;

	if (!safe)
		return -ENOBUFS;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	memcpy(safe, op, sizeof(*safe));
	rc = hv_call(h, __HYPERVISOR_domctl, (uintptr_t)safe, 0, 0, 0, 0);
	memcpy(op, safe, sizeof(*op));
	hv_release(h, mark);
	return rc;
}

static int simple(struct hv *h, uint32_t domid, uint32_t cmd)
{
	struct xen_domctl op = { .cmd = cmd, .domain = domid };

	return hv_domctl(h, &op);
}

int hv_domain_create(struct hv *h, uint32_t *domid, const struct xen_domctl_createdomain *c)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_createdomain, .domain = *domid };
	int rc;

	op.u.createdomain = *c;
	rc = hv_domctl(h, &op);
	if (!rc)
		*domid = op.domain;
	return rc;
}

int hv_domain_destroy(struct hv *h, uint32_t domid)
{
	int rc;

	/* Tearing a large guest down takes many calls; each does a bounded part. */
	do {
		rc = simple(h, domid, XEN_DOMCTL_destroydomain);
		if (rc == -EBUSY || rc == -EAGAIN)
			usleep(1000);
	} while (rc == -EBUSY || rc == -EAGAIN);
	return rc;
}

int hv_domain_pause(struct hv *h, uint32_t domid)
{
	return simple(h, domid, XEN_DOMCTL_pausedomain);
}

int hv_domain_unpause(struct hv *h, uint32_t domid)
{
	return simple(h, domid, XEN_DOMCTL_unpausedomain);
}

int hv_domain_resume(struct hv *h, uint32_t domid)
{
	return simple(h, domid, XEN_DOMCTL_resumedomain);
}

int hv_domain_trigger(struct hv *h, uint32_t domid, uint32_t trigger, uint32_t vcpu)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_sendtrigger, .domain = domid };

	op.u.sendtrigger.trigger = trigger;
	op.u.sendtrigger.vcpu = vcpu;
	return hv_domctl(h, &op);
}

int hv_domain_shutdown(struct hv *h, uint32_t domid, unsigned int reason)
{
	size_t mark = hv_mark(h);
	struct sched_remote_shutdown *r = hv_take(h, sizeof(*r));
	long rc;

	if (!r)
		return -ENOBUFS;
	r->domain_id = domid;
	r->reason = reason;
	rc = hv_call(h, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, (uintptr_t)r, 0, 0, 0);
	hv_release(h, mark);
	return rc;
}

int hv_domain_info(struct hv *h, uint32_t domid, struct xen_domctl_getdomaininfo *out)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = domid };
	int rc = hv_domctl(h, &op);

	if (rc)
		return rc;
	/* The operation may answer with the next domain that exists. */
	if (op.domain != domid)
		return -ESRCH;
	*out = op.u.getdomaininfo;
	return 0;
}

int hv_domain_list(struct hv *h, uint32_t first, struct xen_domctl_getdomaininfo *out, unsigned int max)
{
	const unsigned int batch = 256;
	unsigned int have = 0;

	while (have < max) {
		size_t mark = hv_mark(h);
		unsigned int want = max - have < batch ? max - have : batch;
		struct xen_domctl_getdomaininfo *buf = hv_take(h, want * sizeof(*buf));
		struct xen_sysctl op = { .cmd = XEN_SYSCTL_getdomaininfolist };
		unsigned int got;
		int rc;

		if (!buf)
			return -ENOBUFS;
		op.u.getdomaininfolist.first_domain = first;
		op.u.getdomaininfolist.max_domains = want;
		set_xen_guest_handle(op.u.getdomaininfolist.buffer, buf);
		rc = hv_sysctl(h, &op);
		got = op.u.getdomaininfolist.num_domains;
		if (rc || got > want) {
			hv_release(h, mark);
			return rc ? rc : -EPROTO;
		}
		memcpy(out + have, buf, got * sizeof(*buf));
		hv_release(h, mark);
		have += got;
		if (got < want)
			break;
		first = out[have - 1].domain + 1;
	}
	return have;
}

int hv_domain_max_mem(struct hv *h, uint32_t domid, uint64_t kib)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_max_mem, .domain = domid };

	op.u.max_mem.max_memkb = kib;
	return hv_domctl(h, &op);
}

int hv_domain_max_vcpus(struct hv *h, uint32_t domid, uint32_t n)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_max_vcpus, .domain = domid };

	op.u.max_vcpus.max = n;
	return hv_domctl(h, &op);
}

int hv_domain_address_size(struct hv *h, uint32_t domid, unsigned int *bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_address_size, .domain = domid };
	int rc = hv_domctl(h, &op);

	*bits = op.u.address_size.size;
	return rc;
}

int hv_domain_set_address_size(struct hv *h, uint32_t domid, unsigned int bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_address_size, .domain = domid };

	op.u.address_size.size = bits;
	return hv_domctl(h, &op);
}

int hv_domain_set_handle(struct hv *h, uint32_t domid, const uint8_t handle[16])
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setdomainhandle, .domain = domid };

	memcpy(op.u.setdomainhandle.handle, handle, 16);
	return hv_domctl(h, &op);
}

int hv_domain_time_offset(struct hv *h, uint32_t domid, int64_t seconds)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_settimeoffset, .domain = domid };

	op.u.settimeoffset.time_offset_seconds = seconds;
	return hv_domctl(h, &op);
}

int hv_domain_hypercall_page(struct hv *h, uint32_t domid, xen_pfn_t mfn)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_hypercall_init, .domain = domid };

	op.u.hypercall_init.gmfn = mfn;
	return hv_domctl(h, &op);
}

int hv_domain_get_tsc(struct hv *h, uint32_t domid, struct xen_domctl_tsc_info *t)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_gettscinfo, .domain = domid };
	int rc = hv_domctl(h, &op);

	*t = op.u.tsc_info;
	return rc;
}

int hv_domain_set_tsc(struct hv *h, uint32_t domid, const struct xen_domctl_tsc_info *t)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_settscinfo, .domain = domid };

	op.u.tsc_info = *t;
	return hv_domctl(h, &op);
}

int hv_frame_types(struct hv *h, uint32_t domid, uint64_t *frames, size_t n)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getpageframeinfo3, .domain = domid };
	size_t mark = hv_mark(h);
	xen_pfn_t *buf = hv_take(h, n * sizeof(*buf));
	size_t i;
	int rc;

	if (!buf)
		return -ENOBUFS;
	for (i = 0; i < n; i++)
		buf[i] = frames[i];
	op.u.getpageframeinfo3.num = n;
	set_xen_guest_handle(op.u.getpageframeinfo3.array, buf);
	rc = hv_domctl(h, &op);
	for (i = 0; !rc && i < n; i++)
		frames[i] = buf[i];
	hv_release(h, mark);
	return rc;
}

int hv_sched_params(struct hv *h, uint32_t domid, bool set, uint32_t sched_id,
		    struct xen_domctl_sched_credit2 *p)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_scheduler_op, .domain = domid };
	int rc;

	op.u.scheduler_op.sched_id = sched_id;
	op.u.scheduler_op.cmd = set ? XEN_DOMCTL_SCHEDOP_putinfo : XEN_DOMCTL_SCHEDOP_getinfo;
	if (set)
		op.u.scheduler_op.u.credit2 = *p;
	rc = hv_domctl(h, &op);
	if (!rc && !set)
		*p = op.u.scheduler_op.u.credit2;
	return rc;
}
