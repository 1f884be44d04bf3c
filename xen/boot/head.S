/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the boot loader jumps to: the multiboot headers, and the way from
 * 32-bit protected mode to long mode at the image's linked address. Runs once,
 * on the boot CPU, interrupts off.
 *
 * The image may have been loaded at any multiple of 2 MiB below 4 GiB, so
 * 32-bit code finds its own base (kept in ebp) and adds it to every address.
 */
#include <arch/asm_macros.h>
#include <arch/layout.h>
#include <arch/msr_asm.h>

#define MB1_MAGIC		0x1badb002
#define MB1_FLAG_ALIGN		0x1
#define MB1_FLAG_MEMORY		0x2
#define MB1_BOOT_MAGIC		0x2badb002

#define MB2_MAGIC		0xe85250d6
#define MB2_ARCH_I386		0
#define MB2_BOOT_MAGIC		0x36d76289
#define MB2_TAG_END		0
#define MB2_TAG_INFO_REQUEST	1
#define MB2_TAG_CONSOLE		4
#define MB2_TAG_FRAMEBUFFER	5
#define MB2_TAG_MODULE_ALIGN	6
#define MB2_TAG_RELOCATABLE	10
#define MB2_OPTIONAL		1
#define MB2_INFO_CMDLINE	1
#define MB2_INFO_MODULE		3
#define MB2_INFO_MMAP		6
#define MB2_INFO_FRAMEBUFFER	8
#define MB2_INFO_EFI64		12
#define MB2_INFO_ACPI_OLD	14
#define MB2_INFO_ACPI_NEW	15
#define MB2_INFO_EFI_MMAP	17

#define LOW(sym)		(sym - IMAGE_START)(%ebp)

#define BOOT_SEL_CS64		0x08
#define BOOT_SEL_DS		0x10

	.section .text.head, "ax"
	.globl	image_start
	.hidden	image_start
image_start:

	.balign	4
multiboot1_header:
	.long	MB1_MAGIC
	.long	MB1_FLAG_ALIGN | MB1_FLAG_MEMORY
	.long	-(MB1_MAGIC + (MB1_FLAG_ALIGN | MB1_FLAG_MEMORY))

	.balign	8
multiboot2_header:
	.long	MB2_MAGIC
	.long	MB2_ARCH_I386
	.long	multiboot2_end - multiboot2_header
	.long	-(MB2_MAGIC + MB2_ARCH_I386 + (multiboot2_end - multiboot2_header))

	.balign	8
	.short	MB2_TAG_INFO_REQUEST, MB2_OPTIONAL
	.long	2f - . + 4
	.long	MB2_INFO_CMDLINE, MB2_INFO_MODULE, MB2_INFO_MMAP, MB2_INFO_FRAMEBUFFER
	.long	MB2_INFO_EFI64, MB2_INFO_ACPI_OLD, MB2_INFO_ACPI_NEW, MB2_INFO_EFI_MMAP
2:
	.balign	8
	.short	MB2_TAG_MODULE_ALIGN, 0
	.long	8
	.balign	8
	.short	MB2_TAG_CONSOLE, MB2_OPTIONAL
	.long	12
	.long	2				/* VGA text is understood */
	.balign	8
	.short	MB2_TAG_FRAMEBUFFER, MB2_OPTIONAL
	.long	20
	.long	0, 0, 0				/* no preferred mode */
	.balign	8
	.short	MB2_TAG_RELOCATABLE, MB2_OPTIONAL
	.long	24
	.long	0x00200000			/* lowest address */
	.long	0xfffff000			/* highest */
	.long	0x00200000			/* alignment */
	.long	1				/* as low as possible */
	.balign	8
	.short	MB2_TAG_END, 0
	.long	8
multiboot2_end:

	.code32
	.globl	start
	.hidden	start
start:
	cli
	cld
	/*
	 * No stack is promised. The second word of either kind of boot
	 * information can be restored, so it serves as one for a single call.
	 */
	mov	4(%ebx), %edi
	lea	8(%ebx), %esp
	call	1f
1:	pop	%ebp
	mov	%edi, 4(%ebx)
	sub	$(1b - image_start), %ebp
	lea	LOW(boot_stack + STACK_SIZE), %esp

	cmp	$MB1_BOOT_MAGIC, %eax
	je	1f
	cmp	$MB2_BOOT_MAGIC, %eax
	lea	LOW(msg_not_multiboot), %esi
	jne	boot_fail
1:	mov	%eax, LOW(multiboot_magic)
	mov	%ebx, LOW(multiboot_info)
	mov	%ebp, LOW(image_phys_start)

	/* Long mode, or nothing. */
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000000, %eax
	lea	LOW(msg_no_long_mode), %esi
	jbe	boot_fail
	mov	$0x80000001, %eax
	cpuid
	mov	%edx, LOW(boot_ext_features)
	bt	$29, %edx
	lea	LOW(msg_no_long_mode), %esi
	jnc	boot_fail
	bt	$20, %edx
	lea	LOW(msg_no_nx), %esi
	jnc	boot_fail

	/* First 4 GiB one to one, 2 MiB pages. */
	lea	LOW(boot_l2_low), %edi
	mov	$0x83, %eax			/* present, writable, large */
	xor	%edx, %edx
1:	mov	%eax, (%edi)
	mov	%edx, 4(%edi)
	add	$8, %edi
	add	$0x200000, %eax
	jnc	1b

	lea	LOW(boot_l3_low), %edi
	lea	LOW(boot_l2_low), %eax
	or	$3, %eax
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x1000, %eax
	loop	1b

	/* The image where it is linked. */
	lea	LOW(boot_l2_image), %edi
	mov	%ebp, %eax
	or	$0x83, %eax
	mov	$BOOT_IMAGE_L2_ENTRIES, %ecx
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x200000, %eax
	loop	1b

	lea	LOW(boot_l2_image), %eax
	or	$3, %eax
	mov	%eax, LOW(boot_l3_image + ((IMAGE_START >> 30) & 511) * 8)
	lea	LOW(boot_l3_image), %eax
	or	$3, %eax
	mov	%eax, LOW(boot_l4 + ((IMAGE_START >> 39) & 511) * 8)
	lea	LOW(boot_l3_low), %eax
	or	$3, %eax
	mov	%eax, LOW(boot_l4)
	mov	%eax, LOW(boot_l4 + ((DIRECTMAP_START >> 39) & 511) * 8)

	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	lea	LOW(boot_l4), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER_NR, %ecx
	rdmsr
	or	$(EFER_LME_BIT | EFER_SCE_BIT | EFER_NX_BIT), %eax
	wrmsr
	mov	$(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE), %eax
	mov	%eax, %cr0

	lea	LOW(boot_gdt), %eax
	mov	%eax, LOW(boot_gdt_pointer + 2)
	lgdt	LOW(boot_gdt_pointer)
	lea	LOW(start_64_low), %eax
	push	$BOOT_SEL_CS64
	push	%eax
	lret

	.code64
start_64_low:
	movabs	$start_64, %rax
	jmp	*%rax
start_64:
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$BOOT_SEL_DS, %eax
	mov	%eax, %ss
	/* The block at the top of the stack is zero: CPU 0, offset 0, no vcpu. */
	lea	boot_stack + STACK_SIZE - CPU_INFO_SIZE(%rip), %rsp
	mov	multiboot_magic(%rip), %edi
	mov	multiboot_info(%rip), %esi
	push	$0
	push	$0
	call	start_hypervisor
	ud2

/* esi: a message. To the screen and the first serial port, then stop. */
	.code32
boot_fail:
	mov	$0xb8000, %edi
1:	lodsb
	test	%al, %al
	jz	2f
	mov	$0x07, %ah
	stosw
	mov	$0x3f8, %dx
	outb	%al, %dx
	jmp	1b
2:	hlt
	jmp	2b

	.code64

	.section .init.rodata, "a"
msg_not_multiboot:
	.asciz	"xen: not started by a multiboot loader\r\n"
msg_no_long_mode:
	.asciz	"xen: this CPU has no 64-bit mode\r\n"
msg_no_nx:
	.asciz	"xen: this CPU has no no-execute bit, or the firmware turned it off\r\n"

	.section .init.data, "aw"
	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff		/* ring 0 code, 64-bit */
	.quad	0x00cf93000000ffff		/* ring 0 data */
boot_gdt_end:
boot_gdt_pointer:
	.short	boot_gdt_end - boot_gdt - 1
	.quad	0
	.balign	4
multiboot_magic:
	.long	0
multiboot_info:
	.long	0
boot_ext_features:
	.long	0

	.data
	.balign	8
GLOBAL(image_phys_start)
	.quad	0

	.section .init.bss, "aw", @nobits
	.balign	STACK_SIZE
GLOBAL(boot_stack)
	.skip	STACK_SIZE
GLOBAL(boot_l4)
	.skip	PAGE_SIZE
boot_l3_low:
	.skip	PAGE_SIZE
boot_l2_low:
	.skip	4 * PAGE_SIZE
boot_l3_image:
	.skip	PAGE_SIZE
boot_l2_image:
	.skip	PAGE_SIZE

	.section .note.GNU-stack, "", @progbits
