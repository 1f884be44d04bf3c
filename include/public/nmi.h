/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_nmi_op(cmd, arg): NMIs for a guest kernel, and what caused one.
 */
#ifndef __XEN_PUBLIC_NMI_H__
#define __XEN_PUBLIC_NMI_H__

#include "xen.h"

/* Bits of arch_shared_info.nmi_reason. */
#define _XEN_NMIREASON_io_error	0
#define XEN_NMIREASON_io_error	(1UL << _XEN_NMIREASON_io_error)	/* port 0x61 bit 6 */
#define _XEN_NMIREASON_pci_serr	1
#define XEN_NMIREASON_pci_serr	(1UL << _XEN_NMIREASON_pci_serr)	/* port 0x61 bit 7 */
#if __XEN_INTERFACE_VERSION__ < 0x00040300
#define _XEN_NMIREASON_parity_error	1
#define XEN_NMIREASON_parity_error	(1UL << _XEN_NMIREASON_parity_error)
#endif
#define _XEN_NMIREASON_unknown	2
#define XEN_NMIREASON_unknown	(1UL << _XEN_NMIREASON_unknown)

/* The calling vcpu's handler. */
#define XENNMI_register_callback	0
struct xennmi_callback {
	unsigned long handler_address;
	unsigned long pad;
};
typedef struct xennmi_callback xennmi_callback_t;
DEFINE_XEN_GUEST_HANDLE(xennmi_callback_t);

#define XENNMI_unregister_callback	1

#endif /* __XEN_PUBLIC_NMI_H__ */
