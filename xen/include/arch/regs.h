/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The register frame that every entry into the hypervisor builds, and the
 * per-CPU block that sits above it at the top of the stack.
 */
#ifndef XEN_ARCH_REGS_H
#define XEN_ARCH_REGS_H

#include <arch/layout.h>
#include <lib/types.h>

struct vcpu;

/* Lowest address first; from rip on it is what the CPU pushes. */
struct cpu_regs {
	u64 r15, r14, r13, r12, rbp, rbx;
	u64 r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u32 error_code;
	u32 entry_vector;	/* vector, or ENTRY_* below */
	u64 rip;
	u16 cs, cs_pad[3];
	u64 rflags;
	u64 rsp;
	u16 ss, ss_pad[3];
};

#define ENTRY_SYSCALL		0x100	/* by SYSCALL from a 64-bit guest: frame built by software */
#define ENTRY_SYSENTER		0x101

/*
 * At the top of each CPU's ordinary stack. While the CPU is in the
 * hypervisor on behalf of a guest, regs is that guest's frame.
 */
struct cpu_info {
	struct cpu_regs regs;
	struct vcpu *current_vcpu;	/* the vcpu that runs here; never NULL after boot */
	u64 per_cpu_offset;		/* added to a per-CPU symbol's address */
	u32 cpu;			/* logical number */
	u32 softirq_pending;		/* bit set, atomic: other CPUs set bits too */
	u64 root;			/* machine address of the page-table root now loaded */
	u64 scratch[2];			/* for entry code only; the size keeps the frame's top 16-byte aligned */
};

static inline struct cpu_info *cpu_info(void)
{
	unsigned long sp;

	asm ("mov %%rsp, %0" : "=r" (sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1) - 1;
}

/* The block of another CPU: its address is known from its number alone. */
#define cpu_info_of(c) \
	((struct cpu_info *)(STACK_VIRT(c) + STACK_SIZE) - 1)

#define current			(cpu_info()->current_vcpu)
#define smp_cpu()		(cpu_info()->cpu)
#define guest_regs()		(&cpu_info()->regs)

#endif
