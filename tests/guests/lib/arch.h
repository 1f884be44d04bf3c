/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test guest knows of its CPU, in either ABI; abi.h has what differs.
 * Usable from assembly.
 */
#ifndef TEST_ARCH_H
#define TEST_ARCH_H

#define STACK_BYTES	16384
#define MAX_VCPUS	4

/* Vectors beyond the CPU's, for callbacks. */
#define VEC_EVENT	0x101
#define VEC_FAILSAFE	0x102
#define VEC_NMI		0x104
#define VEC_SYSENTER	0x105
#define VEC_SYSCALL32	0x106

#define USER_EXIT	0x7e57		/* system call number by which user functions end */

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned long word;

#define PAGE_BYTES	4096ul
#define PT_ENTRIES	512
#define WORD_BITS	(8 * sizeof(word))
#endif

#include "abi.h"

#ifndef __ASSEMBLY__
#define EFLAGS_CF	0x00001u
#define EFLAGS_ZF	0x00040u
#define EFLAGS_TF	0x00100u
#define EFLAGS_IF	0x00200u
#define EFLAGS_DF	0x00400u
#define EFLAGS_IOPL	0x03000u
#define EFLAGS_NT	0x04000u
#define EFLAGS_RF	0x10000u
#define EFLAGS_VM	0x20000u
#define EFLAGS_AC	0x40000u
#define EFLAGS_ID	0x200000u

#define TRAP_DE		0
#define TRAP_DB		1
#define TRAP_BP		3
#define TRAP_OF		4
#define TRAP_UD		6
#define TRAP_NM		7
#define TRAP_NP		11
#define TRAP_SS		12
#define TRAP_GP		13
#define TRAP_PF		14
#define TRAP_MF		16
#define TRAP_AC		17
#define TRAP_XM		19

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile ("rdtsc" : "=a" (lo), "=d" (hi));
	return lo | (u64)hi << 32;
}
static inline void cpu_pause(void)
{
	asm volatile ("pause" ::: "memory");
}
static inline void barrier(void)
{
	asm volatile ("" ::: "memory");
}
struct cpuid { u32 a, b, c, d; };
static inline struct cpuid cpuid_native(u32 leaf, u32 sub)
{
	struct cpuid r;

	asm volatile ("cpuid" : "=a" (r.a), "=b" (r.b), "=c" (r.c), "=d" (r.d) : "0" (leaf), "2" (sub));
	return r;
}
/* As a PV kernel asks: the prefix makes the hypervisor answer. */
static inline struct cpuid cpuid_pv(u32 leaf, u32 sub)
{
	struct cpuid r;

	asm volatile ("ud2a; .ascii \"xen\"; cpuid"
		      : "=a" (r.a), "=b" (r.b), "=c" (r.c), "=d" (r.d) : "0" (leaf), "2" (sub));
	return r;
}
#endif
#endif
