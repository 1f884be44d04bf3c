/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a domain's CPUs claim to be. A policy is a table of CPUID leaves and
 * a few registers; the toolstack may replace leaves within what the host
 * policy allows. Changed only before the domain first runs.
 */
#ifndef XEN_PV_CPUID_H
#define XEN_PV_CPUID_H

#include <arch/cpufeature.h>
#include <common/domain.h>
#include <lib/types.h>

#define CPUID_POLICY_MAX_LEAVES	112
#define CPUID_NO_SUBLEAF	0xffffffffu

struct policy_leaf {
	u32 leaf, subleaf;	/* CPUID_NO_SUBLEAF where the leaf has none */
	struct cpuid_leaf regs;
};

struct cpuid_policy {
	u32 nr;
	struct policy_leaf leaf[CPUID_POLICY_MAX_LEAVES];
	u64 platform_info;	/* MSR_INTEL_PLATFORM_INFO: CPUID faulting */
	u64 arch_caps;		/* MSR_ARCH_CAPABILITIES */
};

void cpuid_policy_init(void);				/* boot, after cpu_identify_boot */
extern struct cpuid_policy host_policy;			/* the CPU as it is */
extern struct cpuid_policy pv_max_policy;		/* all that a PV guest may be given */
extern struct cpuid_policy pv_default_policy;

int domain_cpu_policy_init(struct domain *d);		/* 0, -ENOMEM */
void domain_cpu_policy_destroy(struct domain *d);
/* Is this leaf of d acceptable? What the guest may not have is taken out. 0, or -EINVAL/-ERANGE (no such leaf). */
int cpu_policy_set_leaf(struct cpuid_policy *p, const struct policy_leaf *l);
const struct cpuid_leaf *cpu_policy_leaf(const struct cpuid_policy *p, u32 leaf, u32 subleaf);
/* The feature words (public cpufeatureset.h order) that p gives. */
void cpu_policy_featureset(const struct cpuid_policy *p, u32 *words, unsigned int n);

#endif
