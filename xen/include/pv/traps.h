/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traps of guests: delivery to the guest's own handlers, emulation of what a
 * deprivileged kernel may not do itself, and the way back.
 *
 * All act on the current vcpu and its frame, with no lock held.
 */
#ifndef XEN_PV_TRAPS_H
#define XEN_PV_TRAPS_H

#include <arch/regs.h>
#include <arch/vectors.h>
#include <common/domain.h>
#include <lib/types.h>

#define PFEC_PRESENT	0x01u
#define PFEC_WRITE	0x02u
#define PFEC_USER	0x04u
#define PFEC_RESERVED	0x08u
#define PFEC_FETCH	0x10u

static inline bool guest_kernel_mode(const struct vcpu *v, const struct cpu_regs *regs)
{
	/* What runs outside of ring 1, be it ring 2, is not the kernel. */
	return v->pv.flags & PV_RING1 ? !(regs->cs & 2) : v->pv.flags & PV_KERNEL_MODE;
}

/* --- pv/bounce.c --- */

struct bounce {
	u64 rip;
	u16 cs;			/* ring-1 ABI */
	bool mask_events;
	bool has_error_code;
	bool has_selectors;	/* failsafe callback: ds, es, fs, gs */
	u32 error_code;
};
/* Build the frame on the guest kernel's stack and aim regs at the handler. A stack that cannot take it crashes the domain. */
void bounce_to_kernel(struct vcpu *v, struct cpu_regs *regs, const struct bounce *b);
/* pv/bounce32.c: the same for the ring-1 ABI. */
void bounce_to_ring1(struct vcpu *v, struct cpu_regs *regs, const struct bounce *b);
/* What eflags a frame shows. */
u32 shown_eflags(const struct vcpu *v, const struct cpu_regs *regs, bool masked);
/* IRETQ refused a ring-1 guest's frame. */
void ring1_iret_fault(struct vcpu *v, struct cpu_regs *regs);
/* Base of the segment a selector of v's tables names; 0 when it names none. An LDT's: v is current. */
u32 guest_segment_base(struct vcpu *v, u16 sel);
/* Where the instruction is that regs stand at: a ring-1 guest's code need not be flat. */
vaddr_t guest_linear_ip(struct vcpu *v, const struct cpu_regs *regs);
/* The descriptor itself; false for one of the hypervisor's, or none. */
bool guest_descriptor(struct vcpu *v, u16 sel, u64 *desc);
/* After a change of v's kernel stack, or of the tables its segment is in. */
void update_kernel_linear(struct vcpu *v);
/* An exception; error_code counts for vectors that have one. */
void inject_trap(struct cpu_regs *regs, unsigned int vector, u32 error_code);
/* INT n, which has none. */
void inject_interrupt(struct cpu_regs *regs, unsigned int vector);
void inject_page_fault(struct cpu_regs *regs, vaddr_t cr2, u32 error_code);
/* 64-bit ABI: change between the kernel's and user space's root and GS base. */
void toggle_guest_mode(struct vcpu *v);

/* --- pv/emulate*.c: true when the instruction was carried out, or a fault injected for it --- */
/* An instruction that was carried out for the guest: go on behind it, with the trap of a single step. */
void retire_insn(struct cpu_regs *regs, unsigned int length, bool code64);
bool emulate_privileged(struct cpu_regs *regs);
bool emulate_forced_cpuid(struct cpu_regs *regs);

/* --- pv/cpuid.c --- */
struct cpuid_leaf;
void guest_cpuid(struct vcpu *v, u32 leaf, u32 subleaf, bool kernel_view, struct cpuid_leaf *out);

/* --- pv/msr.c: 0, or -1 for #GP --- */
int guest_rdmsr(struct vcpu *v, u32 msr, u64 *value);
int guest_wrmsr(struct vcpu *v, u32 msr, u64 value);

/* --- pv/emulate_io.c --- */
bool guest_io_allowed(struct vcpu *v, struct cpu_regs *regs, u16 port, unsigned int bytes);
u32 guest_io_read(struct vcpu *v, u16 port, unsigned int bytes);
void guest_io_write(struct vcpu *v, u16 port, unsigned int bytes, u32 value);

/* --- pv/traps.c --- */
/* The iret hypercall of a 64-bit guest: regs become those of the frame that its rsp points at. */
void do_guest_iret(struct cpu_regs *regs);

/* --- pv/context.c --- */
void load_guest_segments(struct vcpu *v);

/* --- pv/entry.S --- */
struct cpu_info;
/* Run fn, which never returns, on the empty stack below info. */
void reset_stack_and_jump(struct cpu_info *info, void (*fn)(void)) __attribute__((__noreturn__));
/* Out to the guest of info's frame. Interrupts off. */
void resume_guest(struct cpu_info *info) __attribute__((__noreturn__));

/* arch/x86/nmi.c */
void nmi_interrupt(struct cpu_regs *regs);

/* arch/x86/irq.c: a device vector */
void irq_interrupt(unsigned int vector, struct cpu_regs *regs);

/* pv/vcpu_context.c: XEN_DOMCTL_setvcpucontext and VCPUOP_initialise. ctx: guest address of a
 * vcpu_guest_context of d's word size (the caller's page tables). 0, -EFAULT, -EINVAL, -ERESTART. */
int arch_set_info_guest(struct vcpu *v, u64 ctx);
int arch_get_info_guest(struct vcpu *v, u64 ctx);
/* pv/vcpu_context32.c: the same for vcpus of the ring-1 ABI. */
int set_info_guest_32(struct vcpu *v, u64 ctx);
int get_info_guest_32(struct vcpu *v, u64 ctx);
/* CR4 the hardware runs with for this vcpu. */
unsigned long vcpu_real_cr4(const struct vcpu *v);

#endif
