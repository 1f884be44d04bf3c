/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns what a multiboot 1 or 2 loader left in memory into boot_info. Runs
 * once, on the boot page tables (the first 4 GiB are mapped), before there is
 * a console; everything kept is copied.
 */
#include <arch/boot_info.h>
#include <arch/page.h>
#include <arch/panic.h>
#include <arch/setup.h>
#include <common/console.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include "multiboot.h"

#define VGA_TEXT_BASE	0xb8000

struct boot_info boot_info __ro_after_init;

static u8 rsdp_copy[64] __ro_after_init __aligned(16);

static const void *low(u64 pa)
{
	return maddr_to_virt(pa);
}

static const char *__init after_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/*
 * Most loaders put the file's name first; what matters is the rest. GRUB 2 ("GRUB 2.06",
 * where its predecessor was "GNU GRUB 0.97") does not; menu entries that are meant for
 * others, too, have a word in its place.
 */
static void __init drop_file_name(char *arguments)
{
	static const char stand_in[] = "placeholder";
	const char *from = after_blanks(arguments), *end = from;

	while (*end && *end != ' ')
		end++;
	if (strncmp(boot_info.loader, "GRUB ", 5) ||
	    (end - from == sizeof(stand_in) - 1 && !strncmp(from, stand_in, end - from)))
		from = after_blanks(end);
	memmove(arguments, from, strlen(from) + 1);
}

static void __init add_range(u64 start, u64 size, u32 type)
{
	struct boot_info *bi = &boot_info;

	if (!size || bi->nr_ranges == MAX_MEMORY_RANGES)
		return;
	if (start + size < start)
		size = -start;
	bi->range[bi->nr_ranges++] = (struct memory_range){ start, size, type };
}

static void __init add_module(u64 start, u64 end, const char *string)
{
	struct boot_info *bi = &boot_info;
	struct boot_module *m = &bi->module[bi->nr_modules];

	if (bi->nr_modules == MAX_BOOT_MODULES || end <= start)
		return;
	m->start = maddr_to_mfn(start);
	m->bytes = end - start;
	strlcpy(m->cmdline, string, sizeof(m->cmdline));
	bi->nr_modules++;
}

static void __init set_text_console(void)
{
	boot_info.video = (struct boot_video){
		.kind = CONSOLE_TEXT, .base = VGA_TEXT_BASE,
		.width = 80, .height = 25, .pitch = 160,
	};
}

static void __init read_mb1(const struct mb1_info *mbi)
{
	struct boot_info *bi = &boot_info;

	if (mbi->flags & MB1_HAS_CMDLINE)
		strlcpy(bi->cmdline, low(mbi->cmdline), sizeof(bi->cmdline));
	if (mbi->flags & MB1_HAS_LOADER)
		strlcpy(bi->loader, low(mbi->boot_loader_name), sizeof(bi->loader));
	if (mbi->flags & MB1_HAS_MODULES) {
		const struct mb1_module *m = low(mbi->mods_addr);

		for (u32 i = 0; i < mbi->mods_count; i++)
			add_module(m[i].start, m[i].end, m[i].string ? low(m[i].string) : "");
	}
	if (mbi->flags & MB1_HAS_MMAP) {
		u32 at = mbi->mmap_addr, end = at + mbi->mmap_length;

		while (at < end) {
			const struct mb1_mmap *e = low(at);

			add_range(e->addr, e->len, e->type);
			at += e->size + sizeof(e->size);
		}
	} else if (mbi->flags & MB1_HAS_MEMORY) {
		add_range(0, (u64)mbi->mem_lower << 10, MEMORY_RAM);
		add_range(1 << 20, (u64)mbi->mem_upper << 10, MEMORY_RAM);
	}
	set_text_console();
	if ((mbi->flags & MB1_HAS_FRAMEBUFFER) && mbi->framebuffer_type == FB_TYPE_RGB)
		bi->video = (struct boot_video){
			.kind = CONSOLE_FRAMEBUFFER, .base = mbi->framebuffer_addr,
			.pitch = mbi->framebuffer_pitch,
			.width = mbi->framebuffer_width, .height = mbi->framebuffer_height,
			.bpp = mbi->framebuffer_bpp,
			.red_pos = mbi->color_info[0], .red_size = mbi->color_info[1],
			.green_pos = mbi->color_info[2], .green_size = mbi->color_info[3],
			.blue_pos = mbi->color_info[4], .blue_size = mbi->color_info[5],
		};
}

static void __init read_mb2_framebuffer(const struct mb2_framebuffer *fb)
{
	if (fb->type == FB_TYPE_TEXT) {
		set_text_console();
		boot_info.video.base = fb->addr;
		boot_info.video.width = fb->width;
		boot_info.video.height = fb->height;
		boot_info.video.pitch = fb->pitch;
	} else if (fb->type == FB_TYPE_RGB) {
		boot_info.video = (struct boot_video){
			.kind = CONSOLE_FRAMEBUFFER, .base = fb->addr, .pitch = fb->pitch,
			.width = fb->width, .height = fb->height, .bpp = fb->bpp,
			.red_pos = fb->red_pos, .red_size = fb->red_size,
			.green_pos = fb->green_pos, .green_size = fb->green_size,
			.blue_pos = fb->blue_pos, .blue_size = fb->blue_size,
		};
	}
}

static void __init read_mb2_tag(const struct mb2_tag *tag)
{
	struct boot_info *bi = &boot_info;
	const struct mb2_module *m = (const void *)tag;
	const struct mb2_mmap *map = (const void *)tag;
	const struct mb2_efi_mmap *efi = (const void *)tag;
	const struct mb2_string *s = (const void *)tag;

	switch (tag->type) {
	case MB2_CMDLINE:
		strlcpy(bi->cmdline, s->text, sizeof(bi->cmdline));
		break;
	case MB2_LOADER:
		strlcpy(bi->loader, s->text, sizeof(bi->loader));
		break;
	case MB2_MODULE:
		add_module(m->start, m->end, m->cmdline);
		break;
	case MB2_MMAP:
		for (u32 at = sizeof(*map); at + map->entry_size <= tag->size; at += map->entry_size) {
			const u64 *e = (const void *)((const char *)tag + at);

			add_range(e[0], e[1], (u32)e[2]);
		}
		break;
	case MB2_FRAMEBUFFER:
		read_mb2_framebuffer((const void *)tag);
		break;
	case MB2_EFI64:
		bi->efi = true;
		bi->efi_system_table = ((const struct mb2_efi64 *)tag)->system_table;
		break;
	case MB2_EFI_MMAP:
		/* Moved to memory of our own once there is any. */
		bi->efi_memmap = virt_to_maddr(efi->map);
		bi->efi_memmap_bytes = tag->size - sizeof(*efi);
		bi->efi_desc_bytes = efi->descr_size;
		bi->efi_desc_version = efi->descr_version;
		break;
	case MB2_EFI_BS:
		bi->efi_boot_services_live = true;
		break;
	case MB2_ACPI_OLD:
		if (bi->rsdp)
			break;
		fallthrough;
	case MB2_ACPI_NEW:
		memcpy(rsdp_copy, ((const struct mb2_acpi *)tag)->rsdp,
		       min_t(size_t, tag->size - sizeof(*tag), sizeof(rsdp_copy)));
		bi->rsdp = virt_to_maddr(rsdp_copy);
		bi->rsdp_is_copy = true;
		break;
	}
}

static void __init read_mb2(const struct mb2_info *mbi)
{
	u32 at = sizeof(*mbi);

	while (at + sizeof(struct mb2_tag) <= mbi->total_size) {
		const struct mb2_tag *tag = (const void *)((const char *)mbi + at);

		if (tag->type == MB2_END || tag->size < sizeof(*tag))
			break;
		read_mb2_tag(tag);
		at += ALIGN_UP(tag->size, 8);
	}
	boot_info.video.is_efi = boot_info.efi && boot_info.video.kind == CONSOLE_FRAMEBUFFER;
	if (boot_info.video.kind == CONSOLE_NONE && !boot_info.efi)
		set_text_console();
	boot_memory_reserve(virt_to_maddr(mbi), mbi->total_size);
}

void __init boot_info_init(u32 magic, paddr_t info)
{
	if (magic == MULTIBOOT2_MAGIC)
		read_mb2(low(info));
	else
		read_mb1(low(info));

	drop_file_name(boot_info.cmdline);
	for (u32 i = 0; i < boot_info.nr_modules; i++)
		drop_file_name(boot_info.module[i].cmdline);
}
