// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl cpupool-list: the groups that the host's CPUs form.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "xl.h"

#define MASK_BYTES	(XL_CPUS_MAX / 8)

static char *pool_name(uint32_t id)
{
	char *name = xl.x ? store_read("/local/pool/%u/name", id) : NULL;

	if (!name && asprintf(&name, "Pool-%u", id) < 0)
		name = NULL;
	return name;
}

static void print_pool(const struct xen_sysctl_cpupool_op *p, const char *name, const uint8_t *mask, bool cpus)
{
	unsigned int i, n = 0;

	printf("%-19s", name);
	for (i = 0; i < XL_CPUS_MAX; i++) {
		if (!(mask[i / 8] >> i % 8 & 1))
			continue;
		if (cpus)
			printf("%s%u", n ? "," : "", i);
		n++;
	}
	if (!cpus)
		printf("%3u %9s       y %10u", n, scheduler_name(p->sched_id), p->n_dom);
	putchar('\n');
}

int cmd_cpupool_list(int argc, char **argv)
{
	static const struct option longs[] = { { "cpus", 0, NULL, 'c' }, { NULL, 0, NULL, 0 } };
	struct xen_sysctl_cpupool_op p;
	uint8_t mask[MASK_BYTES];
	bool cpus = false, found = false;
	const char *want = NULL;
	uint32_t id = 0;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "c", longs, NULL)) != -1) {
		if (opt != 'c')
			return usage_of("cpupool-list");
		cpus = true;
	}
	if (optind < argc)
		want = argv[optind];
	if (xl_need_hv() || xl_need_store())
		return 1;
	for (; !(rc = hv_cpupool_info(xl.h, id, &p, mask, sizeof(mask))) && p.cpupool_id >= id; id = p.cpupool_id + 1) {
		char *name = pool_name(p.cpupool_id);

		if (name && (!want || !strcmp(want, name))) {
			if (!found)
				printf("%-19s%s\n", "Name", cpus ? "CPU list" : "CPUs   Sched     Active   Domain count");
			found = true;
			print_pool(&p, name, mask, cpus);
		}
		free(name);
	}
	if (rc && rc != -ENOENT)
		return fail(rc, "cannot ask the hypervisor about its pools of CPUs");
	if (!found)
		say("there is no pool '%s'", want ? want : "");
	return found ? 0 : 1;
}
