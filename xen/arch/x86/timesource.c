/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time from the TSC. Its rate is measured once at boot; guests compute
 * time with the same factors, so these never change. A TSC that turns out not
 * to run at a constant rate is reported. Each CPU's stamp accounts for the
 * offset of its TSC from the boot CPU's.
 */
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/irqflags.h>
#include <arch/platform_timer.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <arch/tlb.h>
#include <common/console.h>
#include <common/percpu.h>
#include <common/softirq.h>
#include <common/timer.h>
#include <lib/bug.h>
#include <lib/div.h>
#include <lib/minmax.h>

#define CALIBRATION_NS		50000000ull
#define SAMPLES			8
#define CHECK_PERIOD		SECONDS(1)
#define MAX_DRIFT_PPM		2000
#define SYNC_ROUNDS		16
#define FARTHEST		((s_time_t)1 << 58)	/* years; that many ticks still fit */

u32 tsc_khz __ro_after_init;
struct tsc_scale tsc_scale __ro_after_init;
static struct tsc_scale ns_to_tsc __ro_after_init;
static const struct platform_timer *platform __ro_after_init;

struct cpu_time {
	u64 tsc;
	s_time_t ns;
};
static DEFINE_PER_CPU(struct cpu_time, cpu_time);
static bool running;

static struct timer check_timer;

/* A platform reading and the TSC at it: the sample that was least disturbed. */
struct sample {
	u64 count, tsc;
};

static struct sample read_both(void)
{
	struct sample best = { 0 };
	u64 best_width = ~0ull;

	for (int i = 0; i < SAMPLES; i++) {
		u64 before = rdtsc_ordered(), count = platform->read();
		u64 after = rdtsc_ordered();

		if (after - before < best_width) {
			best_width = after - before;
			best = (struct sample){ count, before + best_width / 2 };
		}
	}
	return best;
}

struct tsc_scale scale_from_hz(u64 hz)
{
	struct tsc_scale s = { 0, 0 };

	/* Bring hz into (0.5, 1] GHz, so that the multiplier fills 32 bits. */
	while (hz > 1000000000) {
		hz >>= 1;
		s.shift--;
	}
	while (hz <= 500000000) {
		hz <<= 1;
		s.shift++;
	}
	s.mul = hz == 1000000000 ? 0xffffffff : muldiv64(1ull << 32, 1000000000, hz) >> 1;
	if (hz != 1000000000)
		s.shift++;
	return s;
}

struct tsc_scale scale_reciprocal(struct tsc_scale s)
{
	struct tsc_scale r;
	u64 v = (1ull << 63) / s.mul;
	int shift = 1 - s.shift;

	while (v >> 32) {
		v >>= 1;
		shift++;
	}
	r.mul = v;
	r.shift = shift;
	return r;
}

static u64 __init measure_tsc_hz(void)
{
	u64 wait = muldiv64(platform->hz, CALIBRATION_NS, SECONDS(1)), ticks;
	struct sample start = read_both(), end;

	/* The PIT wraps soon; half its range is precise enough. */
	if (wait > platform->mask / 2)
		wait = platform->mask / 2;
	while (((platform->read() - start.count) & platform->mask) < wait)
		cpu_relax();
	end = read_both();
	ticks = (end.count - start.count) & platform->mask;
	return muldiv64(end.tsc - start.tsc, platform->hz, ticks);
}

void __init timesource_init(void)
{
	u64 hz;

	platform = platform_timer_init();
	hz = measure_tsc_hz();
	if (hz < 1000000)
		panic("The time-stamp counter does not count\n");
	tsc_khz = hz / 1000;
	tsc_scale = scale_from_hz(hz);
	ns_to_tsc = scale_reciprocal(tsc_scale);
	ns_to_tsc.mul++;		/* up, so that no deadline is early; 2^63 / mul is below 2^32 - 1 */
	this_cpu(cpu_time) = (struct cpu_time){ rdtsc_ordered(), 0 };
	running = true;
	printk("Platform timer is %lu.%03luMHz %s\n", platform->hz / 1000000,
	       platform->hz / 1000 % 1000, platform->name);
	printk("Detected %u.%03u MHz processor%s\n", tsc_khz / 1000, tsc_khz % 1000,
	       cpu_has(X86_FEATURE_INVARIANT_TSC) ? ", invariant TSC" : "");
}

s_time_t tsc_to_s_time(u64 tsc)
{
	const struct cpu_time *t = this_cpu_ptr(cpu_time);
	s64 ticks = tsc - t->tsc;

	return t->ns + (ticks > 0 ? scale_ticks(ticks, tsc_scale) : 0);
}

u64 s_time_to_tsc(s_time_t ns)
{
	u64 tsc = rdtsc_ordered();
	s_time_t left = ns - tsc_to_s_time(tsc);

	/*
	 * From now, not from boot: what the scale is off by grows with the distance.
	 * A nanosecond more is for the ticks that scaling back loses.
	 */
	return left > 0 ? tsc + scale_ticks(min(left, FARTHEST) + 1, ns_to_tsc) + 1 : tsc;
}

s_time_t get_s_time(void)
{
	return running ? tsc_to_s_time(rdtsc_ordered()) : 0;
}

void time_get_stamp(struct time_stamp *t)
{
	const struct cpu_time *c = this_cpu_ptr(cpu_time);

	*t = (struct time_stamp){ c->tsc, c->ns, tsc_scale };
}

void udelay(u64 microseconds)
{
	u64 start = rdtsc_ordered(), ticks = microseconds * (tsc_khz ? tsc_khz : 1000000) / 1000;

	while (rdtsc_ordered() - start < ticks)
		cpu_relax();
}

void mdelay(u64 milliseconds)
{
	udelay(milliseconds * 1000);
}

/*
 * How far a new CPU's TSC is ahead of the boot CPU's: in each round the new
 * one's reading lies between two of the boot CPU's, which bounds the offset.
 */
static struct {
	u32 round, answer;
	u64 reading;
	s64 lo, hi;
	bool done;
} sync;

void __init timesource_sync_new_cpu(void)
{
	sync.lo = -0x7fffffffffffffff;
	sync.hi = 0x7fffffffffffffff;
	for (u32 i = 1; i <= SYNC_ROUNDS; i++) {
		u64 before = rdtsc_ordered(), after;

		store_release(&sync.round, i);
		while (load_acquire(&sync.answer) != i)
			cpu_relax();
		after = rdtsc_ordered();
		if ((s64)(sync.reading - after) > sync.lo)
			sync.lo = sync.reading - after;
		if ((s64)(sync.reading - before) < sync.hi)
			sync.hi = sync.reading - before;
	}
	store_release(&sync.done, true);
	while (load_acquire(&sync.done))
		cpu_relax();
	sync.round = sync.answer = 0;
}

/* Interrupts off, while the boot CPU runs the above. */
void timesource_init_cpu(void)
{
	const struct cpu_time *boot = &per_cpu(cpu_time, 0);
	s64 offset = 0;

	for (u32 i = 1; i <= SYNC_ROUNDS; i++) {
		while (load_acquire(&sync.round) != i)
			cpu_relax();
		sync.reading = rdtsc_ordered();
		store_release(&sync.answer, i);
	}
	while (!load_acquire(&sync.done))
		cpu_relax();
	if (sync.lo > 0 || sync.hi < 0) {
		offset = sync.lo + (sync.hi - sync.lo) / 2;
		printk(XENLOG_INFO "CPU %u: TSC is %ld ticks from the boot CPU's\n", smp_cpu(), offset);
	}
	this_cpu(cpu_time) = (struct cpu_time){ boot->tsc + offset, boot->ns };
	store_release(&sync.done, false);
}

/* Compares a second of the TSC with the platform timer's. */
void time_calibrate(void)
{
	static struct sample last;
	static bool warned;
	struct sample s = read_both();
	u64 counts = (s.count - last.count) & platform->mask;
	u64 ns = scale_ticks(s.tsc - last.tsc, tsc_scale);
	u64 wrap_ns = muldiv64(platform->mask, SECONDS(1), platform->hz);

	/* Meaningless when the timer may have wrapped since. */
	if (last.tsc && ns < wrap_ns / 2 && !warned) {
		u64 real = muldiv64(counts, SECONDS(1), platform->hz);
		u64 off = ns > real ? ns - real : real - ns;

		if (off > CHECK_PERIOD / 1000000 * MAX_DRIFT_PPM + MICROSECS(100)) {
			warned = true;
			printk(XENLOG_WARNING "TSC and %s differ by %lu ns in %lu ns: "
			       "time will drift on this machine\n", platform->name, off, real);
		}
	}
	last = s;
}

static void check_due(void *unused)
{
	(void)unused;
	raise_softirq(SOFTIRQ_TIME_CALIBRATION);
	tlbflush_epoch();
	timer_set(&check_timer, NOW() + CHECK_PERIOD);
}

void __init timesource_start_checks(void)
{
	timer_init(&check_timer, check_due, NULL, 0);
	timer_set(&check_timer, NOW() + CHECK_PERIOD);
}
