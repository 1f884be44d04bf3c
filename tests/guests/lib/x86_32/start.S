/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The assembly of a ring-1 test guest: its notes, its entry point, one stub
 * for each trap and callback, saved contexts, and the way into user mode.
 * Only this file and abi.h know the layout of frames. Functions take their
 * arguments in eax and edx. ds and es are ring 3's all the time, which ring 1
 * may use too, so that user mode keeps them.
 */
#include "arch.h"

#define NOTE(type, data...)			\
	.pushsection .note.Xen, "a", @note;	\
	.balign 4;				\
	.long	2f - 1f, 4f - 3f, type;		\
1:	.asciz	"Xen";				\
2:	.balign 4;				\
3:	data;					\
4:	.balign 4;				\
	.popsection

/* Variants of the ring-1 kernel tell the loader in other words: see the Makefile. */
#ifndef PAE_TEXT
#define PAE_TEXT	"yes"
#define MORE_FEATURES	"|pae_pgdir_above_4gb"
#endif
#ifdef OLD_NOTES
	.section __xen_guest, "", @progbits
	.ascii	"GUEST_OS=testguest,GUEST_VER=1,XEN_VER=xen-3.0,VIRT_BASE=", OLD_BASE, ",", OLD_OFFSET
	.ascii	"VIRT_ENTRY=", OLD_BASE, ",HYPERCALL_PAGE=0x1,FEATURES=writable_page_tables", MORE_FEATURES
	.asciz	",PAE=yes,LOADER=generic"
#else
NOTE(6, .asciz "testguest")		/* XEN_ELFNOTE_GUEST_OS */
NOTE(5, .asciz "xen-3.0")		/* XEN_ELFNOTE_XEN_VERSION */
NOTE(3, .long VIRT_BASE)		/* XEN_ELFNOTE_VIRT_BASE */
NOTE(4, .long 0)			/* XEN_ELFNOTE_PADDR_OFFSET */
NOTE(1, .long _start)			/* XEN_ELFNOTE_ENTRY */
NOTE(2, .long hypercall_page)		/* XEN_ELFNOTE_HYPERCALL_PAGE */
NOTE(9, .asciz PAE_TEXT)		/* XEN_ELFNOTE_PAE_MODE */
NOTE(12, .long 0xf5800000)		/* XEN_ELFNOTE_HV_START_LOW */
NOTE(10, .ascii "writable_page_tables|dom0"; .asciz MORE_FEATURES)	/* XEN_ELFNOTE_FEATURES */
NOTE(8, .asciz "generic")		/* XEN_ELFNOTE_LOADER */
#endif

.macro FLAT_DATA with
	movl	$FLAT_USER_DATA, \with
	movl	\with, %ds
	movl	\with, %es
.endm

	.text
	.globl _start
_start:
	cld
	movl	%esp, boot_sp
	movw	%ds, boot_ds
	movl	$boot_stack + STACK_BYTES, %esp
	xorl	%ebp, %ebp
	FLAT_DATA %eax
	movl	%esi, %eax
	call	lib_main
	ud2

/* A secondary vcpu: edi = its number. */
	.globl vcpu_start
vcpu_start:
	cld
	xorl	%ebp, %ebp
	FLAT_DATA %eax
	movl	%edi, %eax
	call	vcpu_main
	ud2

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.skip	4096

	.balign 16
	.globl trap_stubs
trap_stubs:
	vec = 0
	.rept 256
	.balign 16
	.if !((vec == 8) || (vec == 10) || (vec == 11) || (vec == 12) || (vec == 13) || (vec == 14) || (vec == 17))
	pushl	$0
	.endif
	.byte	0x68		/* pushl $vec, always long */
	.long	vec
	jmp	common
	vec = vec + 1
	.endr

.macro CALLBACK name vector
	.globl \name
	.balign 16
\name:
	pushl	$0
	pushl	$\vector
	jmp	common
.endm
CALLBACK event_callback VEC_EVENT
CALLBACK nmi_callback VEC_NMI
CALLBACK sysenter_callback VEC_SYSENTER
CALLBACK syscall32_callback VEC_SYSCALL32

	.globl failsafe_callback
	.balign 16
failsafe_callback:
	popl	failsafe_selectors
	popl	failsafe_selectors + 4
	popl	failsafe_selectors + 8
	popl	failsafe_selectors + 12
	pushl	$0
	pushl	$VEC_FAILSAFE
common:
	pushal
	pushl	%ds
	pushl	%es
	FLAT_DATA %eax
	movl	%esp, %eax
	cld
	call	handle_trap
	testb	%al, %al
	popl	%es
	popl	%ds
	popal
	leal	8(%esp), %esp
	jz	iret_hypercall
	iret
iret_hypercall:			/* which sets the upcall mask, too, and lets the next NMI in */
	pushl	%eax
	movl	$23, %eax		/* __HYPERVISOR_iret */
	int	$0x82
	ud2

/* eax = struct iret_frame: go there by the iret hypercall, with its arguments for edx and, in the frame, eax. */
	.globl do_iret_frame
do_iret_frame:
	movl	%eax, %esp
	movl	40(%eax), %edx
	movl	44(%eax), %ecx
	movl	%ecx, (%eax)
	movl	$23, %eax
	int	$0x82
	ud2

/* int save_context(struct context *): 0, and what restore_context was given when that comes back. */
	.globl save_context
save_context:
	movl	(%esp), %edx
	movl	%edx, (%eax)
	leal	4(%esp), %edx
	movl	%edx, 4(%eax)
	movl	%ebx, 8(%eax)
	movl	%ebp, 12(%eax)
	movl	%esi, 16(%eax)
	movl	%edi, 20(%eax)
	xorl	%eax, %eax
	ret

	.globl restore_context
restore_context:
	movl	4(%eax), %esp
	movl	8(%eax), %ebx
	movl	12(%eax), %ebp
	movl	16(%eax), %esi
	movl	20(%eax), %edi
	pushl	(%eax)
	movl	%edx, %eax
	ret

/* User functions return to here: back to the kernel by an int gate, their result in edi. */
	.globl user_return
user_return:
	movl	%eax, %edi
	movl	$USER_EXIT, %eax
	int	$0x80
	ud2

	.bss
	.balign STACK_BYTES
	.globl boot_stack
boot_stack:
	.skip	STACK_BYTES
	.globl kernel_stack
kernel_stack:
	.skip	STACK_BYTES
	.globl user_stack
user_stack:
	.skip	STACK_BYTES
	.globl vcpu_stacks
vcpu_stacks:
	.skip	STACK_BYTES * 2 * MAX_VCPUS

	.section .note.GNU-stack, "", @progbits
