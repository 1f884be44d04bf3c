// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_vm_assist: behaviours that a guest asks for. The set is kept in
 * d->vmassist, changed atomically and looked at where each matters.
 */
#include <arch/atomic.h>
#include <common/domain.h>
#include <common/hypercall.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <pv/cpu_ops.h>

/*
 * 4gb_segments and its notification, and pae_extended_cr3, are for the 32-bit
 * ABI, but kernels of either ask and some take no for an answer badly.
 * m2p_strict changes what a 64-bit root shows and means nothing elsewhere.
 */
#define ASSISTS_BOTH	(BIT_U64(VMASST_TYPE_4gb_segments) |		\
			 BIT_U64(VMASST_TYPE_4gb_segments_notify) |	\
			 BIT_U64(VMASST_TYPE_writable_pagetables) |	\
			 BIT_U64(VMASST_TYPE_pae_extended_cr3) |	\
			 BIT_U64(VMASST_TYPE_architectural_iopl) |	\
			 BIT_U64(VMASST_TYPE_runstate_update_flag))
#define ASSISTS_64	(ASSISTS_BOTH | BIT_U64(VMASST_TYPE_m2p_strict))

static u64 assists_of(const struct domain *d)
{
	return d->is_32bit ? ASSISTS_BOTH : ASSISTS_64;
}

/* Every vcpu follows; one that runs meanwhile may take one more trap the old way. */
static void tell_vcpus(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		pv_assists_changed(v);
}

void set_vm_assists(struct domain *d, u64 assists)
{
	d->vmassist = assists & assists_of(d);
	tell_vcpus(d);
}

long do_vm_assist(u64 cmd, u64 type)
{
	struct domain *d = current->domain;

	type = (u32)type;
	if (type >= 64 || !(assists_of(d) & BIT_U64(type)))
		return -EINVAL;
	switch ((u32)cmd) {
	case VMASST_CMD_enable:
		fetch_or(&d->vmassist, BIT_U64(type));
		break;
	case VMASST_CMD_disable:
		fetch_and(&d->vmassist, ~BIT_U64(type));
		break;
	default:
		return -ENOSYS;
	}
	tell_vcpus(d);
	return 0;
}
