// SPDX-License-Identifier: GPL-2.0-only
/*
 * init-dom0: run once after xenstored has started. Loads the drivers that the
 * tools and back ends need, and writes dom0's own nodes. Harmless when done
 * before, by this or by another toolstack.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libxen/libxen.h"
#include "libxen/xs.h"

static void load_modules(void)
{
	static const char *const modules[] = {
		"xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-privcmd", "xen-blkback", "xen-netback", "loop", "bridge",
	};
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		pid_t pid = fork();

		if (!pid) {
			int null = open("/dev/null", O_RDWR);

			if (null >= 0)
				dup2(null, 2);
			execlp("modprobe", "modprobe", "-q", modules[i], NULL);
			_exit(127);
		}
		/* Built in, or not wanted: what is really missing shows when it is used. */
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

/* Locks and state of this and other toolstacks live there. */
static void make_dirs(void)
{
	static const char *const dirs[] = { "/run/xen", "/var/lib/xen", "/var/log/xen", "/var/log/xen/console" };
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdir(dirs[i], 0755) && errno != EEXIST)
			fprintf(stderr, "init-dom0: %s: %s\n", dirs[i], strerror(errno));
}

static int put(struct xs *x, const char *path, const char *value, int replace)
{
	char *old = xs_read(x, XS_NO_TXN, path, NULL);
	int rc = 0;

	if (!old || replace)
		rc = xs_write(x, XS_NO_TXN, path, value, strlen(value));
	free(old);
	if (rc)
		fprintf(stderr, "init-dom0: %s: %s\n", path, strerror(-rc));
	return rc;
}

static int cpu_nodes(struct xs *x, const struct xen_domctl_getdomaininfo *info)
{
	char path[64];
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && info->max_vcpu_id != XEN_INVALID_MAX_VCPU_ID && i <= info->max_vcpu_id; i++) {
		snprintf(path, sizeof(path), "/local/domain/0/cpu/%u/availability", i);
		rc = put(x, path, "online", 0);
	}
	return rc;
}

int main(void)
{
	struct xen_domctl_getdomaininfo info;
	struct xs *x = NULL;
	char number[24];
	struct hv *h;
	int tries, rc;

	load_modules();
	make_dirs();
	h = hv_open();
	if (!h) {
		fprintf(stderr, "init-dom0: no hypervisor: %s\n", strerror(errno));
		return 1;
	}
	/* The daemon may still be opening its socket. */
	for (tries = 0; tries < 100 && !(x = xs_open()); tries++)
		usleep(100000);
	if (!x) {
		fprintf(stderr, "init-dom0: cannot reach xenstored: %s\n", strerror(errno));
		return 1;
	}
	rc = hv_domain_info(h, 0, &info);
	if (rc) {
		fprintf(stderr, "init-dom0: cannot describe dom0: %s\n", strerror(-rc));
		return 1;
	}
	snprintf(number, sizeof(number), "%llu", (unsigned long long)info.tot_pages << 2);
	rc = put(x, "/local/domain/0/domid", "0", 1) | put(x, "/local/domain/0/name", "Domain-0", 0) |
	     put(x, "/local/domain/0/memory/target", number, 0) |
	     put(x, "/local/domain/0/memory/static-max", number, 0) |
	     /* Other toolstacks look the scheduler's only pool up by name. */
	     put(x, "/local/pool/0/name", "Pool-0", 0) |
	     put(x, "/local/pool/0/uuid", "00000000-0000-0000-0000-000000000000", 0) |
	     put(x, "/libxl/0/type", "pv", 0) | put(x, "/libxl/0/dm-version", "qemu_xen", 0) | cpu_nodes(x, &info);
	xs_close(x);
	hv_close(h);
	return rc ? 1 : 0;
}
