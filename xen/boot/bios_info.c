/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the BIOS for its disks' parameters and boot records (INT 13h, Enhanced
 * Disk Drive specification) and the monitor's EDID (INT 10h, VESA DDC). What it
 * answers is bounded here, once; dom0 gets it by XENPF_firmware_info.
 */
#include <arch/bios.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

#define VIDEO			0x10
#define VIDEO_DDC		0x4f15
#define VIDEO_DONE		0x004f
#define DDC_CAPABILITIES	0
#define DDC_READ		1
#define DDC_LEVELS		3	/* DDC1, DDC2 */

#define DISK			0x13
#define DISK_READ		0x0201	/* one sector */
#define DISK_GEOMETRY		0x0800
#define DISK_EXTENSIONS		0x4100
#define DISK_PARAMETERS		0x4800
#define EXTENSIONS_ASKED	0x55aa
#define EXTENSIONS_THERE	0xaa55
#define FIRST_DISK		0x80

#define PARAMS_V1_BYTES		26
#define PARAMS_SECTOR_BYTES	24	/* offset */
#define MBR_SIGNATURE		0x1b8
#define MBR_MAGIC		510
#define SECTOR_BYTES		512

struct bios_info bios_info __ro_after_init;

static bool ask_edd __initdata = true, ask_mbr __initdata = true;
static bool ask_edid __initdata = true, force_edid __initdata;

/* edd=off|on|skipmbr */
static int __init parse_edd(const char *s)
{
	int on = s ? parse_bool(s) : 1;

	ask_mbr = !(s && !strcmp(s, "skipmbr"));
	if (ask_mbr && on < 0)
		return -EINVAL;
	ask_edd = on != 0;
	return 0;
}
option_custom("edd", parse_edd);

/* edid=no|force: also ask a BIOS that says it cannot */
static int __init parse_edid(const char *s)
{
	force_edid = s && !strcmp(s, "force");
	ask_edid = !s || parse_bool(s);
	return s && ask_edid && !force_edid ? -EINVAL : 0;
}
option_custom("edid", parse_edid);

static u16 word_at(const u8 *p)
{
	return p[0] | p[1] << 8;
}

static void __init clear_buffer(void)
{
	memset(bios_buffer(), 0, BIOS_BUFFER_BYTES);
}

/* Adds a disk that has the extensions. Returns the size of its sectors, in bytes. */
static u32 __init ask_disk(u8 drive)
{
	struct bios_regs r = { .eax = DISK_EXTENSIONS, .ebx = EXTENSIONS_ASKED, .edx = drive, .es = bios_segment };
	struct bios_disk *d = &bios_info.disk[bios_info.nr_disks];

	if (!bios_call(DISK, &r) || (u16)r.ebx != EXTENSIONS_THERE)
		return SECTOR_BYTES;
	bios_info.nr_disks++;
	d->drive = drive;
	d->version = r.eax >> 8;
	d->interfaces = r.ecx;

	clear_buffer();
	bios_buffer()[0] = sizeof(d->params);
	r = (struct bios_regs){ .eax = DISK_PARAMETERS, .edx = drive, .esi = BIOS_BUFFER, .es = bios_segment };
	if (bios_call(DISK, &r) && word_at(bios_buffer()) >= PARAMS_V1_BYTES) {
		u16 bytes = min_t(u16, word_at(bios_buffer()), sizeof(d->params));

		memcpy(d->params, bios_buffer(), bytes);
		d->params[0] = bytes;
	}

	/* es:di of zero: some BIOSes look at it, though it is their answer only for diskettes. */
	r = (struct bios_regs){ .eax = DISK_GEOMETRY, .edx = drive };
	if (bios_call(DISK, &r)) {
		d->max_cylinder = (r.ecx >> 8 & 0xff) | (r.ecx & 0xc0) << 2;
		d->max_head = r.edx >> 8;
		d->sectors_per_track = r.ecx & 0x3f;
	}
	return d->params[PARAMS_SECTOR_BYTES / 2] ?: SECTOR_BYTES;
}

static void __init read_boot_record(u8 drive)
{
	struct bios_regs r = { .eax = DISK_READ, .ebx = BIOS_BUFFER, .ecx = 1, .edx = drive, .es = bios_segment };
	const u8 *sector = bios_buffer();

	clear_buffer();
	if (!bios_call(DISK, &r) || word_at(sector + MBR_MAGIC) != 0xaa55)
		return;
	bios_info.mbr[bios_info.nr_signatures].drive = drive;
	bios_info.mbr[bios_info.nr_signatures++].signature =
		word_at(sector + MBR_SIGNATURE) | (u32)word_at(sector + MBR_SIGNATURE + 2) << 16;
}

static void __init read_edid(void)
{
	static const u8 head[8] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	struct bios_regs r = { .eax = VIDEO_DDC, .ebx = DDC_CAPABILITIES };
	bool can;

	bios_call(VIDEO, &r);
	can = (u16)r.eax == VIDEO_DONE && (r.ebx & DDC_LEVELS);
	if (!can && !force_edid)
		return;
	if (can) {
		bios_info.ddc_capabilities = r.ebx;
		bios_info.ddc_seconds = r.ebx >> 8;
	}
	clear_buffer();
	r = (struct bios_regs){ .eax = VIDEO_DDC, .ebx = DDC_READ, .edi = BIOS_BUFFER, .es = bios_segment };
	bios_call(VIDEO, &r);
	if ((u16)r.eax != VIDEO_DONE || memcmp(bios_buffer(), head, sizeof(head)))
		return;
	memcpy(bios_info.edid, bios_buffer(), EDID_BYTES);
	bios_info.has_edid = true;
}

void __init bios_info_init(void)
{
	u32 disks;

	if ((!ask_edd && !ask_edid) || !bios_call_init())
		return;
	/* Before, not after: who sees nothing more knows what to try. */
	printk("Asking the BIOS about disks and monitor (edd=off and edid=no: do not)\n");
	disks = ask_edd ? min_t(u32, bios_nr_disks(), BIOS_MAX_DISKS) : 0;
	for (u32 i = 0; i < disks; i++) {
		u32 sector_bytes = ask_disk(FIRST_DISK + i);

		if (ask_mbr && sector_bytes <= BIOS_BUFFER_BYTES)
			read_boot_record(FIRST_DISK + i);
	}
	if (ask_edid)
		read_edid();
}
