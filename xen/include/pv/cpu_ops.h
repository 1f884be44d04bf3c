/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual CPU registers that both hypercalls and emulated instructions change. */
#ifndef XEN_PV_CPU_OPS_H
#define XEN_PV_CPU_OPS_H

#include <common/domain.h>
#include <lib/types.h>

/* A kernel stack pointer that trap frames may be written below. */
bool pv_kernel_sp_ok(const struct domain *d, u64 sp);
/* 0; -EPERM, -EINVAL for a value the guest may not have, -ENODEV for no such register. v is current or does not run. */
int pv_set_debugreg(struct vcpu *v, unsigned int reg, u64 value);
/* DR0 to DR3 and DR6 of v, which is to run here, into the registers. */
void pv_load_debug_addresses(const struct vcpu *v);
u64 pv_get_debugreg(struct vcpu *v, unsigned int reg);
/*
 * May the guest kernel be entered there? SYSRET and IRETQ fault in ring 0 on a
 * non-canonical rip: no such address is ever stored, so the fast paths need not look.
 */
bool pv_entry_ok(const struct domain *d, u64 address);
/* address was found pv_entry_ok, or is 0: no handler. v is current or does not run. */
void pv_set_trap(struct vcpu *v, unsigned int vector, u8 flags, u16 cs, u64 address);

/* The virtual IOPL, 0 to 3. v is current or does not run. */
void pv_set_iopl(struct vcpu *v, u32 iopl);
/* An iret of v to these eflags. */
void pv_iret_iopl(struct vcpu *v, u32 eflags);
/* The domain's assists are others now: what v keeps because of them. */
void pv_assists_changed(struct vcpu *v);
/* May v do what IOPL guards, port I/O, CLI and STI, in the mode that it is in? */
bool pv_iopl_allows(struct vcpu *v, const struct cpu_regs *regs);

/* CR4 as the guest sees it, and a write to it: 0, or -1 for #GP. */
u64 guest_read_cr4(const struct vcpu *v);
int guest_write_cr4(struct vcpu *v, u64 value);

#endif
