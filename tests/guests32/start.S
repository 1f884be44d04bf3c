/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The assembly of a ring-1 test guest: what it tells the loader, its entry
 * point, a stub for each trap and callback, saved contexts, user mode.
 */
#include "arch.h"

/* Of the variants, see the Makefile. */
#ifdef OLD_NOTES
	.section __xen_guest, "", @progbits
	.ascii "GUEST_OS=testguest32,GUEST_VER=1,XEN_VER=xen-3.0,VIRT_BASE=", BASE_TEXT, ",", PADDR_TEXT
	.ascii "VIRT_ENTRY=", BASE_TEXT, ",HYPERCALL_PAGE=0x1,FEATURES=writable_page_tables"
	.ascii PAE_FEATURE
	.asciz "PAE=yes,LOADER=generic"
#else
#define NOTE(type, data...)			\
	.pushsection .note.Xen, "a", @note;	\
	.balign 4;				\
	.long	2f - 1f, 4f - 3f, type;		\
1:	.asciz	"Xen";				\
2:	.balign 4;				\
3:	data;					\
4:	.balign 4;				\
	.popsection
NOTE(6, .asciz "testguest32")		/* XEN_ELFNOTE_GUEST_OS */
NOTE(5, .asciz "xen-3.0")		/* XEN_ELFNOTE_XEN_VERSION */
NOTE(3, .long VIRT_BASE)		/* XEN_ELFNOTE_VIRT_BASE */
NOTE(4, .long 0)			/* XEN_ELFNOTE_PADDR_OFFSET */
NOTE(1, .long _start)			/* XEN_ELFNOTE_ENTRY */
NOTE(2, .long hypercall_page)		/* XEN_ELFNOTE_HYPERCALL_PAGE */
NOTE(9, .asciz PAE_TEXT)		/* XEN_ELFNOTE_PAE_MODE */
NOTE(12, .long 0xf5800000)		/* XEN_ELFNOTE_HV_START_LOW */
NOTE(10, .ascii "writable_page_tables|dom0"; .asciz PAE_FEATURE)	/* XEN_ELFNOTE_FEATURES */
NOTE(8, .asciz "generic")		/* XEN_ELFNOTE_LOADER */
#endif

	.text
	.globl _start
_start:
	cld
	movl	%esp, boot_esp
	movl	$boot_stack + STACK_BYTES, %esp
	xorl	%ebp, %ebp
	pushl	%esi
	call	lib_main
	ud2

	.balign 4096
	.globl hypercall_page
hypercall_page:
	.skip	4096

	/* A secondary vcpu starts here, on a stack with its argument. */
	.globl vcpu_start
vcpu_start:
	cld
	xorl	%ebp, %ebp
	call	vcpu_main
	ud2

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
	movl	$FLAT_RING1_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%esp, %eax
	cld
	pushl	%eax
	call	handle_trap
	addl	$4, %esp
	popl	%es
	popl	%ds
	popal
	addl	$8, %esp
	iret

	/* void iret_to(struct iret_frame *): an IRET with that frame as the top of the stack. */
	.globl iret_to
iret_to:
	movl	4(%esp), %esp
	iret

	/* void iret_hypercall(frame with eax below): the same by hypercall. */
	.globl iret_hypercall
iret_hypercall:
	movl	4(%esp), %esp
	movl	$23, %eax
	int	$0x82
	ud2

	/* What a handler costs that does nothing. */
	.globl empty_handler
	.balign 16
empty_handler:
	iret

	/* int save_context(struct context *): 0, or what restore_context was given. */
	.globl save_context
save_context:
	movl	4(%esp), %edx
	movl	(%esp), %eax
	movl	%eax, (%edx)
	leal	4(%esp), %eax
	movl	%eax, 4(%edx)
	movl	%ebx, 8(%edx)
	movl	%ebp, 12(%edx)
	movl	%esi, 16(%edx)
	movl	%edi, 20(%edx)
	xorl	%eax, %eax
	ret

	.globl restore_context
restore_context:
	movl	4(%esp), %edx
	movl	8(%esp), %eax
	movl	4(%edx), %esp
	movl	8(%edx), %ebx
	movl	12(%edx), %ebp
	movl	16(%edx), %esi
	movl	20(%edx), %edi
	pushl	(%edx)
	ret

	/* User functions return to here: back to the kernel, their result in ebx. */
	.section .user, "ax"
	.globl user_return
user_return:
	movl	%eax, %ebx
	movl	$USER_EXIT, %eax
	int	$0x80
	ud2
	.globl user_sysenter
user_sysenter:				/* the stack pointer goes in ebp */
	pushl	%ebp
	movl	%esp, %ebp
	movl	$0x5e5e, %eax
	sysenter
	ud2
	.globl user_syscall
user_syscall:
	movl	$0x5c5c, %eax
	syscall
	.globl user_after_syscall
user_after_syscall:
	ret

	.bss
	.balign 4096
	.globl boot_stack, kernel_stack, user_stack, boot_esp, vcpu_stack
boot_stack:
	.skip	STACK_BYTES
kernel_stack:
	.skip	STACK_BYTES
vcpu_stack:
	.skip	STACK_BYTES
boot_esp:
	.skip	4

	.section .user
	.balign 4096
user_stack:
	.skip	STACK_BYTES

	.section .note.GNU-stack, "", @progbits
