/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For assembly files: function frames in the symbol table, exception-table
 * entries, and SMAP switches that are patched in where the CPU has it.
 */
#ifndef XEN_ARCH_ASM_MACROS_H
#define XEN_ARCH_ASM_MACROS_H

#ifdef __ASSEMBLY__

#define ENTRY(name)				\
	.globl name;				\
	.hidden name;				\
	.type name, @function;			\
	.balign 16;				\
	name:

#define END(name)	.size name, . - name

#define GLOBAL(name)				\
	.globl name;				\
	.hidden name;				\
	name:

/* A fault at insn continues at fixup. */
.macro ASM_EXTABLE insn, fixup
	.pushsection .ex_table, "a"
	.balign 4
	.long \insn - .
	.long \fixup - .
	.popsection
.endm

/* Three bytes of no-op that become stac or clac at boot when SMAP is used. */
.macro ASM_STAC
	.pushsection .smap_sites, "a"
	.long 771f - .
	.byte 1
	.popsection
771:	.byte 0x0f, 0x1f, 0x00
.endm
.macro ASM_CLAC
	.pushsection .smap_sites, "a"
	.long 771f - .
	.byte 0
	.popsection
771:	.byte 0x0f, 0x1f, 0x00
.endm

#else /* the same from C's asm statements */

#define _ASM_EXTABLE(insn, fixup)			\
	".pushsection .ex_table, \"a\"\n\t"		\
	".balign 4\n\t"					\
	".long " #insn " - .\n\t"			\
	".long " #fixup " - .\n\t"			\
	".popsection\n\t"

#endif
#endif
