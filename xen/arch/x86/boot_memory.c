/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical memory map, put in order, and memory for booting before there
 * is a heap. Boot CPU only; no lock.
 */
#include <arch/bios.h>
#include <arch/boot_info.h>
#include <arch/page.h>
#include <arch/setup.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/frame.h>
#include <lib/minmax.h>
#include <lib/string.h>

#define ONE_MIB		(1ull << 20)
#define FOUR_GIB	(1ull << 32)
#define MAX_FREE	(MAX_MEMORY_RANGES + MAX_BOOT_MODULES + 8)
#define MAX_RESERVED	8
#define LOWEST_BIOS_LIMIT 0x40000	/* less is no BIOS's word */

struct region {
	paddr_t start, end;
};

static struct region free_region[MAX_FREE] __initdata;
static unsigned int nr_free __initdata;
static struct region reserved[MAX_RESERVED] __initdata;
static unsigned int nr_reserved __initdata;

paddr_t boot_mapped_limit __initdata = FOUR_GIB;

extern const char image_end[];

/* mem=: use no RAM above this address. */
static u64 mem_limit __initdata;
option_size("mem", mem_limit);

bool memory_range_is(paddr_t start, u64 bytes, u32 type)
{
	for (u32 i = 0; i < boot_info.nr_ranges && bytes; i++) {
		const struct memory_range *r = &boot_info.range[i];
		u64 n;

		if (r->type != type || start < r->start || start - r->start >= r->size)
			continue;
		n = min(bytes, r->size - (start - r->start));
		start += n;
		bytes -= n;
	}
	return bytes == 0;
}

/* Which of two types holds where ranges overlap: RAM gives way to all others. */
static unsigned int __init precedence(u32 type)
{
	switch (type) {
	case MEMORY_RAM: return 1;
	case MEMORY_ACPI: return 2;
	case MEMORY_NVS: return 3;
	default: return 4;
	}
}

static void __init sort_addresses(u64 *a, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++)
		for (unsigned int j = i; j && a[j - 1] > a[j]; j--)
			swap(a[j - 1], a[j]);
}

/*
 * Loaders' maps may be unsorted and overlap. Between any two neighbouring
 * boundaries the type is that of the strongest range there.
 */
static void __init sanitize_ranges(void)
{
	static struct memory_range in[MAX_MEMORY_RANGES] __initdata;
	static u64 edge[2 * MAX_MEMORY_RANGES] __initdata;
	struct memory_range *out = boot_info.range;
	unsigned int n = boot_info.nr_ranges, edges = 0, m = 0;

	memcpy(in, out, n * sizeof(*in));
	for (unsigned int i = 0; i < n; i++) {
		u64 end = in[i].start + in[i].size;

		/* Part of a page is of no use as RAM. */
		if (in[i].type == MEMORY_RAM) {
			in[i].start = ALIGN_UP(in[i].start, PAGE_SIZE);
			end = ALIGN_DOWN(end, PAGE_SIZE);
		}
		in[i].size = end > in[i].start ? end - in[i].start : 0;
		edge[edges++] = in[i].start;
		edge[edges++] = in[i].start + in[i].size;
	}
	sort_addresses(edge, edges);
	for (unsigned int e = 0; e + 1 < edges; e++) {
		u64 start = edge[e], size = edge[e + 1] - start;
		u32 type = 0;

		if (!size)
			continue;
		for (unsigned int i = 0; i < n; i++)
			if (start >= in[i].start && start - in[i].start < in[i].size &&
			    (!type || precedence(in[i].type) > precedence(type)))
				type = in[i].type;
		if (!type)
			continue;
		if (m && out[m - 1].type == type && out[m - 1].start + out[m - 1].size == start)
			out[m - 1].size += size;
		else if (m < MAX_MEMORY_RANGES)
			out[m++] = (struct memory_range){ start, size, type };
	}
	boot_info.nr_ranges = m;
}

/* RAM that the direct map or the frame table cannot describe is left alone. */
static void __init limit_ram(void)
{
	u64 limit = DIRECTMAP_END - DIRECTMAP_START;

	limit = min(limit, (u64)(FRAME_TABLE_END - FRAME_TABLE_START) /
			   sizeof(struct page_info) << PAGE_SHIFT);
	if (mem_limit)
		limit = min(limit, ALIGN_DOWN(mem_limit, (u64)PAGE_SIZE));
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		struct memory_range *r = &boot_info.range[i];

		if (r->type != MEMORY_RAM || r->start + r->size <= limit)
			continue;
		printk(XENLOG_WARNING "RAM above %#lx is not used\n", max(r->start, limit));
		if (r->start >= limit)
			r->type = MEMORY_UNUSABLE;
		else
			r->size = limit - r->start;
	}
}

static void __init print_map(void)
{
	static const char *const name[] = {
		"unknown", "usable", "reserved", "ACPI data", "ACPI NVS", "unusable", "unknown",
		"persistent",
	};
	u64 ram = 0;

	printk(XENLOG_INFO "Memory map from %s:\n", boot_info.loader[0] ? boot_info.loader : "the loader");
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct memory_range *r = &boot_info.range[i];

		printk(XENLOG_INFO " [%016lx, %016lx] %s\n", r->start, r->start + r->size - 1,
		       r->type < ARRAY_SIZE(name) ? name[r->type] : "reserved (other)");
		if (r->type == MEMORY_RAM)
			ram += r->size;
	}
	printk("System RAM: %luMB (%lukB)\n", ram >> 20, ram >> 10);
}

static void __init add_free(paddr_t start, paddr_t end)
{
	if (start >= end)
		return;
	if (nr_free == MAX_FREE)
		panic("Memory map too fragmented\n");
	free_region[nr_free++] = (struct region){ start, end };
}

static void __init remove_free(paddr_t start, paddr_t end)
{
	start = ALIGN_DOWN(start, (paddr_t)PAGE_SIZE);
	end = ALIGN_UP(end, (paddr_t)PAGE_SIZE);
	for (unsigned int i = 0; i < nr_free; i++) {
		struct region r = free_region[i];

		if (end <= r.start || start >= r.end)
			continue;
		free_region[i] = (struct region){ r.start, max(r.start, start) };
		add_free(min(r.end, end), r.end);
		if (free_region[i].start == free_region[i].end)
			free_region[i--] = free_region[--nr_free];
	}
}

void __init boot_memory_reserve(paddr_t pa, u64 bytes)
{
	if (nr_reserved < MAX_RESERVED)
		reserved[nr_reserved++] = (struct region){ pa, pa + bytes };
}

/* The EFI memory map lies in the loader's memory: take a copy. */
static void __init keep_efi_memmap(void)
{
	struct boot_info *bi = &boot_info;
	paddr_t copy;

	if (!bi->efi_memmap_bytes)
		return;
	copy = boot_alloc_low(bi->efi_memmap_bytes, PAGE_SIZE);
	memcpy(maddr_to_virt(copy), maddr_to_virt(bi->efi_memmap), bi->efi_memmap_bytes);
	bi->efi_memmap = copy;
}

void __init boot_memory_init(void)
{
	sanitize_ranges();
	limit_ram();
	print_map();
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct memory_range *r = &boot_info.range[i];

		if (r->type == MEMORY_RAM)
			add_free(r->start, r->start + r->size);
	}
	if (!nr_free)
		panic("The boot loader gave no memory map\n");
	/* Frame 0 means "none" in lists; firmware also keeps things there. */
	remove_free(0, PAGE_SIZE);
	remove_free(image_phys_start, image_phys_start + (vaddr_t)image_end - IMAGE_START);
	for (u32 i = 0; i < boot_info.nr_modules; i++) {
		paddr_t pa = mfn_to_maddr(boot_info.module[i].start);

		remove_free(pa, pa + boot_info.module[i].bytes);
	}
	for (unsigned int i = 0; i < nr_reserved; i++)
		remove_free(reserved[i].start, reserved[i].end);
	keep_efi_memmap();
}

/* The highest fitting place between the limits; 0 when there is none. */
static paddr_t __init take(u64 bytes, u64 align, paddr_t from, paddr_t below)
{
	unsigned int best = 0;
	paddr_t place = 0;

	bytes = ALIGN_UP(bytes, (u64)PAGE_SIZE);
	align = max_t(u64, align, PAGE_SIZE);
	for (unsigned int i = 0; i < nr_free; i++) {
		paddr_t end = min(free_region[i].end, below), start;

		if (end < bytes)
			continue;
		start = ALIGN_DOWN(end - bytes, align);
		if (start >= max(free_region[i].start, from) && start > place) {
			place = start;
			best = i;
		}
	}
	if (!place)
		return 0;
	add_free(place + bytes, free_region[best].end);
	free_region[best].end = place;
	if (free_region[best].start == place)
		free_region[best] = free_region[--nr_free];
	memset(maddr_to_virt(place), 0, bytes);
	return place;
}

paddr_t __init boot_alloc_low(u64 bytes, u64 align)
{
	paddr_t pa = take(bytes, align, ONE_MIB, min_t(paddr_t, boot_mapped_limit, FOUR_GIB));

	if (!pa)
		panic("No %lu bytes of boot memory below 4 GiB\n", bytes);
	return pa;
}

paddr_t __init boot_alloc_high(u64 bytes, u64 align)
{
	paddr_t pa = take(bytes, align, ONE_MIB, boot_mapped_limit);

	if (!pa)
		panic("No %lu bytes of boot memory\n", bytes);
	return pa;
}

/* What a BIOS keeps above its limit is not always in the map. */
static paddr_t __init real_mode_limit(void)
{
	paddr_t ebda = (paddr_t)*(const u16 *)maddr_to_virt(BDA_EBDA_SEGMENT) << 4;
	paddr_t size = (paddr_t)*(const u16 *)maddr_to_virt(BDA_MEMORY_KIB) << 10;
	paddr_t limit = 0xa0000;

	if (boot_info.efi || boot_info.efi_memmap_bytes)
		return limit;		/* no BIOS has written these words */
	if (size >= LOWEST_BIOS_LIMIT)
		limit = min(limit, size);
	if (ebda >= LOWEST_BIOS_LIMIT)
		limit = min(limit, ebda);
	return limit;
}

paddr_t __init boot_alloc_real_mode(void)
{
	static paddr_t place __initdata;

	if (!place)
		place = take(REAL_MODE_BYTES, PAGE_SIZE, PAGE_SIZE, real_mode_limit());
	return place;
}

void __init boot_memory_to_heap(void)
{
	for (unsigned int i = 0; i < nr_free; i++)
		frame_add_ram(free_region[i].start, free_region[i].end);
	nr_free = 0;
}
