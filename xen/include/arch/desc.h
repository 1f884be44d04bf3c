/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors and descriptor-table registers. Each CPU has two versions of
 * the reserved GDT page (arch/layout.h), differing in the flat segments that
 * the 64-bit and the ring-1 ABI promise at the same selectors.
 */
#ifndef XEN_ARCH_DESC_H
#define XEN_ARCH_DESC_H

#include <arch/layout.h>
#include <lib/compiler.h>
#include <lib/types.h>

struct desc {
	u32 a, b;		/* low and high half, as in the manuals */
};
#define DESC_PRESENT	(1u << 15)	/* in b */
#define DESC_DPL(b)	(((b) >> 13) & 3)
#define DESC_S		(1u << 12)	/* code or data */
#define DESC_TYPE(b)	(((b) >> 8) & 15)
#define DESC_CODE	(1u << 11)
#define DESC_CONFORMING	(1u << 10)
#define DESC_L		(1u << 21)
#define DESC_DB		(1u << 22)
#define DESC_G		(1u << 23)

struct table_pointer {
	u16 limit;
	u64 base;
} __packed;

struct idt_entry {
	u64 a, b;
};

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];		/* ist[n - 1] is IST n */
	u64 reserved2;
	u16 reserved3;
	u16 io_bitmap;		/* offset; beyond the limit: all ports fault */
} __packed __aligned(128);
#define TSS_LIMIT	103

#define IST_NONE	0
#define IST_DF		1
#define IST_NMI		2
#define IST_MC		3
#define IST_DB		4

extern struct tss cpu_tss[MAX_CPUS];		/* each in lines of its own */
extern struct idt_entry idt[256];		/* shared by all CPUs */

/* Gate types. */
#define GATE_INTERRUPT	14
#define GATE_TRAP	15

/* Point vector at handler: dpl is the lowest privilege that may INT to it. */
void idt_set_gate(unsigned int vector, vaddr_t handler, unsigned int dpl, unsigned int ist);

static inline void lgdt(const struct table_pointer *p) { asm volatile ("lgdt %0" :: "m" (*p)); }
static inline void lidt(const struct table_pointer *p) { asm volatile ("lidt %0" :: "m" (*p)); }
static inline void sgdt(struct table_pointer *p) { asm volatile ("sgdt %0" : "=m" (*p)); }
static inline void lldt(u16 sel) { asm volatile ("lldt %w0" :: "r" ((u32)sel)); }
static inline void ltr(u16 sel) { asm volatile ("ltr %w0" :: "r" ((u32)sel)); }
static inline u16 read_cs(void) { u32 s; asm ("mov %%cs, %0" : "=r" (s)); return s; }
static inline u16 read_ds(void) { u32 s; asm volatile ("mov %%ds, %0" : "=r" (s)); return s; }
static inline u16 read_es(void) { u32 s; asm volatile ("mov %%es, %0" : "=r" (s)); return s; }
static inline u16 read_fs(void) { u32 s; asm volatile ("mov %%fs, %0" : "=r" (s)); return s; }
static inline u16 read_gs(void) { u32 s; asm volatile ("mov %%gs, %0" : "=r" (s)); return s; }

/*
 * Load a guest's data segment register. The selector is checked by the CPU; a
 * selector that faults becomes null. True when it was loaded as asked.
 * load_gs_index loads the one whose base SWAPGS hides.
 */
bool load_ds(u16 sel);
bool load_es(u16 sel);
bool load_fs(u16 sel);
bool load_gs(u16 sel);
bool load_gs_index(u16 sel);

/* lgdt for a table at base, whose reserved page stands at its fixed place. */
void load_gdt_at(vaddr_t base);
/*
 * The GDT this CPU uses outside guests (idle, boot): the 64-bit ABI's reserved
 * page seen through the direct map.
 */
void load_host_gdt(void);
/* Write this CPU's LDT descriptor in both versions and load it; entries 0: null LDT. */
void load_guest_ldt(vaddr_t base, unsigned int entries);
/* Address that SYSENTER's and interrupts' stack starts at on this CPU. */
static inline vaddr_t cpu_stack_top(u32 cpu)
{
	return STACK_VIRT(cpu) + STACK_SIZE;
}

/* Fill CPU cpu's GDT pages, TSS and entry stub. */
void desc_init_cpu(u32 cpu);
/* Load them on this CPU: GDT, TSS, IDT, SYSCALL and SYSENTER MSRs. */
void desc_load_cpu(void);
/* Boot CPU, once: fill the IDT from exception_entries. */
void idt_init(void);

/*
 * In pv/entry*.S: where the CPU arrives. On arrival by SYSCALL rsp is
 * cpu_info() itself, with the guest's rsp in cpu_info()->regs.rsp; interrupts
 * are off. By SYSENTER rsp is the same and
 * the guest's rsp and rip are lost.
 */
extern const u64 exception_entries[256];
void syscall_entry(void);
void syscall_compat_entry(void);
void sysenter_entry(void);

#endif
