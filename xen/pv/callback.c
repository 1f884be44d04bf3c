/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest kernel wants to be entered: its trap table, its callbacks and
 * its NMI handler. All state is the current vcpu's (the NMI and event
 * callbacks of other vcpus are set by their context).
 */
#include <arch/page.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/callback.h>
#include <public/nmi.h>
#include <pv/cpu_ops.h>
#include <pv/traps.h>

/* As a 32-bit guest lays them out. */
struct trap_info_32 {
	u8 vector, flags;
	u16 cs;
	u32 address;
};
struct callback_register_32 {
	u16 type, flags;
	u32 cs, eip;
};

#define TRAP_FLAGS_DPL(f)	((f) & 3)
#define TRAP_FLAGS_MASK(f)	(((f) >> 2) & 1)

bool pv_entry_ok(const struct domain *d, u64 address)
{
	return d->is_32bit ? address <= 0xffffffffu : is_canonical(address);
}

void pv_set_trap(struct vcpu *v, unsigned int vector, u8 flags, u16 cs, u64 address)
{
	struct pv_trap *t = &v->pv.trap[vector & (PV_NR_TRAPS - 1)];

	if (v->domain->is_32bit)
		cs = (cs & 3) ? cs : cs | 1;
	*t = (struct pv_trap){
		.rip = address,
		.cs = address ? (cs ? cs : SEL_RING3_CS64) : 0,
		.dpl = address ? TRAP_FLAGS_DPL(flags) : 0,	/* 0 is what entry code looks for */
		.mask_events = TRAP_FLAGS_MASK(flags),
	};
}

long do_set_trap_table(u64 traps)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;

	/* No table: all handlers go. */
	if (!traps) {
		memset(v->pv.trap, 0, sizeof(v->pv.trap));
		return 0;
	}
	/* A list ended by a null address; longer than the vectors there are is no list. */
	for (unsigned int i = 0; i <= PV_NR_TRAPS; i++) {
		struct trap_info t;

		if (d->is_32bit) {
			struct trap_info_32 t32;

			if (read_guest(&t32, traps + i * sizeof(t32)))
				return -EFAULT;
			t = (struct trap_info){ .vector = t32.vector, .flags = t32.flags,
						.cs = t32.cs, .address = t32.address };
		} else if (read_guest(&t, traps + i * sizeof(t))) {
			return -EFAULT;
		}
		if (!t.address)
			return 0;
		if (!pv_entry_ok(d, t.address))
			return -EINVAL;
		pv_set_trap(v, t.vector, t.flags, t.cs, t.address);
	}
	return -EINVAL;
}

static long register_callback(struct vcpu *v, u16 type, u16 flags, u16 cs, u64 address)
{
	u8 masks = !!(flags & CALLBACKF_mask_events);

	if (!pv_entry_ok(v->domain, address))
		return -EINVAL;
	if (v->domain->is_32bit && !(cs & 3))
		cs |= 1;

	switch (type) {
	case CALLBACKTYPE_event:
		v->pv.event_entry = address;
		v->pv.event_cs = cs;
		return 0;
	case CALLBACKTYPE_failsafe:
		v->pv.failsafe_entry = address;
		v->pv.failsafe_cs = cs;
		v->pv.failsafe_masks = masks;
		return 0;
	case CALLBACKTYPE_syscall:
		if (v->domain->is_32bit)
			return -EINVAL;
		v->pv.syscall_entry = address;
		v->pv.syscall_masks = masks;
		return 0;
	case CALLBACKTYPE_syscall32:
		v->pv.syscall32_entry = address;
		v->pv.syscall32_cs = cs;
		v->pv.syscall32_masks = masks;
		return 0;
	case CALLBACKTYPE_sysenter:
		v->pv.sysenter_entry = address;
		v->pv.sysenter_cs = cs;
		v->pv.sysenter_masks = masks;
		return 0;
	case CALLBACKTYPE_nmi:
		/* An older name for an entry of the trap table. */
		pv_set_trap(v, TRAP_NMI, 0, v->domain->is_32bit ? SEL_RING1_CS32 : 0, address);
		return 0;
	case CALLBACKTYPE_sysenter_deprecated:
		if (!v->domain->is_32bit)
			return -ENOSYS;
		v->pv.sysenter_entry = address;
		v->pv.sysenter_cs = cs;
		v->pv.sysenter_masks = masks;
		return 0;
	default:
		return -ENOSYS;
	}
}

static long unregister_callback(struct vcpu *v, u16 type)
{
	switch (type) {
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
	case CALLBACKTYPE_syscall32:
	case CALLBACKTYPE_sysenter:
		return -EINVAL;
	case CALLBACKTYPE_nmi:
		pv_set_trap(v, TRAP_NMI, 0, 0, 0);
		return 0;
	default:
		return -ENOSYS;
	}
}

long do_callback_op(u64 cmd, u64 arg)
{
	struct vcpu *v = current;

	switch (cmd) {
	case CALLBACKOP_register: {
		struct callback_register r;

		if (v->domain->is_32bit) {
			struct callback_register_32 r32;

			if (read_guest(&r32, arg))
				return -EFAULT;
			return register_callback(v, r32.type, r32.flags, r32.cs, r32.eip);
		}
		if (read_guest(&r, arg))
			return -EFAULT;
		return register_callback(v, r.type, r.flags, 0, r.address);
	}
	case CALLBACKOP_unregister: {
		struct callback_unregister u;

		if (read_guest(&u, arg))
			return -EFAULT;
		return unregister_callback(v, u.type);
	}
	default:
		return -ENOSYS;
	}
}

/* The 64-bit form; the ring-1 table calls do_set_callbacks_32. */
long do_set_callbacks(u64 event, u64 failsafe, u64 syscall)
{
	struct vcpu *v = current;

	if (!pv_entry_ok(v->domain, event) || !pv_entry_ok(v->domain, failsafe) || !pv_entry_ok(v->domain, syscall))
		return -EINVAL;
	register_callback(v, CALLBACKTYPE_event, 0, 0, event);
	register_callback(v, CALLBACKTYPE_failsafe, 0, 0, failsafe);
	register_callback(v, CALLBACKTYPE_syscall, 0, 0, syscall);
	return 0;
}

long do_set_callbacks_32(u64 event_cs, u64 event, u64 failsafe_cs, u64 failsafe)
{
	struct vcpu *v = current;

	register_callback(v, CALLBACKTYPE_event, 0, event_cs, event);
	register_callback(v, CALLBACKTYPE_failsafe, 0, failsafe_cs, failsafe);
	return 0;
}

long do_nmi_op(u64 cmd, u64 arg)
{
	struct vcpu *v = current;

	switch (cmd) {
	case XENNMI_register_callback: {
		u64 address = 0;

		if (v->domain->is_32bit) {
			u32 a[2];

			if (copy_from_guest(a, arg, sizeof(a)))
				return -EFAULT;
			address = a[0];
		} else {
			struct xennmi_callback cb;

			if (read_guest(&cb, arg))
				return -EFAULT;
			address = cb.handler_address;
		}
		/* NMIs go to the control domain's first vcpu, so only that one may ask. */
		if (v->id != 0)
			return -EINVAL;
		return register_callback(v, CALLBACKTYPE_nmi, 0, 0, address);
	}
	case XENNMI_unregister_callback:
		return unregister_callback(v, CALLBACKTYPE_nmi);
	default:
		return -ENOSYS;
	}
}
