/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console: levels and rate limits, the ring that `xl dmesg` reads, and
 * the devices behind it. All may be called in any context; the console lock
 * is the innermost lock there is.
 *
 * A message starts with one of the XENLOG_ prefixes, or has the default
 * level warning. A message on behalf of a guest has XENLOG_GUEST before that.
 */
#ifndef XEN_COMMON_CONSOLE_H
#define XEN_COMMON_CONSOLE_H

#include <lib/compiler.h>
#include <lib/types.h>

#define XENLOG_ERR	"<0>"
#define XENLOG_WARNING	"<1>"
#define XENLOG_INFO	"<2>"
#define XENLOG_DEBUG	"<3>"
#define XENLOG_GUEST	"<G>"
#define XENLOG_G_ERR	XENLOG_GUEST XENLOG_ERR
#define XENLOG_G_WARNING XENLOG_GUEST XENLOG_WARNING
#define XENLOG_G_INFO	XENLOG_GUEST XENLOG_INFO
#define XENLOG_G_DEBUG	XENLOG_GUEST XENLOG_DEBUG

void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list ap) __printf(1, 0);
#ifdef CONFIG_DEBUG
#define dprintk(level, fmt, args...)	printk(level fmt, ##args)
#else
#define dprintk(level, fmt, args...)	do { if (0) printk(level fmt, ##args); } while (0)
#endif

/* Print the message and registers, stop the other CPUs; reboot unless told not to. */
void panic(const char *fmt, ...) __printf(1, 2) noreturn __cold;

/*
 * Output of dom0, not the hypervisor's words: goes to the devices as it is,
 * and to the ring too with console_to_ring. It need not be terminated. Other
 * guests' lines come as printk's, with a prefix put on by the caller.
 */
void console_puts_guest(const char *s, size_t bytes);

/*
 * The ring. Copies up to bytes, starting at *index when incremental (or at
 * the oldest kept) into buf; *index becomes the position for the next call;
 * clear forgets everything up to now. Returns the number of bytes copied.
 */
u32 conring_read(char *buf, u32 bytes, u32 *index, bool clear, bool incremental);

/*
 * Input. Keys go to dom0's console, or to the hypervisor's key handlers;
 * the switch character (CTRL-a, conswitch=) three times changes between them.
 */
void console_rx_char(char c);			/* from a device */
u32 console_read_input(char *buf, u32 max);	/* dom0 reads (CONSOLEIO_read) */
void console_input_to_dom0(void);		/* once dom0 runs, unless conswitch= says otherwise */
extern void (*console_input_notify)(void);	/* raise VIRQ_CONSOLE; set by event code */
extern void (*console_ring_notify)(void);	/* raise VIRQ_CON_RING */

/* dom0 drives the screen from now on (unless vga=...,keep says otherwise). */
void console_give_up_video(void);
/* The machine is dying: take the console from whoever holds it, print everything. */
void console_force_unlock(void);
/* The next lines are not subject to thresholds (register dumps asked for). */
void console_start_log_everything(void);
void console_end_log_everything(void);

void console_init_early(void);	/* ring and serial by command line */
void console_init_video(void);	/* when device memory can be mapped */
void console_init_late(void);	/* receive polling: timers work */
void console_send_by_timer(void);	/* output does not wait for the line any more: softirqs are served from now on */
void console_flush(void);	/* the machine stops: send all, and wait for the line from now on */

/* Thresholds by name as loglvl= and guest_loglvl= take them. */
int console_set_threshold(bool guest, const char *value);

/* True at most 10 times in 5 seconds per caller's state. */
struct rate_limit {
	s_time_t window_start;
	u32 printed, missed;
};
bool rate_limit_ok(struct rate_limit *r);

#endif
