// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl info, dmesg, debug-keys: the host and its hypervisor.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "xl.h"

#define PAGES_PER_MB	256

static void print_physinfo(const struct xen_sysctl_physinfo *p)
{
	unsigned int i;

	printf("nr_cpus                : %u\n", p->nr_cpus);
	printf("max_cpu_id             : %u\n", p->max_cpu_id);
	printf("nr_nodes               : %u\n", p->nr_nodes);
	printf("cores_per_socket       : %u\n", p->cores_per_socket);
	printf("threads_per_core       : %u\n", p->threads_per_core);
	printf("cpu_mhz                : %u.%03u\n", p->cpu_khz / 1000, p->cpu_khz % 1000);
	printf("hw_caps                : ");
	for (i = 0; i < 8; i++)
		printf("%08x%c", p->hw_cap[i], i < 7 ? ':' : '\n');
	printf("virt_caps              :%s%s%s%s%s%s%s\n",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_pv ? " pv" : "",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_hvm ? " hvm" : "",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_directio ? " pv_directio" : "",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_hap ? " hap" : "",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_shadow ? " shadow" : "",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v1 ? " gnttab-v1" : "",
	       p->capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2 ? " gnttab-v2" : "");
	printf("total_memory           : %lu\n", (unsigned long)p->total_pages / PAGES_PER_MB);
	printf("free_memory            : %lu\n", (unsigned long)(p->free_pages - (p->outstanding_pages < p->free_pages ? p->outstanding_pages : 0)) / PAGES_PER_MB);
	printf("sharing_freed_memory   : 0\n");
	printf("sharing_used_memory    : 0\n");
	printf("outstanding_claims     : %lu\n", (unsigned long)p->outstanding_pages / PAGES_PER_MB);
	printf("free_cpus              : 0\n");
}

static int print_topology(const struct xen_sysctl_physinfo *p)
{
	uint32_t cpus = p->max_cpu_id + 1, nodes = p->nr_nodes, i, j, *distance;
	xen_sysctl_cputopo_t *cpu = calloc(cpus, sizeof(*cpu));
	xen_sysctl_meminfo_t *mem = calloc(nodes, sizeof(*mem));
	int rc = -ENOMEM;

	distance = calloc((size_t)nodes * nodes, sizeof(*distance));
	if (!cpu || !mem || !distance)
		goto out;
	rc = hv_cpu_topology(xl.h, cpu, &cpus);
	if (!rc)
		rc = hv_numa_info(xl.h, mem, distance, nodes);
	if (rc)
		goto out;
	printf("cpu_topology           :\ncpu:    core    socket     node\n");
	for (i = 0; i < cpus; i++)
		if (cpu[i].core != XEN_INVALID_CORE_ID)
			printf("%3u:    %4u     %4u     %4u\n", i, cpu[i].core, cpu[i].socket, cpu[i].node);
	printf("device topology        :\ndevice           node\nNo device topology data available\n");
	printf("numa_info              :\nnode:    memsize    memfree    distances\n");
	for (i = 0; i < nodes; i++) {
		printf("%4u:    %6" PRIu64 "     %6" PRIu64 "      %u", i, mem[i].memsize >> 20, mem[i].memfree >> 20, distance[i * nodes]);
		for (j = 1; j < nodes; j++)
			printf(",%u", distance[i * nodes + j]);
		putchar('\n');
	}
out:
	free(cpu);
	free(mem);
	free(distance);
	return rc;
}

static void print_version(void)
{
	xen_extraversion_t extra = "";
	xen_compile_info_t compile;
	xen_capabilities_info_t caps = "";
	xen_changeset_info_t changeset = "";
	xen_platform_parameters_t platform = { 0 };
	xen_commandline_t line = "";
	long v = hv_version(xl.h, XENVER_version, NULL, 0);
	uint32_t sched = 0;

	memset(&compile, 0, sizeof(compile));
	hv_version(xl.h, XENVER_extraversion, extra, sizeof(extra));
	hv_version(xl.h, XENVER_compile_info, &compile, sizeof(compile));
	hv_version(xl.h, XENVER_capabilities, caps, sizeof(caps));
	hv_version(xl.h, XENVER_changeset, changeset, sizeof(changeset));
	hv_version(xl.h, XENVER_platform_parameters, &platform, sizeof(platform));
	hv_version(xl.h, XENVER_commandline, line, sizeof(line));
	hv_sched_id(xl.h, &sched);
	printf("xen_major              : %ld\n", v >> 16);
	printf("xen_minor              : %ld\n", v & 0xffff);
	printf("xen_extra              : %.*s\n", (int)sizeof(extra) - 1, extra);
	printf("xen_version            : %ld.%ld%.*s\n", v >> 16, v & 0xffff, (int)sizeof(extra) - 1, extra);
	printf("xen_caps               : %.*s\n", (int)sizeof(caps) - 1, caps);
	printf("xen_scheduler          : %s\n", scheduler_name(sched));
	printf("xen_pagesize           : %lu\n", HV_PAGE_SIZE);
	printf("platform_params        : virt_start=0x%lx\n", (unsigned long)platform.virt_start);
	printf("xen_changeset          : %.*s\n", (int)sizeof(changeset) - 1, changeset);
	printf("xen_commandline        : %.*s\n", (int)sizeof(line) - 1, line);
	printf("cc_compiler            : %.*s\n", (int)sizeof(compile.compiler) - 1, compile.compiler);
	printf("cc_compile_by          : %.*s\n", (int)sizeof(compile.compile_by) - 1, compile.compile_by);
	printf("cc_compile_domain      : %.*s\n", (int)sizeof(compile.compile_domain) - 1, compile.compile_domain);
	printf("cc_compile_date        : %.*s\n", (int)sizeof(compile.compile_date) - 1, compile.compile_date);
}

int cmd_info(int argc, char **argv)
{
	struct xen_sysctl_physinfo p;
	struct utsname u;
	static const struct option longs[] = { { "numa", 0, NULL, 'n' }, { NULL, 0, NULL, 0 } };
	bool topology = false;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "n", longs, NULL)) != -1) {
		if (opt != 'n')
			return usage_of("info");
		topology = true;
	}
	if (xl_need_hv())
		return 1;
	rc = hv_physinfo(xl.h, &p);
	if (rc)
		return fail(rc, "cannot ask the hypervisor about the host");
	uname(&u);
	printf("host                   : %s\n", u.nodename);
	printf("release                : %s\n", u.release);
	printf("version                : %s\n", u.version);
	printf("machine                : %s\n", u.machine);
	print_physinfo(&p);
	if (topology && (rc = print_topology(&p)))
		return fail(rc, "cannot ask the hypervisor about the host's topology");
	print_version();
	printf("build_id               : \n");
	printf("xend_config_format     : 4\n");
	return 0;
}

int cmd_dmesg(int argc, char **argv)
{
	static const struct option longs[] = { { "clear", 0, NULL, 'c' }, { NULL, 0, NULL, 0 } };
	char buf[16384];
	uint32_t index = 0, n, seen = 0;
	bool clear = false;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "c", longs, NULL)) != -1) {
		if (opt != 'c')
			return usage_of("dmesg");
		clear = true;
	}
	if (xl_need_hv())
		return 1;
	/* In steps by index, so that nothing printed meanwhile is lost. */
	do {
		n = sizeof(buf);
		rc = hv_read_console(xl.h, buf, &n, false, true, &index);
		if (rc)
			return fail(rc, "cannot read the hypervisor's messages");
		fwrite(buf, 1, n, stdout);
		seen += n;
	} while (n == sizeof(buf) && seen < 64U << 20);
	if (clear) {
		n = 1;
		rc = hv_read_console(xl.h, buf, &n, true, false, &index);
		if (rc)
			return fail(rc, "cannot clear the hypervisor's messages");
	}
	return 0;
}

int cmd_debug_keys(int argc, char **argv)
{
	int rc;

	if (argc < 2 || !*argv[1])
		return usage_of("debug-keys");
	if (xl_need_hv())
		return 1;
	rc = hv_debug_keys(xl.h, argv[1]);
	return rc ? fail(rc, "cannot send debug keys") : 0;
}
