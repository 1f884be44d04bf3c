/* SPDX-License-Identifier: GPL-2.0-only */
/* This CPU's interrupt flag. */
#ifndef XEN_ARCH_IRQFLAGS_H
#define XEN_ARCH_IRQFLAGS_H

#include <lib/types.h>

#define X86_EFLAGS_CF	0x00000001
#define X86_EFLAGS_MBS	0x00000002	/* always set */
#define X86_EFLAGS_PF	0x00000004
#define X86_EFLAGS_AF	0x00000010
#define X86_EFLAGS_ZF	0x00000040
#define X86_EFLAGS_SF	0x00000080
#define X86_EFLAGS_TF	0x00000100
#define X86_EFLAGS_IF	0x00000200
#define X86_EFLAGS_DF	0x00000400
#define X86_EFLAGS_OF	0x00000800
#define X86_EFLAGS_IOPL	0x00003000
#define X86_EFLAGS_NT	0x00004000
#define X86_EFLAGS_RF	0x00010000
#define X86_EFLAGS_VM	0x00020000
#define X86_EFLAGS_AC	0x00040000
#define X86_EFLAGS_VIF	0x00080000
#define X86_EFLAGS_VIP	0x00100000
#define X86_EFLAGS_ID	0x00200000

static inline unsigned long read_flags(void)
{
	unsigned long flags;

	asm volatile ("pushfq; popq %0" : "=r" (flags) :: "memory");
	return flags;
}
static inline void local_irq_disable(void)
{
	asm volatile ("cli" ::: "memory");
}
static inline void local_irq_enable(void)
{
	asm volatile ("sti" ::: "memory");
}
static inline bool local_irq_is_enabled(void)
{
	return read_flags() & X86_EFLAGS_IF;
}
static inline unsigned long local_irq_save_flags(void)
{
	unsigned long flags = read_flags();

	local_irq_disable();
	return flags;
}
static inline void local_irq_restore(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF)
		local_irq_enable();
	else
		local_irq_disable();
}
#define local_irq_save(flags)	((void)((flags) = local_irq_save_flags()))

/* Sleep until an interrupt; enables interrupts without a window before hlt. */
static inline void safe_halt(void)
{
	asm volatile ("sti; hlt" ::: "memory");
}
static inline void halt(void)
{
	asm volatile ("hlt" ::: "memory");
}

#endif
