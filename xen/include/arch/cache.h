/* SPDX-License-Identifier: GPL-2.0-only */
/* Write a frame's cache lines back to memory and drop them. */
#ifndef XEN_ARCH_CACHE_H
#define XEN_ARCH_CACHE_H

#include <arch/cpufeature.h>
#include <arch/layout.h>

static inline void flush_cache_page(const void *va)
{
	const char *p = va;

	asm volatile ("mfence" ::: "memory");
	for (unsigned long i = 0; i < PAGE_SIZE; i += boot_cpu.clflush_bytes)
		asm volatile ("clflush %0" :: "m" (p[i]));
	asm volatile ("mfence" ::: "memory");
}

#endif
