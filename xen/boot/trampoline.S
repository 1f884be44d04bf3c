/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first instructions of every other CPU: a page of real-mode code that is
 * copied below 1 MiB, switches straight to long mode on a root that maps this
 * page one to one, and jumps to the image. One CPU runs it at a time; the
 * starting CPU fills in the words at the end (struct trampoline in
 * arch/x86/smp_boot.c).
 */
#include <arch/asm_macros.h>
#include <arch/layout.h>
#include <arch/msr_asm.h>

#define AT(sym)		(sym - trampoline_start)

	.section .init.rodata, "a"
	.balign	16
GLOBAL(trampoline_start)
	.code16
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	movl	$1, AT(trampoline_alive)

	/* The table pointers hold linear addresses; the copier relocated them. */
	lgdtl	AT(trampoline_gdt_pointer)
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	AT(trampoline_root), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER_NR, %ecx
	rdmsr
	or	$(EFER_LME_BIT | EFER_SCE_BIT | EFER_NX_BIT), %eax
	wrmsr
	mov	$(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE), %eax
	mov	%eax, %cr0
	ljmpl	*AT(trampoline_entry)

	.code64
trampoline_64:
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	trampoline_stack(%rip), %rsp
	xor	%ebp, %ebp
	push	$0
	jmp	*trampoline_target(%rip)

	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00af9b000000ffff		/* ring 0 code, 64-bit */
trampoline_gdt_end:
	.balign	8
GLOBAL(trampoline_words)
trampoline_stack:
	.quad	0
trampoline_target:
	.quad	0
trampoline_root:
	.long	0
trampoline_alive:
	.long	0
trampoline_entry:
	.long	AT(trampoline_64)
	.short	8
trampoline_gdt_pointer:
	.short	trampoline_gdt_end - trampoline_gdt - 1
	.long	AT(trampoline_gdt)
GLOBAL(trampoline_end)

	.section .note.GNU-stack, "", @progbits
