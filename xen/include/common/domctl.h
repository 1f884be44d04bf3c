/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the parts of domctl and sysctl. All functions here run for the
 * control domain, with the domctl (or sysctl) lock held, so at most one runs
 * at a time; a domain in an argument carries the caller's reference.
 */
#ifndef XEN_COMMON_DOMCTL_H
#define XEN_COMMON_DOMCTL_H

#include <common/domain.h>
#include <lib/types.h>
#include <public/domctl.h>
#include <public/sysctl.h>

/*
 * An operation on d. *copyback: the operation's structure goes back to the
 * caller, also with an error. -ERESTART: call again.
 */
long domctl_vcpu_op(struct domain *d, struct xen_domctl *op, bool *copyback);	/* common/domctl_vcpu.c */
long domctl_pv_op(struct domain *d, struct xen_domctl *op, bool *copyback);	/* pv/domctl_pv.c */
long domctl_access_op(struct domain *d, struct xen_domctl *op);			/* common/domctl_access.c */

void get_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* common/sysctl_host.c */
long sysctl_host_op(struct xen_sysctl *op, bool *copyback);

/* pv/cpu_policy_ctl.c. 0, -EFAULT, -EINVAL, -ERANGE, -ENOBUFS, -E2BIG, -EEXIST. */
long domctl_get_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *op);
long domctl_set_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *op);
long sysctl_get_cpu_policy(struct xen_sysctl_cpu_policy *op);
long sysctl_get_featureset(struct xen_sysctl_cpu_featureset *op);

/*
 * Bit maps of the tools: as many bits as both sides have; bits that the
 * source lacks are zero. 0, -EFAULT, or -EINVAL (absurdly long).
 */
int bitmap_from_xenctl(unsigned long *map, const struct xenctl_bitmap *b, u32 nbits);
int bitmap_to_xenctl(const struct xenctl_bitmap *b, const unsigned long *map, u32 nbits);

#endif
