// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a split device as xenstore shows it: publishing both ends,
 * waiting for the back end, running its script, and taking it away again. The
 * list of what a domain has is kept under /libxl, where the guest cannot
 * write: its own directory proves nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

#include <xen/io/xenbus.h>

#define CONNECT_MS	20000
#define REMOVE_MS	10000

void dev_backend(const struct dev *v, char path[PATH_MAX_XS])
{
	snprintf(path, PATH_MAX_XS, "/local/domain/%u/backend/%s/%u/%d", v->backend_domid, v->kind, v->domid, v->devid);
}

void dev_frontend(const struct dev *v, char path[PATH_MAX_XS])
{
	snprintf(path, PATH_MAX_XS, "/local/domain/%u/device/%s/%d", v->domid, v->kind, v->devid);
}

static int write_pairs(xs_txn t, const char *dir, const char *const *pairs)
{
	int rc = 0;

	for (; *pairs && !rc; pairs += 2)
		if (pairs[1])
			rc = store_write(t, pairs[1], "%s/%s", dir, pairs[0]);
	return rc;
}

static int publish(xs_txn t, const struct dev *v, const char *const *back, const char *const *front)
{
	char b[PATH_MAX_XS], f[PATH_MAX_XS], l[PATH_MAX_XS];
	int rc;

	dev_backend(v, b);
	dev_frontend(v, f);
	snprintf(l, sizeof(l), "/libxl/%u/device/%s/%d", v->domid, v->kind, v->devid);
	if ((rc = store_dir(t, 0, 0, "%s", l)) ||
	    (rc = store_write(t, f, "%s/frontend", l)) ||
	    (rc = store_write(t, b, "%s/backend", l)) ||
	    (rc = store_dir(t, v->domid, v->backend_domid, "%s", f)) ||
	    (rc = store_dir(t, v->backend_domid, v->domid, "%s", b)) ||
	    (rc = write_pairs(t, f, front)) ||
	    (rc = write_pairs(t, b, back)) ||
	    (rc = write_pairs(t, l, back)))
		return rc;
	if ((rc = store_write(t, b, "%s/backend", f)) ||
	    (rc = store_number(t, v->backend_domid, "%s/backend-id", f)) ||
	    (rc = store_number(t, XenbusStateInitialising, "%s/state", f)) ||
	    (rc = store_write(t, f, "%s/frontend", b)) ||
	    (rc = store_number(t, v->domid, "%s/frontend-id", b)) ||
	    (rc = store_write(t, "1", "%s/online", b)))
		return rc;
	return store_number(t, XenbusStateInitialising, "%s/state", b);
}

/* back and front: name, value, name, value ... NULL; a NULL value is left out. */
int dev_publish(const struct dev *v, const char *const *back, const char *const *front)
{
	xs_txn t;
	int rc;

	do {
		rc = xs_transaction_start(xl.x, &t);
		if (rc)
			return rc;
		rc = publish(t, v, back, front);
		if (rc) {
			xs_transaction_end(xl.x, t, true);
			return rc;
		}
		rc = xs_transaction_end(xl.x, t, false);
	} while (rc == -EAGAIN);
	return rc;
}

int dev_connect(const struct dev *v, const char *script)
{
	char b[PATH_MAX_XS], path[PATH_MAX_XS + 8], *state;
	int rc;

	dev_backend(v, b);
	snprintf(path, sizeof(path), "%s/state", b);
	state = store_wait(path, "2|3|4|5|6", CONNECT_MS);
	if (store_lost()) {
		say("%s %d: xenstored does not answer", v->kind, v->devid);
		free(state);
		return -EPIPE;
	}
	if (!state && interrupted()) {
		say("interrupted while waiting for the back end of %s %d", v->kind, v->devid);
		return -EINTR;
	}
	if (!state || !*state) {
		say("no back end takes %s %d: is the driver xen-%s loaded in domain %u?", v->kind, v->devid,
		    strcmp(v->kind, "vbd") ? "netback" : "blkback", v->backend_domid);
		free(state);
		return -ENODEV;
	}
	if (*state == '5' || *state == '6') {
		say("the back end refused %s %d", v->kind, v->devid);
		free(state);
		return -EIO;
	}
	free(state);
	rc = v->backend_domid ? 0 : hotplug_run(v, script, true);
	if (!rc && interrupted()) {
		say("interrupted: %s %d is not attached", v->kind, v->devid);
		rc = -EINTR;
	}
	return rc;
}

int dev_remove(const struct dev *v, bool force)
{
	char b[PATH_MAX_XS], f[PATH_MAX_XS], path[PATH_MAX_XS + 8], *state, *script;
	int rc = 0;

	dev_backend(v, b);
	dev_frontend(v, f);
	snprintf(path, sizeof(path), "%s/state", b);
	state = xs_read(xl.x, XS_NO_TXN, path, NULL);
	/* One that is still at its first state was never taken by any driver. */
	if (state && strcmp(state, "1") && strcmp(state, "6")) {
		store_write(XS_NO_TXN, "0", "%s/online", b);
		store_write(XS_NO_TXN, "5", "%s", path);
		/* Losing its front end makes a back end let go by itself; its
		 * last word, 6, must come after our 5. */
		if (force)
			store_rm("%s", f);
		free(state);
		state = store_wait(path, "6", REMOVE_MS);
		if (!state && !force) {
			say("the guest does not let go of %s %d within %d s", v->kind, v->devid, REMOVE_MS / 1000);
			return -EBUSY;
		}
		if (!state)
			say("warning: the back end of %s %d does not close; its nodes are removed", v->kind, v->devid);
	}
	free(state);
	script = store_read("/libxl/%u/device/%s/%d/script", v->domid, v->kind, v->devid);
	if (script && !v->backend_domid)
		rc = hotplug_run(v, script, false);
	free(script);
	store_rm("%s", f);
	store_rm("%s", b);
	store_rm("/libxl/%u/device/%s/%d", v->domid, v->kind, v->devid);
	return rc;
}

/* The back end's domain, from the path that we (or another toolstack) kept. */
static bool backend_of(struct dev *v)
{
	char *path = store_read("/libxl/%u/device/%s/%d/backend", v->domid, v->kind, v->devid);
	bool ok = path && sscanf(path, "/local/domain/%u/backend/", &v->backend_domid) == 1;

	free(path);
	return ok;
}

int dev_each(uint32_t domid, const char *kind, dev_fn *fn, void *arg)
{
	char path[PATH_MAX_XS], **ids;
	unsigned int n, i;
	int rc = 0;

	snprintf(path, sizeof(path), "/libxl/%u/device/%s", domid, kind);
	ids = xs_directory(xl.x, XS_NO_TXN, path, &n);
	for (i = 0; ids && i < n && !rc; i++) {
		struct dev v = { .kind = kind, .domid = domid, .devid = atoi(ids[i]) };

		if (backend_of(&v))
			rc = fn(&v, arg);
	}
	free(ids);
	return rc;
}

static int remove_one(const struct dev *v, void *arg)
{
	(void)arg;
	dev_remove(v, true);
	return 0;
}

int dev_remove_all(uint32_t domid)
{
	char path[PATH_MAX_XS], **kinds;
	unsigned int n, i;

	snprintf(path, sizeof(path), "/libxl/%u/device", domid);
	kinds = xs_directory(xl.x, XS_NO_TXN, path, &n);
	for (i = 0; kinds && i < n; i++)
		if (!strcmp(kinds[i], "vbd") || !strcmp(kinds[i], "vif"))
			dev_each(domid, kinds[i], remove_one, NULL);
	free(kinds);
	/* Another toolstack lists its console device too; only its node is left. */
	store_rm("/local/domain/0/backend/console/%u", domid);
	store_rm("/local/domain/0/backend/vbd/%u", domid);
	store_rm("/local/domain/0/backend/vif/%u", domid);
	return 0;
}
