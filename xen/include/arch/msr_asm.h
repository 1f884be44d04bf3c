/* SPDX-License-Identifier: GPL-2.0-only */
/* The few control-register and MSR constants that assembly code needs. */
#ifndef XEN_ARCH_MSR_ASM_H
#define XEN_ARCH_MSR_ASM_H

#define CR0_PE		0x00000001
#define CR0_MP		0x00000002
#define CR0_ET		0x00000010
#define CR0_NE		0x00000020
#define CR0_WP		0x00010000
#define CR0_PG		0x80000000
#define CR4_PAE		0x00000020
#define MSR_EFER_NR	0xc0000080
#define EFER_SCE_BIT	0x001
#define EFER_LME_BIT	0x100
#define EFER_NX_BIT	0x800

/* 2 MiB pages of the image window that the boot page tables map. */
#define BOOT_IMAGE_L2_ENTRIES	8
/* sizeof(struct cpu_info); checked against it in arch/x86/setup.c. */
#define CPU_INFO_SIZE	216

#endif
