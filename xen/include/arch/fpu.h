/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended processor state of vcpus: x87, SSE, AVX, AVX-512. The hypervisor
 * itself computes with integers only, so the registers always hold some
 * vcpu's state. Areas have XSAVE's standard (not compacted) layout, or
 * FXSAVE's where the CPU has no XSAVE.
 */
#ifndef XEN_ARCH_FPU_H
#define XEN_ARCH_FPU_H

#include <lib/types.h>

#define XSTATE_FP	(1ull << 0)
#define XSTATE_SSE	(1ull << 1)
#define XSTATE_YMM	(1ull << 2)
#define XSTATE_OPMASK	(1ull << 5)
#define XSTATE_ZMM_HI	(1ull << 6)
#define XSTATE_HI_ZMM	(1ull << 7)
#define XSTATE_AVX512	(XSTATE_OPMASK | XSTATE_ZMM_HI | XSTATE_HI_ZMM)
#define XSTATE_HEADER	512		/* byte offset of the XSAVE header */
#define FXSAVE_BYTES	512

extern u64 host_xcr0;			/* components offered to guests; 0 without XSAVE */
extern u32 fpu_area_bytes;		/* of an area for all of host_xcr0; a multiple of 64, at most a page */

void fpu_init_boot(void);
void fpu_init_cpu(void);		/* CR0, CR4 and XCR0 of this CPU */

/* Fill an area (64-byte aligned, fpu_area_bytes) with the state of a CPU after reset. */
void fpu_area_reset(void *area);
/*
 * Registers to area and back. TS must be clear. XCR0 is set to host_xcr0
 * while saving and restoring, so nothing a guest had enabled before is lost;
 * fpu_set_xcr0 then gives the vcpu its own.
 */
void fpu_save(void *area);
void fpu_restore(const void *area);	/* a faulting (corrupt) area is reset instead */
void fpu_set_xcr0(u64 xcr0);		/* this CPU; cached */

/* A guest may load this XCR0: x87 on, only known bits, dependencies met. */
bool xcr0_valid(u64 xcr0);
/* Size in bytes of a standard-format area for xcr0. */
u32 xstate_size(u64 xcr0);
/*
 * Check and take an area from outside (restore, setvcpucontext): bytes long,
 * standard format. Fills dst (fpu_area_bytes). 0, or -EINVAL for bad header,
 * unknown components or a reserved mxcsr bit.
 */
int fpu_area_import(void *dst, const void *src, u32 bytes);
/* FXSAVE image only (512 bytes): vcpu_guest_context. */
int fpu_area_import_fxsave(void *dst, const void *fxsave);

#endif
