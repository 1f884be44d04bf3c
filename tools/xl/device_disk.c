// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks: what blkback and blkfront are told about one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xl.h"

static int check_target(const struct xl_disk *d)
{
	struct stat st;

	if (d->script)
		return 0;	/* the script knows what its target means */
	if (stat(d->target, &st)) {
		say("disk %s: %s: %s", d->vdev, d->target, strerror(errno));
		return -errno;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		say("disk %s: %s is neither a file nor a block device", d->vdev, d->target);
		return -ENOTBLK;
	}
	if (S_ISREG(st.st_mode) && st.st_size < 512) {
		say("disk %s: %s is smaller than one sector", d->vdev, d->target);
		return -EINVAL;
	}
	if (access(d->target, d->readonly ? R_OK : R_OK | W_OK)) {
		say("disk %s: %s: %s", d->vdev, d->target, strerror(errno));
		return -errno;
	}
	return 0;
}

int disk_attach(uint32_t domid, const struct xl_disk *d, const char *domname)
{
	struct dev v = { .kind = "vbd", .domid = domid, .devid = d->devid };
	const char *script = d->script ? d->script : "block";
	char number[16], script_full[PATH_MAX_XS], check[PATH_MAX_XS], *exists;
	int rc;

	if (d->backend && dom_find(d->backend, &v.backend_domid))
		return -ESRCH;
	rc = v.backend_domid ? 0 : check_target(d);
	if (rc)
		return rc;
	snprintf(check, sizeof(check), "/libxl/%u/device/vbd/%d/backend", domid, d->devid);
	exists = xs_read(xl.x, XS_NO_TXN, check, NULL);
	free(exists);
	if (exists) {
		say("the guest has a disk %s already", d->vdev);
		return -EEXIST;
	}
	snprintf(number, sizeof(number), "%d", d->devid);
	snprintf(script_full, sizeof(script_full), "%s%s%s", strchr(script, '/') ? "" : XL_SCRIPTS,
		 strchr(script, '/') ? "" : "/", script);
	const char *const back[] = {
		"domain", domname, "type", "phy", "params", d->target, "script", script_full, "dev", d->vdev,
		"mode", d->readonly ? "r" : d->forced ? "w!" : "w", "device-type", d->cdrom ? "cdrom" : "disk", "removable", "0",
		"bootable", "1", "discard-enable", d->no_discard ? "0" : "1", NULL,
	};
	const char *const front[] = {
		"virtual-device", number, "device-type", d->cdrom ? "cdrom" : "disk",
		"trusted", d->untrusted ? "0" : "1", NULL,
	};
	rc = dev_publish(&v, back, front);
	if (rc)
		return fail(rc, "disk %s: xenstore", d->vdev), rc;
	rc = dev_connect(&v, script_full);
	if (rc) {
		interrupt_undo();	/* else removing would not wait for the back end */
		dev_remove(&v, true);
	}
	return rc;
}
