/* SPDX-License-Identifier: MIT */
/*
 * What is particular to the classic 32-bit ABI, where the kernel runs in ring 1:
 * how a hypercall is made, what a trap frame looks like, how many levels page
 * tables have. arch/x86_64/arch.h is the other half.
 */
#ifndef MINIOS_ARCH_H
#define MINIOS_ARCH_H

#include <stdint.h>
#include <xen/xen.h>

#define ARCH_NAME	"x86_32"

/*
 * Page tables: PAE has three levels with entries of 64 bits; one of the four in
 * the root takes no flag but "present".
 */
#define PT_LEVELS	3

/* What switch_stacks keeps on a stack. */
#define SAVED_REGISTERS	4
#define PT_TABLE_FLAGS(level)	\
	((level) == 3 ? PTE_PRESENT : PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

/*
 * What entry.S leaves on the stack, lowest address first. A trap in ring 1 stays
 * on the stack it interrupts, so the frame holds neither sp nor ss.
 */
struct regs {
	unsigned long di, si, bp, unused_sp, bx, dx, cx, ax;
	unsigned long vector, error;
	unsigned long ip, cs, flags;
};

/* Each hypercall has 32 bytes in the page that the domain builder filled. */
extern char hypercall_page[];

static inline long hypercall(unsigned int number, unsigned long a, unsigned long b, unsigned long c,
			     unsigned long d, unsigned long e)
{
	long result = (long)(hypercall_page + number * 32);

	__asm__ volatile("call *%%eax"
			 : "+a" (result), "+b" (a), "+c" (b), "+d" (c), "+S" (d), "+D" (e)
			 : : "memory");
	return result;
}

/* Numbers of 64 bits take two arguments, the low half first. */
static inline long hypercall_update_va(unsigned long va, uint64_t pte, unsigned long flags)
{
	return hypercall(__HYPERVISOR_update_va_mapping, va, (uint32_t)pte, pte >> 32, flags, 0);
}

static inline long hypercall_set_timer(uint64_t deadline)
{
	return hypercall(__HYPERVISOR_set_timer_op, (uint32_t)deadline, deadline >> 32, 0, 0, 0);
}

/* Here a callback is a far pointer. */
static inline long hypercall_set_callbacks(void (*event)(void), void (*failsafe)(void))
{
	return hypercall(__HYPERVISOR_set_callbacks, FLAT_KERNEL_CS, (unsigned long)event,
			 FLAT_KERNEL_CS, (unsigned long)failsafe, 0);
}

#endif
