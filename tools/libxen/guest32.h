/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures in the layout that a 32-bit guest has, for 64-bit tools: the
 * public headers give only the layout of the compiler's own width.
 */
#ifndef LIBXEN_GUEST32_H
#define LIBXEN_GUEST32_H

#include <stdint.h>

#define FLAT32_KERNEL_CS	0xe019
#define FLAT32_KERNEL_DS	0xe021
#define FLAT32_KERNEL_SS	0xe021

#pragma pack(push, 4)

struct start_info_32 {
	char magic[32];
	uint32_t nr_pages, shared_info, flags, store_mfn, store_evtchn;
	uint32_t console_mfn, console_evtchn;
	uint32_t pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;
	int8_t cmd_line[1024];
	uint32_t first_p2m_pfn, nr_p2m_frames;
};

struct regs_32 {
	uint32_t ebx, ecx, edx, esi, edi, ebp, eax;
	uint16_t error_code, entry_vector;
	uint32_t eip;
	uint16_t cs;
	uint8_t saved_upcall_mask, pad0;
	uint32_t eflags, esp;
	uint16_t ss, pad1, es, pad2, ds, pad3, fs, pad4, gs, pad5;
};

struct trap_32 {
	uint8_t vector, flags;
	uint16_t cs;
	uint32_t address;
};

struct vcpu_context_32 {
	uint8_t fpu[512];
	uint32_t flags;
	struct regs_32 regs;
	struct trap_32 traps[256];
	uint32_t ldt_base, ldt_ents, gdt_frames[16], gdt_ents;
	uint32_t kernel_ss, kernel_sp;
	uint32_t ctrlreg[8], debugreg[8];
	uint32_t event_cs, event_eip, failsafe_cs, failsafe_eip;
	uint32_t vm_assist;
};

struct vcpu_info_32 {
	uint8_t upcall_pending, upcall_mask;
	uint16_t pad0;
	uint32_t pending_sel;
	uint32_t cr2, pad[5];
	uint8_t time[32];
};

struct shared_info_32 {
	struct vcpu_info_32 vcpu[32];
	uint32_t evtchn_pending[32], evtchn_mask[32];
	uint32_t wc_version, wc_sec, wc_nsec;
	uint32_t max_pfn, frame_list_list, nmi_reason;
	uint32_t p2m_cr3, p2m_vaddr, p2m_generation;
	uint32_t wc_sec_hi;
};

#pragma pack(pop)

/* Frame numbers of PAE roots are folded so that 52-bit addresses fit 32 bits. */
static inline uint32_t cr3_32_from_frame(uint32_t f)
{
	return f << 12 | f >> 20;
}

static inline uint32_t cr3_32_to_frame(uint32_t c)
{
	return c >> 12 | c << 20;
}

_Static_assert(sizeof(struct vcpu_info_32) == 64, "vcpu_info");
_Static_assert(sizeof(struct regs_32) == 68, "cpu_user_regs");

#endif
