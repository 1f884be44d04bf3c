/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VGA text memory as a console: characters at the bottom, scrolling up. A
 * frame buffer is left to dom0. Guarded by the console lock.
 */
#include <arch/boot_info.h>
#include <arch/io.h>
#include <drivers/video.h>
#include <lib/compiler.h>
#include <lib/string.h>

#define ATTRIBUTE	0x0700		/* light grey on black */
#define VGA_CRTC_INDEX	0x3d4
#define CRTC_CURSOR_HI	0x0e
#define CRTC_CURSOR_LO	0x0f

static volatile u16 *screen;
static u32 columns, rows, column, row;

void __init video_init(void)
{
	const struct boot_video *v = &boot_info.video;

	if (v->kind != CONSOLE_TEXT)
		return;
	columns = v->width;
	rows = v->height;
	screen = ioremap(v->base, columns * rows * sizeof(u16));
	for (u32 i = 0; i < columns * rows; i++)
		screen[i] = ATTRIBUTE | ' ';
}

static void scroll(void)
{
	for (u32 i = 0; i < columns * (rows - 1); i++)
		screen[i] = screen[i + columns];
	for (u32 i = columns * (rows - 1); i < columns * rows; i++)
		screen[i] = ATTRIBUTE | ' ';
}

static void new_line(void)
{
	column = 0;
	if (++row == rows) {
		scroll();
		row--;
	}
}

static void move_cursor(void)
{
	u32 at = row * columns + column;

	outb(CRTC_CURSOR_HI, VGA_CRTC_INDEX);
	outb(at >> 8, VGA_CRTC_INDEX + 1);
	outb(CRTC_CURSOR_LO, VGA_CRTC_INDEX);
	outb(at, VGA_CRTC_INDEX + 1);
}

void video_puts(const char *s, size_t bytes)
{
	if (!screen)
		return;
	for (; bytes--; s++) {
		switch (*s) {
		case '\n':
			new_line();
			break;
		case '\r':
			column = 0;
			break;
		case '\t':
			column = (column + 8) & ~7u;
			break;
		case '\b':
			column -= column > 0;
			break;
		default:
			if (isprint(*s))
				screen[row * columns + column++] = ATTRIBUTE | (u8)*s;
		}
		if (column >= columns)
			new_line();
	}
	move_cursor();
}

void video_stop(void)
{
	screen = NULL;
}
