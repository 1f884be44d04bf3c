// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl top: what domains use, refreshed every few seconds. Needs no terminal
 * library: a screen is redrawn by two escape sequences; -b prints plain text.
 */
#include <ctype.h>
#include <getopt.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "xl.h"

#define MANY	64		/* devices of one kind that rows are made for */

/* What is shown, and how. */
struct view {
	bool batch, full, repeat, vcpus, nets, vbds;
};

struct sample {
	struct xen_domctl_getdomaininfo *list;
	int n;
	double when;
};

static struct termios saved;
static bool raw;

static void terminal_back(void)
{
	if (raw)
		tcsetattr(0, TCSAFLUSH, &saved);
	raw = false;
}

static void on_signal(int sig)
{
	terminal_back();
	signal(sig, SIG_DFL);
	raise(sig);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int take(struct sample *s)
{
	s->n = dom_list(&s->list);
	s->when = now();
	return s->n < 0 ? s->n : 0;
}

static const struct xen_domctl_getdomaininfo *find(const struct sample *s, uint32_t domid)
{
	int i;

	for (i = 0; i < s->n; i++)
		if (s->list[i].domain == domid)
			return &s->list[i];
	return NULL;
}

static double percent(const struct sample *was, const struct sample *is, const struct xen_domctl_getdomaininfo *d)
{
	const struct xen_domctl_getdomaininfo *o = was->list ? find(was, d->domain) : NULL;
	double dt = is->when - was->when;

	if (!o || dt <= 0 || d->cpu_time < o->cpu_time)
		return 0;
	return (d->cpu_time - o->cpu_time) / 1e7 / dt;
}

static uint64_t figure(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned long long v;

	if (!f)
		return 0;
	if (fscanf(f, "%llu", &v) != 1)
		v = 0;
	fclose(f);
	return v;
}

/* Sum of a figure over a domain's back ends in dom0, from sysfs, and how many there are. */
static uint64_t backend_sum(const char *pattern, uint32_t domid, unsigned int *count)
{
	glob_t found;
	uint64_t sum = 0;
	char path[192];
	size_t i;

	*count = 0;
	snprintf(path, sizeof(path), pattern, domid);
	if (glob(path, 0, NULL, &found))
		return 0;
	*count = found.gl_pathc;
	for (i = 0; i < found.gl_pathc; i++)
		sum += figure(found.gl_pathv[i]);
	globfree(&found);
	return sum;
}

/* Columns are those of xentop -b, which scripts read. */
static void print_devices(uint32_t domid)
{
	static const char *const of_disk[] = { "oo_req", "rd_req", "wr_req", "rd_sect", "wr_sect" };
	uint64_t tx, rx, disk[5];
	unsigned int nets, vbds, i;

	/* As dom0's end of the cable sees it, which is what xentop shows. */
	tx = backend_sum("/sys/bus/xen-backend/devices/vif-%u-*/net/*/statistics/tx_bytes", domid, &nets);
	rx = backend_sum("/sys/bus/xen-backend/devices/vif-%u-*/net/*/statistics/rx_bytes", domid, &nets);
	for (i = 0; i < 5; i++) {
		char pattern[96];

		snprintf(pattern, sizeof(pattern), "/sys/bus/xen-backend/devices/vbd-%%u-*/statistics/%s", of_disk[i]);
		disk[i] = backend_sum(pattern, domid, &vbds);
	}
	printf("%4u %8" PRIu64 " %8" PRIu64 " %4u %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10" PRIu64 " %10" PRIu64 " %4u\n",
	       nets, tx >> 10, rx >> 10, vbds, disk[0], disk[1], disk[2], disk[3], disk[4], 0);
}

static void state_word(uint32_t f, char s[7])
{
	bool down = f & XEN_DOMINF_shutdown, dying = f & XEN_DOMINF_dying;
	bool crashed = down && (f >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask) == SHUTDOWN_crash;

	s[0] = dying ? 'd' : '-';
	s[1] = down && !crashed ? 's' : '-';
	s[2] = !down && !dying && f & XEN_DOMINF_blocked ? 'b' : '-';
	s[3] = crashed ? 'c' : '-';
	s[4] = f & XEN_DOMINF_paused ? 'p' : '-';
	s[5] = !down && !dying && f & XEN_DOMINF_running ? 'r' : '-';
	s[6] = 0;
}

static void print_vcpus(const struct xen_domctl_getdomaininfo *d)
{
	struct xen_domctl_getvcpuinfo v;
	unsigned int i;

	printf("VCPUs(sec): ");
	/* One that is being built may have none yet. */
	for (i = 0; d->max_vcpu_id != XEN_INVALID_MAX_VCPU_ID && i <= d->max_vcpu_id; i++)
		if (!hv_vcpu_info(xl.h, d->domain, i, &v) && v.online)
			printf(" %2u: %10.0fs", i, v.cpu_time / 1e9);
	putchar('\n');
}

/* The numbers of a domain's back ends of a kind: the last part of their names. */
static unsigned int backends(const char *kind, uint32_t domid, unsigned int ids[MANY])
{
	unsigned int n = 0;
	char path[128];
	glob_t found;
	size_t i;

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/%s-%u-*", kind, domid);
	if (glob(path, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc && n < MANY; i++)
		ids[n++] = strtoul(strrchr(found.gl_pathv[i], '-') + 1, NULL, 10);
	globfree(&found);
	return n;
}

/* The interface may have been given a name of its own. */
static uint64_t of_vif(uint32_t domid, unsigned int id, const char *way, const char *what)
{
	char pattern[160];
	unsigned int n;

	snprintf(pattern, sizeof(pattern), "/sys/bus/xen-backend/devices/vif-%%u-%u/net/*/statistics/%s_%s", id, way, what);
	return backend_sum(pattern, domid, &n);
}

static void print_nets(uint32_t domid)
{
	static const char *const whats[] = { "bytes", "packets", "errors", "dropped" };
	static const char *const units[] = { "bytes", "pkts", "err", "drop" };
	unsigned int ids[MANY], n = backends("vif", domid, ids), i, way, k;

	for (i = 0; i < n; i++) {
		printf("Net%u ", ids[i]);
		for (way = 0; way < 2; way++) {
			printf("%s:", way ? "TX" : "RX");
			for (k = 0; k < 4; k++)
				printf(" %8" PRIu64 "%s", of_vif(domid, ids[i], way ? "tx" : "rx", whats[k]), units[k]);
			printf(way ? "\n" : "  ");
		}
	}
}

static uint64_t of_vbd(uint32_t domid, unsigned int id, const char *what)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%u-%u/statistics/%s", domid, id, what);
	return figure(path);
}

static void print_vbds(uint32_t domid)
{
	unsigned int ids[MANY], n = backends("vbd", domid, ids), i;

	for (i = 0; i < n; i++)
		printf("VBD BlkBack %4u [%2x:%2x]  OO: %8" PRIu64 "   RD: %8" PRIu64 "   WR: %8" PRIu64 "   RSECT: %10" PRIu64
		       "   WSECT: %10" PRIu64 "\n", ids[i], ids[i] >> 8, ids[i] & 255, of_vbd(domid, ids[i], "oo_req"),
		       of_vbd(domid, ids[i], "rd_req"), of_vbd(domid, ids[i], "wr_req"),
		       of_vbd(domid, ids[i], "rd_sect"), of_vbd(domid, ids[i], "wr_sect"));
}

static void print_header(int width)
{
	printf("%*s  STATE   CPU(sec) CPU(%%)     MEM(k) MEM(%%)  MAXMEM(k) MAXMEM(%%) VCPUS NETS NETTX(k) NETRX(k) VBDS   "
	       "VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n", width, "NAME");
}

/* Of the names: the longest one's, where they are not cut. */
static int name_width(const struct sample *s, bool full)
{
	int width = 10, i;

	for (i = 0; full && i < s->n; i++) {
		char *name = dom_name(s->list[i].domain);
		int n = name ? strlen(name) : 0;

		width = n > width ? n : width;
		free(name);
	}
	return width;
}

static void print_rows(const struct sample *was, const struct sample *is, const struct xen_sysctl_physinfo *p,
		       const struct view *v)
{
	int width = name_width(is, v->full), i;

	for (i = 0; i < is->n; i++) {
		const struct xen_domctl_getdomaininfo *d = &is->list[i];
		char *name = dom_name(d->domain), state[7], max[24] = "no limit", part[24] = "n/a";

		if (!i || v->repeat)
			print_header(width);
		if (d->max_pages < UINT32_MAX >> 2) {
			snprintf(max, sizeof(max), "%" PRIu64, (uint64_t)d->max_pages << 2);
			snprintf(part, sizeof(part), "%.1f", p->total_pages ? 100.0 * d->max_pages / p->total_pages : 0);
		}
		state_word(d->flags, state);
		printf("%*.*s %6s %10.0f %6.1f %10" PRIu64 " %6.1f %10s %9s %5u ",
		       width, width, name, state, d->cpu_time / 1e9,
		       percent(was, is, d), (uint64_t)d->tot_pages << 2,
		       p->total_pages ? 100.0 * d->tot_pages / p->total_pages : 0, max, part, d->max_vcpu_id + 1);
		print_devices(d->domain);
		free(name);
		if (v->vcpus)
			print_vcpus(d);
		if (v->nets)
			print_nets(d->domain);
		if (v->vbds)
			print_vbds(d->domain);
	}
}

static void count_states(const struct sample *s, unsigned int c[6])
{
	int i;

	memset(c, 0, 6 * sizeof(*c));
	for (i = 0; i < s->n; i++) {
		uint32_t f = s->list[i].flags;
		bool crashed = f & XEN_DOMINF_shutdown &&
			(f >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask) == SHUTDOWN_crash;

		if (f & XEN_DOMINF_dying)
			c[4]++;
		else if (crashed)
			c[3]++;
		else if (f & XEN_DOMINF_shutdown)
			c[5]++;
		else if (f & XEN_DOMINF_paused)
			c[2]++;
		else if (f & XEN_DOMINF_running)
			c[0]++;
		else
			c[1]++;
	}
}

static int show(const struct sample *was, const struct sample *is, const struct view *v)
{
	struct xen_sysctl_physinfo p;
	unsigned int c[6];
	char clock[16];
	time_t t = time(NULL);
	struct tm tm;
	int rc = hv_physinfo(xl.h, &p);

	if (rc)
		return rc;
	localtime_r(&t, &tm);
	strftime(clock, sizeof(clock), "%T", &tm);
	count_states(is, c);
	if (!v->batch) {
		printf("\033[H\033[2J");
		printf("xl top - %s   %d domains: %u running, %u blocked, %u paused, %u crashed, %u dying, %u shutdown\n",
		       clock, is->n, c[0], c[1], c[2], c[3], c[4], c[5]);
		printf("Mem: %" PRIu64 "k total, %" PRIu64 "k used, %" PRIu64 "k free    CPUs: %u @ %uMHz\n",
		       (uint64_t)p.total_pages << 2, (uint64_t)(p.total_pages - p.free_pages) << 2, (uint64_t)p.free_pages << 2,
		       p.nr_cpus, p.cpu_khz / 1000);
	}
	print_rows(was, is, &p, v);
	fflush(stdout);
	return 0;
}

/* True when somebody asked to leave; other keys change the view. */
static bool rest(double seconds, struct view *v)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	char key;

	if (v->batch) {
		usleep(seconds * 1e6);
		return false;
	}
	if (poll(&in, 1, seconds * 1000) <= 0)
		return false;
	if (read(0, &key, 1) != 1)
		return true;
	switch (tolower((unsigned char)key)) {
	case 'v': v->vcpus = !v->vcpus; break;
	case 'n': v->nets = !v->nets; break;
	case 'x': v->vbds = !v->vbds; break;
	case 'r': v->repeat = !v->repeat; break;
	case 'q': case 27: return true;
	}
	return false;
}

static void keys_raw(void)
{
	struct termios t;

	if (tcgetattr(0, &saved))
		return;
	t = saved;
	t.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(0, TCSAFLUSH, &t);
	raw = true;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
}

int cmd_top(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "batch", 0, NULL, 'b' }, { "iterations", 1, NULL, 'i' }, { "delay", 1, NULL, 'd' },
		{ "full-name", 0, NULL, 'f' }, { "networks", 0, NULL, 'n' }, { "vbds", 0, NULL, 'x' },
		{ "vcpus", 0, NULL, 'v' }, { "repeat-header", 0, NULL, 'r' }, { NULL, 0, NULL, 0 },
	};
	struct sample was = { 0 }, is;
	struct view v = { .batch = !isatty(1) };
	uint32_t rounds = 0, done = 0;
	double delay = 3;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "bi:d:fnxvr", longs, NULL)) != -1) {
		switch (opt) {
		case 'b': v.batch = true; break;
		case 'f': v.full = true; break;
		case 'n': v.nets = true; break;
		case 'x': v.vbds = true; break;
		case 'v': v.vcpus = true; break;
		case 'r': v.repeat = true; break;
		case 'i':
			if (!parse_u32(optarg, &rounds))
				return usage_of("top");
			break;
		case 'd':
			delay = atof(optarg);
			if (!(delay > 0 && delay <= 3600))
				return usage_of("top");
			break;
		default: return usage_of("top");
		}
	}
	if (xl_need_hv() || xl_need_store())
		return 1;
	if (!v.batch)
		keys_raw();
	for (;;) {
		rc = take(&is);
		if (!rc)
			rc = show(&was, &is, &v);
		free(was.list);
		was = is;
		if (rc || (rounds && ++done >= rounds) || rest(delay, &v))
			break;
	}
	free(was.list);
	terminal_back();
	return rc ? fail(rc, "cannot ask the hypervisor") : 0;
}
