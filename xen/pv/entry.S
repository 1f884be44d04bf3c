/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way into the hypervisor and out of it.
 *
 * A guest's registers go into struct cpu_info at the top of the CPU's stack
 * (arch/regs.h). Three paths are hot and stay in this file, without C, a full
 * register save or a lock: a system call of a 64-bit guest's user space, its
 * kernel's iret hypercall, and a page fault of its user space. Whatever they
 * cannot handle at a glance they leave untouched and hand to the general path,
 * which saves everything and calls C.
 *
 * Interrupts are off in this file except around a hypercall's handler.
 */
#include <arch/asm_macros.h>
#include <arch/layout.h>
#include <arch/vectors.h>
#include <public/xen.h>
#include <common/hypercall_numbers.h>
#include "asm-offsets.h"

#define PV_KERNEL_MODE		1
#define PV_RING1		2
#define PV_IN_NMI		8
#define HYPERVISOR_RANGE	0x1ffff0	/* address >> 43 of the hypervisor's range */
#define IRET_rax		0		/* struct iret_context on the guest's stack */
#define IRET_r11		8
#define IRET_rcx		16
#define IRET_rip		32
#define IRET_cs			40
#define IRET_rflags		48
#define IRET_rsp		56
#define IRET_ss			64
#define EFLAGS_IF		0x200
#define EFLAGS_KERNEL_ENTRY	0x202		/* IF and the bit that is always set */
#define EFLAGS_USER_PLAIN	0x00240cd5	/* what user space may hold and that needs no thought */
#define EFLAGS_IOPL		0x3000
#define EFLAGS_VM		0x20000
#define ENTRY_SYSCALL		0x100
#define ENTRY_SYSENTER		0x101

/* An instruction that touches guest memory (or loads guest state) and where a fault of it goes. */
#define EX(fixup, insn...)	88: insn; ASM_EXTABLE 88b, fixup

	.text

/* The general-purpose registers but rax, rcx, r11, r10.. into the frame at off(%rsp). */
.macro SAVE_GPRS off=0
	movq	%rdi, UREGS_rdi - \off(%rsp)
	movq	%rsi, UREGS_rsi - \off(%rsp)
	movq	%rdx, UREGS_rdx - \off(%rsp)
	movq	%r8,  UREGS_r8 - \off(%rsp)
	movq	%r9,  UREGS_r9 - \off(%rsp)
	movq	%r10, UREGS_r10 - \off(%rsp)
	movq	%rbx, UREGS_rbx - \off(%rsp)
	movq	%rbp, UREGS_rbp - \off(%rsp)
	movq	%r12, UREGS_r12 - \off(%rsp)
	movq	%r13, UREGS_r13 - \off(%rsp)
	movq	%r14, UREGS_r14 - \off(%rsp)
	movq	%r15, UREGS_r15 - \off(%rsp)
.endm

.macro SAVE_ALL off=0
	movq	%rax, UREGS_rax - \off(%rsp)
	movq	%rcx, UREGS_rcx - \off(%rsp)
	movq	%r11, UREGS_r11 - \off(%rsp)
	SAVE_GPRS \off
.endm

.macro RESTORE_ALL
	movq	UREGS_r15(%rsp), %r15
	movq	UREGS_r14(%rsp), %r14
	movq	UREGS_r13(%rsp), %r13
	movq	UREGS_r12(%rsp), %r12
	movq	UREGS_rbp(%rsp), %rbp
	movq	UREGS_rbx(%rsp), %rbx
	movq	UREGS_r11(%rsp), %r11
	movq	UREGS_r10(%rsp), %r10
	movq	UREGS_r9(%rsp), %r9
	movq	UREGS_r8(%rsp), %r8
	movq	UREGS_rax(%rsp), %rax
	movq	UREGS_rcx(%rsp), %rcx
	movq	UREGS_rdx(%rsp), %rdx
	movq	UREGS_rsi(%rsp), %rsi
	movq	UREGS_rdi(%rsp), %rdi
.endm

/* A 64-bit guest's user space goes to its kernel; %rcx is the vcpu, \tmp is spoilt. */
.macro TO_GUEST_KERNEL tmp
	movq	VCPU_kernel_root(%rcx), \tmp
	movq	\tmp, %cr3
	movq	\tmp, CPUINFO_root(%rsp)
	swapgs
	orl	$PV_KERNEL_MODE, VCPU_flags(%rcx)
.endm

/*
 * SYSCALL from 64-bit code. The CPU's stub (arch/x86/desc.c) has put the
 * guest's rsp into the frame and this CPU's cpu_info into rsp.
 * rcx = guest rip, r11 = guest rflags.
 */
ENTRY(syscall_entry)
	movq	%rcx, UREGS_rip(%rsp)
	movq	%r11, UREGS_rflags(%rsp)
	movq	CPUINFO_current(%rsp), %rcx
	testb	$PV_KERNEL_MODE, VCPU_flags(%rcx)
	jnz	.Lhypercall

	/* User space: a frame on the kernel's stack, and off to its callback. */
	movq	%rax, UREGS_rax(%rsp)
	movq	VCPU_info(%rcx), %rax
	cmpb	$0, VINFO_mask(%rax)
	jne	.Lsyscall_masked
	movb	VCPU_syscall_masks(%rcx), %r11b
	movb	%r11b, VINFO_mask(%rax)
	TO_GUEST_KERNEL %rax
	movq	VCPU_kernel_sp(%rcx), %r11
	ASM_STAC
	movq	UREGS_rsp(%rsp), %rax
	EX(.Lbounce_fault, movq $SEL_RING3_DS32, -8(%r11))
	EX(.Lbounce_fault, movq %rax, -16(%r11))
	movq	UREGS_rflags(%rsp), %rax
	EX(.Lbounce_fault, movq %rax, -48(%r11))
	orl	VCPU_shown_iopl(%rcx), %eax
	EX(.Lbounce_fault, movq %rax, -24(%r11))
	EX(.Lbounce_fault, movq $SEL_RING3_CS64, -32(%r11))
	movq	UREGS_rip(%rsp), %rax
	EX(.Lbounce_fault, movq %rax, -40(%r11))
	EX(.Lbounce_fault, movq %rax, -56(%r11))
	movq	VCPU_syscall_entry(%rcx), %rcx
	movq	UREGS_rax(%rsp), %rax
	leaq	-56(%r11), %rsp
	movl	$EFLAGS_KERNEL_ENTRY, %r11d
	sysretq

	/* The kernel's stack is not there: rax is saved, rcx and r11 are what SYSCALL made them. */
.Lbounce_fault:
	ASM_CLAC
	movq	UREGS_rip(%rsp), %rcx
	movq	UREGS_rflags(%rsp), %r11
	movq	UREGS_rax(%rsp), %rax
	call	.Lsave_syscall_frame
	leaq	bounce_fault(%rip), %rax
	jmp	.Lcall_and_exit

	/* User space with events masked: legal, and rare. */
.Lsyscall_masked:
	movq	UREGS_rip(%rsp), %rcx
	movq	UREGS_rflags(%rsp), %r11
	movq	UREGS_rax(%rsp), %rax
	call	.Lsave_syscall_frame
	leaq	do_guest_syscall(%rip), %rax
	jmp	.Lcall_and_exit

/* Complete the frame of a SYSCALL; entered by call, so the frame is 8 bytes up. */
.Lsave_syscall_frame:
	SAVE_ALL -8
	movq	$SEL_RING3_CS64, UREGS_cs+8(%rsp)
	movq	$SEL_RING3_DS32, UREGS_ss+8(%rsp)
	movl	$0, UREGS_error_code+8(%rsp)
	movl	$ENTRY_SYSCALL, UREGS_entry_vector+8(%rsp)
	ret

/* rax = void function(struct cpu_regs *); then out to the guest. */
.Lcall_and_exit:
	movq	%rsp, %rdi
	sti
	call	*%rax
	cli
	jmp	ret_to_guest

.Lhypercall:
	cmpl	$__HYPERVISOR_iret, %eax
	je	.Lfast_iret
.Lhypercall_c:
	movq	%rax, UREGS_rax(%rsp)
	movq	%r11, UREGS_r11(%rsp)
	SAVE_GPRS
	movq	UREGS_rip(%rsp), %rcx
	movq	%rcx, UREGS_rcx(%rsp)
	movq	$SEL_RING3_CS64, UREGS_cs(%rsp)
	movq	$SEL_RING3_DS32, UREGS_ss(%rsp)
	movl	$ENTRY_SYSCALL, UREGS_entry_vector(%rsp)
	movq	%r10, %rcx
	cmpq	$NR_HYPERCALLS, %rax
	jae	.Lbad_hypercall
	sbbq	%r11, %r11		/* all ones, for speculation too */
	andq	%r11, %rax
	leaq	hypercall_table(%rip), %r11
	sti
	call	*(%r11,%rax,8)
	cli
.Lhypercall_done:
	cmpq	$HYPERCALL_RESTART_VALUE, %rax
	je	.Lhypercall_restart
	cmpl	$ENTRY_SYSCALL, UREGS_entry_vector(%rsp)
	jne	ret_to_guest		/* the handler has written the frame */
	movq	%rax, UREGS_rax(%rsp)
	cmpl	$0, CPUINFO_softirq_pending(%rsp)
	jne	ret_to_guest
	movq	CPUINFO_current(%rsp), %rcx
	movq	VCPU_info(%rcx), %rcx
	cmpb	$0, VINFO_pending(%rcx)
	jne	ret_to_guest
	/* SYSRET to a non-canonical address faults in ring 0 on some CPUs. */
	movq	UREGS_rip(%rsp), %rcx
	movq	%rcx, %r11
	sarq	$47, %r11
	incq	%r11
	cmpq	$1, %r11
	ja	ret_to_guest
	movq	UREGS_rflags(%rsp), %r11
	movq	UREGS_r10(%rsp), %r10
	movq	UREGS_r9(%rsp), %r9
	movq	UREGS_r8(%rsp), %r8
	movq	UREGS_rdx(%rsp), %rdx
	movq	UREGS_rsi(%rsp), %rsi
	movq	UREGS_rdi(%rsp), %rdi
	movq	UREGS_rsp(%rsp), %rsp
	sysretq

.Lbad_hypercall:
	movq	$-38, %rax		/* -ENOSYS */
	jmp	.Lhypercall_done

.Lhypercall_restart:
	movq	%rsp, %rdi
	call	hypercall_rewind
	jmp	ret_to_guest

/*
 * The iret hypercall, of the kernel back to user space. rcx = vcpu.
 * The guest's frame is read once; nothing is changed before all of it is known
 * good. Selectors and rip are the guest's choice: IRETQ itself judges them.
 */
.Lfast_iret:
	movq	UREGS_rsp(%rsp), %rax
	movq	%rax, %r11
	shrq	$43, %r11
	cmpl	$HYPERVISOR_RANGE, %r11d
	je	.Lslow_iret_r11
	cmove	%r11, %rax			/* nor where that branch was guessed wrong */
	movq	%rdx, UREGS_rdx(%rsp)
	ASM_STAC
	EX(.Lslow_iret, movzwl IRET_cs(%rax), %r11d)
	movq	%r11, UREGS_cs(%rsp)
	notl	%r11d
	testb	$3, %r11b
	jnz	.Lslow_iret			/* to the kernel itself */
	EX(.Lslow_iret, movl IRET_rflags(%rax), %r11d)
	movl	%r11d, %edx
	andl	$(EFLAGS_USER_PLAIN | EFLAGS_IF), %r11d
	movq	%r11, UREGS_rflags(%rsp)
	andl	$~(EFLAGS_USER_PLAIN | EFLAGS_IOPL | 2), %edx
	cmpl	VCPU_iret_plain_flags(%rcx), %edx	/* events on, and nothing odd */
	jne	.Lslow_iret
	EX(.Lslow_iret, movzwl IRET_ss(%rax), %edx)
	orl	$3, %edx
	movq	%rdx, UREGS_ss(%rsp)
	EX(.Lslow_iret, movq IRET_rip(%rax), %rdx)
	movq	%rdx, UREGS_rip(%rsp)
	EX(.Lslow_iret, movq IRET_rsp(%rax), %rdx)
	movq	%rdx, UREGS_r15(%rsp)
	EX(.Lslow_iret, movq IRET_rcx(%rax), %rdx)
	movq	%rdx, UREGS_rcx(%rsp)
	EX(.Lslow_iret, movq IRET_r11(%rax), %r11)
	EX(.Lslow_iret, movq IRET_rax(%rax), %rax)
	ASM_CLAC
	movq	VCPU_info(%rcx), %rdx
	movb	$0, VINFO_mask(%rdx)
	cmpb	$0, VINFO_pending(%rdx)
	jne	.Lslow_iret
	movq	VCPU_user_root(%rcx), %rdx
	testq	%rdx, %rdx
	jz	.Lslow_iret
	movq	%rdx, %cr3
	movq	%rdx, CPUINFO_root(%rsp)
	andl	$~(PV_KERNEL_MODE | PV_IN_NMI), VCPU_flags(%rcx)
	swapgs
	movq	UREGS_r15(%rsp), %rdx
	movq	%rdx, UREGS_rsp(%rsp)
	movq	UREGS_rdx(%rsp), %rdx
	movq	UREGS_rcx(%rsp), %rcx
	leaq	UREGS_rip(%rsp), %rsp
	EX(guest_iret_refused, iretq)

	/* Let C look at it from the start: rdx saved, rax was the hypercall's number. */
.Lslow_iret:
	ASM_CLAC
	movq	UREGS_rdx(%rsp), %rdx
.Lslow_iret_r11:
	movl	$__HYPERVISOR_iret, %eax
	xorl	%ecx, %ecx
	xorl	%r11d, %r11d
	call	.Lsave_syscall_frame
	leaq	do_guest_iret(%rip), %rax
	jmp	.Lcall_and_exit

/* SYSCALL from 32-bit code, and SYSENTER: the stub has done the same as above. */
ENTRY(syscall_compat_entry)
	movl	%ecx, %ecx
	movq	%rcx, UREGS_rip(%rsp)
	movq	%r11, UREGS_rflags(%rsp)
	movq	%rcx, UREGS_rcx(%rsp)
	movq	CPUINFO_current(%rsp), %rcx
	testb	$PV_RING1, VCPU_flags(%rcx)
	jnz	syscall_ring1
GLOBAL(syscall_compat_slow)
	movq	UREGS_rcx(%rsp), %rcx
	call	.Lsave_syscall_frame
	movq	$SEL_RING3_CS32, UREGS_cs(%rsp)
	leaq	do_guest_syscall32(%rip), %rax
	jmp	.Lcall_and_exit

ENTRY(sysenter_entry)
	pushfq
	popq	UREGS_rflags(%rsp)
	pushq	$2			/* SYSENTER keeps TF, AC and NT */
	popfq
	ASM_CLAC
	movq	%rcx, UREGS_rcx(%rsp)
	movq	CPUINFO_current(%rsp), %rcx
	testb	$PV_RING1, VCPU_flags(%rcx)
	jnz	sysenter_ring1
GLOBAL(sysenter_slow)
	movq	UREGS_rcx(%rsp), %rcx
	movq	$0, UREGS_rip(%rsp)
	call	.Lsave_syscall_frame
	movq	$0, UREGS_rsp(%rsp)
	movq	$3, UREGS_cs(%rsp)
	movl	$ENTRY_SYSENTER, UREGS_entry_vector(%rsp)
	orq	$EFLAGS_IF, UREGS_rflags(%rsp)
	leaq	do_guest_sysenter(%rip), %rax
	jmp	.Lcall_and_exit

/*
 * Out to the guest of this CPU's frame: deferred work, pending events, then
 * every register. Interrupts off.
 */
ENTRY(ret_to_guest)
	cmpl	$0, CPUINFO_softirq_pending(%rsp)
	jne	.Lexit_work
	movq	CPUINFO_current(%rsp), %rcx
	movq	VCPU_info(%rcx), %rcx
	cmpb	$0, VINFO_pending(%rcx)
	jne	.Lexit_work
	jmp	.Lrestore
.Lexit_work:
	movq	%rsp, %rdi
	call	exit_to_guest_work	/* returns with interrupts off, frame final */
.Lrestore:
	RESTORE_ALL
	leaq	UREGS_rip(%rsp), %rsp
	EX(guest_iret_refused, iretq)

	/*
	 * IRETQ refused the frame (a selector that a descriptor write made
	 * invalid, a non-canonical rip). The guest's frame is still in place
	 * below the top; its kernel gets the failsafe callback or the trap.
	 * The general exception path jumps here with the ordinary stack.
	 */
GLOBAL(guest_iret_refused)
	leaq	-UREGS_rip(%rsp), %rsp
	SAVE_ALL
	leaq	guest_iret_fault(%rip), %rax
	jmp	.Lcall_and_exit

/* C entry for a vcpu that has just been switched in: rdi = cpu_info. */
ENTRY(resume_guest)
	movq	%rdi, %rsp
	jmp	ret_to_guest

/* rdi = cpu_info, rsi = function: run it on an empty stack; it does not return. */
ENTRY(reset_stack_and_jump)
	movq	%rdi, %rsp
	subq	$8, %rsp
	andq	$-16, %rsp
	xorl	%ebp, %ebp
	call	*%rsi
	ud2

/*
 * Page faults. From a 64-bit guest's user space, at an address of its own,
 * straight to its handler. The error code has been pushed: rsp stands at it.
 */
ENTRY(page_fault_entry)
	ASM_CLAC
	testb	$3, 16(%rsp)
	jz	.Lfault_generic
	subq	$UREGS_error_code, %rsp
	movq	%rcx, UREGS_rcx(%rsp)
	movq	%rax, UREGS_rax(%rsp)
	movq	CPUINFO_current(%rsp), %rcx
	testb	$(PV_KERNEL_MODE | PV_RING1), VCPU_flags(%rcx)
	jnz	.Lfault_not_user64
	movq	%rdx, UREGS_rdx(%rsp)
	movq	VCPU_info(%rcx), %rax
	cmpb	$0, VINFO_mask(%rax)
	jne	.Lfault_slow_rdx
	cmpw	$0, VCPU_trap + 14 * TRAP_sizeof + TRAP_cs(%rcx)
	je	.Lfault_slow_rdx
	movq	%cr2, %rdx
	movq	%rdx, CPUINFO_scratch(%rsp)
	shrq	$43, %rdx
	cmpl	$HYPERVISOR_RANGE, %edx
	je	.Lfault_slow_rdx
	movq	CPUINFO_scratch(%rsp), %rdx
	movq	%rdx, VINFO_cr2(%rax)
	movb	VCPU_trap + 14 * TRAP_sizeof + TRAP_mask_events(%rcx), %dl
	movb	%dl, VINFO_mask(%rax)
	TO_GUEST_KERNEL %rax
	movq	VCPU_kernel_sp(%rcx), %rdx
	ASM_STAC
	movq	UREGS_ss(%rsp), %rax
	EX(.Lfault_bounce_fault, movq %rax, -8(%rdx))
	movq	UREGS_rsp(%rsp), %rax
	EX(.Lfault_bounce_fault, movq %rax, -16(%rdx))
	movq	UREGS_rflags(%rsp), %rax
	orl	VCPU_shown_iopl(%rcx), %eax
	EX(.Lfault_bounce_fault, movq %rax, -24(%rdx))
	movzwl	UREGS_cs(%rsp), %eax
	EX(.Lfault_bounce_fault, movq %rax, -32(%rdx))
	movq	UREGS_rip(%rsp), %rax
	EX(.Lfault_bounce_fault, movq %rax, -40(%rdx))
	movl	UREGS_error_code(%rsp), %eax
	EX(.Lfault_bounce_fault, movq %rax, -48(%rdx))
	EX(.Lfault_bounce_fault, movq %r11, -56(%rdx))
	movq	UREGS_rcx(%rsp), %rax
	EX(.Lfault_bounce_fault, movq %rax, -64(%rdx))
	leaq	-64(%rdx), %r11
	movq	VCPU_trap + 14 * TRAP_sizeof + TRAP_rip(%rcx), %rcx
	movq	UREGS_rax(%rsp), %rax
	movq	UREGS_rdx(%rsp), %rdx
	movq	%r11, %rsp
	movl	$EFLAGS_KERNEL_ENTRY, %r11d
	sysretq

.Lfault_bounce_fault:
	ASM_CLAC
	movq	UREGS_rdx(%rsp), %rdx
	movq	UREGS_rax(%rsp), %rax
	movq	UREGS_rcx(%rsp), %rcx
	movl	$14, UREGS_entry_vector(%rsp)
GLOBAL(frame_fault)
	cld				/* user space's flags still: the gate does not clear DF */
	SAVE_ALL
	leaq	bounce_fault(%rip), %rax
	jmp	.Lcall_and_exit

.Lfault_not_user64:
	testb	$PV_RING1, VCPU_flags(%rcx)
	jnz	page_fault_ring1
	jmp	page_fault_slow
.Lfault_slow_rdx:
	movq	UREGS_rdx(%rsp), %rdx
GLOBAL(page_fault_slow)
	movq	UREGS_rax(%rsp), %rax
	movq	UREGS_rcx(%rsp), %rcx
	addq	$UREGS_error_code, %rsp
.Lfault_generic:
	movl	$14, 4(%rsp)
	/* fall through */

/*
 * The general exception and interrupt path. On the stack: error code and
 * vector, then what the CPU pushed. From a guest, that is exactly the frame in
 * cpu_info; from the hypervisor, a frame of the same form further down.
 */
GLOBAL(common_entry)
	ASM_CLAC
	cld
	subq	$UREGS_error_code, %rsp
	SAVE_ALL
	movq	%rsp, %rdi
	testb	$3, UREGS_cs(%rsp)
	jz	.Lfrom_hypervisor
.Lfrom_guest:
	call	handle_entry
	cli
	jmp	ret_to_guest
.Lfrom_hypervisor:
	testl	$EFLAGS_VM, UREGS_rflags(%rsp)
	jnz	.Lfrom_guest		/* see handle_entry */
	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	handle_entry
	movq	%rbp, %rsp
.Lrestore_hypervisor:
	RESTORE_ALL
	addq	$UREGS_rip, %rsp
	iretq

/*
 * NMI, #MC, #DF: on stacks of their own. They return to exactly where they
 * struck and do no deferred work.
 */
ist_entry:
	ASM_CLAC
	cld
	subq	$UREGS_error_code, %rsp
	SAVE_ALL
	movq	%rsp, %rdi
	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	handle_ist_entry
	movq	%rbp, %rsp
	jmp	.Lrestore_hypervisor

/*
 * #DB has its own stack because a guest can make it strike in the first
 * instructions of the entry paths. From a guest it continues on the ordinary one,
 * and so does an NMI: the way back may find that another vcpu has made the guest's
 * code or stack selector invalid, which only the general path out can take.
 */
debug_entry:
	testl	$EFLAGS_VM, 24(%rsp)
	jnz	1f
	testb	$3, 16(%rsp)
	jz	ist_entry
1:
	pushq	%rax
	pushq	%rcx
	leaq	16(%rsp), %rcx			/* error code and vector, rip, cs, rflags, rsp, ss */
	movq	%rsp, %rax
	orq	$(STACK_SIZE - 1), %rax
	leaq	1 - CPUINFO_sizeof(%rax), %rax	/* cpu_info */
	pushq	%rdx
	movq	(%rcx), %rdx
	movq	%rdx, UREGS_error_code(%rax)
	movq	8(%rcx), %rdx
	movq	%rdx, UREGS_rip(%rax)
	movq	16(%rcx), %rdx
	movq	%rdx, UREGS_cs(%rax)
	movq	24(%rcx), %rdx
	movq	%rdx, UREGS_rflags(%rax)
	movq	32(%rcx), %rdx
	movq	%rdx, UREGS_rsp(%rax)
	movq	40(%rcx), %rdx
	movq	%rdx, UREGS_ss(%rax)
	popq	%rdx
	popq	%rcx
	xchgq	(%rsp), %rax			/* rax restored; cpu_info on the stack */
	movq	(%rsp), %rsp
	leaq	UREGS_error_code(%rsp), %rsp
	jmp	common_entry

/* One stub a vector: 32 bytes apart, and a table of their addresses. */
	.altmacro
.macro STUB vec
	.balign 32
	.if (\vec == 14)
		jmp	page_fault_entry
	.elseif (\vec == VECTOR_LEGACY_SYSCALL)
		jmp	int80_entry
	.elseif (\vec == VECTOR_HYPERCALL_32)
		jmp	hypercall32_entry
	.else
	.if (\vec == 8) || (\vec == 10) || (\vec == 11) || (\vec == 12) || (\vec == 13) || (\vec == 17) || (\vec == 21)
		movl	$\vec, 4(%rsp)
	.else
		pushq	$0
		movl	$\vec, 4(%rsp)
	.endif
	.if (\vec == 8) || (\vec == 18)
		jmp	ist_entry
	.elseif (\vec == 1) || (\vec == 2)
		jmp	debug_entry
	.else
		jmp	common_entry
	.endif
	.endif
.endm
	.balign 32
entry_stubs:
	vec = 0
	.rept 256
	STUB %vec
	vec = vec + 1
	.endr
	.noaltmacro

	.section .rodata
	.balign 8
	.globl exception_entries
exception_entries:
	vec = 0
	.rept 256
	.quad entry_stubs + vec * 32
	vec = vec + 1
	.endr
