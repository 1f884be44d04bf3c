/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole-page operations (lib/string.h) for this machine. Pure, any context.
 */
#include <arch/asm_macros.h>

	.text
/* clear_page(rdi) */
ENTRY(clear_page)
	xor	%eax, %eax
	mov	$4096 / 8, %ecx
	rep	stosq
	ret
END(clear_page)

/* copy_page(rdi, rsi) */
ENTRY(copy_page)
	mov	$4096 / 8, %ecx
	rep	movsq
	ret
END(copy_page)

	.section .note.GNU-stack, "", @progbits
