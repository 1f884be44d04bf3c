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

static void print_row(const struct xen_domctl_getdomaininfo *i, bool verbose)
{
	char *name = dom_name(i->domain), s[7], uuid[37];

	state_letters(i->flags, s);
	printf("%-40s %5u %5lu %5u     %s  %8.1f", name, i->domain,
	       (unsigned long)((i->tot_pages - (i->tot_pages < i->outstanding_pages ? 0 : i->outstanding_pages)) >> 8),
	       i->nr_online_vcpus, s, i->cpu_time / 1e9);
	if (verbose) {
		xl_uuid_print(i->handle, uuid);
		printf(" %s %8x %12s", uuid, i->flags & XEN_DOMINF_shutdown ?
		       i->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask : 0, "-");
	}
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

static void json_value(const struct cfg_value *v)
{
	size_t i;

	if (v->kind == CFG_NUMBER) {
		printf("%lld", strtoll(v->text, NULL, 0));
	} else if (v->kind == CFG_STRING) {
		json_text(v->text);
	} else {
		putchar('[');
		for (i = 0; i < v->n; i++) {
			if (i)
				printf(", ");
			json_value(v->items[i]);
		}
		putchar(']');
	}
}

static void print_long(const struct xen_domctl_getdomaininfo *i, bool first)
{
	char *name = dom_name(i->domain), *text = dom_config_load(i->domain), uuid[37];
	struct cfg c = { 0 };
	struct cfg_item *it;

	xl_uuid_print(i->handle, uuid);
	printf("%s    {\n        \"domid\": %u,\n        \"name\": ", first ? "" : ",\n", i->domain);
	json_text(name);
	printf(",\n        \"uuid\": \"%s\",\n        \"memory_kb\": %lu,\n        \"vcpus\": %u", uuid,
	       (unsigned long)i->tot_pages << 2, i->nr_online_vcpus);
	if (text && !cfg_parse(&c, text, strlen(text), "kept configuration")) {
		const char *sep = "";

		printf(",\n        \"config\": {");
		for (it = c.items; it; it = it->next) {
			printf("%s\n            ", sep);
			json_text(it->name);
			printf(": ");
			json_value(it->value);
			sep = ",";
		}
		printf("\n        }");
	}
	printf("\n    }");
	cfg_free(&c);
	free(text);
	free(name);
}

static void print_all(const struct xen_domctl_getdomaininfo *list, int n, bool lng, bool verbose)
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
	if (verbose)
		printf("   UUID                            Reason-Code\tSecurity Label");
	putchar('\n');
	for (i = 0; i < n; i++)
		print_row(&list[i], verbose);
}

int cmd_list(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "long", 0, NULL, 'l' }, { "verbose", 0, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	struct xen_domctl_getdomaininfo one, *list = NULL;
	bool lng = false, verbose = false;
	uint32_t domid;
	int opt, n;

	while ((opt = getopt_long(argc, argv, "lvZcn", longs, NULL)) != -1) {
		switch (opt) {
		case 'l': lng = true; break;
		case 'v': verbose = true; break;
		case 'Z': case 'c': case 'n': break;	/* columns for what does not exist here */
		default: return usage_of("list");
		}
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
		print_all(&one, 1, lng, verbose);
		return 0;
	}
	n = dom_list(&list);
	if (n < 0)
		return fail(n, "cannot list domains");
	print_all(list, n, lng, verbose);
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

	if (argc != 2 || !parse_u32(argv[1], &domid))
		return usage_of("domname");
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
	if (brief)
		printf("%s up %s\n", name, text);
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
