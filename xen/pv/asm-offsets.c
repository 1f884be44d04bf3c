/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiled to assembly and filtered into asm-offsets.h: the structure offsets
 * that entry code needs. Never linked.
 */
#include <arch/regs.h>
#include <common/domain.h>
#include <common/shared.h>
#include <pv/pv_state.h>

#define DEFINE(sym, val)	asm volatile("\n#define " #sym " %c0" : : "i" (val))
#define REG(r)			DEFINE(UREGS_##r, offsetof(struct cpu_info, regs.r))

void asm_offsets(void);
void asm_offsets(void)
{
	REG(r15); REG(r14); REG(r13); REG(r12); REG(rbp); REG(rbx);
	REG(r11); REG(r10); REG(r9); REG(r8); REG(rax); REG(rcx);
	REG(rdx); REG(rsi); REG(rdi);
	REG(error_code); REG(entry_vector); REG(rip); REG(cs); REG(rflags); REG(rsp); REG(ss);
	DEFINE(CPUINFO_current, offsetof(struct cpu_info, current_vcpu));
	DEFINE(CPUINFO_softirq_pending, offsetof(struct cpu_info, softirq_pending));
	DEFINE(CPUINFO_root, offsetof(struct cpu_info, root));
	DEFINE(CPUINFO_scratch, offsetof(struct cpu_info, scratch));
	DEFINE(CPUINFO_sizeof, sizeof(struct cpu_info));

	DEFINE(VCPU_info, offsetof(struct vcpu, info));
	DEFINE(VCPU_flags, offsetof(struct vcpu, pv.flags));
	DEFINE(VCPU_shown_iopl, offsetof(struct vcpu, pv.shown_iopl));
	DEFINE(VCPU_iret_plain_flags, offsetof(struct vcpu, pv.iret_plain_flags));
	DEFINE(VCPU_syscall_masks, offsetof(struct vcpu, pv.syscall_masks));
	DEFINE(VCPU_kernel_root, offsetof(struct vcpu, pv.kernel_root));
	DEFINE(VCPU_user_root, offsetof(struct vcpu, pv.user_root));
	DEFINE(VCPU_kernel_sp, offsetof(struct vcpu, pv.kernel_sp));
	DEFINE(VCPU_kernel_ss, offsetof(struct vcpu, pv.kernel_ss));
	DEFINE(VCPU_kernel_linear, offsetof(struct vcpu, pv.kernel_linear));
	DEFINE(VCPU_syscall_entry, offsetof(struct vcpu, pv.syscall_entry));
	DEFINE(VCPU_syscall32_entry, offsetof(struct vcpu, pv.syscall32_entry));
	DEFINE(VCPU_syscall32_cs, offsetof(struct vcpu, pv.syscall32_cs));
	DEFINE(VCPU_syscall32_masks, offsetof(struct vcpu, pv.syscall32_masks));
	DEFINE(VCPU_sysenter_entry, offsetof(struct vcpu, pv.sysenter_entry));
	DEFINE(VCPU_sysenter_cs, offsetof(struct vcpu, pv.sysenter_cs));
	DEFINE(VCPU_sysenter_masks, offsetof(struct vcpu, pv.sysenter_masks));
	DEFINE(VCPU_trap, offsetof(struct vcpu, pv.trap));
	DEFINE(TRAP_sizeof, sizeof(struct pv_trap));
	DEFINE(TRAP_rip, offsetof(struct pv_trap, rip));
	DEFINE(TRAP_cs, offsetof(struct pv_trap, cs));
	DEFINE(TRAP_dpl, offsetof(struct pv_trap, dpl));
	DEFINE(TRAP_mask_events, offsetof(struct pv_trap, mask_events));
	DEFINE(VINFO_pending, offsetof(struct vcpu_info, evtchn_upcall_pending));
	DEFINE(VINFO_mask, offsetof(struct vcpu_info, evtchn_upcall_mask));
	DEFINE(VINFO_cr2, offsetof(struct vcpu_info, arch.cr2));
	DEFINE(VINFO_cr2_32, offsetof(struct vcpu_info_32, cr2));
}
