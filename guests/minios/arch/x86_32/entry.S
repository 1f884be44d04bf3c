/* SPDX-License-Identifier: MIT */
/*
 * All the assembly of the 32-bit kernel: the first instruction, the way in for
 * traps and events and out of them, and the switch from one thread to another.
 */
#include <xen/xen.h>

	.text
/*
 * The first instruction: esi is the address of start_info, the page tables and
 * flat segments are in place, events are masked, and esp is a small boot stack,
 * which is left at once for one of known size.
 */
	.globl _start
_start:
	cld
	movl	$boot_stack_end, %esp
	xorl	%ebp, %ebp
	subl	$12, %esp		/* arguments end at a multiple of 16 */
	pushl	%esi
	call	start_kernel
	ud2

/* The domain builder fills this page with code, told by a note (kernel/notes.S). */
	.balign	4096
	.globl hypercall_page
hypercall_page:
	.skip	4096

/*
 * Way in. The hypervisor has pushed a frame like the processor's, with an error
 * code for the vectors that have one: bits of 8, 10-14, 17.
 */
	.balign	16
	.globl trap_entries
trap_entries:
	vector = 0
	.rept	32
	.balign	16
	.if	!((0x27d00 >> vector) & 1)
	pushl	$0
	.endif
	pushl	$vector
	jmp	enter
	vector = vector + 1
	.endr

	.globl event_entry
event_entry:
	pushl	$0
	pushl	$VECTOR_EVENT
	jmp	enter

/* Returning to us failed: four selectors lie on top of the frame. */
	.globl failsafe_entry
failsafe_entry:
	addl	$16, %esp
	pushl	$0
	pushl	$VECTOR_FAILSAFE
	jmp	enter

enter:
	pushal
	cld
	movl	%esp, %eax
	movl	%esp, %ebx		/* kept by C: the way back from alignment */
	andl	$-16, %esp
	subl	$12, %esp
	pushl	%eax
	call	handle_trap
	movl	%ebx, %esp
	popal
	addl	$8, %esp
/*
 * Way out: only the hypervisor can restore the event mask, which is IF in the
 * saved flags, and jump in one step. It takes eax and the frame from the stack.
 */
	pushl	%eax
	movl	$__HYPERVISOR_iret, %eax
	int	$0x82
	ud2

/*
 * switch_stacks(void **from, void *to): what C expects to survive a call goes onto
 * the stack that is left, and comes from the one that is entered.
 */
	.globl switch_stacks
switch_stacks:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	%edx, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.bss
	.balign	16
	.skip	16384
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
