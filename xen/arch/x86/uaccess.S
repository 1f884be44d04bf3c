/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to guest memory (arch/uaccess.h). Every instruction that may fault
 * has an entry in the exception table. Callers have checked the range.
 */
#include <arch/asm_macros.h>

/* The hypervisor's part of the address space, and nothing else, has these upper bits. */
#define HYPERVISOR_START_SAR_43	-16

	.text

/*
 * Before a read: a CPU that speculates past the check of the range must not find
 * the hypervisor's memory there. An address in its range becomes one outside of it.
 */
.macro NOSPEC_GUEST ptr, tmp
	mov	\ptr, \tmp
	sar	$43, \tmp
	cmp	$HYPERVISOR_START_SAR_43, \tmp
	cmove	\tmp, \ptr
.endm

/* unsigned long copy_from_guest_raw(rdi: dst, rsi: guest, rdx: bytes) */
ENTRY(copy_from_guest_raw)
	NOSPEC_GUEST %rsi, %rax
/* The same without it; both sides may be the hypervisor's. */
GLOBAL(copy_raw)
	mov	%rdx, %rcx
	and	$7, %edx
	shr	$3, %rcx
	ASM_STAC
1:	rep	movsq
	mov	%edx, %ecx
2:	rep	movsb
3:	ASM_CLAC
	mov	%rcx, %rax
	ret
	/* What is left of a word that crosses into an absent page goes byte by byte. */
4:	lea	(%rdx,%rcx,8), %rcx
	jmp	2b
	/* rcx counts what is left at the fault. */
	ASM_EXTABLE 1b, 4b
	ASM_EXTABLE 2b, 3b
END(copy_from_guest_raw)

/* unsigned long copy_to_guest_raw(rdi: guest, rsi: src, rdx: bytes) */
ENTRY(copy_to_guest_raw)
	jmp	copy_raw
END(copy_to_guest_raw)

/* unsigned long clear_guest_raw(rdi: guest, rsi: bytes) */
ENTRY(clear_guest_raw)
	mov	%rsi, %rcx
	mov	%esi, %edx
	and	$7, %edx
	shr	$3, %rcx
	xor	%eax, %eax
	ASM_STAC
1:	rep	stosq
	mov	%edx, %ecx
2:	rep	stosb
3:	ASM_CLAC
	mov	%rcx, %rax
	ret
4:	lea	(%rdx,%rcx,8), %rcx
	jmp	2b
	ASM_EXTABLE 1b, 4b
	ASM_EXTABLE 2b, 3b
END(clear_guest_raw)

guest_fault:
	ASM_CLAC
	mov	$-14, %eax			/* -EFAULT */
	ret

/* int get_guest_uN(rdi: result, rsi: guest) */
.macro GET_GUEST bits, reg
ENTRY(get_guest_u\bits)
	NOSPEC_GUEST %rsi, %rax
	ASM_STAC
1:	mov	(%rsi), \reg
	ASM_CLAC
	mov	\reg, (%rdi)
	xor	%eax, %eax
	ret
	ASM_EXTABLE 1b, guest_fault
END(get_guest_u\bits)
.endm
GET_GUEST 8, %dl
GET_GUEST 16, %dx
GET_GUEST 32, %edx
GET_GUEST 64, %rdx

/* int get_guest_u64_pair(rdi: two results, rsi: guest) */
ENTRY(get_guest_u64_pair)
	NOSPEC_GUEST %rsi, %rax
	ASM_STAC
1:	mov	(%rsi), %rax
2:	mov	8(%rsi), %rdx
	ASM_CLAC
	mov	%rax, (%rdi)
	mov	%rdx, 8(%rdi)
	xor	%eax, %eax
	ret
	ASM_EXTABLE 1b, guest_fault
	ASM_EXTABLE 2b, guest_fault
END(get_guest_u64_pair)

/* int put_guest_uN(rdi: value, rsi: guest) */
.macro PUT_GUEST bits, reg
ENTRY(put_guest_u\bits)
	ASM_STAC
1:	mov	\reg, (%rsi)
	ASM_CLAC
	xor	%eax, %eax
	ret
	ASM_EXTABLE 1b, guest_fault
END(put_guest_u\bits)
.endm
PUT_GUEST 8, %dil
PUT_GUEST 16, %di
PUT_GUEST 32, %edi
PUT_GUEST 64, %rdi

/* int cmpxchg_guest_uN(rdi: guest, rsi: old in and out, rdx: new) */
.macro CMPXCHG_GUEST bits, acc, new
ENTRY(cmpxchg_guest_u\bits)
	mov	(%rsi), \acc
	ASM_STAC
1:	lock cmpxchg \new, (%rdi)
	ASM_CLAC
	mov	\acc, (%rsi)
	xor	%eax, %eax
	ret
	ASM_EXTABLE 1b, guest_fault
END(cmpxchg_guest_u\bits)
.endm
CMPXCHG_GUEST 32, %eax, %edx
CMPXCHG_GUEST 64, %rax, %rdx

/* int rdmsr_safe(edi: msr, rsi: result) */
ENTRY(rdmsr_safe)
	mov	%edi, %ecx
1:	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, (%rsi)
	xor	%eax, %eax
	ret
2:	movq	$0, (%rsi)
	mov	$-14, %eax
	ret
	ASM_EXTABLE 1b, 2b
END(rdmsr_safe)

/* int wrmsr_safe(edi: msr, rsi: value) */
ENTRY(wrmsr_safe)
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
1:	wrmsr
	xor	%eax, %eax
	ret
2:	mov	$-14, %eax
	ret
	ASM_EXTABLE 1b, 2b
END(wrmsr_safe)

	.section .note.GNU-stack, "", @progbits
