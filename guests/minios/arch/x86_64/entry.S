/* SPDX-License-Identifier: MIT */
/*
 * All the assembly of the 64-bit kernel: the first instruction, the way in for
 * traps and events and out of them, and the switch from one thread to another.
 */
#include <xen/xen.h>

	.text
/*
 * The first instruction: rsi is the address of start_info, the page tables and
 * flat segments are in place, events are masked, and rsp is a small boot stack,
 * which is left at once for one of known size.
 */
	.globl _start
_start:
	cld
	leaq	boot_stack_end(%rip), %rsp
	xorl	%ebp, %ebp
	movq	%rsi, %rdi
	call	start_kernel
	ud2

/* The domain builder fills this page with code, told by a note (kernel/notes.S). */
	.balign	4096
	.globl hypercall_page
hypercall_page:
	.skip	4096

/*
 * Way in. The hypervisor has pushed a frame like the processor's, with an error
 * code for the vectors that have one, and rcx and r11 on top of it. Masks say what
 * a vector pushes: bits of 8, 10-14, 17.
 */
	.balign	16
	.globl trap_entries
trap_entries:
	vector = 0
	.rept	32
	.balign	16
	popq	%rcx
	popq	%r11
	.if	!((0x27d00 >> vector) & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	enter
	vector = vector + 1
	.endr

	.globl event_entry
event_entry:
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$VECTOR_EVENT
	jmp	enter

/* Returning to us failed: four selectors lie between r11 and the frame. */
	.globl failsafe_entry
failsafe_entry:
	popq	%rcx
	popq	%r11
	addq	$32, %rsp
	pushq	$0
	pushq	$VECTOR_FAILSAFE
	jmp	enter

/*
 * The stack is a multiple of 16 here, as C wants it: the hypervisor aligns the
 * frame, and what lies on top are 22 words.
 */
enter:
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	call	handle_trap
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$16, %rsp
/*
 * Way out: only the hypervisor can restore the event mask, which is IF in the
 * saved flags, and jump in one step. It takes struct iret_context from the stack.
 */
	pushq	$0			/* flags: restore rcx and r11 as well */
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$__HYPERVISOR_iret, %eax
	syscall
	ud2

/*
 * switch_stacks(void **from, void *to): what C expects to survive a call goes onto
 * the stack that is left, and comes from the one that is entered.
 */
	.globl switch_stacks
switch_stacks:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

	.bss
	.balign	16
	.skip	16384
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
