/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries from ring-1 guests: their kernels' hypercalls by INT 0x82, and what
 * goes from their user space straight to their kernel: INT 0x80, page faults,
 * SYSENTER and SYSCALL. Kernel and user space share one page-table root, so
 * these touch neither cr3 nor cr4; no C, no lock. What cannot be handled at a
 * glance is left as it was for the general path (pv/entry.S).
 *
 * Such a guest cannot name r8 to r15 or the upper halves of registers: they are
 * free here. SMAP is off while it runs. Frames are laid out as in bounce32.c.
 */
#include <arch/asm_macros.h>
#include <arch/layout.h>
#include <arch/vectors.h>
#include <common/hypercall_numbers.h>
#include "asm-offsets.h"

#define PV_RING1		2
#define EFLAGS_IF		0x200
/* What a handler does not find set: TF, IOPL, NT, RF, VM, AC. */
#define EFLAGS_CLEARED		0x00077100
#define ENTRY_SYSENTER		0x101

#define EX(fixup, insn...)	88: insn; ASM_EXTABLE 88b, fixup
/* Without spaces, to be one argument of a macro. */
#define TRAP_80(field)		VCPU_trap+VECTOR_LEGACY_SYSCALL*TRAP_sizeof+TRAP_##field
#define TRAP_14(field)		VCPU_trap+TRAP_PF*TRAP_sizeof+TRAP_##field

	.text

/*
 * In all of these rsp is cpu_info, rcx the vcpu, and the guest's rcx is in the
 * frame. r11 = linear address above the new frame.
 */

/* Leave when the kernel is where this comes from, or events are masked; else \masks says whether to mask them. */
.macro CHECK_AND_MASK masks, slow
	movq	VCPU_info(%rcx), %r8
	cmpb	$0, VINFO_mask(%r8)
	jne	\slow
	movb	\masks(%rcx), %r9b
	movb	%r9b, VINFO_mask(%r8)
.endm

/* eip, cs, eflags, esp, ss; the address space ends at 4 GiB: what is above is not mapped. */
.macro PUSH_FRAME
	movl	VCPU_kernel_linear(%rcx), %r11d
	movl	UREGS_rip(%rsp), %r8d
	EX(.Lframe_fault, movl %r8d, -20(%r11))
	movzwl	UREGS_cs(%rsp), %r9d
	EX(.Lframe_fault, movl %r9d, -16(%r11))
	movl	UREGS_rflags(%rsp), %r8d
	orl	VCPU_shown_iopl(%rcx), %r8d
	EX(.Lframe_fault, movl %r8d, -12(%r11))
	movl	UREGS_rsp(%rsp), %r9d
	EX(.Lframe_fault, movl %r9d, -8(%r11))
	movzwl	UREGS_ss(%rsp), %r8d
	EX(.Lframe_fault, movl %r8d, -4(%r11))
.endm

.macro GO_TO_KERNEL rip, cs, bytes
	movl	VCPU_kernel_sp(%rcx), %r10d
	movl	\rip(%rcx), %r8d
	movzwl	\cs(%rcx), %r9d
	subl	$\bytes, %r10d
	movq	%r8, UREGS_rip(%rsp)
	movq	%r9, UREGS_cs(%rsp)
	movq	%r10, UREGS_rsp(%rsp)
	movq	VCPU_kernel_ss(%rcx), %r8
	andl	$~EFLAGS_CLEARED, UREGS_rflags(%rsp)
	movq	%r8, UREGS_ss(%rsp)
	movq	UREGS_rcx(%rsp), %rcx
	addq	$UREGS_rip, %rsp
	EX(guest_iret_refused, iretq)
.endm

/* INT 0x80, of any guest. The CPU's frame is all there is on the stack. */
ENTRY(int80_entry)
	subq	$UREGS_rip, %rsp
	movq	%rcx, UREGS_rcx(%rsp)
	movq	CPUINFO_current(%rsp), %rcx
	testb	$PV_RING1, VCPU_flags(%rcx)
	jz	.Lint80_generic
	cmpb	$3, TRAP_80(dpl)(%rcx)		/* 0 when there is no handler */
	jne	.Lint80_generic
	testb	$2, UREGS_cs(%rsp)
	jz	.Lint80_generic
	CHECK_AND_MASK TRAP_80(mask_events), .Lint80_generic
	PUSH_FRAME
	GO_TO_KERNEL TRAP_80(rip), TRAP_80(cs), 20
.Lint80_generic:
	movq	UREGS_rcx(%rsp), %rcx
	addq	$UREGS_error_code, %rsp
	movl	$0, (%rsp)
	movl	$VECTOR_LEGACY_SYSCALL, 4(%rsp)
	jmp	common_entry

/* #PF of a ring-1 guest; its rax is in the frame too. */
GLOBAL(page_fault_ring1)
	testb	$2, UREGS_cs(%rsp)
	jz	page_fault_slow
	cmpw	$0, TRAP_14(cs)(%rcx)
	je	page_fault_slow
	movq	%cr2, %r10
	movq	%r10, %r9
	shrq	$32, %r9			/* its LDT is found missing there */
	jnz	page_fault_slow
	CHECK_AND_MASK TRAP_14(mask_events), page_fault_slow
	movl	%r10d, VINFO_cr2_32(%r8)
	PUSH_FRAME
	movl	UREGS_error_code(%rsp), %r9d
	EX(.Lframe_fault, movl %r9d, -24(%r11))
	GO_TO_KERNEL TRAP_14(rip), TRAP_14(cs), 24

/* SYSENTER tells nothing of where it came from. EFLAGS are in the frame. */
GLOBAL(sysenter_ring1)
	orl	$EFLAGS_IF, UREGS_rflags(%rsp)
	movq	$3, UREGS_cs(%rsp)
	movq	$SEL_RING1_USER_DS32, UREGS_ss(%rsp)
	xorl	%r8d, %r8d
	movq	%r8, UREGS_rip(%rsp)
	movq	%r8, UREGS_rsp(%rsp)
	cmpq	%r8, VCPU_sysenter_entry(%rcx)
	je	sysenter_slow
	CHECK_AND_MASK VCPU_sysenter_masks, sysenter_slow
	PUSH_FRAME
	GO_TO_KERNEL VCPU_sysenter_entry, VCPU_sysenter_cs, 20

/* SYSCALL in 32-bit code: rip, rsp and EFLAGS are in the frame. */
GLOBAL(syscall_ring1)
	movq	$SEL_RING1_USER_CS32, UREGS_cs(%rsp)
	movq	$SEL_RING1_USER_DS32, UREGS_ss(%rsp)
	cmpq	$0, VCPU_syscall32_entry(%rcx)
	je	syscall_compat_slow
	CHECK_AND_MASK VCPU_syscall32_masks, syscall_compat_slow
	PUSH_FRAME
	GO_TO_KERNEL VCPU_syscall32_entry, VCPU_syscall32_cs, 20

	/* No stack to put a frame on. Nothing but scratch registers and rcx has changed. */
.Lframe_fault:
	movq	UREGS_rcx(%rsp), %rcx
	movl	$VECTOR_LEGACY_SYSCALL, UREGS_entry_vector(%rsp)
	jmp	frame_fault

/*
 * A hypercall of a ring-1 kernel: the gate is closed to ring 3. Number in eax,
 * arguments in ebx, ecx, edx, esi, edi, ebp, result in eax.
 */
ENTRY(hypercall32_entry)
	ASM_CLAC
	cld
	subq	$UREGS_rip, %rsp
	movl	$VECTOR_HYPERCALL_32, UREGS_entry_vector(%rsp)
	movq	%rax, UREGS_rax(%rsp)
	movq	%rbx, UREGS_rbx(%rsp)
	movq	%rcx, UREGS_rcx(%rsp)
	movq	%rdx, UREGS_rdx(%rsp)
	movq	%rsi, UREGS_rsi(%rsp)
	movq	%rdi, UREGS_rdi(%rsp)
	movq	%rbp, UREGS_rbp(%rsp)
	movl	%edi, %r8d
	movl	%ebp, %r9d
	movl	%ebx, %edi
	movl	%esi, %r10d
	movl	%ecx, %esi
	movl	%r10d, %ecx
	movl	%edx, %edx
	cmpl	$NR_HYPERCALLS, %eax
	jae	.Lbad_hypercall
	sbbq	%r11, %r11		/* all ones, for speculation too */
	andl	%r11d, %eax
	leaq	hypercall_table_32(%rip), %r11
	sti
	call	*(%r11,%rax,8)
	cli
.Lhypercall_done:
	cmpq	$HYPERCALL_RESTART_VALUE, %rax
	je	.Lhypercall_restart
	cmpl	$VECTOR_HYPERCALL_32, UREGS_entry_vector(%rsp)
	jne	ret_to_guest		/* the handler has written the frame */
	movl	%eax, %eax
	movq	%rax, UREGS_rax(%rsp)
	cmpl	$0, CPUINFO_softirq_pending(%rsp)
	jne	ret_to_guest
	movq	CPUINFO_current(%rsp), %rcx
	movq	VCPU_info(%rcx), %rcx
	cmpb	$0, VINFO_pending(%rcx)
	jne	ret_to_guest
	movq	UREGS_rbx(%rsp), %rbx
	movq	UREGS_rcx(%rsp), %rcx
	movq	UREGS_rdx(%rsp), %rdx
	movq	UREGS_rsi(%rsp), %rsi
	movq	UREGS_rdi(%rsp), %rdi
	movq	UREGS_rbp(%rsp), %rbp
	addq	$UREGS_rip, %rsp
	EX(guest_iret_refused, iretq)

.Lbad_hypercall:
	movq	$-38, %rax		/* -ENOSYS */
	jmp	.Lhypercall_done

.Lhypercall_restart:
	movq	%rsp, %rdi
	call	hypercall_rewind
	jmp	ret_to_guest

	.section .note.GNU-stack, "", @progbits
