/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prepares the page that calls the BIOS (boot/bios_entry.S), and calls it.
 */
#include <arch/bios.h>
#include <arch/boot_info.h>
#include <arch/irqflags.h>
#include <arch/page.h>
#include <arch/setup.h>
#include <lib/compiler.h>
#include <lib/string.h>

#define LOWEST_MEMORY_KIB	256
#define VECTOR_VIDEO		0x10
#define VECTOR_DISK		0x13

extern const char bios_entry_start[], bios_entry_words[], bios_entry_end[];

/* boot/bios_entry.S lays it out. */
struct bios_entry_words {
	u64 gdt[5];
	u16 gdt_limit;
	u64 gdt_base;
	u32 to_16_bits_offset;
	u16 to_16_bits_sel;
	u16 to_real_mode_offset, to_real_mode_segment;
	u32 to_64_bits_offset;
	u16 to_64_bits_sel;
	u16 vector_at;
} __packed;

u16 bios_segment __initdata;

static char *__init page(void)
{
	return maddr_to_virt((paddr_t)bios_segment << 4);
}

u8 *__init bios_buffer(void)
{
	return (u8 *)page() + BIOS_BUFFER;
}

static struct bios_entry_words *__init words(void)
{
	return (struct bios_entry_words *)(page() + (bios_entry_words - bios_entry_start));
}

/* A vector leads into the BIOS, or into what has put itself in its way above the memory that it reports. */
static bool __init leads_to_bios(u32 vector, u16 kib)
{
	u32 at = (vector >> 16 << 4) + (vector & 0xffff);

	return at >= (u32)kib << 10 && at < 0x100000;
}

/* Some loaders do not say that they were started by UEFI: then there are no vectors. */
static bool __init bios_is_there(void)
{
	const u32 *vector = maddr_to_virt(0);
	u16 kib = *(const u16 *)maddr_to_virt(BDA_MEMORY_KIB);

	return !boot_info.efi && !boot_info.efi_memmap_bytes && !boot_info.efi_boot_services_live &&
	       kib >= LOWEST_MEMORY_KIB && kib <= 640 &&
	       leads_to_bios(vector[VECTOR_VIDEO], kib) && leads_to_bios(vector[VECTOR_DISK], kib);
}

bool __init bios_call_init(void)
{
	paddr_t base = bios_is_there() ? boot_alloc_real_mode() : 0;
	struct bios_entry_words *w;

	if (!base)
		return false;
	bios_segment = base >> 4;
	memcpy(page(), bios_entry_start, bios_entry_end - bios_entry_start);
	w = words();
	w->gdt[3] |= base << 16;
	w->gdt[4] |= base << 16;
	w->gdt_base += base;
	w->to_real_mode_segment = bios_segment;
	w->to_64_bits_offset += base;
	return true;
}

u8 __init bios_nr_disks(void)
{
	return *(const u8 *)maddr_to_virt(BDA_NR_DISKS);
}

bool __init bios_call(u8 vector, struct bios_regs *regs)
{
	char *block = page() + PAGE_SIZE - sizeof(*regs);
	void (*enter)(void) = (void (*)(void))((unsigned long)bios_segment << 4);

	page()[words()->vector_at] = vector;
	memcpy(block, regs, sizeof(*regs));
	enter();
	memcpy(regs, block, sizeof(*regs));
	return !(regs->eflags & X86_EFLAGS_CF);
}
