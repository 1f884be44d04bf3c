// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl vcpu-list, vcpu-pin, vcpu-set, sched-credit2: vcpus and their CPUs.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "xl.h"

#define MASK_BYTES	(XL_CPUS_MAX / 8)

static bool bit(const uint8_t *m, unsigned int i)
{
	return i < XL_CPUS_MAX && m[i / 8] >> i % 8 & 1;
}

static void print_mask(const uint8_t *m, unsigned int nr_cpus)
{
	unsigned int i, j, all = 1;
	const char *sep = "";

	for (i = 0; i < nr_cpus; i++)
		all &= bit(m, i);
	if (all) {
		printf("all");
		return;
	}
	for (i = 0; i < nr_cpus; i = j + 1) {
		j = i;
		if (!bit(m, i))
			continue;
		while (j + 1 < nr_cpus && bit(m, j + 1))
			j++;
		printf(j > i ? "%s%u-%u" : "%s%u", sep, i, j);
		sep = ",";
	}
}

static int list_one(const struct xen_domctl_getdomaininfo *d, unsigned int nr_cpus)
{
	char *name = dom_name(d->domain);
	unsigned int v;

	for (v = 0; d->max_vcpu_id != XEN_INVALID_MAX_VCPU_ID && v <= d->max_vcpu_id; v++) {
		uint8_t hard[MASK_BYTES] = { 0 }, soft[MASK_BYTES] = { 0 };
		struct xen_domctl_getvcpuinfo info;

		if (hv_vcpu_info(xl.h, d->domain, v, &info) ||
		    hv_vcpu_get_affinity(xl.h, d->domain, v, hard, soft, MASK_BYTES))
			continue;
		printf("%-32s %5u %5u", name, d->domain, v);
		if (info.online)
			printf(" %4u   %c%c-  ", info.cpu, info.running ? 'r' : '-', info.blocked ? 'b' : '-');
		else
			printf("    -   --p  ");
		printf("%8.1f  ", info.cpu_time / 1e9);
		print_mask(hard, nr_cpus);
		printf(" / ");
		print_mask(soft, nr_cpus);
		putchar('\n');
	}
	free(name);
	return 0;
}

int cmd_vcpu_list(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo *list, one;
	struct xen_sysctl_physinfo p;
	int n, i, rc;

	if (xl_need_hv() || xl_need_store())
		return 1;
	rc = hv_physinfo(xl.h, &p);
	if (rc)
		return fail(rc, "cannot ask the hypervisor about the host");
	printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)", "Affinity (Hard / Soft)");
	if (argc > 1) {
		for (i = 1; i < argc; i++) {
			uint32_t domid;

			if (dom_find(argv[i], &domid))
				return 1;
			rc = hv_domain_info(xl.h, domid, &one);
			if (rc)
				return fail(rc, "cannot describe domain %u", domid);
			list_one(&one, p.max_cpu_id + 1);
		}
		return 0;
	}
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	for (i = 0; i < n; i++)
		list_one(&list[i], p.max_cpu_id + 1);
	free(list);
	return 0;
}

int cmd_vcpu_pin(int argc, char **argv)
{
	static const struct option longs[] = { { "force", 0, NULL, 'f' }, { NULL, 0, NULL, 0 } };
	uint8_t hard[MASK_BYTES], soft[MASK_BYTES], *h = NULL, *s = NULL;
	struct xen_domctl_getdomaininfo d;
	uint32_t domid, v, first, last;
	bool force = false;
	int opt, rc, at;

	while ((opt = getopt_long(argc, argv, "f", longs, NULL)) != -1) {
		if (opt != 'f')
			return usage_of("vcpu-pin");
		force = true;
	}
	at = optind;
	if (argc - at < 3 || argc - at > 4)
		return usage_of("vcpu-pin");
	if (dom_find(argv[at], &domid))
		return 1;
	rc = hv_domain_info(xl.h, domid, &d);
	if (rc)
		return fail(rc, "cannot describe domain %u", domid);
	if (!strcmp(argv[at + 1], "all")) {
		first = 0;
		last = d.max_vcpu_id;
	} else if (parse_u32(argv[at + 1], &first) && first <= d.max_vcpu_id) {
		last = first;
	} else {
		say("domain %u has no vcpu '%s'", domid, argv[at + 1]);
		return 1;
	}
	if (strcmp(argv[at + 2], "-")) {
		if (!xl_cpu_mask(argv[at + 2], hard, XL_CPUS_MAX)) {
			say("'%s' is not a list of CPUs (\"0-3,^2\", \"all\")", argv[at + 2]);
			return 1;
		}
		h = hard;
	}
	if (argc - at == 4 && strcmp(argv[at + 3], "-")) {
		if (!xl_cpu_mask(argv[at + 3], soft, XL_CPUS_MAX)) {
			say("'%s' is not a list of CPUs (\"0-3,^2\", \"all\")", argv[at + 3]);
			return 1;
		}
		s = soft;
	}
	for (v = first; v <= last && (h || s || force); v++) {
		rc = force ? hv_vcpu_unpin(xl.h, domid, v) : 0;
		if (!rc && (h || s))
			rc = hv_vcpu_set_affinity(xl.h, domid, v, h, s, MASK_BYTES);
		if (rc)
			return fail(rc, "cannot pin vcpu %u of domain %u to '%s'", v, domid, argv[at + 2]);
	}
	return 0;
}

int cmd_vcpu_set(int argc, char **argv)
{
	static const struct option longs[] = { { "ignore-host", 0, NULL, 'i' }, { NULL, 0, NULL, 0 } };
	struct xen_domctl_getdomaininfo d;
	uint32_t domid, want, i;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "i", longs, NULL)) != -1)
		if (opt != 'i')
			return usage_of("vcpu-set");
	if (argc - optind != 2)
		return usage_of("vcpu-set");
	if (dom_find(argv[optind], &domid) || xl_need_store())
		return 1;
	if (!parse_u32(argv[optind + 1], &want)) {
		say("'%s' is not a number of vcpus", argv[optind + 1]);
		return 1;
	}
	rc = hv_domain_info(xl.h, domid, &d);
	if (rc)
		return fail(rc, "cannot describe domain %u", domid);
	if (!want || want > d.max_vcpu_id + 1) {
		say("domain %u can use 1 to %u vcpus", domid, d.max_vcpu_id + 1);
		return 1;
	}
	for (i = 0; i <= d.max_vcpu_id; i++) {
		rc = store_write(XS_NO_TXN, i < want ? "online" : "offline", "/local/domain/%u/cpu/%u/availability", domid, i);
		if (rc)
			return fail(rc, "cannot tell domain %u", domid);
	}
	return 0;
}

static int show_credit2(uint32_t sched, const struct xen_domctl_getdomaininfo *d)
{
	struct xen_domctl_sched_credit2 p;
	char *name = dom_name(d->domain);
	int rc = hv_sched_params(xl.h, d->domain, false, sched, &p);

	if (!rc)
		printf("%-33s %4u %6u %4u\n", name, d->domain, p.weight, p.cap);
	free(name);
	return rc;
}

static void credit2_columns(void)
{
	printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
}

static void credit2_pool(uint32_t sched)
{
	uint32_t us = 0;

	if (hv_sched_ratelimit(xl.h, sched, false, &us))
		us = 0;
	printf("Cpupool Pool-0: ratelimit=%uus\n", us);
}

static int set_credit2(uint32_t sched, uint32_t domid, long weight, long cap)
{
	struct xen_domctl_sched_credit2 p;
	int rc = hv_sched_params(xl.h, domid, false, sched, &p);

	if (!rc) {
		if (weight >= 0)
			p.weight = weight;
		if (cap >= 0)
			p.cap = cap;
		rc = hv_sched_params(xl.h, domid, true, sched, &p);
	}
	return rc ? fail(rc, "cannot set weight and cap of domain %u", domid) : 0;
}

/* Bounds of the interface's 16-bit fields. */
static bool share(const char *text, long lo, long *out)
{
	uint32_t v;

	if (!parse_u32(text, &v) || v < (uint32_t)lo || v > 65535)
		return false;
	*out = v;
	return true;
}

int cmd_sched_credit2(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "domain", 1, NULL, 'd' }, { "weight", 1, NULL, 'w' }, { "cap", 1, NULL, 'c' }, { "schedparam", 0, NULL, 's' },
		{ "ratelimit_us", 1, NULL, 'r' }, { "cpupool", 1, NULL, 'p' }, { NULL, 0, NULL, 0 },
	};
	struct xen_domctl_getdomaininfo *list, one;
	const char *who = NULL;
	long weight = -1, cap = -1;
	uint32_t domid, sched, us = 0;
	bool set_rate = false, rate = false;
	int opt, n, i, rc;

	while ((opt = getopt_long(argc, argv, "d:w:c:p:sr:", longs, NULL)) != -1) {
		bool ok = true;

		switch (opt) {
		case 'd': who = optarg; break;
		case 'w': ok = share(optarg, 1, &weight); break;
		case 'c': ok = share(optarg, 0, &cap); break;
		case 's': rate = true; break;
		case 'r': set_rate = ok = parse_u32(optarg, &us); break;
		case 'p':
			ok = !strcmp(optarg, "Pool-0") || !strcmp(optarg, "0");
			break;
		default: return usage_of("sched-credit2");
		}
		if (!ok) {
			say("'%s' is not a possible value", optarg);
			return 1;
		}
	}
	if (optind < argc)
		return usage_of("sched-credit2");
	if (!who && (weight >= 0 || cap >= 0)) {
		say("a weight or a cap needs a domain (-d)");
		return 1;
	}
	if (set_rate && !rate)
		warn_sentence("a rate limit (-r) is set with -s only");
	if (xl_need_hv() || xl_need_store())
		return 1;
	rc = hv_sched_id(xl.h, &sched);
	if (rc)
		return fail(rc, "cannot ask for the scheduler");
	if (sched != XEN_SCHEDULER_CREDIT2) {
		say("the hypervisor runs another scheduler (see xen_scheduler in 'xl info')");
		return 1;
	}
	if (rate && set_rate) {
		rc = hv_sched_ratelimit(xl.h, sched, true, &us);
		if (rc)
			return fail(rc, "cannot set the rate limit");
		if (!who)
			return 0;
	}
	if (who) {
		if (dom_find(who, &domid))
			return 1;
		if (weight >= 0 || cap >= 0)
			return set_credit2(sched, domid, weight, cap);
		rc = hv_domain_info(xl.h, domid, &one);
		if (rc)
			return fail(rc, "cannot describe domain %u", domid);
		credit2_columns();
		show_credit2(sched, &one);
		return 0;
	}
	credit2_pool(sched);
	if (rate)
		return 0;
	credit2_columns();
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	for (i = 0; i < n; i++)
		show_credit2(sched, &list[i]);
	free(list);
	return 0;
}
