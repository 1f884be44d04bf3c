/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One call of the BIOS: down from long mode to real mode, INT, and back up.
 * This page is copied below 1 MiB and called there, where the boot page tables
 * map it one to one; boot/bios_call.c relocates the words at bios_entry_words. The
 * page's end holds struct bios_regs, the stack is below that.
 */
#include <arch/asm_macros.h>
#include <arch/layout.h>
#include <arch/msr_asm.h>

#define AT(sym)		(sym - bios_entry_start)
/* struct bios_regs: flags, popal's eight registers, es. */
#define REGS_AT		(PAGE_SIZE - 40)
#define REGS_ES_AT	(PAGE_SIZE - 4)
#define CR0_REAL_MODE	0x60000010	/* ET, and the caches' bits as they are */
#define PORT_A		0x92
#define PORT_A_A20	0x02
#define PORT_A_RESET	0x01

#define SEL_CS64	0x08		/* as in boot/head.S, for it stays loaded */
#define SEL_DS		0x10
#define SEL_CS16	0x18
#define SEL_DS16	0x20

	.section .init.rodata, "a"
	.balign	16
GLOBAL(bios_entry_start)
	.code64
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, saved_rsp(%rip)
	mov	%cr0, %rax
	mov	%eax, saved_cr0(%rip)
	mov	%cr3, %rax
	mov	%eax, saved_cr3(%rip)
	mov	%cr4, %rax
	mov	%eax, saved_cr4(%rip)
	sgdt	saved_gdt(%rip)
	sidt	saved_idt(%rip)
	lgdt	gdt_pointer(%rip)
	ljmpl	*to_16_bits(%rip)

	.code16
bios_16:
	mov	$SEL_DS16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %fs
	mov	%ax, %gs
	mov	%ax, %ss
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0			/* out of long mode */
	mov	$MSR_EFER_NR, %ecx
	rdmsr
	and	$~EFER_LME_BIT, %eax
	wrmsr
	xor	%eax, %eax
	mov	%eax, %cr4
	mov	%cr0, %eax
	and	$CR0_REAL_MODE, %eax
	mov	%eax, %cr0
	ljmpw	*AT(to_real_mode)
bios_real:
	mov	%cs, %ax
	mov	%ax, %ds
	mov	%ax, %fs
	mov	%ax, %gs
	mov	%ax, %ss
	mov	$(REGS_AT + 4), %esp
	lidtl	AT(real_mode_idt)
	mov	REGS_ES_AT, %es
	popal
	sti
	.byte	0xcd				/* INT */
vector:
	.byte	0
	cli
	cld
	pushal
	pushfl
	mov	%cs, %ax
	mov	%ax, %ds
	/* No call should turn it off; without it the image is not where it was. */
	inb	$PORT_A, %al
	test	$PORT_A_A20, %al
	jnz	1f
	or	$PORT_A_A20, %al
	and	$~PORT_A_RESET, %al
	outb	%al, $PORT_A
1:
	lgdtl	AT(gdt_pointer)
	mov	AT(saved_cr4), %eax
	mov	%eax, %cr4
	mov	AT(saved_cr3), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER_NR, %ecx
	rdmsr
	or	$EFER_LME_BIT, %eax
	wrmsr
	mov	AT(saved_cr0), %eax
	mov	%eax, %cr0
	ljmpl	*AT(to_64_bits)

	.code64
bios_64:
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$SEL_DS, %eax
	mov	%eax, %ss
	mov	saved_rsp(%rip), %rsp
	lgdt	saved_gdt(%rip)
	lidt	saved_idt(%rip)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.balign	8
saved_rsp:
	.quad	0
saved_cr0:
	.long	0
saved_cr3:
	.long	0
saved_cr4:
	.long	0
saved_gdt:
	.skip	10
saved_idt:
	.skip	10
real_mode_idt:
	.short	0x3ff
	.long	0

	.balign	8
/* Laid out as struct bios_entry_words. */
GLOBAL(bios_entry_words)
gdt:
	.quad	0
	.quad	0x00af9b000000ffff		/* ring 0 code, 64-bit */
	.quad	0x00cf93000000ffff		/* ring 0 data */
	.quad	0x00009b000000ffff		/* 16-bit code, based at this page */
	.quad	0x000093000000ffff		/* 16-bit data */
gdt_pointer:
	.short	gdt_pointer - gdt - 1
	.quad	AT(gdt)
to_16_bits:
	.long	AT(bios_16)
	.short	SEL_CS16
to_real_mode:
	.short	AT(bios_real)
	.short	0				/* this page's segment */
to_64_bits:
	.long	AT(bios_64)
	.short	SEL_CS64
vector_at:
	.short	AT(vector)
GLOBAL(bios_entry_end)

	.section .note.GNU-stack, "", @progbits
