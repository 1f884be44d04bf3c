/* SPDX-License-Identifier: MIT */
/*
 * What the image tells the domain builder, as ELF notes. A number may have four
 * bytes in either ABI, but PV GRUB reads a word of the ABI, whatever the length.
 */
#include <xen/elfnote.h>

#ifdef __x86_64__
#define WORD	.quad
#else
#define WORD	.long
#endif

.macro NOTE type, value:vararg
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	\value
2:	.balign	4
.endm

	.section .note.Xen, "a", @note
	NOTE XEN_ELFNOTE_GUEST_OS, .asciz "minios"
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE XEN_ELFNOTE_LOADER, .asciz "generic"
	/* Pseudo-physical frame 0 at virtual address 0: one number for both. */
	NOTE XEN_ELFNOTE_VIRT_BASE, WORD 0
	NOTE XEN_ELFNOTE_PADDR_OFFSET, WORD 0
	NOTE XEN_ELFNOTE_ENTRY, WORD _start
	NOTE XEN_ELFNOTE_HYPERCALL_PAGE, WORD hypercall_page
	/* The root of three levels may lie above 4 GiB; "dom0": it can be the first domain. */
	NOTE XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	NOTE XEN_ELFNOTE_FEATURES, .asciz "pae_pgdir_above_4gb|dom0"

	.section .note.GNU-stack, "", @progbits
