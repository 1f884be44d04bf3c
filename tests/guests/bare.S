/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The least kernel of either ABI: no hypercall page, no trap table, no
 * callback, nothing of start info or of its page tables is touched; the console
 * hypercall is all that it speaks by, and the first number of sched_op ends it.
 */
#include "arch.h"

#define NOTE(type, data...)			\
	.pushsection .note.Xen, "a", @note;	\
	.balign 4;				\
	.long	2f - 1f, 4f - 3f, type;		\
1:	.asciz	"Xen";				\
2:	.balign 4;				\
3:	data;					\
4:	.balign 4;				\
	.popsection
NOTE(6, .asciz "bare")			/* XEN_ELFNOTE_GUEST_OS */
NOTE(5, .asciz "xen-3.0")		/* XEN_ELFNOTE_XEN_VERSION */
NOTE(8, .asciz "generic")		/* XEN_ELFNOTE_LOADER */
#ifdef __x86_64__
NOTE(3, .quad VIRT_BASE)	/* XEN_ELFNOTE_VIRT_BASE */
NOTE(1, .quad _start)			/* XEN_ELFNOTE_ENTRY */
#define CALL(nr)	movl $nr, %eax; syscall
#define ARG1		rdi
#define ARG2		rsi
#define ARG3		rdx
#else
NOTE(3, .long VIRT_BASE)
NOTE(1, .long _start)
NOTE(9, .asciz "yes")			/* XEN_ELFNOTE_PAE_MODE */
#define CALL(nr)	movl $nr, %eax; int $0x82
#define ARG1		ebx
#define ARG2		ecx
#define ARG3		edx
#endif

	.text
	.globl _start
_start:
	mov	$0, %ARG1
	mov	$text_end - text, %ARG2
	mov	$text, %ARG3
	CALL(18)			/* console_io: write */
	test	%eax, %eax
	jnz	1f
	mov	$2, %ARG1		/* shutdown, */
	mov	$1, %ARG2		/* for a reboot */
	CALL(6)				/* sched_op, as it was first numbered */
1:	jmp	1b

	.data
text:
	.ascii	"ok no_tables\n1 passed, 0 failed\n"
text_end:
	.section .note.GNU-stack, "", @progbits
