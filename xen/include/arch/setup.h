/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of booting, in the order start_hypervisor takes them, as far as
 * no other header declares them.
 */
#ifndef XEN_ARCH_SETUP_H
#define XEN_ARCH_SETUP_H

#include <arch/boot_info.h>
#include <arch/regs.h>
#include <lib/types.h>

/* Read what the loader left; magic and address as in its registers. Memory
 * below 4 GiB is mapped. */
void boot_info_init(u32 magic, paddr_t info);

/*
 * Memory before there is a heap: whole pages, never freed, zeroed. From the
 * image's neighbourhood up: low below 4 GiB, else from the top of RAM that
 * is mapped. Alignment is a power of two, in bytes. Panics when out of it.
 */
void boot_memory_init(void);
/* Keep bytes at pa out of it, until the heap takes over; before boot_memory_init. */
void boot_memory_reserve(paddr_t pa, u64 bytes);
paddr_t boot_alloc_low(u64 bytes, u64 align);
paddr_t boot_alloc_high(u64 bytes, u64 align);
/* Two pages below 1 MiB, the same at each call, for code that runs in real mode now
 * and again: a BIOS call's, then the trampoline's. 0 when there are none. */
#define REAL_MODE_BYTES		(2 * PAGE_SIZE)
paddr_t boot_alloc_real_mode(void);
/* Give what is left to the heap. No boot_alloc afterwards. */
void boot_memory_to_heap(void);
/* All of RAM is in the direct map: boot_alloc_high may use it. */
extern paddr_t boot_mapped_limit;

/* Build the final page tables and load them. */
void paging_init(void);
/* From now on page tables come from the heap. */
void paging_heap_ready(void);
/* After all other set-up: make read-only what only booting writes. */
void paging_seal(void);
/* Unmap the init sections and give their frames to the heap. */
void paging_free_init(void);
/* Frames of CPU cpu's stacks and stub mapped; 0 or -ENOMEM. heap: allocate from
 * the heap, else from boot memory. */
int map_cpu_stacks(u32 cpu, bool heap);
/* Write to the stub page of CPU cpu through the direct map. */
void *stub_page(u32 cpu);
/* A root for the trampoline, below 4 GiB, that maps page pa one to one too. */
paddr_t trampoline_root_init(paddr_t pa);

/* Copy the trampoline below 1 MiB; while there is boot memory. */
void smp_prepare_trampoline(void);

/* Memory that may lie outside the direct map, cached: ACPI tables. */
const void *map_firmware(paddr_t pa, size_t bytes);

/* pv/entry.S: continue in fn on an empty stack, below info; fn does not return. */
void reset_stack_and_jump(struct cpu_info *info, void (*fn)(void)) __attribute__((__noreturn__));

void start_hypervisor(u32 magic, u32 info) __attribute__((__noreturn__));

#endif
