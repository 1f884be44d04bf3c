// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds out, before anything is made, whether the host has the memory that a
 * guest wants; asks dom0 to give some back where xl.conf allows that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

#define OVERHEAD_PAGES	1024		/* the hypervisor's own for a domain */
#define DOM0_MIN_KIB	(256UL << 10)
#define WAIT_SECONDS	30

static int free_pages(uint64_t *pages)
{
	struct xen_sysctl_physinfo p;
	int rc = hv_physinfo(xl.h, &p);

	if (rc)
		return rc;
	*pages = p.free_pages + p.scrub_pages;
	*pages -= p.outstanding_pages < *pages ? p.outstanding_pages : *pages;
	return 0;
}

/* Someone who gave dom0 a fixed size does not want it changed. */
static bool may_balloon(void)
{
	char line[sizeof(xen_commandline_t)] = "";

	if (xl_conf.autoballoon != BALLOON_AUTO)
		return xl_conf.autoballoon == BALLOON_ON;
	if (hv_version(xl.h, XENVER_commandline, line, sizeof(line)) < 0)
		return false;
	return !strstr(line, "dom0_mem=");
}

static int balloon_dom0(uint64_t want)
{
	struct xen_domctl_getdomaininfo info;
	uint64_t have = 0, kib, target;
	unsigned int i;
	int rc = hv_domain_info(xl.h, 0, &info);

	if (!rc)
		rc = free_pages(&have);
	if (rc)
		return rc;
	kib = info.tot_pages << 2;
	if ((want - have) << 2 > kib || kib - ((want - have) << 2) < DOM0_MIN_KIB)
		return -ENOMEM;
	target = kib - ((want - have) << 2);
	rc = store_number(XS_NO_TXN, target, "/local/domain/0/memory/target");
	for (i = 0; !rc && i < WAIT_SECONDS * 10; i++) {
		rc = free_pages(&have);
		if (have >= want)
			return rc;
		if (interrupted()) {
			rc = -EINTR;
			break;
		}
		usleep(100000);
	}
	/* There will be no such domain: dom0 keeps what it has. */
	store_number(XS_NO_TXN, kib, "/local/domain/0/memory/target");
	return rc ? rc : -ENOMEM;
}

int memory_make_room(uint64_t pages)
{
	uint64_t want = pages + OVERHEAD_PAGES + pages / 512, have;
	int rc = free_pages(&have);

	if (rc)
		return fail(rc, "cannot ask the hypervisor about its memory"), rc;
	if (have >= want)
		return 0;
	if (may_balloon() && !balloon_dom0(want))
		return 0;
	if (interrupted())
		return say("interrupted while waiting for dom0's memory"), -EINTR;
	say("not enough memory: the guest needs %" PRIu64 " MiB, the host has %" PRIu64 " MiB free", want / 256, have / 256);
	return -ENOMEM;
}
