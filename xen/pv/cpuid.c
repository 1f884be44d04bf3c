/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID of PV guests. Policies are built once from the CPU by masking out
 * what a deprivileged kernel cannot use; a few bits depend on who asks and on
 * the state of the vcpu and are put in at each CPUID.
 */
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/msr.h>
#include <arch/time.h>
#include <common/domain.h>
#include <common/frame.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/arch-x86/cpuid.h>
#include <public/version.h>
#include <pv/cpuid.h>
#include <pv/traps.h>

struct cpuid_policy host_policy, pv_max_policy, pv_default_policy;

/*
 * Features a PV guest may use, by word of the public feature set. Absent are
 * those that need ring 0, own page tables or registers that are not switched.
 */
static const u32 pv_features[NR_FEATURE_WORDS] = {
	[FEATURE_1D]  = 0x1fc9cbf5,	/* not VME, PSE, MTRR, PGE, PSE36, DS, TM, PBE */
	[FEATURE_1C]  = 0xf6d83203,	/* not MONITOR, VMX, PCID, X2APIC, TSC_DEADLINE, OSXSAVE */
	[FEATURE_E1D] = 0xea500800,	/* not PAGE1GB */
	[FEATURE_E1C] = 0x042109e3,
	[FEATURE_DA1] = 0x00000007,	/* not XSAVES */
	[FEATURE_7B0] = 0xfdaf0b29 & ~(1u << 11),	/* not SMEP, SMAP, INVPCID, RTM */
	[FEATURE_7C0] = 0x02405f43,	/* not UMIP, PKU, LA57 */
	[FEATURE_E7D] = 1u << 8,	/* invariant TSC */
	[FEATURE_E8B] = 0x00000005,	/* CLZERO, RSTR_FP_ERR_PTRS */
	[FEATURE_7D0] = 0x0000441c & ~(1u << 10),	/* AVX512 4VNNIW/4FMAPS, FSRM, SERIALIZE */
	[FEATURE_7A1] = 0x00001c30,
	[FEATURE_E21A] = 0x00000044,
};

/* What lives in state that only XSAVE saves: nobody has it where that is off. */
static const u32 needs_xsave[NR_FEATURE_WORDS] = {
	[FEATURE_1C]  = 1u << 12 | 1u << 28 | 1u << 29,	/* FMA, AVX, F16C */
	[FEATURE_E1C] = 1u << 11 | 1u << 15 | 1u << 16,	/* XOP, LWP, FMA4 */
	[FEATURE_DA1] = ~0u,
	[FEATURE_7B0] = 1u << 5 | 1u << 14 | 0xdc230000,	/* AVX2, MPX, AVX512 */
	[FEATURE_7C0] = 0x00005e4a,	/* AVX512, PKU, VAES, VPCLMULQDQ */
	[FEATURE_7D0] = 0x03c0010c,	/* AVX512, AMX */
	[FEATURE_7A1] = 1u << 4 | 1u << 5 | 1u << 23,	/* AVX_VNNI, AVX512_BF16, AVX_IFMA */
};

/* Where each feature word lives. */
static const struct { u32 leaf, subleaf; u8 reg; } word_at[NR_FEATURE_WORDS] = {
	[FEATURE_1D]  = { 1, CPUID_NO_SUBLEAF, 3 },
	[FEATURE_1C]  = { 1, CPUID_NO_SUBLEAF, 2 },
	[FEATURE_E1D] = { 0x80000001, CPUID_NO_SUBLEAF, 3 },
	[FEATURE_E1C] = { 0x80000001, CPUID_NO_SUBLEAF, 2 },
	[FEATURE_DA1] = { 0xd, 1, 0 },
	[FEATURE_7B0] = { 7, 0, 1 },
	[FEATURE_7C0] = { 7, 0, 2 },
	[FEATURE_E7D] = { 0x80000007, CPUID_NO_SUBLEAF, 3 },
	[FEATURE_E8B] = { 0x80000008, CPUID_NO_SUBLEAF, 1 },
	[FEATURE_7D0] = { 7, 0, 3 },
	[FEATURE_7A1] = { 7, 1, 0 },
	[FEATURE_E21A] = { 0x80000021, CPUID_NO_SUBLEAF, 0 },
};

static u32 *leaf_reg(struct cpuid_leaf *l, unsigned int reg)
{
	switch (reg) {
	case 0: return &l->a;
	case 1: return &l->b;
	case 2: return &l->c;
	default: return &l->d;
	}
}

static struct policy_leaf *find_leaf(struct cpuid_policy *p, u32 leaf, u32 subleaf)
{
	for (u32 i = 0; i < p->nr; i++)
		if (p->leaf[i].leaf == leaf && p->leaf[i].subleaf == subleaf)
			return &p->leaf[i];
	return NULL;
}

const struct cpuid_leaf *cpu_policy_leaf(const struct cpuid_policy *p, u32 leaf, u32 subleaf)
{
	struct policy_leaf *l = find_leaf((struct cpuid_policy *)p, leaf, subleaf);

	return l ? &l->regs : NULL;
}

void cpu_policy_featureset(const struct cpuid_policy *p, u32 *words, unsigned int n)
{
	for (unsigned int w = 0; w < n; w++) {
		const struct cpuid_leaf *l;

		words[w] = 0;
		if (w >= NR_FEATURE_WORDS)
			continue;
		l = cpu_policy_leaf(p, word_at[w].leaf, word_at[w].subleaf);
		if (l)
			words[w] = *leaf_reg((struct cpuid_leaf *)l, word_at[w].reg);
	}
}

static __init void add(struct cpuid_policy *p, u32 leaf, u32 subleaf, struct cpuid_leaf regs)
{
	if (p->nr < CPUID_POLICY_MAX_LEAVES)
		p->leaf[p->nr++] = (struct policy_leaf){ leaf, subleaf, regs };
}

static __init void read_host(struct cpuid_policy *p)
{
	u32 max = min(boot_cpu.max_leaf, 0xdu);
	u32 max_ext = min(boot_cpu.max_ext_leaf, 0x80000021u);

	for (u32 leaf = 0; leaf <= max; leaf++) {
		switch (leaf) {
		case 4:
			for (u32 sub = 0; sub < 5; sub++) {
				struct cpuid_leaf l = cpuid(4, sub);

				add(p, 4, sub, l);
				if (!(l.a & 0x1f))
					break;
			}
			break;
		case 7:
			add(p, 7, 0, cpuid(7, 0));
			if (cpuid(7, 0).a >= 1)
				add(p, 7, 1, cpuid(7, 1));
			break;
		case 0xb:
			add(p, 0xb, 0, cpuid(0xb, 0));
			add(p, 0xb, 1, cpuid(0xb, 1));
			break;
		case 0xd:
			add(p, 0xd, 0, cpuid(0xd, 0));
			add(p, 0xd, 1, cpuid(0xd, 1));
			for (u32 sub = 2; sub < 63; sub++)
				if (host_xcr0 & (1ull << sub))
					add(p, 0xd, sub, cpuid(0xd, sub));
			break;
		default:
			add(p, leaf, CPUID_NO_SUBLEAF, cpuid(leaf, 0));
			break;
		}
	}
	for (u32 leaf = 0x80000000u; leaf <= max_ext; leaf++)
		add(p, leaf, CPUID_NO_SUBLEAF, cpuid(leaf, 0));
}

/* Bring the static, non-feature parts of a leaf into the form guests may see. */
static void sanitize_leaf(struct policy_leaf *l)
{
	struct cpuid_leaf *r = &l->regs;

	switch (l->leaf) {
	case 0:
		r->a = min(r->a, 0xdu);
		break;
	case 1:
		r->b &= 0x00ffff00;		/* the APIC id is put in by vcpu */
		break;
	case 5:					/* MONITOR */
	case 6:					/* power management */
	case 9: case 0xa: case 8: case 0xc:	/* DCA, performance counters */
		*r = (struct cpuid_leaf){ 0 };
		break;
	case 7:
		if (l->subleaf == 0)
			r->a = min(r->a, 1u);
		break;
	case 0xd:
		if (l->subleaf == 0) {
			r->a &= (u32)host_xcr0;
			r->d &= (u32)(host_xcr0 >> 32);
			r->b = r->c = host_xcr0 ? xstate_size(host_xcr0) : 0;
		} else if (l->subleaf == 1) {
			r->b = r->c = r->d = 0;
		} else if (l->subleaf < 63) {
			if (!(host_xcr0 & (1ull << l->subleaf)))
				*r = (struct cpuid_leaf){ 0 };
			else
				r->c &= ~1u;	/* no supervisor states */
		}
		break;
	case 0x80000000u:
		r->a = min(r->a, 0x80000021u);
		break;
	case 0x80000007u:
		r->a = r->b = r->c = 0;
		break;
	case 0x8000000au:			/* SVM */
	case 0x8000001bu: case 0x8000001cu:	/* IBS, LWP */
	case 0x8000001du: case 0x8000001eu:
	case 0x8000001fu: case 0x80000020u:
		*r = (struct cpuid_leaf){ 0 };
		break;
	}
}

static void mask_features(struct policy_leaf *l, const struct cpuid_policy *max)
{
	for (unsigned int w = 0; w < NR_FEATURE_WORDS; w++) {
		u32 *r, allowed = pv_features[w] & boot_cpu.feature[w];

		if (word_at[w].leaf != l->leaf || word_at[w].subleaf != l->subleaf)
			continue;
		if (!cpu_has_xsave)
			allowed &= ~needs_xsave[w];
		if (max) {
			const struct cpuid_leaf *m = cpu_policy_leaf(max, l->leaf, l->subleaf);

			allowed = m ? *leaf_reg((struct cpuid_leaf *)m, word_at[w].reg) : 0;
		}
		r = leaf_reg(&l->regs, word_at[w].reg);
		*r &= allowed;
	}
	/* AMD repeats a part of the basic word. */
	if (l->leaf == 0x80000001u) {
		const struct cpuid_leaf *one = cpu_policy_leaf(&host_policy, 1, CPUID_NO_SUBLEAF);

		if (boot_cpu.vendor == VENDOR_AMD && one)
			l->regs.d |= one->d & pv_features[FEATURE_1D] & 0x0183f3ff & ~0x00000800u;
	}
}

void __init cpuid_policy_init(void)
{
	read_host(&host_policy);
	pv_max_policy = host_policy;
	for (u32 i = 0; i < pv_max_policy.nr; i++) {
		struct policy_leaf *l = &pv_max_policy.leaf[i];

		sanitize_leaf(l);
		mask_features(l, NULL);
		if (l->leaf == 1)
			l->regs.c |= 1u << 31;	/* runs under a hypervisor */
	}
	pv_max_policy.platform_info = cpuid_faulting_available ? PLATFORM_INFO_CPUID_FAULTING : 0;
	pv_default_policy = pv_max_policy;
}

int domain_cpu_policy_init(struct domain *d)
{
	d->cpu_policy = xzalloc(struct cpuid_policy);
	if (!d->cpu_policy)
		return -ENOMEM;
	*d->cpu_policy = pv_default_policy;
	return 0;
}

void domain_cpu_policy_destroy(struct domain *d)
{
	xfree(d->cpu_policy);
	d->cpu_policy = NULL;
}

int cpu_policy_set_leaf(struct cpuid_policy *p, const struct policy_leaf *in)
{
	struct policy_leaf l = *in, *old;
	u32 base = l.leaf >> 16;

	if (base == 0x4000)
		return 0;			/* the hypervisor's own leaves are not the tools' to set */
	if (base != 0 && base != 0x8000)
		return -ERANGE;
	old = find_leaf(p, l.leaf, l.subleaf);
	if (!old) {
		/* A leaf the host has not: only one that says nothing. */
		if (l.regs.a | l.regs.b | l.regs.c | l.regs.d)
			return l.leaf > 0x80000021u || (base == 0 && l.leaf > 0x20) ? -ERANGE : 0;
		return 0;
	}
	sanitize_leaf(&l);
	mask_features(&l, &pv_max_policy);
	*old = l;
	return 0;
}

static void hypervisor_leaf(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_leaf *r)
{
	struct tsc_scale s = tsc_scale;

	switch (leaf & 0xff) {
	case 0:
		*r = (struct cpuid_leaf){ 0x40000000u + XEN_CPUID_MAX_NUM_LEAVES, XEN_CPUID_SIGNATURE_EBX,
					  XEN_CPUID_SIGNATURE_ECX, XEN_CPUID_SIGNATURE_EDX };
		break;
	case 1:
		r->a = 4u << 16 | 17;
		break;
	case 2:
		r->a = 1;			/* hypercall pages */
		r->b = 0x40000000;		/* the register that fills one */
		r->c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	case 3:
		if (subleaf == 0) {
			r->a = 1u << 2 | (cpu_has_rdtscp ? 1u << 3 : 0);	/* host TSC is reliable, RDTSCP */
			r->b = v->domain->tsc_mode;
			r->c = tsc_khz;
			r->d = v->domain->tsc_incarnation;
		} else if (subleaf == 1) {
			r->c = s.mul;
			r->d = (u32)(s32)s.shift;
		} else if (subleaf == 2) {
			r->a = tsc_khz;
		}
		break;
	case 5:
		r->a = boot_cpu.phys_bits & 0xff;
		break;
	}
}

/* What 32-bit code cannot use under a 64-bit hypervisor: it differs between the vendors. */
static void hide_from_ring1(u32 leaf, u32 subleaf, struct cpuid_leaf *l)
{
	const bool intel = boot_cpu.vendor == VENDOR_INTEL;

	switch (leaf) {
	case 1:
		if (!intel)
			l->d &= ~(1u << (X86_FEATURE_SEP % 32));
		break;
	case 7:
		if (subleaf == 0)
			l->b &= ~(1u << (X86_FEATURE_FSGSBASE % 32));
		break;
	case 0x80000001u:
		l->d &= ~(1u << (X86_FEATURE_LM % 32));
		if (intel)
			l->d &= ~(1u << (X86_FEATURE_SYSCALL % 32));
		break;
	}
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 subleaf, bool kernel_view, struct cpuid_leaf *out)
{
	const struct cpuid_policy *p = v->domain->cpu_policy;
	const struct cpuid_leaf *l;
	bool has_subleaves = leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;

	*out = (struct cpuid_leaf){ 0 };
	if (leaf >= 0x40000000u && leaf < 0x40000100u) {
		hypervisor_leaf(v, leaf, subleaf, out);
		return;
	}
	l = cpu_policy_leaf(p, leaf, has_subleaves ? subleaf : CPUID_NO_SUBLEAF);
	if (!l)
		return;
	*out = *l;
	if (v->domain->is_32bit)
		hide_from_ring1(leaf, subleaf, out);

	switch (leaf) {
	case 1:
		out->b |= (v->id * 2) << 24;
		/* A kernel looks for OSXSAVE to learn that the hypervisor uses XSAVE, before it sets CR4 itself. */
		if ((out->c & (1u << 26)) &&
		    (kernel_view || (v->pv.guest_cr4 & X86_CR4_OSXSAVE)))
			out->c |= 1u << 27;
		/* The control domain's kernel drives the machine's MTRRs through the hypervisor, and ACPI C-states. */
		break;
	case 0xb:
		out->d = v->id * 2;
		break;
	case 0xd:
		if (subleaf == 0 && host_xcr0)
			out->b = xstate_size(v->pv.xcr0 ? v->pv.xcr0 : XSTATE_FP | XSTATE_SSE);
		else if (subleaf == 1)
			out->b = xstate_size(v->pv.xcr0 ? v->pv.xcr0 : XSTATE_FP | XSTATE_SSE);
		break;
	}
}
