/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest kernel whose first instruction is illegal, before it has set a trap
 * table: it must be the only one to die of it, and leave its registers behind.
 */
	.text
	.globl _start
_start:
	movabsq	$0x1badb002cafef00d, %rbx
	ud2
1:	jmp	1b

	.macro	note_quad type, value
	.pushsection .note.xen, "a"
	.balign	4
	.long	4, 8, \type
	.asciz	"Xen"
	.quad	\value
	.popsection
	.endm

	.macro	note_text type, text:vararg
	.pushsection .note.xen, "a"
	.balign	4
	.long	4, 9f - 8f, \type
	.asciz	"Xen"
8:	.asciz	\text
9:	.balign	4
	.popsection
	.endm

	note_quad	1, _start		/* entry */
	note_quad	3, 0xffffffff80000000	/* virt base */
	note_quad	4, 0			/* ELF paddr offset */
	note_text	5, "xen-3.0"		/* Xen version */
	note_text	6, "crash"		/* guest OS */
	note_text	8, "generic"		/* loader */
	note_text	9, "yes"		/* PAE mode */
	.section .note.GNU-stack, "", @progbits
