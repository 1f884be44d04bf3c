/* SPDX-License-Identifier: GPL-2.0-only */
/* Size of the hypercall table, and the result that asks to be called again. Usable from assembly. */
#ifndef XEN_COMMON_HYPERCALL_NUMBERS_H
#define XEN_COMMON_HYPERCALL_NUMBERS_H

#define NR_HYPERCALLS			64
#define HYPERCALL_RESTART_VALUE		(-0x7ff00000)	/* no errno, and sign-extended in 32 bits */

#endif
