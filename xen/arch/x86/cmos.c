/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CMOS clock, read at boot, and its registers, which dom0 drives through
 * emulated ports later: cmos_lock keeps index and data together.
 */
#include <arch/barrier.h>
#include <arch/io.h>
#include <arch/time.h>
#include <common/spinlock.h>

#define CMOS_INDEX		0x70
#define CMOS_DATA		0x71
#define RTC_SECONDS		0
#define RTC_MINUTES		2
#define RTC_HOURS		4
#define  HOURS_PM		0x80
#define RTC_DAY			7
#define RTC_MONTH		8
#define RTC_YEAR		9
#define RTC_A			10
#define  A_UPDATING		0x80
#define RTC_B			11
#define  B_24_HOURS		0x02
#define  B_BINARY		0x04
#define UPDATE_SPINS		1000000

static DEFINE_SPINLOCK(cmos_lock);

u8 cmos_read(u8 reg)
{
	unsigned long irq;
	u8 v;

	spin_lock_irqsave(&cmos_lock, irq);
	outb(reg, CMOS_INDEX);
	v = inb(CMOS_DATA);
	spin_unlock_irqrestore(&cmos_lock, irq);
	return v;
}

void cmos_write(u8 reg, u8 v)
{
	unsigned long irq;

	spin_lock_irqsave(&cmos_lock, irq);
	outb(reg, CMOS_INDEX);
	outb(v, CMOS_DATA);
	spin_unlock_irqrestore(&cmos_lock, irq);
}

struct clock {
	unsigned int second, minute, hour, day, month, year;
};

static void read_clock(struct clock *c)
{
	for (unsigned int i = 0; i < UPDATE_SPINS && (cmos_read(RTC_A) & A_UPDATING); i++)
		cpu_relax();
	*c = (struct clock){
		.second = cmos_read(RTC_SECONDS), .minute = cmos_read(RTC_MINUTES),
		.hour = cmos_read(RTC_HOURS), .day = cmos_read(RTC_DAY),
		.month = cmos_read(RTC_MONTH), .year = cmos_read(RTC_YEAR),
	};
}

static unsigned int from_bcd(unsigned int v)
{
	return (v & 15) + (v >> 4) * 10;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static u64 days_since_epoch(unsigned int year, unsigned int month, unsigned int day)
{
	static const u16 before_month[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	unsigned int y = year - 1;
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return y * 365ull + y / 4 - y / 100 + y / 400 - 719162 +
	       before_month[month - 1] + (leap && month > 2) + day - 1;
}

u64 cmos_read_time(void)
{
	struct clock c, again;
	u8 b = cmos_read(RTC_B);
	bool pm;

	/* Twice the same: not read across an update. */
	read_clock(&c);
	for (int i = 0; i < 10; i++) {
		read_clock(&again);
		if (c.second == again.second && c.minute == again.minute && c.hour == again.hour &&
		    c.day == again.day && c.month == again.month && c.year == again.year)
			break;
		c = again;
	}
	pm = !(b & B_24_HOURS) && (c.hour & HOURS_PM);
	c.hour &= 0x7f;
	if (!(b & B_BINARY)) {
		c.second = from_bcd(c.second);
		c.minute = from_bcd(c.minute);
		c.hour = from_bcd(c.hour);
		c.day = from_bcd(c.day);
		c.month = from_bcd(c.month);
		c.year = from_bcd(c.year);
	}
	if (!(b & B_24_HOURS))
		c.hour = c.hour % 12 + (pm ? 12 : 0);
	if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31)
		return 0;
	/* The century is not stored reliably; this covers 1970 to 2069. */
	c.year += c.year < 70 ? 2000 : 1900;
	return ((days_since_epoch(c.year, c.month, c.day) * 24 + c.hour) * 60 + c.minute) * 60 + c.second;
}
