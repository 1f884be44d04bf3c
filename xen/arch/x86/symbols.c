/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking up the image's own symbol table (built by boot/symbols.awk):
 * read-only data, any context.
 */
#include <arch/layout.h>
#include <arch/symbols.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

extern const u32 symbol_count, symbol_offsets[], symbol_names[];
extern const char symbol_strings[];
extern const char image_start[], _etext[], __init_start[], __init_text_end[];

bool is_hypervisor_text(vaddr_t va)
{
	return (va >= (vaddr_t)image_start && va < (vaddr_t)_etext) ||
	       (va >= (vaddr_t)__init_start && va < (vaddr_t)__init_text_end);
}

static const char *name_of(u32 i)
{
	return symbol_strings + symbol_names[i];
}

const char *symbol_lookup(vaddr_t va, unsigned long *offset, unsigned long *size)
{
	u32 lo = 0, hi = symbol_count, at;

	if (!is_hypervisor_text(va) || !symbol_count)
		return NULL;
	at = va - IMAGE_START;
	/* The last one at or below va. */
	while (hi - lo > 1) {
		u32 mid = (lo + hi) / 2;

		if (symbol_offsets[mid] <= at)
			lo = mid;
		else
			hi = mid;
	}
	if (symbol_offsets[lo] > at)
		return NULL;
	*offset = at - symbol_offsets[lo];
	*size = lo + 1 < symbol_count ? symbol_offsets[lo + 1] - symbol_offsets[lo] : 0;
	return name_of(lo);
}

int symbol_format(char *buf, size_t size, vaddr_t va)
{
	unsigned long offset, length;
	const char *name = symbol_lookup(va, &offset, &length);

	if (!name)
		return scnprintf(buf, size, "%016lx", va);
	return scnprintf(buf, size, "%s+%#lx/%#lx", name, offset, length);
}

int symbol_by_index(u32 index, vaddr_t *va, char *name, size_t size)
{
	if (index >= symbol_count)
		return index == symbol_count ? 0 : -ERANGE;
	*va = IMAGE_START + symbol_offsets[index];
	strlcpy(name, name_of(index), size);
	return 1;
}
