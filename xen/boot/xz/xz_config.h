/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What XZ Embedded asks of the place that it is compiled in: here boot, with
 * liblzma beside it, whose CRC-32 it shares.
 */
#ifndef BOOT_XZ_CONFIG_H
#define BOOT_XZ_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All of the input and of the output in memory; the one filter that kernels for x86 are packed with. */
#define XZ_DEC_SINGLE
#define XZ_DEC_X86

#define XZ_EXTERN		static
#define NOINLINE		__attribute__((noinline))
#define noinline_for_stack	NOINLINE
#define __always_inline		inline __attribute__((always_inline))
#include "xz.h"

void *malloc(size_t bytes);
void free(void *block);
uint32_t lzma_crc32(const uint8_t *data, size_t bytes, uint32_t crc);

#define GFP_KERNEL		0
#define kmalloc(bytes, flags)	malloc(bytes)
#define kfree(block)		free(block)
#define vmalloc(bytes)		malloc(bytes)
#define vfree(block)		free(block)
#define memeq(a, b, bytes)	(memcmp(a, b, bytes) == 0)
#define memzero(to, bytes)	memset(to, 0, bytes)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define xz_crc32		lzma_crc32

static inline uint32_t get_unaligned_le32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}
#define get_le32 get_unaligned_le32

static inline void put_unaligned_le32(uint32_t value, void *to)
{
	memcpy(to, &value, sizeof(value));
}

#endif
