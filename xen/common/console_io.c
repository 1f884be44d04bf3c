// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_console_io: dom0 reads and writes the hypervisor's console as it
 * is; what another domain writes is collected into lines and printed with its
 * name in front, as many as no guest can flood the console with. A domain's
 * buffer is guarded by its domain_lock.
 */
#include <arch/time.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <common/softirq.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

/* What is written before it is asked whether to go on; on a slow line that takes milliseconds. */
#define CHUNK			64u
#define LONGEST_LINE		128u
#define MOST_BYTES		0x7fffffffu
/*
 * Per domain: a kernel's whole boot at once, and afterwards what leaves a slow serial
 * line to others. Printing waits for the line with interrupts off.
 */
#define MOST_LINES		500u
#define LINE_INTERVAL		MILLISECS(100)

struct line_buffer {
	s_time_t counted_until;	/* lines were granted for the time before it */
	u32 credit, dropped;	/* lines */
	u32 length;
	char text[LONGEST_LINE];
};

static bool may_print(struct domain *d, struct line_buffer *b)
{
	const u64 intervals = (NOW() - b->counted_until) / LINE_INTERVAL;

	b->counted_until += intervals * LINE_INTERVAL;
	b->credit = min_t(u64, b->credit + intervals, MOST_LINES);
	if (!b->credit) {
		b->dropped++;
		return false;
	}
	b->credit--;
	if (b->dropped)
		printk(XENLOG_G_DEBUG "(d%u) %u lines dropped\n", d->id, b->dropped);
	b->dropped = 0;
	return true;
}

static struct line_buffer *new_buffer(void)
{
	struct line_buffer *b = xzalloc(struct line_buffer);

	if (b) {
		b->counted_until = NOW();
		b->credit = MOST_LINES;
	}
	return b;
}

static void end_line(struct domain *d, struct line_buffer *b)
{
	if (may_print(d, b))
		printk(XENLOG_G_DEBUG "(d%u) %.*s\n", d->id, (int)b->length, b->text);
	b->length = 0;
}

static void add_guest_text(struct domain *d, struct line_buffer *b, const char *s, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		char c = s[i];

		if (c == '\n') {
			end_line(d, b);
			continue;
		}
		if (c == '\t')
			c = ' ';
		/* Nothing that could drive the terminal reaches it. */
		if (!isprint((unsigned char)c))
			continue;
		b->text[b->length++] = c;
		if (b->length == LONGEST_LINE)
			end_line(d, b);
	}
}

static int write_chunk(struct domain *d, const char *s, u32 n)
{
	if (is_control_domain(d)) {
		console_puts_guest(s, n);
		return 0;
	}
	spin_lock(&d->domain_lock);
	if (!d->console_buf)
		d->console_buf = new_buffer();
	if (!d->console_buf) {
		spin_unlock(&d->domain_lock);
		return -ENOMEM;
	}
	add_guest_text(d, d->console_buf, s, n);
	spin_unlock(&d->domain_lock);
	return 0;
}

static long console_write(u64 count, u64 buffer)
{
	struct domain *d = current->domain;
	char chunk[CHUNK];

	while (count) {
		u32 n = min_t(u64, count, CHUNK);
		const char *end;
		int rc;

		if (copy_from_guest(chunk, buffer, n))
			return -EFAULT;
		/* A line at a time: each gets a name in front. */
		end = memchr(chunk, '\n', n);
		if (end)
			n = end + 1 - chunk;
		rc = write_chunk(d, chunk, n);
		if (rc)
			return rc;
		count -= n;
		buffer += n;
		if (count && hypercall_preempt_check())
			return hypercall_continue(__HYPERVISOR_console_io, 3,
						  (u64)CONSOLEIO_write, count, buffer);
	}
	return 0;
}

static long console_read(u64 count, u64 buffer)
{
	char chunk[CHUNK];
	u32 done = 0;

	if (!is_control_domain(current->domain))
		return -EPERM;
	while (done < count) {
		u32 n = console_read_input(chunk, min_t(u64, count - done, CHUNK));

		if (!n)
			break;
		if (copy_to_guest(buffer + done, chunk, n))
			return -EFAULT;
		done += n;
	}
	return done;
}

long do_console_io(u64 cmd, u64 count, u64 buffer)
{
	count = (u32)count;
	if (count > MOST_BYTES)
		return -EINVAL;
	switch ((u32)cmd) {
	case CONSOLEIO_write:
		return console_write(count, buffer);
	case CONSOLEIO_read:
		return console_read(count, buffer);
	default:
		return -ENOSYS;
	}
}
