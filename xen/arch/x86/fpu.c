/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended processor state. host_xcr0 and the sizes are fixed at boot; the
 * rest is per CPU, with interrupts in any state: no interrupt handler touches
 * these registers.
 */
#include <arch/asm_macros.h>
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/msr.h>
#include <common/console.h>
#include <common/percpu.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

#define DEFAULT_FCW		0x37f
#define DEFAULT_MXCSR		0x1f80
#define MXCSR_OFFSET		24
#define MXCSR_MASK_OFFSET	28
#define HEADER_BYTES		64
#define SUPPORTED_XCR0		(XSTATE_FP | XSTATE_SSE | XSTATE_YMM | XSTATE_AVX512)

u64 host_xcr0 __ro_after_init;
u32 fpu_area_bytes __ro_after_init = FXSAVE_BYTES;
static u32 mxcsr_mask __ro_after_init = 0xffbf;
static u32 component_offset[64] __ro_after_init, component_size[64] __ro_after_init;

static DEFINE_PER_CPU(u64, loaded_xcr0);

/* The 64-byte header behind the legacy region. */
struct xsave_header {
	u64 xstate_bv, xcomp_bv, reserved[6];
};

static struct xsave_header *header_of(void *area)
{
	return (struct xsave_header *)((char *)area + XSTATE_HEADER);
}

static u32 *mxcsr_of(void *area)
{
	return (u32 *)((char *)area + MXCSR_OFFSET);
}

void fpu_set_xcr0(u64 xcr0)
{
	if (!cpu_has_xsave || this_cpu(loaded_xcr0) == xcr0)
		return;
	xsetbv(0, xcr0);
	this_cpu(loaded_xcr0) = xcr0;
}

void __init fpu_init_boot(void)
{
	static u8 probe[FXSAVE_BYTES] __initdata __aligned(16);
	u32 mask;

	write_cr4(read_cr4() | X86_CR4_OSFXSR | (cpu_has_xsave ? X86_CR4_OSXSAVE : 0));
	asm volatile ("fninit; fxsave %0" : "+m" (probe));
	memcpy(&mask, probe + MXCSR_MASK_OFFSET, sizeof(mask));
	if (mask)
		mxcsr_mask = mask;
	if (!cpu_has_xsave)
		return;

	host_xcr0 = (cpuid(13, 0).a | (u64)cpuid(13, 0).d << 32) & SUPPORTED_XCR0;
	if ((host_xcr0 & XSTATE_AVX512) != XSTATE_AVX512 || !(host_xcr0 & XSTATE_YMM))
		host_xcr0 &= ~XSTATE_AVX512;
	component_size[0] = component_size[1] = FXSAVE_BYTES;
	for (unsigned int i = 2; i < 63; i++) {
		struct cpuid_leaf r;

		if (!(host_xcr0 >> i & 1))
			continue;
		r = cpuid(13, i);
		component_size[i] = r.a;
		component_offset[i] = r.b;
	}
	fpu_area_bytes = ALIGN_UP(xstate_size(host_xcr0), 64);
	if (fpu_area_bytes > PAGE_SIZE)
		panic("Extended state of %u bytes does not fit a page\n", fpu_area_bytes);
	printk(XENLOG_INFO "Extended state: components %#lx, %u bytes\n", host_xcr0, fpu_area_bytes);
}

void fpu_init_cpu(void)
{
	clts();
	asm volatile ("fninit");
	if (cpu_has_xsave) {
		this_cpu(loaded_xcr0) = 0;
		fpu_set_xcr0(host_xcr0);
	}
}

void fpu_area_reset(void *area)
{
	memset(area, 0, fpu_area_bytes);
	*(u16 *)area = DEFAULT_FCW;
	*mxcsr_of(area) = DEFAULT_MXCSR;
	/* With XSTATE_BV zero XRSTOR gives every component its reset state, but
	 * takes MXCSR from here. */
}

void fpu_save(void *area)
{
	if (!cpu_has_xsave) {
		asm volatile ("fxsaveq (%0)" : : "r" (area) : "memory");
		return;
	}
	fpu_set_xcr0(host_xcr0);
	if (cpu_has_xsaveopt)
		asm volatile ("xsaveopt64 (%0)" : : "r" (area), "a" (-1), "d" (-1) : "memory");
	else
		asm volatile ("xsave64 (%0)" : : "r" (area), "a" (-1), "d" (-1) : "memory");
}

static bool try_restore(const void *area)
{
	u32 bad = 0;

	if (cpu_has_xsave)
		asm volatile ("1:	xrstor64 (%1)\n"
			      "2:\n\t"
			      ".pushsection .text.fixup, \"ax\"\n"
			      "3:	movl	$1, %0\n\t"
			      "	jmp	2b\n\t"
			      ".popsection\n\t"
			      _ASM_EXTABLE(1b, 3b)
			      : "+r" (bad) : "r" (area), "a" (-1), "d" (-1) : "memory");
	else
		asm volatile ("1:	fxrstorq (%1)\n"
			      "2:\n\t"
			      ".pushsection .text.fixup, \"ax\"\n"
			      "3:	movl	$1, %0\n\t"
			      "	jmp	2b\n\t"
			      ".popsection\n\t"
			      _ASM_EXTABLE(1b, 3b)
			      : "+r" (bad) : "r" (area) : "memory");
	return !bad;
}

void fpu_restore(const void *area)
{
	u8 clean[FXSAVE_BYTES + HEADER_BYTES] __aligned(64);

	static const u32 something;

	fpu_set_xcr0(host_xcr0);
	/* x87 exceptions pending in the registers would strike in the restore. */
	asm volatile ("fnclex");
	/*
	 * Where no exception is pending in what is restored, AMD's CPUs keep the
	 * addresses of the last instruction and operand: they would be another guest's.
	 */
	if (boot_cpu.vendor == VENDOR_AMD)
		asm volatile ("ffree %%st(7)\n\tfildl %0" : : "m" (something));
	if (try_restore(area))
		return;
	memset(clean, 0, sizeof(clean));
	*(u16 *)clean = DEFAULT_FCW;
	*mxcsr_of(clean) = DEFAULT_MXCSR;
	try_restore(clean);
}

bool xcr0_valid(u64 xcr0)
{
	if (!(xcr0 & XSTATE_FP) || (xcr0 & ~host_xcr0))
		return false;
	if ((xcr0 & XSTATE_YMM) && !(xcr0 & XSTATE_SSE))
		return false;
	if ((xcr0 & XSTATE_AVX512) &&
	    ((xcr0 & XSTATE_AVX512) != XSTATE_AVX512 || !(xcr0 & XSTATE_YMM)))
		return false;
	return true;
}

u32 xstate_size(u64 xcr0)
{
	u32 size = FXSAVE_BYTES + HEADER_BYTES;

	for (unsigned int i = 2; i < 63; i++)
		if (xcr0 >> i & 1)
			size = max(size, component_offset[i] + component_size[i]);
	return size;
}

int fpu_area_import_fxsave(void *dst, const void *fxsave)
{
	fpu_area_reset(dst);
	memcpy(dst, fxsave, FXSAVE_BYTES);
	if (*mxcsr_of(dst) & ~mxcsr_mask) {
		fpu_area_reset(dst);
		return -EINVAL;
	}
	if (cpu_has_xsave)
		header_of(dst)->xstate_bv = XSTATE_FP | XSTATE_SSE;
	return 0;
}

int fpu_area_import(void *dst, const void *src, u32 bytes)
{
	struct xsave_header h;

	if (!cpu_has_xsave || bytes < FXSAVE_BYTES + HEADER_BYTES)
		return -EINVAL;
	memcpy(&h, (const char *)src + XSTATE_HEADER, sizeof(h));
	if ((h.xstate_bv & ~host_xcr0) || h.xcomp_bv || memchr_inv(h.reserved, 0, sizeof(h.reserved)))
		return -EINVAL;
	if (xstate_size(h.xstate_bv) > bytes)
		return -EINVAL;
	fpu_area_reset(dst);
	memcpy(dst, src, min(bytes, fpu_area_bytes));
	if (*mxcsr_of(dst) & ~mxcsr_mask) {
		fpu_area_reset(dst);
		return -EINVAL;
	}
	return 0;
}
