/* SPDX-License-Identifier: MIT */
/*
 * What is particular to the 64-bit ABI: how a hypercall is made, what a trap frame
 * looks like, how many levels page tables have. arch/x86_32/arch.h is the other
 * half; nothing outside these two folders asks which one it is built for.
 */
#ifndef MINIOS_ARCH_H
#define MINIOS_ARCH_H

#include <stdint.h>
#include <xen/xen.h>

#define ARCH_NAME	"x86_64"

/* Page tables: levels, and the flags that entries above the first level take. */
#define PT_LEVELS	4

/* What switch_stacks keeps on a stack. */
#define SAVED_REGISTERS	6
#define PT_TABLE_FLAGS(level)	(PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

/*
 * What entry.S leaves on the stack, lowest address first: the registers it has
 * pushed, vector and error code, and the frame that the hypervisor pushed.
 */
struct regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di;
	unsigned long vector, error;
	unsigned long ip, cs, flags, sp, ss;
};

/*
 * Each hypercall has 32 bytes in the page that the domain builder filled. It is a
 * syscall instruction within, hence rcx and r11 are lost.
 */
extern char hypercall_page[];

static inline long hypercall(unsigned int number, unsigned long a, unsigned long b, unsigned long c,
			     unsigned long d, unsigned long e)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	long result = (long)(hypercall_page + number * 32);

	__asm__ volatile("call *%%rax"
			 : "+a" (result), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), "+r" (r8)
			 : : "rcx", "r11", "memory");
	return result;
}

/* A page-table entry is one argument here. */
static inline long hypercall_update_va(unsigned long va, uint64_t pte, unsigned long flags)
{
	return hypercall(__HYPERVISOR_update_va_mapping, va, pte, flags, 0, 0);
}

static inline long hypercall_set_timer(uint64_t deadline)
{
	return hypercall(__HYPERVISOR_set_timer_op, deadline, 0, 0, 0, 0);
}

static inline long hypercall_set_callbacks(void (*event)(void), void (*failsafe)(void))
{
	return hypercall(__HYPERVISOR_set_callbacks, (unsigned long)event, (unsigned long)failsafe, 0, 0, 0);
}

#endif
