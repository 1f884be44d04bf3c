// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU policies and feature sets on their way to the tools and back: lists of
 * CPUID leaves and MSRs. A new policy is put together in a copy and replaces
 * the old one whole. Under the domctl or sysctl lock.
 */
#include <arch/cpufeature.h>
#include <common/domctl.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <public/arch-x86/xen.h>
#include <pv/cpuid.h>

/* What tools make room for; their own lists hold empty leaves too. */
#define MOST_LEAVES	192u
#define MOST_MSRS	2u
BUILD_BUG_ON(MOST_LEAVES < CPUID_POLICY_MAX_LEAVES + 80);

#define MSR_INTEL_PLATFORM_INFO		0xceu
#define MSR_ARCH_CAPABILITIES		0x10au

/*
 * Tools write their own list back into the room that ours took, and theirs
 * names every leaf that a policy can hold. So ours does too: what a CPU does
 * not say is listed as empty.
 */
static const struct { u32 leaf, first, last; } listed[] = {
	{ 0x4, 0, 5 },
	{ 0x7, 0, 1 },
	{ 0xb, 0, 1 },
	{ 0xd, 0, 62 },
	{ 0x40000000u, CPUID_NO_SUBLEAF, CPUID_NO_SUBLEAF },
	{ 0x40000100u, CPUID_NO_SUBLEAF, CPUID_NO_SUBLEAF },
};

struct leaf_list {
	u64 addr;
	u32 room, nr;
};

static int put_leaf(struct leaf_list *list, u32 leaf, u32 subleaf, const struct cpuid_leaf *regs)
{
	xen_cpuid_leaf_t out = { .leaf = leaf, .subleaf = subleaf };
	u32 at = list->nr++;

	if (at >= list->room)
		return 0;			/* counted; the caller says that it did not fit */
	if (regs) {
		out.a = regs->a;
		out.b = regs->b;
		out.c = regs->c;
		out.d = regs->d;
	}
	return write_guest(list->addr + at * sizeof(out), &out);
}

static long write_leaves(const struct cpuid_policy *p, u64 addr, u32 *nr)
{
	struct leaf_list list = { .addr = addr, .room = *nr };

	for (u32 i = 0; i < p->nr; i++)
		if (put_leaf(&list, p->leaf[i].leaf, p->leaf[i].subleaf, &p->leaf[i].regs))
			return -EFAULT;
	for (u32 i = 0; i < ARRAY_SIZE(listed); i++) {
		u32 sub = listed[i].first;

		do {
			if (!cpu_policy_leaf(p, listed[i].leaf, sub) &&
			    put_leaf(&list, listed[i].leaf, sub, NULL))
				return -EFAULT;
		} while (sub++ != listed[i].last);
	}
	*nr = list.nr;
	return list.nr > list.room ? -ENOBUFS : 0;
}

/* Tools that do not know ARCH_CAPABILITIES refuse it: it is listed when it says something. */
static long write_msrs(const struct cpuid_policy *p, u64 addr, u32 *nr)
{
	xen_msr_entry_t out[MOST_MSRS] = {
		{ .idx = MSR_INTEL_PLATFORM_INFO, .val = p->platform_info },
		{ .idx = MSR_ARCH_CAPABILITIES, .val = p->arch_caps },
	};
	u32 room = *nr;

	*nr = p->arch_caps ? 2 : 1;
	if (*nr > room)
		return -ENOBUFS;
	return copy_to_guest(addr, out, *nr * sizeof(out[0]));
}

/* Null lists ask how long they can get. */
static long write_policy(const struct cpuid_policy *p, u64 leaves, u32 *nr_leaves,
			 u64 msrs, u32 *nr_msrs)
{
	long rc = 0;

	if (!leaves)
		*nr_leaves = MOST_LEAVES;
	else
		rc = write_leaves(p, leaves, nr_leaves);
	if (rc)
		return rc;
	if (!msrs)
		*nr_msrs = MOST_MSRS;
	else
		rc = write_msrs(p, msrs, nr_msrs);
	return rc;
}

long domctl_get_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *op)
{
	return write_policy(d->cpu_policy, handle_addr(op->leaves), &op->nr_leaves,
			    handle_addr(op->msrs), &op->nr_msrs);
}

static int set_msr(struct cpuid_policy *p, const xen_msr_entry_t *m)
{
	if (m->flags)
		return -EINVAL;
	switch (m->idx) {
	case MSR_INTEL_PLATFORM_INFO:
		if (m->val & ~pv_max_policy.platform_info)
			return -EINVAL;
		p->platform_info = m->val;
		return 0;
	case MSR_ARCH_CAPABILITIES:
		if (m->val & ~pv_max_policy.arch_caps)
			return -EINVAL;
		p->arch_caps = m->val;
		return 0;
	default:
		return -ERANGE;
	}
}

static long read_policy(struct cpuid_policy *p, struct xen_domctl_cpu_policy *op)
{
	u64 leaves = handle_addr(op->leaves), msrs = handle_addr(op->msrs);
	long rc;

	for (u32 i = 0; i < op->nr_leaves; i++) {
		struct policy_leaf l;
		xen_cpuid_leaf_t in;

		if (read_guest(&in, leaves + i * sizeof(in)))
			return -EFAULT;
		l = (struct policy_leaf){ in.leaf, in.subleaf, { in.a, in.b, in.c, in.d } };
		rc = cpu_policy_set_leaf(p, &l);
		if (rc) {
			op->err_leaf = in.leaf;
			op->err_subleaf = in.subleaf;
			return rc;
		}
	}
	for (u32 i = 0; i < op->nr_msrs; i++) {
		xen_msr_entry_t in;

		if (read_guest(&in, msrs + i * sizeof(in)))
			return -EFAULT;
		rc = set_msr(p, &in);
		if (rc) {
			op->err_msr = in.idx;
			return rc;
		}
	}
	return 0;
}

long domctl_set_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *op)
{
	struct cpuid_policy *p;
	long rc;

	if (d == current->domain)
		return -EINVAL;
	/* A guest that has looked at its CPUs must not see them change. */
	if (d->creation_finished)
		return -EEXIST;
	if (op->nr_leaves > MOST_LEAVES || op->nr_msrs > MOST_MSRS)
		return -E2BIG;
	op->err_leaf = op->err_subleaf = op->err_msr = XEN_CPUID_INPUT_UNUSED;
	p = xzalloc(struct cpuid_policy);
	if (!p)
		return -ENOMEM;
	*p = *d->cpu_policy;
	rc = read_policy(p, op);
	if (!rc)
		*d->cpu_policy = *p;
	xfree(p);
	return rc;
}

/* --- of the host --- */

long sysctl_get_cpu_policy(struct xen_sysctl_cpu_policy *op)
{
	const struct cpuid_policy *p;

	if (op->_rsvd)
		return -EINVAL;
	switch (op->index) {
	case XEN_SYSCTL_cpu_policy_raw:
	case XEN_SYSCTL_cpu_policy_host:
		p = &host_policy;
		break;
	case XEN_SYSCTL_cpu_policy_pv_max:
		p = &pv_max_policy;
		break;
	case XEN_SYSCTL_cpu_policy_pv_default:
		p = &pv_default_policy;
		break;
	case XEN_SYSCTL_cpu_policy_hvm_max:
	case XEN_SYSCTL_cpu_policy_hvm_default:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	return write_policy(p, handle_addr(op->leaves), &op->nr_leaves,
			    handle_addr(op->msrs), &op->nr_msrs);
}

long sysctl_get_featureset(struct xen_sysctl_cpu_featureset *op)
{
	u64 addr = handle_addr(op->features);
	u32 words[NR_FEATURE_WORDS], room = op->nr_features;
	const struct cpuid_policy *p;

	switch (op->index) {
	case XEN_SYSCTL_cpu_featureset_raw:
	case XEN_SYSCTL_cpu_featureset_host:
		p = &host_policy;
		break;
	case XEN_SYSCTL_cpu_featureset_pv:
		p = &pv_default_policy;
		break;
	case XEN_SYSCTL_cpu_featureset_pv_max:
		p = &pv_max_policy;
		break;
	case XEN_SYSCTL_cpu_featureset_hvm:
	case XEN_SYSCTL_cpu_featureset_hvm_max:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	op->nr_features = NR_FEATURE_WORDS;
	if (!addr)
		return 0;
	cpu_policy_featureset(p, words, NR_FEATURE_WORDS);
	if (copy_to_guest(addr, words, min_t(u32, room, NR_FEATURE_WORDS) * sizeof(words[0])))
		return -EFAULT;
	return room < NR_FEATURE_WORDS ? -ENOBUFS : 0;
}
