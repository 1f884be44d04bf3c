// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks a guest to do something by its control node, and waits for it to stop.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xl.h"

#define ACK_MS		60000
#define STOP_MS		300000	/* a large guest under load freezes slowly */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int domain_control(uint32_t domid, const char *what)
{
	return store_write(XS_NO_TXN, what, "/local/domain/%u/control/shutdown", domid);
}

/* Returns the shutdown reason (>= 0), -ESRCH when it is gone, -ETIMEDOUT. */
int domain_wait_stop(uint32_t domid, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	struct xen_domctl_getdomaininfo info;
	int rc = xs_watch(xl.x, "@releaseDomain", "wait-stop");

	while (!rc) {
		int64_t left = timeout_ms < 0 ? 1000 : end - now_ms();
		char *p, *t;

		rc = hv_domain_info(xl.h, domid, &info);
		if (!rc && info.flags & XEN_DOMINF_dying)
			rc = -ESRCH;
		if (rc)
			break;
		if (info.flags & XEN_DOMINF_shutdown) {
			rc = info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
			break;
		}
		if (timeout_ms >= 0 && left <= 0) {
			rc = -ETIMEDOUT;
			break;
		}
		rc = xs_read_watch(xl.x, &p, &t, left > 1000 ? 1000 : left);
		if (!rc) {
			free(p);
			free(t);
		} else if (rc == -ETIMEDOUT) {
			rc = 0;
		}
	}
	xs_unwatch(xl.x, "@releaseDomain", "wait-stop");
	return rc;
}

/* False when the guest has taken the request meanwhile. */
static bool withdrawn(const char *path)
{
	xs_txn t;
	int rc;

	do {
		char *v;

		rc = xs_transaction_start(xl.x, &t);
		if (rc)
			return true;
		v = xs_read(xl.x, t, path, NULL);
		if (v && !*v) {
			free(v);
			xs_transaction_end(xl.x, t, true);
			return false;
		}
		free(v);
		xs_write(xl.x, t, path, "", 0);
		rc = xs_transaction_end(xl.x, t, false);
	} while (rc == -EAGAIN);
	return true;
}

int domain_answer(uint32_t domid, const char *what)
{
	char path[PATH_MAX_XS], *v;
	bool taken;

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	v = store_wait(path, "", ACK_MS);
	taken = v && !*v;
	free(v);
	if (taken || !withdrawn(path))
		return 0;
	if (interrupted())
		return -EINTR;
	say("domain %u does not answer the request for %s within %d s", domid, what, ACK_MS / 1000);
	return -ETIMEDOUT;
}

int domain_suspend(uint32_t domid)
{
	int rc = domain_control(domid, "suspend");

	if (rc)
		return fail(rc, "cannot ask domain %u to suspend", domid), rc;
	rc = domain_answer(domid, "suspension");
	if (rc)
		return rc;
	/* Once taken a request cannot be withdrawn: the guest will stop, and must not be left so. */
	rc = domain_wait_stop(domid, STOP_MS);
	if (rc == SHUTDOWN_suspend)
		return 0;
	if (rc >= 0)
		say("domain %u stopped for another reason while it was to suspend", domid);
	else
		say("domain %u does not suspend: %s", domid, error_text(rc));
	return rc < 0 ? rc : -EIO;
}
