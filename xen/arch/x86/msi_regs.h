/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration registers and messages, for the msi*.c files: PCI 3.0, chapter 6.8. */
#ifndef XEN_ARCH_X86_MSI_REGS_H
#define XEN_ARCH_X86_MSI_REGS_H

#define PCI_COMMAND		0x04
#define  PCI_COMMAND_MEMORY	0x0002
#define PCI_STATUS		0x06
#define  PCI_STATUS_CAPABILITIES 0x0010
#define PCI_HEADER_TYPE		0x0e
#define PCI_BAR			0x10
#define  PCI_BAR_IO		0x1u
#define  PCI_BAR_TYPE_MASK	0x6u
#define  PCI_BAR_TYPE_64	0x4u
#define  PCI_BAR_MEM_MASK	0xfffffff0u
#define PCI_CAPABILITIES	0x34
#define PCI_HEADER_BYTES	0x40
#define PCI_MAX_CAPABILITIES	48
#define PCI_CAP_MSI		0x05
#define PCI_CAP_MSIX		0x11

/* Both capabilities */
#define MSI_CONTROL		2

/* MSI: offsets depend on the control register */
#define  MSI_CONTROL_ENABLE	0x0001
#define  MSI_CONTROL_CAPABLE(c)	(1u << ((c) >> 1 & 7))	/* vectors */
#define  MSI_CONTROL_COUNT_SHIFT 4
#define  MSI_CONTROL_COUNT_MASK	0x0070
#define  MSI_CONTROL_64BIT	0x0080
#define  MSI_CONTROL_MASKABLE	0x0100
#define MSI_ADDRESS		4
#define MSI_ADDRESS_HIGH	8	/* 64-bit form */
#define MSI_DATA(is_64)		((is_64) ? 12 : 8)
#define MSI_MASK(is_64)		((is_64) ? 16 : 12)

/* MSI-X */
#define  MSIX_CONTROL_SIZE	0x07ff	/* entries - 1 */
#define  MSIX_CONTROL_MASK_ALL	0x4000
#define  MSIX_CONTROL_ENABLE	0x8000
#define MSIX_TABLE		4
#define  MSIX_TABLE_BAR		0x7u
#define MSIX_ENTRY_BYTES	16
#define MSIX_ENTRY_ADDRESS	0
#define MSIX_ENTRY_ADDRESS_HIGH	4
#define MSIX_ENTRY_DATA		8
#define MSIX_ENTRY_CONTROL	12
#define  MSIX_ENTRY_MASKED	0x1u

/* Fixed delivery, edge, to one local APIC by its id */
#define MESSAGE_ADDRESS(dest)	(0xfee00000u | (dest) << 12)

#endif
