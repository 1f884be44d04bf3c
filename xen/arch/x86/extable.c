/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exception table, and the instructions that depend on the CPU. Sorted
 * and patched once by the boot CPU; read-only afterwards.
 */
#include <arch/extable.h>
#include <arch/uaccess.h>
#include <lib/compiler.h>
#include <lib/minmax.h>
#include <lib/string.h>

extern struct exception_entry __ex_table_start[], __ex_table_end[];
extern struct smap_site __smap_sites_start[], __smap_sites_end[];

static vaddr_t insn_of(const struct exception_entry *e)
{
	return (vaddr_t)&e->insn + e->insn;
}

/* The offsets are relative to where they stand, so sorting rewrites them. */
static void __init swap_entries(struct exception_entry *a, struct exception_entry *b)
{
	vaddr_t insn = insn_of(a), fixup = (vaddr_t)&a->fixup + a->fixup;

	a->insn = insn_of(b) - (vaddr_t)&a->insn;
	a->fixup = (vaddr_t)&b->fixup + b->fixup - (vaddr_t)&a->fixup;
	b->insn = insn - (vaddr_t)&b->insn;
	b->fixup = fixup - (vaddr_t)&b->fixup;
}

static void __init sort_exception_table(void)
{
	struct exception_entry *t = __ex_table_start;
	long n = __ex_table_end - t;

	for (long i = 1; i < n; i++)
		for (long j = i; j && insn_of(&t[j - 1]) > insn_of(&t[j]); j--)
			swap_entries(&t[j - 1], &t[j]);
}

void __init apply_alternatives(bool smap)
{
	static const u8 stac[3] = { 0x0f, 0x01, 0xcb }, clac[3] = { 0x0f, 0x01, 0xca };

	sort_exception_table();
	if (!smap)
		return;
	for (struct smap_site *s = __smap_sites_start; s < __smap_sites_end; s++)
		memcpy((u8 *)&s->at + s->at, s->on ? stac : clac, 3);
}

vaddr_t search_exception_table(vaddr_t rip)
{
	long lo = 0, hi = __ex_table_end - __ex_table_start - 1;

	while (lo <= hi) {
		long mid = (lo + hi) / 2;
		const struct exception_entry *e = &__ex_table_start[mid];

		if (insn_of(e) == rip)
			return (vaddr_t)&e->fixup + e->fixup;
		if (insn_of(e) < rip)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return 0;
}
