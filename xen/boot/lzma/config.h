/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How liblzma's inner loop is compiled for boot: its variant for small size,
 * and short matches copied in place. Debian's build unrolls that function over
 * four pages with its unlikely halves at the far end, and calls memcpy for each
 * match; an emulator that translates code page by page pays for every jump that
 * leaves a page, and most of the time of a boot under emulation went there.
 */
#ifndef BOOT_LZMA_CONFIG_H
#define BOOT_LZMA_CONFIG_H

#include <stddef.h>
#include <string.h>

#define HAVE_SMALL			1
#define HAVE_STDBOOL_H			1
#define HAVE__BOOL			1
#define HAVE_STDINT_H			1
#define HAVE_INTTYPES_H			1
#define HAVE_LIMITS_H			1
#define HAVE_STRING_H			1
#define HAVE_VISIBILITY			0
#define TUKLIB_FAST_UNALIGNED_ACCESS	1
#define TUKLIB_SYMBOL_PREFIX		lzma_
#define NDEBUG				1

static inline __attribute__((always_inline)) void *copy_match(void *dst, const void *src, size_t bytes)
{
	char *d = dst;
	const char *s = src;

	/* The barriers keep the compiler from making this a call of memcpy again. */
	for (; bytes >= 8; bytes -= 8, d += 8, s += 8) {
		__builtin_memcpy(d, s, 8);
		__asm__ volatile ("" ::: "memory");
	}
	while (bytes--) {
		*d++ = *s++;
		__asm__ volatile ("" ::: "memory");
	}
	return dst;
}
#define memcpy copy_match

#endif
