// SPDX-License-Identifier: GPL-2.0-only
// SOURCES:
// CFLAGS: -Ixen/include -Iinclude -Ixen -D__XEN__ -fno-strict-aliasing
/*
 * What is made of a BIOS's answers, with BIOSes that answer oddly: too much, too
 * little, more disks than there is room for, or not at all.
 */
#define EDID_HEAD	"\x00\xff\xff\xff\xff\xff\xff"
#include "boot/bios_info.c"

#include "check.h"

/* --- the BIOS --- */

static struct disk {
	bool extensions, readable, signed_record;
	u16 params_bytes, sector_bytes;
	u32 signature;
} disk[256];
static u8 nr_disks;
static bool present, ddc;
static u16 ddc_answer;
static const char *edid_head;
static unsigned int calls, reads, edid_reads;

u16 bios_segment = 0x9d00;
static u8 buffer[BIOS_BUFFER_BYTES];

u8 *bios_buffer(void) { return buffer; }
bool bios_call_init(void) { return present; }
u8 bios_nr_disks(void) { return nr_disks; }
int parse_bool(const char *s)
{
	return !strcmp(s, "no") || !strcmp(s, "off") ? 0 : !strcmp(s, "on") ? 1 : -1;
}
void printk(const char *fmt, ...) { (void)fmt; }

static bool disk_call(struct bios_regs *r)
{
	const struct disk *d = &disk[(r->edx & 0xff) - FIRST_DISK];

	CHECK((r->edx & 0xff) >= FIRST_DISK && (r->edx & 0xff) - FIRST_DISK < nr_disks);
	switch (r->eax & 0xffff) {
	case DISK_EXTENSIONS:
		CHECK((u16)r->ebx == EXTENSIONS_ASKED);
		*r = (struct bios_regs){ .eax = 0x3055, .ebx = 0x1234aa55, .ecx = 0xffff0007 };
		return d->extensions;
	case DISK_PARAMETERS:
		CHECK(word_at(buffer) == EDD_PARAMS_BYTES && r->esi == BIOS_BUFFER);
		memset(buffer + 2, 0x77, 200);
		memcpy(buffer, &d->params_bytes, 2);
		memcpy(buffer + PARAMS_SECTOR_BYTES, &d->sector_bytes, 2);
		return true;
	case DISK_GEOMETRY:
		CHECK(!r->es && !r->edi);
		r->ecx = 0x12ff;	/* cylinder 0x312, 63 sectors */
		r->edx = 0xfe02;
		return true;
	case DISK_READ:
		reads++;
		CHECK(r->ecx == 1 && r->ebx == BIOS_BUFFER && r->es == bios_segment);
		memcpy(buffer + MBR_SIGNATURE, &d->signature, 4);
		if (d->signed_record)
			memcpy(buffer + MBR_MAGIC, "\x55\xaa", 2);
		return d->readable;
	default:
		CHECK(!"a call that there is no need for");
		return false;
	}
}

bool bios_call(u8 vector, struct bios_regs *r)
{
	calls++;
	if (vector == DISK)
		return disk_call(r);
	CHECK(vector == VIDEO && (u16)r->eax == VIDEO_DDC);
	if ((r->ebx & 0xff) == DDC_CAPABILITIES) {
		r->eax = ddc ? VIDEO_DONE : 0x0100;
		r->ebx = ddc_answer;
		return true;
	}
	edid_reads++;
	memset(buffer, 0x33, 300);
	memcpy(buffer, edid_head, 8);
	r->eax = VIDEO_DONE;
	return true;
}

static void ask(const char *edd, const char *edid)
{
	memset(&bios_info, 0, sizeof(bios_info));
	calls = reads = edid_reads = 0;
	CHECK(!parse_edd(edd) && !parse_edid(edid));
	bios_info_init();
}

int main(void)
{
	static const struct disk plain = { true, true, true, 30, 512, 0xcafe0001 };

	present = ddc = true;
	ddc_answer = 0x0103;
	edid_head = EDID_HEAD;
	for (unsigned int i = 0; i < ARRAY_SIZE(disk); i++)
		disk[i] = plain;

	/* A blank one, one that cannot be read and one without the extensions stand between the others. */
	nr_disks = 5;
	disk[1].signed_record = disk[2].readable = disk[3].extensions = false;
	disk[3].signature = 0;
	disk[4].signature = 0xffffffff;
	ask("on", NULL);
	CHECK(bios_info.nr_disks == 4 && bios_info.disk[3].drive == 0x84 && bios_info.disk[0].version == 0x30);
	CHECK(bios_info.disk[0].interfaces == 7 && bios_info.disk[0].params[0] == 30);
	CHECK(bios_info.disk[0].params[14] == 0x7777 && !bios_info.disk[0].params[15]);
	CHECK(bios_info.disk[0].max_cylinder == 0x312 && bios_info.disk[0].max_head == 0xfe &&
	      bios_info.disk[0].sectors_per_track == 63);
	CHECK(bios_info.nr_signatures == 3 && bios_info.mbr[0].signature == 0xcafe0001);
	CHECK(bios_info.mbr[1].drive == 0x83 && !bios_info.mbr[1].signature);
	CHECK(bios_info.mbr[2].drive == 0x84 && bios_info.mbr[2].signature == 0xffffffff);
	CHECK(bios_info.has_edid && bios_info.ddc_capabilities == 3 && bios_info.ddc_seconds == 1);
	CHECK(!memcmp(bios_info.edid, EDID_HEAD, 8) && bios_info.edid[EDID_BYTES - 1] == 0x33);

	/* Lengths that no BIOS should give; a sector that there is no room for is not read. */
	nr_disks = 4;
	disk[0].params_bytes = 0xffff;
	disk[1].params_bytes = 25;
	disk[2] = plain;
	disk[2].sector_bytes = 8192;
	disk[3] = plain;
	disk[3].sector_bytes = 4096;
	ask("on", NULL);
	CHECK(bios_info.nr_disks == 4 && bios_info.disk[0].params[0] == EDD_PARAMS_BYTES);
	CHECK(!bios_info.disk[1].params[0] && !bios_info.disk[1].params[1] && bios_info.disk[1].max_head);
	CHECK(reads == 3 && bios_info.nr_signatures == 2 && bios_info.mbr[1].drive == 0x83);

	/* More disks than there is room for. */
	for (unsigned int i = 0; i < ARRAY_SIZE(disk); i++)
		disk[i] = plain;
	nr_disks = 255;
	ask("on", NULL);
	CHECK(bios_info.nr_disks == BIOS_MAX_DISKS && bios_info.nr_signatures == BIOS_MAX_DISKS);
	CHECK(bios_info.mbr[BIOS_MAX_DISKS - 1].drive == 0x8f && bios_info.has_edid);

	/* The options. */
	ask("off", "no");
	CHECK(!calls);
	ask("off", NULL);
	CHECK(calls == 2 && bios_info.has_edid && !bios_info.nr_disks);
	nr_disks = 1;
	ask("skipmbr", "no");
	CHECK(bios_info.nr_disks == 1 && !bios_info.nr_signatures && !reads && !bios_info.has_edid);
	CHECK(parse_edd("rubbish") && parse_edid("rubbish"));

	/* No DDC; an answer that is no EDID; nobody to ask. */
	ddc_answer = 0x0100;
	ask("on", NULL);
	CHECK(!edid_reads && !bios_info.has_edid);
	ddc = false;
	ask("on", "force");
	CHECK(edid_reads == 1 && bios_info.has_edid && !bios_info.ddc_capabilities);
	edid_head = "\x00\xff\xff\xff\xff\xff\xff\xff";
	ask("on", "force");
	CHECK(edid_reads == 1 && !bios_info.has_edid);
	present = false;
	ask("on", "force");
	CHECK(!calls && !bios_info.nr_disks);
	return failures != 0;
}
