// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl mem-set, mem-max: how much memory a domain uses and may use.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xl.h"

#define SLACK_KIB	1024

static bool bad_size(const char *text, uint64_t *kib)
{
	if (parse_mem_kib(text, kib))
		return false;
	say("'%s' is not an amount of memory (512, 512m, 1g)", text);
	return true;
}

int cmd_mem_set(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo d;
	uint64_t kib, max = 0;
	uint32_t domid;
	int rc;

	if (argc != 3)
		return usage_of("mem-set");
	if (dom_find(argv[1], &domid) || xl_need_store() || bad_size(argv[2], &kib))
		return 1;
	if (!store_read_number(&max, "/local/domain/%u/memory/static-max", domid)) {
		rc = hv_domain_info(xl.h, domid, &d);
		if (rc)
			return fail(rc, "cannot describe domain %u", domid);
		max = d.max_pages << 2;
	}
	if (kib > max) {
		say("domain %u may use at most %" PRIu64 " MiB", domid, max >> 10);
		return 1;
	}
	if (kib < 1024) {
		say("no domain lives in less than 1 MiB");
		return 1;
	}
	/* The hypervisor holds the guest to it, the guest's balloon driver does it. */
	if (domid) {
		rc = hv_domain_max_mem(xl.h, domid, kib + SLACK_KIB);
		if (rc)
			return fail(rc, "cannot limit domain %u to %" PRIu64 " MiB", domid, kib >> 10);
	}
	rc = store_number(XS_NO_TXN, kib, "/local/domain/%u/memory/target", domid);
	return rc ? fail(rc, "cannot tell domain %u", domid) : 0;
}

int cmd_mem_max(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo d;
	uint32_t domid;
	uint64_t kib;
	int rc;

	if (argc != 3)
		return usage_of("mem-max");
	if (dom_find(argv[1], &domid) || xl_need_store() || bad_size(argv[2], &kib))
		return 1;
	rc = hv_domain_info(xl.h, domid, &d);
	if (rc)
		return fail(rc, "cannot describe domain %u", domid);
	if (kib < d.tot_pages << 2) {
		say("domain %u uses %lu MiB already", domid, (unsigned long)d.tot_pages >> 8);
		return 1;
	}
	rc = hv_domain_max_mem(xl.h, domid, kib + SLACK_KIB);
	if (!rc)
		rc = store_number(XS_NO_TXN, kib, "/local/domain/%u/memory/static-max", domid);
	return rc ? fail(rc, "cannot allow domain %u %" PRIu64 " MiB", domid, kib >> 10) : 0;
}
