/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image: code, read-only data and data on separate pages, so that each
 * can be mapped with its own rights. Code takes whole 2 MiB pages. What only
 * booting needs stands last and is given back. Loaded at 2 MiB unless the
 * boot loader chooses another place.
 */
#include <arch/layout.h>

#define LOAD_ADDRESS	0x200000
#define LARGE_PAGE	0x200000

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	init PT_LOAD FLAGS(7);
	rodata2 PT_LOAD FLAGS(4);
}

SECTIONS
{
	. = IMAGE_START;
	.text : AT(ADDR(.text) - IMAGE_START + LOAD_ADDRESS) {
		*(.text.head)
		*(.text.entry)
		*(.text .text.*)
		_etext = .;
	} :text

	. = ALIGN(LARGE_PAGE);
	_srodata = .;
	.rodata : AT(ADDR(.rodata) - IMAGE_START + LOAD_ADDRESS) {
		*(.rodata .rodata.*)
		. = ALIGN(8);
		__ex_table_start = .;
		*(.ex_table)
		__ex_table_end = .;
		*(.data.rel.ro .data.rel.ro.*)
	} :rodata

	/* Read-only once booted. */
	. = ALIGN(PAGE_SIZE);
	_sro_after_init = .;
	.data.ro : AT(ADDR(.data.ro) - IMAGE_START + LOAD_ADDRESS) {
		*(.data.ro_after_init.page_aligned)
		*(.data.ro_after_init)
		. = ALIGN(PAGE_SIZE);
	} :data
	_erodata = .;

	_sdata = .;
	.data : AT(ADDR(.data) - IMAGE_START + LOAD_ADDRESS) {
		*(.data.page_aligned)
		. = ALIGN(64);
		__per_cpu_start = .;
		*(.data.percpu)
		. = ALIGN(64);
		__per_cpu_end = .;
		*(.data.read_mostly)
		. = ALIGN(64);
		*(.data .data.*)
		*(.got .got.plt)
	} :data
	.bss : AT(ADDR(.bss) - IMAGE_START + LOAD_ADDRESS) {
		*(.bss.page_aligned)
		*(.bss .bss.*)
		*(COMMON)
	} :data
	. = ALIGN(PAGE_SIZE);
	_edata_all = .;

	/* Given back after boot. */
	__init_start = .;
	.init : AT(ADDR(.init) - IMAGE_START + LOAD_ADDRESS) {
		*(.init.text)
		. = ALIGN(PAGE_SIZE);
		__init_text_end = .;
		*(.init.rodata)
		. = ALIGN(8);
		__options_start = .;
		*(.options)
		__options_end = .;
		. = ALIGN(8);
		__smap_sites_start = .;
		*(.smap_sites)
		__smap_sites_end = .;
		. = ALIGN(8);
		*(.init.data)
	} :init
	.init.bss : AT(ADDR(.init.bss) - IMAGE_START + LOAD_ADDRESS) {
		. = ALIGN(64);
		__per_cpu_copy = .;
		. += __per_cpu_end - __per_cpu_start;
		*(.init.bss)
	} :init
	. = ALIGN(PAGE_SIZE);
	__init_end = .;

	/* Names of functions: behind all code, so that adding it moves none. */
	.symbols : AT(ADDR(.symbols) - IMAGE_START + LOAD_ADDRESS) {
		_ssymbols = .;
		*(.symbols)
		. = ALIGN(PAGE_SIZE);
		_esymbols = .;
	} :rodata2
	image_end = .;

	/DISCARD/ : {
		*(.note .note.*)
		*(.comment .comment.*)
		*(.eh_frame .eh_frame.*)
		*(.interp .dynamic .dynsym .dynstr .hash .gnu.hash)
	}
}

ASSERT(image_end - IMAGE_START <= 8 * LARGE_PAGE, "image larger than the boot page tables map")
