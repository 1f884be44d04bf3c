// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control operations on the PV state of a domain: types of its frames, the
 * parts of a vcpu's state that vcpu_guest_context has no room for, its word
 * size and its clock. Under domctl_lock; vcpus are paused while their state is
 * touched.
 */
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/time.h>
#include <common/domctl.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/sched.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/arch-x86/cpuid.h>
#include <pv/cpu_ops.h>
#include <pv/hypercall_page.h>
#include <pv/mm.h>
#include <pv/pv_state.h>

#define MOST_FRAME_INFOS	1024u

#define GUEST_MCG_CAP		2u	/* as pv/msr.c shows it: two banks, nothing else */

/* xcr0 and all that was ever enabled stand before the area itself. */
#define EXTSTATE_HEADER		(2 * sizeof(u64))

/* TSC modes: 0 default, 1 always emulated, and: */
#define NEVER_EMULATED		2u
#define HIGHEST_TSC_MODE	NEVER_EMULATED

/* --- frames --- */

static u64 frame_info(const struct domain *d, u64 mfn)
{
	struct page_info *pg = get_page_from_mfn(MFN(mfn), d);
	u64 type, info;

	if (!pg)
		return XEN_DOMCTL_PFINFO_XTAB;
	type = READ_ONCE(pg->type_info);
	switch (type & PGT_type_mask) {
	case PGT_l1:
		info = XEN_DOMCTL_PFINFO_L1TAB;
		break;
	case PGT_l2:
		info = XEN_DOMCTL_PFINFO_L2TAB;
		break;
	case PGT_l3:
		info = XEN_DOMCTL_PFINFO_L3TAB;
		break;
	case PGT_l4:
		info = XEN_DOMCTL_PFINFO_L4TAB;
		break;
	default:
		info = XEN_DOMCTL_PFINFO_NOTAB;
		break;
	}
	/* A type that nobody uses any more says nothing. */
	if (!(type & PGT_count_mask))
		info = XEN_DOMCTL_PFINFO_NOTAB;
	else if (type & PGT_pinned)
		info |= XEN_DOMCTL_PFINFO_LPINTAB;
	put_page(pg);
	return info;
}

static long getpageframeinfo3_op(struct domain *d, const struct xen_domctl_getpageframeinfo3 *op)
{
	const u64 list = handle_addr(op->array);
	unsigned long frame;

	if (op->num > MOST_FRAME_INFOS)
		return -E2BIG;
	/* Each is as wide as the caller's word. */
	for (u32 i = 0; i < op->num; i++)
		if (read_extent(list, i, &frame) || write_extent(list, i, frame_info(d, frame)))
			return -EFAULT;
	return 0;
}

/* --- word size --- */

static long set_address_size_op(struct domain *d, u32 size)
{
	struct vcpu *v;

	if (size == (d->is_32bit ? 32u : 64u))
		return 0;
	if (size != 32)
		return -EINVAL;
	/* Frames and contexts have a word size built into them. */
	if (d->tot_pages)
		return -EACCES;
	for_each_vcpu(d, v)
		if (v->initialised)
			return -EACCES;
	return pv_make_32bit(d, M2P_32_START);
}

/* --- entry points that are not in vcpu_guest_context --- */

static long ext_context_set(struct vcpu *v, const struct xen_domctl_ext_vcpucontext *op)
{
	if (op->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap))
		return -EINVAL;
	if (!pv_entry_ok(v->domain, op->sysenter_callback_eip) ||
	    !pv_entry_ok(v->domain, op->syscall32_callback_eip))
		return -EINVAL;
	/* Machine-check abilities that no guest of this hypervisor has. */
	if (op->size >= offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) + sizeof(op->mcg_cap) &&
	    op->mcg_cap && op->mcg_cap != GUEST_MCG_CAP)
		return -EINVAL;
	v->pv.sysenter_entry = op->sysenter_callback_eip;
	v->pv.sysenter_cs = op->sysenter_callback_cs | (v->domain->is_32bit ? 1 : 0);
	v->pv.sysenter_masks = op->sysenter_disables_events != 0;
	v->pv.syscall32_entry = op->syscall32_callback_eip;
	v->pv.syscall32_cs = op->syscall32_callback_cs | (v->domain->is_32bit ? 1 : 0);
	v->pv.syscall32_masks = op->syscall32_disables_events != 0;
	return 0;
}

static void ext_context_get(struct vcpu *v, struct xen_domctl_ext_vcpucontext *op)
{
	u32 vcpu = op->vcpu;

	memset(op, 0, sizeof(*op));
	op->vcpu = vcpu;
	op->size = sizeof(*op);
	op->sysenter_callback_eip = v->pv.sysenter_entry;
	op->sysenter_callback_cs = v->pv.sysenter_cs;
	op->sysenter_disables_events = v->pv.sysenter_masks;
	op->syscall32_callback_eip = v->pv.syscall32_entry;
	op->syscall32_callback_cs = v->pv.syscall32_cs;
	op->syscall32_disables_events = v->pv.syscall32_masks;
	op->mcg_cap = GUEST_MCG_CAP;
}

static long ext_context_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct vcpu *v = domain_vcpu(d, op->u.ext_vcpucontext.vcpu);
	long rc = 0;

	if (!v || d == current->domain)
		return -ESRCH;
	if (op->cmd == XEN_DOMCTL_set_ext_vcpucontext) {
		domain_pause(d);
		rc = ext_context_set(v, &op->u.ext_vcpucontext);
		domain_unpause(d);
	} else {
		vcpu_pause(v);
		ext_context_get(v, &op->u.ext_vcpucontext);
		vcpu_unpause(v);
		*copyback = true;
	}
	return rc;
}

/* --- extended processor state --- */

static u64 extstate_size(void)
{
	return host_xcr0 ? EXTSTATE_HEADER + xstate_size(host_xcr0) : 0;
}

static long getvcpuextstate_op(struct vcpu *v, struct xen_domctl_vcpuextstate *op, bool *copyback)
{
	u64 header[2] = { v->pv.xcr0, host_xcr0 }, addr = handle_addr(op->buffer);
	long rc = 0;

	if ((!op->size && !op->xfeature_mask) || !addr) {
		op->xfeature_mask = host_xcr0;
		op->size = extstate_size();
		*copyback = true;
		return 0;
	}
	if (op->size != extstate_size() || op->xfeature_mask != host_xcr0)
		return -EINVAL;
	if (!op->size)
		return 0;
	vcpu_pause(v);
	if (copy_to_guest(addr, header, sizeof(header)) ||
	    copy_to_guest(addr + sizeof(header), v->xsave_area, op->size - sizeof(header)))
		rc = -EFAULT;
	vcpu_unpause(v);
	return rc;
}

static long setvcpuextstate_op(struct vcpu *v, const struct xen_domctl_vcpuextstate *op)
{
	u64 header[2], addr = handle_addr(op->buffer);
	u32 bytes;
	void *area;
	long rc = 0;

	if (op->size < EXTSTATE_HEADER || op->size > extstate_size())
		return -EINVAL;
	if (read_guest(&header, addr))
		return -EFAULT;
	bytes = op->size - EXTSTATE_HEADER;
	/* A vcpu that has never enabled anything has no area. */
	if (!header[0] && !header[1] && !bytes)
		return 0;
	if (!xcr0_valid(header[0]) || (header[0] & ~header[1]) || (header[1] & ~host_xcr0) ||
	    bytes < xstate_size(header[1]))
		return -EINVAL;
	area = alloc_xenheap_page();
	if (!area)
		return -ENOMEM;
	if (copy_from_guest(area, addr + EXTSTATE_HEADER, bytes)) {
		rc = -EFAULT;
	} else {
		vcpu_pause(v);
		rc = fpu_area_import(v->xsave_area, area, bytes);
		if (!rc)
			v->pv.xcr0 = header[0];
		vcpu_unpause(v);
	}
	free_xenheap_page(area);
	return rc;
}

static long extstate_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpuextstate.vcpu);

	if (!v)
		return -ESRCH;
	if (d == current->domain)
		return -EINVAL;
	return op->cmd == XEN_DOMCTL_getvcpuextstate ?
		getvcpuextstate_op(v, &op->u.vcpuextstate, copyback) :
		setvcpuextstate_op(v, &op->u.vcpuextstate);
}

/* --- MSRs: one has a value to carry over; the others that tools know of are always 0 --- */

static bool set_msr(struct vcpu *v, const struct xen_domctl_vcpu_msr *m)
{
	if (m->reserved)
		return false;
	if (m->index == MSR_TSC_AUX && cpu_has_rdtscp && !(m->value >> 32)) {
		v->pv.tsc_aux = m->value;
		return true;
	}
	return (m->index == MSR_SPEC_CTRL || m->index == MSR_INTEL_MISC_FEATURES_ENABLES) && m->value == 0;
}

static long set_vcpu_msrs_op(struct vcpu *v, struct xen_domctl_vcpu_msrs *op, bool *copyback)
{
	u64 addr = handle_addr(op->msrs);
	struct xen_domctl_vcpu_msr m;

	if (op->msr_count > MOST_FRAME_INFOS)
		return -EINVAL;
	for (u32 i = 0; i < op->msr_count; i++) {
		bool ok;

		if (read_guest(&m, addr + i * sizeof(m)))
			return -EFAULT;
		vcpu_pause(v);
		ok = set_msr(v, &m);
		vcpu_unpause(v);
		if (!ok) {
			op->msr_count = i;
			*copyback = true;
			return -EINVAL;
		}
	}
	return 0;
}

/* Those that are not 0. */
static long get_vcpu_msrs_op(struct vcpu *v, struct xen_domctl_vcpu_msrs *op, bool *copyback)
{
	const struct xen_domctl_vcpu_msr m = { .index = MSR_TSC_AUX, .value = READ_ONCE(v->pv.tsc_aux) };
	const u32 room = op->msr_count;
	u64 addr = handle_addr(op->msrs);

	op->msr_count = !addr || m.value;
	*copyback = true;
	if (!addr || !m.value)
		return 0;
	return room ? write_guest(addr, &m) : -ENOBUFS;
}

static long vcpu_msrs_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct vcpu *v;

	if (d == current->domain)
		return -EINVAL;
	v = domain_vcpu(d, op->u.vcpu_msrs.vcpu);
	if (!v)
		return -ESRCH;
	return op->cmd == XEN_DOMCTL_set_vcpu_msrs ? set_vcpu_msrs_op(v, &op->u.vcpu_msrs, copyback)
						   : get_vcpu_msrs_op(v, &op->u.vcpu_msrs, copyback);
}

/* --- the TSC --- */

/* It is never emulated, whatever the mode: guests scale it by what they are told. */
static long tsc_info_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	if (d == current->domain)
		return -EINVAL;
	if (op->cmd == XEN_DOMCTL_settscinfo) {
		if (t->tsc_mode > HIGHEST_TSC_MODE)
			return -EINVAL;
		d->tsc_mode = t->tsc_mode;
		d->tsc_khz = t->gtsc_khz ? t->gtsc_khz : tsc_khz;
		d->tsc_incarnation = t->incarnation;
		return 0;
	}
	t->tsc_mode = d->tsc_mode;
	t->gtsc_khz = d->tsc_mode == NEVER_EMULATED ? 0 : tsc_khz;
	t->incarnation = d->tsc_incarnation;
	t->elapsed_nsec = d->tsc_mode == NEVER_EMULATED ? 0 : NOW();
	t->pad = 0;
	*copyback = true;
	return 0;
}

/* There is no log-dirty mode: guests move while they are stopped. */
static long shadow_op(const struct domain *d, const struct xen_domctl_shadow_op *op)
{
	if (d == current->domain || !domain_vcpu(d, 0))
		return -EINVAL;
	switch (op->op) {
	case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
		return -EOPNOTSUPP;
	case XEN_DOMCTL_SHADOW_OP_CLEAN:
	case XEN_DOMCTL_SHADOW_OP_PEEK:
		return op->pages ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

long domctl_pv_op(struct domain *d, struct xen_domctl *op, bool *copyback)
{
	switch (op->cmd) {
	case XEN_DOMCTL_getpageframeinfo3:
		return getpageframeinfo3_op(d, &op->u.getpageframeinfo3);
	case XEN_DOMCTL_hypercall_init:
		return hypercall_page_init_frame(d, op->u.hypercall_init.gmfn) ? -EINVAL : 0;
	case XEN_DOMCTL_set_address_size:
		return set_address_size_op(d, op->u.address_size.size);
	case XEN_DOMCTL_get_address_size:
		op->u.address_size.size = d->is_32bit ? 32 : 64;
		*copyback = true;
		return 0;
	case XEN_DOMCTL_set_ext_vcpucontext:
	case XEN_DOMCTL_get_ext_vcpucontext:
		return ext_context_op(d, op, copyback);
	case XEN_DOMCTL_setvcpuextstate:
	case XEN_DOMCTL_getvcpuextstate:
		return extstate_op(d, op, copyback);
	case XEN_DOMCTL_get_vcpu_msrs:
	case XEN_DOMCTL_set_vcpu_msrs:
		return vcpu_msrs_op(d, op, copyback);
	case XEN_DOMCTL_settscinfo:
	case XEN_DOMCTL_gettscinfo:
		return tsc_info_op(d, op, copyback);
	case XEN_DOMCTL_get_cpu_policy:
		*copyback = true;
		return domctl_get_cpu_policy(d, &op->u.cpu_policy);
	case XEN_DOMCTL_set_cpu_policy:
		*copyback = true;
		return domctl_set_cpu_policy(d, &op->u.cpu_policy);
	case XEN_DOMCTL_shadow_op:
		return shadow_op(d, &op->u.shadow_op);
	case XEN_DOMCTL_get_paging_mempool_size:
	case XEN_DOMCTL_set_paging_mempool_size:
		return -EOPNOTSUPP;	/* page tables are the guest's own memory */
	case XEN_DOMCTL_gethvmcontext:
	case XEN_DOMCTL_sethvmcontext:
	case XEN_DOMCTL_gethvmcontext_partial:
	case XEN_DOMCTL_debug_op:
	case XEN_DOMCTL_set_broken_page_p2m:
		return -EINVAL;		/* of domains with emulated machines */
	default:
		return -ENOSYS;
	}
}
