/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_callback_op(cmd, arg): where the kernel is entered for everything but
 * the vectors of its trap table.
 */
#ifndef __XEN_PUBLIC_CALLBACK_H__
#define __XEN_PUBLIC_CALLBACK_H__

#include "xen.h"

#define CALLBACKTYPE_event			0	/* events pending */
#define CALLBACKTYPE_failsafe			1	/* a return to the guest faulted */
#define CALLBACKTYPE_syscall			2	/* syscall from 64-bit user mode */
#define CALLBACKTYPE_sysenter_deprecated	3
#define CALLBACKTYPE_nmi			4
#define CALLBACKTYPE_sysenter			5	/* sysenter from user mode */
#define CALLBACKTYPE_syscall32			7	/* syscall from 32-bit user mode (AMD) */

/* Enter with events masked; for event and NMI that is always so. */
#define _CALLBACKF_mask_events	0
#define CALLBACKF_mask_events	(1U << _CALLBACKF_mask_events)

#define CALLBACKOP_register	0
struct callback_register {
	uint16_t type;	/* CALLBACKTYPE_* */
	uint16_t flags;	/* CALLBACKF_* */
	xen_callback_t address;
};
typedef struct callback_register callback_register_t;
DEFINE_XEN_GUEST_HANDLE(callback_register_t);

/* -EINVAL for those that a guest cannot be without. */
#define CALLBACKOP_unregister	1
struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;
DEFINE_XEN_GUEST_HANDLE(callback_unregister_t);

#if __XEN_INTERFACE_VERSION__ < 0x00030207
#undef CALLBACKTYPE_sysenter
#define CALLBACKTYPE_sysenter	CALLBACKTYPE_sysenter_deprecated
#endif

#endif /* __XEN_PUBLIC_CALLBACK_H__ */
