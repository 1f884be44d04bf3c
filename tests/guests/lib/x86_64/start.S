/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The assembly of a 64-bit test guest: its notes, its entry point, one stub
 * for each trap and callback, saved contexts, and the way into user mode.
 * Only this file and arch.h know the layout of frames.
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

NOTE(6, .asciz "testguest")		/* XEN_ELFNOTE_GUEST_OS */
NOTE(5, .asciz "xen-3.0")		/* XEN_ELFNOTE_XEN_VERSION */
NOTE(3, .quad VIRT_BASE)		/* XEN_ELFNOTE_VIRT_BASE */
NOTE(4, .quad 0)			/* XEN_ELFNOTE_PADDR_OFFSET */
NOTE(1, .quad _start)			/* XEN_ELFNOTE_ENTRY */
NOTE(2, .quad hypercall_page)		/* XEN_ELFNOTE_HYPERCALL_PAGE */
NOTE(10, .asciz "writable_page_tables|dom0")	/* XEN_ELFNOTE_FEATURES */
NOTE(8, .asciz "generic")		/* XEN_ELFNOTE_LOADER */

	.text
	.globl _start
_start:
	cld
	movq	%rsp, boot_sp
	leaq	boot_stack + STACK_BYTES(%rip), %rsp
	xorl	%ebp, %ebp
	movq	%rsi, %rdi
	call	lib_main
	ud2

/* A secondary vcpu: rdi = its number, rsi = the function to run on its stack. */
	.globl vcpu_start
vcpu_start:
	cld
	xorl	%ebp, %ebp
	call	vcpu_main
	ud2

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.skip	4096

/* A trap frame has rcx and r11 on top; behind them an error code, for some. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	vec = 0
	.rept 256
	.balign 16
	popq	%rcx
	popq	%r11
	.if !((vec == 8) || (vec == 10) || (vec == 11) || (vec == 12) || (vec == 13) || (vec == 14) || (vec == 17))
	pushq	$0
	.endif
	.byte	0x68		/* pushq $vec, always long */
	.long	vec
	jmp	common
	vec = vec + 1
	.endr

.macro CALLBACK name vector
	.globl \name
	.balign 16
\name:
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$\vector
	jmp	common
.endm
CALLBACK event_callback VEC_EVENT
CALLBACK syscall_callback VEC_SYSCALL
CALLBACK nmi_callback VEC_NMI
CALLBACK sysenter_callback VEC_SYSENTER
CALLBACK syscall32_callback VEC_SYSCALL32

	.globl failsafe_callback
	.balign 16
failsafe_callback:
	popq	%rcx
	popq	%r11
	popq	failsafe_selectors(%rip)
	popq	failsafe_selectors + 8(%rip)
	popq	failsafe_selectors + 16(%rip)
	popq	failsafe_selectors + 24(%rip)
	pushq	$0
	pushq	$VEC_FAILSAFE
common:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	cld
	call	handle_trap
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
iret_hypercall:
	pushq	$0
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$23, %eax		/* __HYPERVISOR_iret */
	syscall
	ud2

/* rdi = struct iret_frame: go there by the iret hypercall, with its registers. */
	.globl do_iret_frame
do_iret_frame:
	movq	%rdi, %rsp
	movq	72(%rdi), %rsi		/* second argument of what is entered */
	movq	80(%rdi), %rdi
	movl	$23, %eax
	syscall
	ud2

/* int save_context(struct context *): 0, and what restore_context was given when that comes back. */
	.globl save_context
save_context:
	movq	(%rsp), %rax
	movq	%rax, (%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, 8(%rdi)
	movq	%rbx, 16(%rdi)
	movq	%rbp, 24(%rdi)
	movq	%r12, 32(%rdi)
	movq	%r13, 40(%rdi)
	movq	%r14, 48(%rdi)
	movq	%r15, 56(%rdi)
	xorl	%eax, %eax
	ret

	.globl restore_context
restore_context:
	movq	%rsi, %rax
	movq	8(%rdi), %rsp
	movq	16(%rdi), %rbx
	movq	24(%rdi), %rbp
	movq	32(%rdi), %r12
	movq	40(%rdi), %r13
	movq	48(%rdi), %r14
	movq	56(%rdi), %r15
	pushq	(%rdi)
	ret

/* User functions return to here: back to the kernel by SYSCALL, their result in rdi. */
	.globl user_return
user_return:
	movq	%rax, %rdi
	movl	$USER_EXIT, %eax
	syscall
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
