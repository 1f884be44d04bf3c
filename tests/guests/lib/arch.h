/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the word size of a test guest: where it is mapped, what its
 * frames look like, how it issues hypercalls. Usable from assembly.
 */
#ifndef TEST_ARCH_H
#define TEST_ARCH_H

#define STACK_BYTES	16384
#define MAX_VCPUS	4

#ifdef __ASSEMBLY__
#define VIRT_BASE	0xffffffff80000000
#else
#define VIRT_BASE	0xffffffff80000000ul
#endif

/* Vectors beyond the CPU's, for callbacks. */
#define VEC_EVENT	0x101
#define VEC_FAILSAFE	0x102
#define VEC_SYSCALL	0x103
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
#define PT_LEVELS	4
#define DIRECT_MAP	0xffff888000000000ul	/* all of the guest's frames, by pfn */
#define WINDOW		0xffff890000000000ul	/* other mappings that a test makes */
#define HYPERVISOR_LOW	0xffff800000000000ul
#define HYPERVISOR_HIGH	0xffff880000000000ul
#define HYPERVISOR_SLOT	256
#define NON_CANONICAL	0x0000800000000000ul
#define LAST_LOW_PAGE	0x00007ffffffff000ul	/* highest page below the hole */

#define FLAT_CS		0xe033
#define FLAT_CS_32	0xe023
#define FLAT_DS		0xe02b

/* What handle_trap() is given, lowest address first. */
struct regs {
	word r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	word vector, error;
	word rip, cs, rflags, rsp, ss;	/* cs: saved upcall mask in its upper half */
};
#define REGS_CS(r)	((u16)(r)->cs)
#define REGS_MASK(r)	((u8)((r)->cs >> 32))

/* The iret hypercall's frame, and behind it two arguments for what is entered. */
struct iret_frame {
	word rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
	word arg2, arg1;
};

struct context {
	word pc, sp, saved[6];
};

static inline long hypercall(unsigned int nr, word a, word b, word c, word d, word e)
{
	register word r10 asm("r10") = d, r8 asm("r8") = e;
	long rc;

	asm volatile ("syscall"
		      : "=a" (rc), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), "+r" (r8)
		      : "0" ((word)nr) : "rcx", "r11", "r9", "memory");
	return rc;
}

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
