// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstore as xl uses it: paths by format, and the nodes that every domain
 * gets. The permissions matter: a guest owns only what it must write, and can
 * read the rest of its own directory.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xl.h"

#define CONSOLE_LIMIT	1048576
#define LOOK_MS		500

static void format(char path[PATH_MAX_XS], const char *fmt, va_list ap)
{
	vsnprintf(path, PATH_MAX_XS, fmt, ap);
}

int store_write(xs_txn t, const char *value, const char *fmt, ...)
{
	char path[PATH_MAX_XS];
	va_list ap;

	va_start(ap, fmt);
	format(path, fmt, ap);
	va_end(ap);
	return xs_write(xl.x, t, path, value, strlen(value));
}

int store_number(xs_txn t, uint64_t value, const char *fmt, ...)
{
	char path[PATH_MAX_XS], text[24];
	va_list ap;

	va_start(ap, fmt);
	format(path, fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return xs_write(xl.x, t, path, text, strlen(text));
}

char *store_read(const char *fmt, ...)
{
	char path[PATH_MAX_XS];
	va_list ap;

	va_start(ap, fmt);
	format(path, fmt, ap);
	va_end(ap);
	return xs_read(xl.x, XS_NO_TXN, path, NULL);
}

bool store_read_number(uint64_t *out, const char *fmt, ...)
{
	char path[PATH_MAX_XS], *v, *rest;
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	format(path, fmt, ap);
	va_end(ap);
	v = xs_read(xl.x, XS_NO_TXN, path, NULL);
	if (!v)
		return false;
	*out = strtoull(v, &rest, 0);
	ok = rest != v && !*rest;
	free(v);
	return ok;
}

void store_rm(const char *fmt, ...)
{
	char path[PATH_MAX_XS];
	va_list ap;

	va_start(ap, fmt);
	format(path, fmt, ap);
	va_end(ap);
	xs_rm(xl.x, XS_NO_TXN, path);
}

int store_dir(xs_txn t, uint32_t owner, uint32_t reader, const char *fmt, ...)
{
	struct xs_perm p[2] = { { owner, XS_PERM_NONE }, { reader, XS_PERM_READ } };
	char path[PATH_MAX_XS];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	format(path, fmt, ap);
	va_end(ap);
	rc = xs_mkdir(xl.x, t, path);
	return rc && rc != -EEXIST ? rc : xs_set_permissions(xl.x, t, path, p, owner == reader ? 1 : 2);
}

static bool one_of(const char *value, const char *values)
{
	size_t n = strlen(value);
	const char *p = values;

	while (p) {
		if (!strncmp(p, value, n) && (p[n] == '|' || !p[n]))
			return true;
		p = strchr(p, '|');
		p += !!p;
	}
	return false;
}

char *store_wait(const char *path, const char *values, int timeout_ms)
{
	struct timespec t0, t;
	char *value = NULL;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	if (xs_watch(xl.x, path, "wait"))
		return NULL;
	for (;;) {
		char *p, *token;
		int left, rc;

		free(value);
		value = xs_read(xl.x, XS_NO_TXN, path, NULL);
		if (!value && errno == ENOENT)
			value = strdup("");
		if (!value || !*value || one_of(value, values))
			break;
		clock_gettime(CLOCK_MONOTONIC, &t);
		/* Looked at now and again: a signal may ask to stop. */
		left = timeout_ms - (t.tv_sec - t0.tv_sec) * 1000 - (t.tv_nsec - t0.tv_nsec) / 1000000;
		rc = left <= 0 || interrupted() ? -ETIMEDOUT : xs_read_watch(xl.x, &p, &token, left < LOOK_MS ? left : LOOK_MS);
		if (rc == -ETIMEDOUT && left > LOOK_MS && !interrupted())
			continue;
		if (rc) {
			free(value);
			value = NULL;
			break;
		}
		free(p);
		free(token);
	}
	xs_unwatch(xl.x, path, "wait");
	while (xs_watch_pending(xl.x)) {
		char *p, *token;

		if (xs_read_watch(xl.x, &p, &token, 0))
			break;
		free(p);
		free(token);
	}
	return value;
}

/* A node that the guest writes itself. */
static int guest_node(xs_txn t, uint32_t domid, const char *name)
{
	return store_dir(t, domid, domid, "/local/domain/%u/%s", domid, name);
}

static int read_node(xs_txn t, uint32_t domid, const char *name)
{
	return store_dir(t, 0, domid, "/local/domain/%u/%s", domid, name);
}

static int fill_base(xs_txn t, uint32_t domid, const struct xl_domain *d, const char *uuid)
{
	static const char *const owned[] = {
		"control/shutdown", "control/feature-poweroff", "control/feature-reboot",
		"control/feature-suspend", "control/sysrq", "data", "drivers", "feature", "attr", "error",
		"device/suspend/event-channel",
	};
	static const char *const readable[] = { "cpu", "memory", "device", "control", "console", "store" };
	unsigned int i;
	int rc;

	if ((rc = store_dir(t, 0, domid, "/local/domain/%u", domid)) ||
	    (rc = store_dir(t, 0, domid, "/vm/%s", uuid)) ||
	    (rc = store_dir(t, 0, 0, "/libxl/%u", domid)) ||
	    (rc = store_dir(t, 0, 0, "/libxl/%u/device", domid)))
		return rc;
	for (i = 0; i < sizeof(readable) / sizeof(*readable); i++)
		if ((rc = read_node(t, domid, readable[i])))
			return rc;
	for (i = 0; i < sizeof(owned) / sizeof(*owned); i++)
		if ((rc = guest_node(t, domid, owned[i])))
			return rc;
	if ((rc = store_write(t, "pv", "/libxl/%u/type", domid)) ||
	    (rc = store_write(t, d->name, "/local/domain/%u/name", domid)) ||
	    (rc = store_number(t, domid, "/local/domain/%u/domid", domid)) ||
	    (rc = store_write(t, d->name, "/vm/%s/name", uuid)) ||
	    (rc = store_write(t, uuid, "/vm/%s/uuid", uuid)) ||
	    (rc = store_number(t, time(NULL), "/vm/%s/start_time", uuid)) ||
	    (rc = store_number(t, d->maxmem_mb << 10, "/local/domain/%u/memory/static-max", domid)) ||
	    (rc = store_number(t, d->memory_mb << 10, "/local/domain/%u/memory/target", domid)) ||
	    (rc = store_write(t, "1", "/local/domain/%u/control/platform-feature-multiprocessor-suspend", domid)) ||
	    (rc = store_write(t, "1", "/local/domain/%u/control/platform-feature-xs_reset_watches", domid)))
		return rc;
	for (i = 0; i < d->maxvcpus; i++)
		if ((rc = store_write(t, i < d->vcpus ? "online" : "offline", "/local/domain/%u/cpu/%u/availability", domid, i)))
			return rc;
	return 0;
}

int store_domain_base(uint32_t domid, const struct xl_domain *d)
{
	char uuid[37], vm[64];
	xs_txn t;
	int rc;

	xl_uuid_print(d->uuid, uuid);
	snprintf(vm, sizeof(vm), "/vm/%s", uuid);
	store_rm("/local/domain/%u", domid);	/* leftovers of a domain of this number */
	store_rm("/libxl/%u", domid);
	do {
		rc = xs_transaction_start(xl.x, &t);
		if (rc)
			return rc;
		rc = fill_base(t, domid, d, uuid);
		if (!rc)
			rc = store_write(t, vm, "/local/domain/%u/vm", domid);
		if (rc) {
			xs_transaction_end(xl.x, t, true);
			return rc;
		}
		rc = xs_transaction_end(xl.x, t, false);
	} while (rc == -EAGAIN);
	return rc;
}

int store_domain_console(uint32_t domid, const char *type, uint64_t ring, uint32_t port)
{
	xs_txn t;
	int rc;

	do {
		rc = xs_transaction_start(xl.x, &t);
		if (rc)
			return rc;
		if ((rc = store_number(t, ring, "/local/domain/%u/console/ring-ref", domid)) ||
		    (rc = store_number(t, port, "/local/domain/%u/console/port", domid)) ||
		    (rc = store_write(t, type, "/local/domain/%u/console/type", domid)) ||
		    (rc = store_write(t, "pty", "/local/domain/%u/console/output", domid)) ||
		    (rc = store_write(t, "", "/local/domain/%u/console/tty", domid)) ||
		    (rc = store_number(t, CONSOLE_LIMIT, "/local/domain/%u/console/limit", domid)) ||
		    (rc = store_write(t, "0", "/local/domain/%u/console/backend-id", domid))) {
			xs_transaction_end(xl.x, t, true);
			return rc;
		}
		rc = xs_transaction_end(xl.x, t, false);
	} while (rc == -EAGAIN);
	return rc;
}

int store_domain_store(uint32_t domid, uint64_t ring, uint32_t port)
{
	int rc;

	if ((rc = store_number(XS_NO_TXN, ring, "/local/domain/%u/store/ring-ref", domid)) ||
	    (rc = store_number(XS_NO_TXN, port, "/local/domain/%u/store/port", domid)))
		return rc;
	return xs_introduce_domain(xl.x, domid, ring, port);
}

void store_domain_forget(uint32_t domid, const uint8_t uuid[16])
{
	char text[37];

	xl_uuid_print(uuid, text);
	xs_release_domain(xl.x, domid);
	store_rm("/local/domain/%u", domid);
	store_rm("/libxl/%u", domid);
	store_rm("/vm/%s", text);
}
