/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time base: system time in nanoseconds since boot, computed from the TSC
 * by a multiplier that guests use too, corrected against the platform timer.
 */
#ifndef XEN_ARCH_TIME_H
#define XEN_ARCH_TIME_H

#include <lib/types.h>

extern u32 tsc_khz;		/* of the boot CPU; read-only after boot */

/* As in the public vcpu_time_info: ns = ((ticks << shift) * mul) >> 32, a
 * negative shift shifting right. */
struct tsc_scale {
	u32 mul;
	s8 shift;
};
extern struct tsc_scale tsc_scale;	/* ticks to ns */

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile ("rdtsc" : "=a" (lo), "=d" (hi));
	return lo | (u64)hi << 32;
}
/* Not before all earlier loads are done. */
static inline u64 rdtsc_ordered(void)
{
	asm volatile ("lfence" ::: "memory");
	return rdtsc();
}

static inline u64 scale_ticks(u64 ticks, struct tsc_scale s)
{
	if (s.shift < 0)
		ticks >>= -s.shift;
	else
		ticks <<= s.shift;
	return (u64)(((unsigned __int128)ticks * s.mul) >> 32);
}
/* The scale that turns hz ticks per second into nanoseconds, and its inverse. */
struct tsc_scale scale_from_hz(u64 hz);
struct tsc_scale scale_reciprocal(struct tsc_scale s);

/* A TSC reading and the system time at it: the pair guests get. */
struct time_stamp {
	u64 tsc;
	s_time_t ns;
	struct tsc_scale scale;
};
/* This CPU's latest, for vcpu_time_info. Consistent; any context. */
void time_get_stamp(struct time_stamp *t);

s_time_t get_s_time(void);		/* monotonic over all CPUs to within the TSCs' skew */
#define NOW()			get_s_time()
s_time_t tsc_to_s_time(u64 tsc);	/* system time at a TSC reading of this CPU */
u64 s_time_to_tsc(s_time_t t);	/* this CPU's TSC when t has come; now if it has */

#define SECONDS(n)		((s_time_t)(n) * 1000000000ll)
#define MILLISECS(n)		((s_time_t)(n) * 1000000ll)
#define MICROSECS(n)		((s_time_t)(n) * 1000ll)
#define STIME_MAX		((s_time_t)0x7fffffffffffffffll)

void udelay(u64 microseconds);		/* busy wait; works once the TSC is calibrated */
void mdelay(u64 milliseconds);

void timesource_init(void);		/* boot: calibrate, start NOW() */
/* A new CPU calls the second while the boot CPU is in the first. */
void timesource_sync_new_cpu(void);
void timesource_init_cpu(void);
void timesource_start_checks(void);	/* once timers work */
/* Compare the TSC with the platform timer: once a second, by SOFTIRQ_TIME_CALIBRATION
 * of the boot CPU. */
void time_calibrate(void);

/* CMOS clock. Seconds since 1970 UTC. */
u64 cmos_read_time(void);
/* Battery-backed registers are shared with dom0: hold this around index and data. */
u8 cmos_read(u8 reg);
void cmos_write(u8 reg, u8 v);

#endif
