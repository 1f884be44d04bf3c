// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl list, domid, domname, rename, uptime: who is there.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "xl.h"

static void state_letters(uint32_t f, char s[7])
{
	unsigned int reason = f >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	bool down = f & XEN_DOMINF_shutdown, dying = f & XEN_DOMINF_dying;

	s[0] = !down && !dying && f & XEN_DOMINF_running ? 'r' : '-';
	s[1] = !down && !dying && f & XEN_DOMINF_blocked ? 'b' : '-';
	s[2] = f & XEN_DOMINF_paused ? 'p' : '-';
	s[3] = down ? 's' : '-';
	s[4] = down && reason == SHUTDOWN_crash ? 'c' : '-';
	s[5] = dying ? 'd' : '-';
	s[6] = 0;
}

/* Columns beyond the usual ones, laid out as scripts know them. */
struct columns {
	bool verbose, label, pool, node, claim;
};

static void print_row(const struct xen_domctl_getdomaininfo *i, const struct columns *c)
{
	char *name = dom_name(i->domain), s[7], uuid[37], reason[12] = "-";

	state_letters(i->flags, s);
	printf("%-40s %5u %5lu %5u     %s  %8.1f", name, i->domain,
	       (unsigned long)((i->tot_pages + i->outstanding_pages) >> 8),
	       i->nr_online_vcpus, s, i->cpu_time / 1e9);
	if (c->verbose) {
		xl_uuid_print(i->handle, uuid);
		if (i->flags & XEN_DOMINF_shutdown)
			snprintf(reason, sizeof(reason), "%x", i->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask);
		printf(" %s %8s", uuid, reason);
	}
	if (c->verbose || c->label)
		printf(" %16s", "-");
	if (c->pool)
		printf("%16s", "Pool-0");
	if (c->node)
		printf(" all");
	if (c->claim)
		printf(" %5lu", (unsigned long)i->outstanding_pages >> 8);
	putchar('\n');
	free(name);
}

static void json_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

/* One "key": value of an object; the comma goes before all but the first. */
static void json_key(bool first, unsigned int depth, const char *key)
{
	printf("%s\n%*s\"%s\": ", first ? "" : ",", (int)depth * 4, "", key);
}

static void json_pair(bool first, unsigned int depth, const char *key, const char *text)
{
	json_key(first, depth, key);
	json_text(text);
}

static void json_number(bool first, unsigned int depth, const char *key, uint64_t v)
{
	json_key(first, depth, key);
	printf("%" PRIu64, v);
}

static void print_b_info(const struct xen_domctl_getdomaininfo *i, const struct xl_domain *d)
{
	struct xen_domctl_sched_credit2 share;
	uint64_t target = i->tot_pages << 2;
	uint32_t sched;
	unsigned int v;

	store_read_number(&target, "/local/domain/%u/memory/target", i->domain);
	json_key(false, 3, "b_info");
	printf("{");
	json_number(true, 4, "max_vcpus", i->max_vcpu_id + 1);
	json_key(false, 4, "avail_vcpus");
	printf("[");
	for (v = 0; v < i->nr_online_vcpus; v++)
		printf("%s\n%*s%u", v ? "," : "", 5 * 4, "", v);
	printf("\n%*s]", 4 * 4, "");
	json_number(false, 4, "max_memkb", d ? d->maxmem_mb << 10 : i->max_pages << 2);
	json_number(false, 4, "target_memkb", target);
	if (!hv_sched_id(xl.h, &sched) && !hv_sched_params(xl.h, i->domain, false, sched, &share)) {
		json_key(false, 4, "sched_params");
		printf("{");
		json_pair(true, 5, "sched", "credit2");
		json_number(false, 5, "weight", share.weight);
		json_number(false, 5, "cap", share.cap);
		printf("\n%*s}", 4 * 4, "");
	}
	if (d && d->kernel)
		json_pair(false, 4, "kernel", d->kernel);
	if (d && d->cmdline)
		json_pair(false, 4, "cmdline", d->cmdline);
	if (d && d->ramdisk)
		json_pair(false, 4, "ramdisk", d->ramdisk);
	json_key(false, 4, "type.pv");
	printf("{\n\n%*s}\n%*s}", 4 * 4, "", 3 * 4, "");
}

static void print_devices(const struct xl_domain *d)
{
	unsigned int n;

	for (n = 0; n < d->nr_disks; n++) {
		if (!n) {
			json_key(false, 3, "disks");
			printf("[");
		}
		printf("%s\n%*s{", n ? "," : "", 4 * 4, "");
		json_pair(true, 5, "pdev_path", d->disks[n].target);
		json_pair(false, 5, "vdev", d->disks[n].vdev);
		json_pair(false, 5, "format", "raw");
		json_number(false, 5, "readwrite", !d->disks[n].readonly);
		printf("\n%*s}%s", 4 * 4, "", n + 1 < d->nr_disks ? "" : "\n            ]");
	}
	for (n = 0; n < d->nr_nics; n++) {
		const struct xl_nic *nic = &d->nics[n];
		char mac[18];

		if (!n) {
			json_key(false, 3, "nics");
			printf("[");
		}
		printf("%s\n%*s{", n ? "," : "", 4 * 4, "");
		json_number(true, 5, "devid", nic->devid);
		if (nic->mac_given) {
			snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
				 nic->mac[0], nic->mac[1], nic->mac[2], nic->mac[3], nic->mac[4], nic->mac[5]);
			json_pair(false, 5, "mac", mac);
		}
		if (nic->bridge)
			json_pair(false, 5, "bridge", nic->bridge);
		json_pair(false, 5, "nictype", "vif");
		printf("\n%*s}%s", 4 * 4, "", n + 1 < d->nr_nics ? "" : "\n            ]");
	}
}

static void no_warning(const char *sentence)
{
	(void)sentence;
}

/* The other toolstacks' words for these differ from those of a configuration file. */
static const char *const json_actions[] = {
	[ACT_DESTROY] = "destroy", [ACT_RESTART] = "restart",
	[ACT_RENAME_RESTART] = "restart_rename", [ACT_PRESERVE] = "preserve",
	[ACT_DUMP_DESTROY] = "coredump_destroy", [ACT_DUMP_RESTART] = "coredump_restart",
};

/* What scripts read: the layout of other toolstacks' `list -l`, as far as it is known here. */
static void print_long(const struct xen_domctl_getdomaininfo *i, bool first)
{
	char *name = dom_name(i->domain), *text = dom_config_load(i->domain), uuid[37];
	struct cfg c = { 0 };
	struct xl_domain d;
	bool known = text && !cfg_parse(&c, text, strlen(text), "kept configuration") &&
		!xl_domain_from_cfg(&d, &c, no_warning);

	xl_uuid_print(i->handle, uuid);
	printf("%s    {", first ? "" : ",\n");
	json_number(true, 2, "domid", i->domain);
	json_key(false, 2, "config");
	printf("{");
	json_key(true, 3, "c_info");
	printf("{");
	json_pair(true, 4, "type", "pv");
	json_pair(false, 4, "name", name);
	json_pair(false, 4, "uuid", uuid);
	printf("\n%*s}", 3 * 4, "");
	print_b_info(i, known ? &d : NULL);
	if (known) {
		print_devices(&d);
		json_pair(false, 3, "on_poweroff", json_actions[d.on_poweroff]);
		json_pair(false, 3, "on_reboot", json_actions[d.on_reboot]);
		json_pair(false, 3, "on_watchdog", json_actions[d.on_watchdog]);
		json_pair(false, 3, "on_crash", json_actions[d.on_crash]);
		xl_domain_free(&d);
	}
	printf("\n        }\n    }");
	cfg_free(&c);
	free(text);
	free(name);
}

static void print_all(const struct xen_domctl_getdomaininfo *list, int n, bool lng, const struct columns *c)
{
	int i;

	if (lng) {
		printf("[\n");
		for (i = 0; i < n; i++)
			print_long(&list[i], !i);
		printf("\n]\n");
		return;
	}
	printf("Name                                        ID   Mem VCPUs\tState\tTime(s)");
	if (c->verbose)
		printf("   UUID                            Reason-Code\tSecurity Label");
	else if (c->label)
		printf("   Security Label");
	if (c->pool)
		printf("%16s", "Cpupool");
	if (c->node)
		printf(" NODE Affinity");
	if (c->claim)
		printf("  Claimed");
	putchar('\n');
	for (i = 0; i < n; i++)
		print_row(&list[i], c);
}

int cmd_list(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "long", 0, NULL, 'l' }, { "verbose", 0, NULL, 'v' }, { "context", 0, NULL, 'Z' },
		{ "cpupool", 0, NULL, 'c' }, { "numa", 0, NULL, 'n' }, { NULL, 0, NULL, 0 },
	};
	struct xen_domctl_getdomaininfo one, *list = NULL;
	struct columns c = { 0 };
	bool lng = false;
	uint32_t domid;
	int opt, n;

	while ((opt = getopt_long(argc, argv, "lvZcn", longs, NULL)) != -1) {
		switch (opt) {
		case 'l': lng = true; break;
		case 'v': c.verbose = true; break;
		case 'Z': c.label = true; break;
		case 'c': c.pool = true; break;
		case 'n': c.node = true; break;
		default: return usage_of("list");
		}
	}
	if (argc - optind > 1) {
		usage_of("list");
		return 1;
	}
	if (xl_need_hv())
		return 1;
	/* Without xenstored the list is still worth having: names are then unknown. */
	if (xl_need_store() && optind < argc)
		return 1;
	if (optind < argc) {
		if (dom_find(argv[optind], &domid))
			return 1;
		n = hv_domain_info(xl.h, domid, &one);
		if (n)
			return fail(n, "cannot describe domain %u", domid);
		print_all(&one, 1, lng, &c);
		return 0;
	}
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	print_all(list, n, lng, &c);
	free(list);
	return 0;
}

int cmd_vm_list(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo *list;
	int n, i;

	if (getopt(argc, argv, "") != -1)
		return usage_of("vm-list");
	if (xl_need_hv() || xl_need_store())
		return 1;
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	printf("UUID                                  ID    name\n");
	for (i = 0; i < n; i++) {
		char *name = dom_name(list[i].domain), uuid[37];

		xl_uuid_print(list[i].handle, uuid);
		printf("%s  %d    %-30s\n", uuid, list[i].domain, name);
		free(name);
	}
	free(list);
	return 0;
}

int cmd_claims(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo *list;
	struct columns c = { .claim = true };
	int n;

	if (getopt(argc, argv, "") != -1)
		return usage_of("claims");
	if (xl_need_hv() || xl_need_store())
		return 1;
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	print_all(list, n, false, &c);
	free(list);
	return 0;
}

int cmd_domid(int argc, char **argv)
{
	uint32_t domid;
	int rc;

	if (argc != 2)
		return usage_of("domid");
	if (xl_need_hv() || xl_need_store())
		return 1;
	rc = dom_by_name(argv[1], &domid);
	if (rc == -ESRCH)
		say("there is no domain '%s'", argv[1]);
	if (rc)
		return rc == -ESRCH ? 1 : fail(rc, "cannot look for the domain '%s'", argv[1]);
	printf("%u\n", domid);
	return 0;
}

int cmd_domname(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo info;
	uint32_t domid;
	char *name;

	if (argc != 2)
		return usage_of("domname");
	if (!parse_u32(argv[1], &domid)) {
		say("'%s' is not the number of a domain", argv[1]);
		return 1;
	}
	if (xl_need_hv() || xl_need_store())
		return 1;
	if (hv_domain_info(xl.h, domid, &info)) {
		say("there is no domain %u", domid);
		return 1;
	}
	name = dom_name(domid);
	printf("%s\n", name);
	free(name);
	return 0;
}

int cmd_rename(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo info;
	uint32_t domid, other;
	char uuid[37];
	int rc;

	if (argc != 3)
		return usage_of("rename");
	if (dom_find(argv[1], &domid) || xl_need_store())
		return 1;
	if (!*argv[2] || strlen(argv[2]) > XL_NAME_MAX || strchr(argv[2], '/') ||
	    strspn(argv[2], "0123456789") == strlen(argv[2])) {
		say("'%.60s' cannot be the name of a domain", argv[2]);
		return 1;
	}
	if (!dom_by_name(argv[2], &other)) {
		say("domain %u is called '%s' already", other, argv[2]);
		return 1;
	}
	rc = store_write(XS_NO_TXN, argv[2], "/local/domain/%u/name", domid);
	if (!rc && !hv_domain_info(xl.h, domid, &info)) {
		xl_uuid_print(info.handle, uuid);
		rc = store_write(XS_NO_TXN, argv[2], "/vm/%s/name", uuid);
	}
	return rc ? fail(rc, "cannot rename domain %u", domid) : 0;
}

static int64_t uptime_of(uint32_t domid)
{
	uint64_t start;
	char *vm;
	bool ok;
	double up;
	FILE *f;

	if (!domid) {
		f = fopen("/proc/uptime", "re");
		ok = f && fscanf(f, "%lf", &up) == 1;
		if (f)
			fclose(f);
		return ok ? (int64_t)up : -1;
	}
	vm = store_read("/local/domain/%u/vm", domid);
	if (!vm)
		return -1;
	/* Some toolstacks write fractions of seconds too. */
	char *text = store_read("%s/start_time", vm);

	free(vm);
	if (!text)
		return -1;
	start = strtoull(text, NULL, 10);
	free(text);
	return time(NULL) - (int64_t)start;
}

static void print_uptime(uint32_t domid, bool brief)
{
	int64_t up = uptime_of(domid);
	char *name = dom_name(domid), text[64];

	if (up < 0)
		snprintf(text, sizeof(text), "unknown");
	else if (up >= 86400)
		snprintf(text, sizeof(text), "%lld days, %2lld:%02lld:%02lld", (long long)up / 86400,
			 (long long)up / 3600 % 24, (long long)up / 60 % 60, (long long)up % 60);
	else
		snprintf(text, sizeof(text), "%2lld:%02lld:%02lld", (long long)up / 3600, (long long)up / 60 % 60, (long long)up % 60);
	if (brief) {
		time_t t = time(NULL);
		char clock[16];
		struct tm tm;

		localtime_r(&t, &tm);
		strftime(clock, sizeof(clock), "%T", &tm);
		/* Minutes are enough here, as in uptime(1). */
		if (up >= 0)
			text[strlen(text) - 3] = 0;
		printf(" %s up %s, %s (%u)\n", clock, text, name, domid);
	}
	else
		printf("%-32s %5u %s\n", name, domid, text);
	free(name);
}

int cmd_uptime(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo *list;
	bool brief = false;
	int opt, n, i;

	while ((opt = getopt(argc, argv, "s")) != -1) {
		if (opt != 's')
			return usage_of("uptime");
		brief = true;
	}
	if (xl_need_hv() || xl_need_store())
		return 1;
	if (!brief)
		printf("%-32s %5s %s\n", "Name", "ID", "Uptime");
	if (optind < argc) {
		for (; optind < argc; optind++) {
			uint32_t domid;

			if (dom_find(argv[optind], &domid))
				return 1;
			print_uptime(domid, brief);
		}
		return 0;
	}
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	for (i = 0; i < n; i++)
		print_uptime(list[i].domain, brief);
	free(list);
	return 0;
}
