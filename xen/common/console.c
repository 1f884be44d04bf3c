/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said and where it goes: levels, rate limits, line prefixes, and the
 * serial and video devices. console_lock, the innermost lock of all, guards
 * everything here; it is broken by a dying machine.
 */
#include <arch/time.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/console_ring.h>
#include <common/softirq.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <drivers/serial.h>
#include <drivers/video.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/printf.h>
#include <lib/string.h>

#define NR_LEVELS	4		/* error, warning, info, debug */
#define DEFAULT_LEVEL	1		/* of a message that names none */

/* Below always: printed. From always to limited: rate-limited. Above: not at all. */
struct threshold {
	int always, limited;
};
static struct threshold host_threshold = { 2, 2 };
static struct threshold guest_threshold = { 0, 2 };

static char console_option[32] = "com1,vga";
option_string("console", console_option);
static char timestamps_option[16] = "none";
option_string("console_timestamps", timestamps_option);
static bool console_to_ring;
option_bool("console_to_ring", console_to_ring);
/* vga=MODE[,keep]: the mode is the boot loader's choice, only keep matters. */
static char vga_option[32];
option_string("vga", vga_option);
/* Output waits for the line, as it does in any case until dom0 runs and when the machine dies. */
static bool sync_console __initdata;
option_bool("sync_console", sync_console);

static DEFINE_SPINLOCK(console_lock);
static bool serial_on[2], video_on, stamp_lines;
static int log_everything;
static bool output_waits;		/* in a port's ring, for the timer to send */
static bool line_started;		/* the devices' cursor is not at a line's start */
static bool line_is_guests;		/* and what stands there is dom0's */
static struct rate_limit message_limit;

/* "error/warning" or "all". Returns 0 or -EINVAL. */
static int parse_threshold(struct threshold *t, const char *s)
{
	static const char *const name[] = { "none", "error", "warning", "info", "debug", "all" };
	int level[2] = { -1, -1 };

	for (unsigned int half = 0; half < 2; half++) {
		const char *slash = strchr(s, '/');
		size_t n = slash ? (size_t)(slash - s) : strlen(s);

		for (unsigned int i = 0; i < ARRAY_SIZE(name); i++)
			if (strlen(name[i]) == n && !strncmp(s, name[i], n))
				level[half] = min_t(int, i, NR_LEVELS);
		if (level[half] < 0)
			return -EINVAL;
		s += n;
		if (!*s)
			break;
		s++;
	}
	t->always = level[0];
	t->limited = max(level[0], level[1]);
	return 0;
}

int console_set_threshold(bool guest, const char *value)
{
	return parse_threshold(guest ? &guest_threshold : &host_threshold, value);
}

static int __init parse_loglvl(const char *s)
{
	return s ? console_set_threshold(false, s) : -EINVAL;
}
static int __init parse_guest_loglvl(const char *s)
{
	return s ? console_set_threshold(true, s) : -EINVAL;
}
option_custom("loglvl", parse_loglvl);
option_custom("guest_loglvl", parse_guest_loglvl);

static void device_write(const char *s, size_t bytes)
{
	for (unsigned int port = 0; port < ARRAY_SIZE(serial_on); port++) {
		if (!serial_on[port])
			continue;
		for (size_t i = 0; i < bytes; i++) {
			if (s[i] == '\n')
				serial_putc(port, '\r');
			serial_putc(port, s[i]);
		}
		output_waits |= serial_push(port);
	}
	if (video_on)
		video_puts(s, bytes);
}

static void host_write(const char *s, size_t bytes)
{
	device_write(s, bytes);
	console_ring_put(s, bytes);
}

static void start_line(void)
{
	char stamp[32];
	s_time_t now;

	host_write("(XEN) ", 6);
	if (!stamp_lines)
		return;
	now = NOW();
	host_write(stamp, scnprintf(stamp, sizeof(stamp), "[%5lld.%06lld] ",
				    now / SECONDS(1), now % SECONDS(1) / 1000));
}

/* A prefix at the start of each line; text that starts none continues one. */
static void write_lines(const char *s)
{
	if (line_started && line_is_guests) {
		device_write("\n", 1);
		line_started = false;
	}
	line_is_guests = false;
	while (*s) {
		const char *end = strchr(s, '\n');
		size_t n = end ? (size_t)(end + 1 - s) : strlen(s);

		if (!line_started)
			start_line();
		host_write(s, n);
		line_started = !end;
		s += n;
	}
}

bool rate_limit_ok(struct rate_limit *r)
{
	s_time_t now = NOW();

	if (!r->window_start || now - r->window_start > SECONDS(5)) {
		r->window_start = now ? now : 1;
		r->printed = 0;
	}
	if (r->printed >= 10) {
		r->missed++;
		return false;
	}
	r->printed++;
	return true;
}

/* Takes the prefixes off; true when the message passes its threshold. */
static bool passes(const char **s)
{
	const struct threshold *t = &host_threshold;
	int level = DEFAULT_LEVEL;

	while ((*s)[0] == '<' && (*s)[1] && (*s)[2] == '>') {
		if ((*s)[1] == 'G')
			t = &guest_threshold;
		else if (isdigit((*s)[1]))
			level = (*s)[1] - '0';
		*s += 3;
	}
	if (log_everything || level < t->always)
		return true;
	if (level >= t->limited)
		return false;
	if (!rate_limit_ok(&message_limit))
		return false;
	if (message_limit.missed) {
		char buf[64];

		snprintf(buf, sizeof(buf), "%u messages suppressed\n", message_limit.missed);
		message_limit.missed = 0;
		write_lines(buf);
	}
	return true;
}

/* --- output that waits: the line takes a byte in 87 us at 115200 baud --- */

#define SEND_PERIOD	MILLISECS(1)	/* a transmit FIFO's worth at that rate */

static struct timer send_timer;

static void send_waiting(void *unused)
{
	unsigned long flags;
	bool more = false;

	(void)unused;
	spin_lock_irqsave(&console_lock, flags);
	for (unsigned int port = 0; port < ARRAY_SIZE(serial_on); port++)
		if (serial_on[port])
			more |= serial_push(port);
	output_waits = more;
	spin_unlock_irqrestore(&console_lock, flags);
	if (more)
		timer_set(&send_timer, NOW() + SEND_PERIOD);
}

/* Messages are printed under any lock, those of timers too: this is the softirq's. */
static void start_sending(void)
{
	if (!timer_active(&send_timer))
		timer_set(&send_timer, NOW() + SEND_PERIOD);
}

/* Lets the lock go. */
static void release(unsigned long flags)
{
	bool waits = output_waits;

	spin_unlock_irqrestore(&console_lock, flags);
	if (waits)
		raise_softirq(SOFTIRQ_SERIAL);
}

static void set_synchronous(bool on)
{
	unsigned long flags;

	spin_lock_irqsave(&console_lock, flags);
	serial_set_synchronous(on);
	spin_unlock_irqrestore(&console_lock, flags);
}

void __init console_send_by_timer(void)
{
	if (sync_console)
		return;
	timer_init(&send_timer, send_waiting, NULL, 0);
	open_softirq(SOFTIRQ_SERIAL, start_sending);
	set_synchronous(false);
}

void console_flush(void)
{
	set_synchronous(true);
}

void vprintk(const char *fmt, va_list ap)
{
	static char buf[1024];
	static bool last_passed = true;
	unsigned long flags;
	const char *s = buf;

	spin_lock_irqsave(&console_lock, flags);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	/* A continuation shares the fate of the line that it continues. */
	if (buf[0] == '<' || !line_started || line_is_guests)
		last_passed = passes(&s);
	if (last_passed)
		write_lines(s);
	release(flags);
	if (console_ring_notify)
		console_ring_notify();
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

void console_puts_guest(const char *s, size_t bytes)
{
	unsigned long flags;

	spin_lock_irqsave(&console_lock, flags);
	if (line_started && !line_is_guests)
		device_write("\n", 1);
	device_write(s, bytes);
	if (console_to_ring)
		console_ring_put(s, bytes);
	if (bytes) {
		line_started = s[bytes - 1] != '\n' && s[bytes - 1] != '\r';
		line_is_guests = true;
	}
	release(flags);
}

u32 conring_read(char *buf, u32 bytes, u32 *index, bool clear, bool incremental)
{
	unsigned long flags;
	u32 n;

	spin_lock_irqsave(&console_lock, flags);
	n = console_ring_get(buf, bytes, index, clear, incremental);
	spin_unlock_irqrestore(&console_lock, flags);
	return n;
}

static void set_log_everything(int delta)
{
	unsigned long flags;

	spin_lock_irqsave(&console_lock, flags);
	log_everything += delta;
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_start_log_everything(void) { set_log_everything(1); }
void console_end_log_everything(void) { set_log_everything(-1); }

void console_force_unlock(void)
{
	spin_lock_break(&console_lock);
	serial_set_synchronous(true);
	log_everything = 1;
}

void console_give_up_video(void)
{
	unsigned long flags;
	char value[4];

	if (list_option(vga_option, "keep", value, sizeof(value)))
		return;
	spin_lock_irqsave(&console_lock, flags);
	video_on = false;
	video_stop();
	spin_unlock_irqrestore(&console_lock, flags);
}

void __init console_init_early(void)
{
	char value[8];

	serial_init();
	if (list_option(console_option, "com1", value, sizeof(value)))
		serial_on[0] = serial_open(0);
	if (list_option(console_option, "com2", value, sizeof(value)))
		serial_on[1] = serial_open(1);
	stamp_lines = strcmp(timestamps_option, "none") && *timestamps_option;
}

void __init console_init_video(void)
{
	char value[8];

	if (!list_option(console_option, "vga", value, sizeof(value)))
		return;
	video_init();
	video_on = true;
}
