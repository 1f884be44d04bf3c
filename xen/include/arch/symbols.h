/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for code addresses: the image's own symbol table, linked in. */
#ifndef XEN_ARCH_SYMBOLS_H
#define XEN_ARCH_SYMBOLS_H

#include <lib/types.h>

bool is_hypervisor_text(vaddr_t va);
/* Write "name+0x12/0x34", or the bare number, into buf; returns its length. */
int symbol_format(char *buf, size_t size, vaddr_t va);
const char *symbol_lookup(vaddr_t va, unsigned long *offset, unsigned long *size);
/* For XENPF_get_symbol: symbol number index, by address order. 1, or 0 at the end and -ERANGE past it. */
int symbol_by_index(u32 index, vaddr_t *va, char *name, size_t size);

#endif
