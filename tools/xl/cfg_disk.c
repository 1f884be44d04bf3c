// SPDX-License-Identifier: GPL-2.0-only
/*
 * One entry of `disk = [...]`: the key=value form, the positional form, and
 * the older "phy:/dev/x,xvda,w". Also virtual device numbers. Pure functions.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg.h"

#define XVD_MAJOR	202
#define EXTENDED	(1 << 28)

/* Letters of a disk: a = 0 ... z = 25, aa = 26; -1 when there is none. */
static int disk_letters(const char **p)
{
	int n = 0;

	if (!islower((unsigned char)**p))
		return -1;
	while (islower((unsigned char)**p)) {
		n = n * 26 + (**p - 'a') + 1;
		if (n > 1 << 20)
			return -1;
		(*p)++;
	}
	return n - 1;
}

int xl_vdev_number(const char *vdev)
{
	const char *p = vdev;
	char *rest;
	int disk;
	long part = 0;

	if (isdigit((unsigned char)*p)) {
		part = strtol(p, &rest, 0);
		return *rest || part < 0 || part > 0x1fffffff ? -1 : (int)part;
	}
	if (*p == 'd' && isdigit((unsigned char)p[1])) {	/* dXpY */
		disk = strtol(p + 1, &rest, 10);
		if (*rest == 'p')
			part = strtol(rest + 1, &rest, 10);
		if (*rest)
			return -1;
		goto xvd;
	}
	if (strncmp(p, "xvd", 3) && strncmp(p, "hd", 2) && strncmp(p, "sd", 2))
		return -1;
	p += *vdev == 'x' ? 3 : 2;
	disk = disk_letters(&p);
	if (disk < 0)
		return -1;
	if (*p) {
		if (!isdigit((unsigned char)*p) || *p == '0')
			return -1;
		part = strtol(p, &rest, 10);
		if (*rest || part > 255)
			return -1;
	}
	if (*vdev == 'h') {
		if (disk > 3 || part > 63)
			return -1;
		return (disk < 2 ? 3 : 22) << 8 | (disk & 1) << 6 | part;
	}
	if (*vdev == 's') {
		if (disk > 15 || part > 15)
			return -1;
		return 8 << 8 | disk << 4 | part;
	}
xvd:
	if (disk < 0 || disk >= 1 << 20 || part < 0 || part > 255)
		return -1;
	if (disk < 16 && part < 16)
		return XVD_MAJOR << 8 | disk << 4 | part;
	return EXTENDED | disk << 8 | part;
}

static int bad(char *why, size_t n, const char *fmt, const char *arg)
{
	snprintf(why, n, fmt, arg);
	return -EINVAL;
}

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = 0;
	return s;
}

static int set_format(const char *v, char *why, size_t n)
{
	if (!*v || !strcmp(v, "raw"))
		return 0;
	return bad(why, n, "disk format '%.40s' is not supported, only raw (file or block device)", v);
}

static int set_access(struct xl_disk *d, const char *v, char *why, size_t n)
{
	d->forced = *v && v[strlen(v) - 1] == '!';
	if (!*v || !strcmp(v, "w") || !strcmp(v, "rw") || !strcmp(v, "w!") || !strcmp(v, "rw!"))
		d->readonly = false;
	else if (!strcmp(v, "r") || !strcmp(v, "ro"))
		d->readonly = true;
	else
		return bad(why, n, "disk access '%.40s' is neither r nor w", v);
	return 0;
}

static int set_vdev(struct xl_disk *d, const char *v, char *why, size_t n)
{
	const char *dev = !strncmp(v, "/dev/", 5) ? v + 5 : v;
	const char *colon = strchr(dev, ':');
	size_t len = colon ? (size_t)(colon - dev) : strlen(dev);

	if (d->vdev[0])
		return bad(why, n, "a disk has two names in the guest: '%.40s' is the second", v);
	if (!len || len >= sizeof(d->vdev))
		return bad(why, n, "'%.40s' is not the name of a disk in the guest", v);
	memcpy(d->vdev, dev, len);
	d->vdev[len] = 0;
	if (colon && !strcmp(colon, ":cdrom"))
		d->cdrom = true;
	else if (colon && strcmp(colon, ":disk"))
		return bad(why, n, "'%.40s' is not a kind of disk", colon + 1);
	d->devid = xl_vdev_number(d->vdev);
	if (d->devid < 0)
		return bad(why, n, "'%.40s' is not the name of a disk in the guest (xvda, xvdb1, sda, hda ...)", d->vdev);
	return 0;
}

static int set_script(struct xl_disk *d, const char *v)
{
	free(d->script);
	d->script = strdup(v);
	return d->script ? 0 : -ENOMEM;
}

/* Prefixes of the older forms: most only said how, which is now decided here. */
static int set_target(struct xl_disk *d, const char *v, char *why, size_t n)
{
	static const char *const ignored[] = { "phy:", "file:", "raw:", "aio:", "tap:", "tap2:", "tapdisk:", "ioemu:" };
	static const char *const refused[] = { "qcow:", "qcow2:", "vhd:", "qed:", "qdisk:" };
	static const char *const scripts[] = { "iscsi:", "nbd:", "enbd:", "drbd:" };
	char text[32];
	size_t i;
	bool again;

	do {
		again = false;
		for (i = 0; i < sizeof(ignored) / sizeof(*ignored); i++) {
			if (!strncmp(v, ignored[i], strlen(ignored[i]))) {
				v += strlen(ignored[i]);
				again = true;
			}
		}
	} while (again);
	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (!strncmp(v, refused[i], strlen(refused[i])))
			return bad(why, n, "disks of the form '%.40s...' are not supported, only raw", refused[i]);
	for (i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		if (!strncmp(v, scripts[i], strlen(scripts[i]))) {
			snprintf(text, sizeof(text), "block-%.*s", (int)strlen(scripts[i]) - 1, scripts[i]);
			if (set_script(d, text))
				return -ENOMEM;
			v += strlen(scripts[i]);
		}
	}
	free(d->target);
	/* A relative target of a plain disk names a device. */
	if (*v && *v != '/' && !d->script) {
		size_t len = strlen(v) + 6;

		d->target = malloc(len);
		if (d->target)
			snprintf(d->target, len, "/dev/%s", v);
	} else {
		d->target = strdup(v);
	}
	return d->target ? 0 : -ENOMEM;
}

static int set_key(struct xl_disk *d, const char *k, const char *v, char *why, size_t n)
{
	if (!strcmp(k, "vdev"))
		return *v ? set_vdev(d, v, why, n) : 0;
	if (!strcmp(k, "format"))
		return set_format(v, why, n);
	if (!strcmp(k, "access"))
		return set_access(d, v, why, n);
	if (!strcmp(k, "script"))
		return set_script(d, v);
	if (!strcmp(k, "backend")) {
		free(d->backend);
		d->backend = strdup(v);
		return d->backend ? 0 : -ENOMEM;
	}
	if (!strcmp(k, "devtype")) {
		if (*v && strcmp(v, "cdrom") && strcmp(v, "disk"))
			return bad(why, n, "disk devtype '%.40s' is neither disk nor cdrom", v);
		d->cdrom = !strcmp(v, "cdrom");
		return 0;
	}
	if (!strcmp(k, "backendtype")) {
		if (*v && strcmp(v, "phy"))
			return bad(why, n, "disk backendtype '%.40s' is not supported, only phy", v);
		return 0;
	}
	if (!strcmp(k, "specification")) {
		if (*v && strcmp(v, "xen"))
			return bad(why, n, "disk specification '%.40s' is not supported, only xen", v);
		return 0;
	}
	return bad(why, n, "a disk has no setting '%.40s'", k);
}

static int set_flag(struct xl_disk *d, const char *f)
{
	if (!strcmp(f, "cdrom"))
		d->cdrom = true;
	else if (!strcmp(f, "discard") || !strcmp(f, "no-discard"))
		d->no_discard = *f == 'n';
	else if (!strcmp(f, "trusted") || !strcmp(f, "untrusted"))
		d->untrusted = *f == 'u';
	else if (strcmp(f, "direct-io-safe"))
		return -ENOENT;
	return 0;
}

/* Bare words fill target, format, vdev, access, in this order. */
static int set_position(struct xl_disk *d, unsigned int *pos, char *w, char *why, size_t n)
{
	int rc;

	/* The older form has no format: its second word is the guest's name. */
	if (*pos == 1 && *w) {
		char *name = !strncmp(w, "/dev/", 5) ? w + 5 : w, *colon = strchr(name, ':');

		if (colon)
			*colon = 0;
		rc = xl_vdev_number(name);
		if (colon)
			*colon = ':';
		if (rc >= 0)
			*pos = 2;
	}
	switch ((*pos)++) {
	case 0: return *w ? set_target(d, w, why, n) : 0;
	case 1: return set_format(w, why, n);
	case 2: return *w ? set_vdev(d, w, why, n) : 0;
	case 3: return set_access(d, w, why, n);
	default: return *w ? bad(why, n, "a disk has too many parts: '%.40s'", w) : 0;
	}
}

int xl_disk_parse(struct xl_disk *d, const char *spec, char *why, size_t why_size)
{
	char *copy = strdup(spec), *at = copy, *next;
	unsigned int pos = 0;
	int rc = copy ? 0 : -ENOMEM;
	bool access_said = false;

	memset(d, 0, sizeof(*d));
	for (; !rc && at; at = next) {
		char *eq, *w;

		while (isspace((unsigned char)*at))
			at++;
		/* A target by name takes all the rest, commas and spaces too. */
		if (!strncmp(at, "target=", 7)) {
			rc = set_target(d, at + 7, why, why_size);
			break;
		}
		next = strchr(at, ',');
		if (next)
			*next++ = 0;
		w = trim(at);
		eq = strchr(w, '=');
		if (eq && isalpha((unsigned char)*w) && !memchr(w, '/', eq - w)) {
			*eq = 0;
			access_said |= !strcmp(w, "access");
			rc = set_key(d, w, eq + 1, why, why_size);
		} else if (set_flag(d, w)) {
			rc = set_position(d, &pos, w, why, why_size);
			access_said |= pos == 4 && *w;
		}
	}
	if (!rc && !d->vdev[0])
		rc = bad(why, why_size, "disk '%.60s' does not say its name in the guest (vdev=xvda)", spec);
	if (!rc && !d->cdrom && (!d->target || !d->target[0]))
		rc = bad(why, why_size, "disk '%.60s' names no file or device", spec);
	if (!rc && d->cdrom && (!d->target || !d->target[0]))
		rc = bad(why, why_size, "disk '%.60s': an empty CD drive is not supported", spec);
	if (!rc && d->cdrom && !access_said)
		d->readonly = true;
	if (rc == -ENOMEM)
		bad(why, why_size, "%s", "out of memory");
	free(copy);
	if (rc)
		xl_disk_free(d);
	return rc;
}

void xl_disk_free(struct xl_disk *d)
{
	free(d->target);
	free(d->script);
	free(d->backend);
	memset(d, 0, sizeof(*d));
}
