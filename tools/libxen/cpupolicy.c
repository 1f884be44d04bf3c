// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and sets a domain's CPU policy (what CPUID and some MSRs tell it), so
 * that a saved guest finds the processor it left.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define LEAVES_MAX	2048
#define POLICY_MSRS_MAX	256

static int policy_op(struct hv *h, uint32_t cmd, uint32_t domid, struct hv_cpu_policy *p)
{
	struct xen_domctl op = { .cmd = cmd, .domain = domid };
	struct xen_domctl_cpu_policy *c = &op.u.cpu_policy;
	size_t mark = hv_mark(h);
	xen_cpuid_leaf_t *leaves = hv_take(h, p->nr_leaves * sizeof(*leaves));
	xen_msr_entry_t *msrs = hv_take(h, p->nr_msrs * sizeof(*msrs));
	bool get = cmd == XEN_DOMCTL_get_cpu_policy;
	int rc = -ENOBUFS;

	if (!leaves || !msrs)
		goto out;
	if (!get) {
		memcpy(leaves, p->leaves, p->nr_leaves * sizeof(*leaves));
		memcpy(msrs, p->msrs, p->nr_msrs * sizeof(*msrs));
	}
	c->nr_leaves = p->nr_leaves;
	c->nr_msrs = p->nr_msrs;
	set_xen_guest_handle(c->leaves, leaves);
	set_xen_guest_handle(c->msrs, msrs);
	rc = hv_domctl(h, &op);
	if (rc == -EINVAL && !get)
		hv_fail(h, rc, "the hypervisor refuses CPUID leaf %x:%x / MSR %x of this CPU policy",
			c->err_leaf, c->err_subleaf, c->err_msr);
	if (!rc && get) {
		if (c->nr_leaves > p->nr_leaves || c->nr_msrs > p->nr_msrs) {
			rc = -EPROTO;
			goto out;
		}
		p->nr_leaves = c->nr_leaves;
		p->nr_msrs = c->nr_msrs;
		memcpy(p->leaves, leaves, p->nr_leaves * sizeof(*leaves));
		memcpy(p->msrs, msrs, p->nr_msrs * sizeof(*msrs));
	}
out:
	hv_release(h, mark);
	return rc;
}

int hv_cpu_policy_get(struct hv *h, uint32_t domid, struct hv_cpu_policy *p)
{
	int rc;

	p->nr_leaves = LEAVES_MAX;
	p->nr_msrs = POLICY_MSRS_MAX;
	p->leaves = calloc(p->nr_leaves, sizeof(*p->leaves));
	p->msrs = calloc(p->nr_msrs, sizeof(*p->msrs));
	rc = p->leaves && p->msrs ? policy_op(h, XEN_DOMCTL_get_cpu_policy, domid, p) : -ENOMEM;
	if (rc)
		hv_cpu_policy_free(p);
	return rc;
}

int hv_cpu_policy_set(struct hv *h, uint32_t domid, const struct hv_cpu_policy *p)
{
	struct hv_cpu_policy in = *p;

	return policy_op(h, XEN_DOMCTL_set_cpu_policy, domid, &in);
}

void hv_cpu_policy_free(struct hv_cpu_policy *p)
{
	free(p->leaves);
	free(p->msrs);
	memset(p, 0, sizeof(*p));
}
