// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends a domain: devices first, so that no back end holds its frames, then the
 * domain, then every trace of it. Safe to call on one that is half made or
 * already dying, and more than once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

int domain_destroy(uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;
	char *path;
	int rc = hv_domain_info(xl.h, domid, &info);

	if (rc)
		return rc;
	hv_domain_pause(xl.h, domid);
	if (xl.x)
		dev_remove_all(domid);
	rc = hv_domain_destroy(xl.h, domid);
	if (rc && rc != -ESRCH) {
		fail(rc, "the hypervisor does not destroy domain %u", domid);
		return rc;
	}
	if (xl.x)
		store_domain_forget(domid, info.handle);
	if (store_lost())
		say("warning: xenstored does not answer: what it knows of domain %u remains", domid);
	path = dom_config_path(domid, info.handle);
	if (path)
		unlink(path);
	free(path);
	return 0;
}
