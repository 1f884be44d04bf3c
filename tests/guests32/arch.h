/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and vectors of a ring-1 test guest. Usable from assembly. */
#ifndef TEST32_ARCH_H
#define TEST32_ARCH_H

#define STACK_BYTES	8192
#ifndef VIRT_BASE
#define VIRT_BASE	0xc0000000
#endif
#ifdef __ASSEMBLY__
#define FLAT_RING1_DS	0xe021
#endif

/* Vectors beyond the CPU's, for callbacks. */
#define VEC_EVENT	0x101
#define VEC_FAILSAFE	0x102
#define VEC_NMI		0x103
#define VEC_SYSENTER	0x104
#define VEC_SYSCALL32	0x105

#define USER_EXIT	0x7e57		/* system call number by which user functions end */

#endif
