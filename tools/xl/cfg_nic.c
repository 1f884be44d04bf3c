// SPDX-License-Identifier: GPL-2.0-only
/*
 * One entry of `vif = [...]`: key=value pairs separated by commas. Pure
 * functions over text.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg.h"

static bool parse_mac(const char *v, uint8_t mac[6])
{
	unsigned int i;

	for (i = 0; i < 6; i++) {
		if (!isxdigit((unsigned char)v[0]) || !isxdigit((unsigned char)v[1]))
			return false;
		mac[i] = strtoul((char[]){ v[0], v[1], 0 }, NULL, 16);
		v += 2;
		if (i < 5 && *v != ':' && *v != '-')
			return false;
		v += i < 5;
	}
	return !*v;
}

static int keep(char **to, const char *v)
{
	free(*to);
	*to = strdup(v);
	return *to ? 0 : -ENOMEM;
}

/* What becomes part of a path or a command must be plain. */
static bool plain(const char *v, size_t max)
{
	size_t n = strlen(v);

	return n && n <= max && strspn(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static int set_key(struct xl_nic *d, const char *k, const char *v, char *why, size_t n)
{
	static const char *const ignored[] = { "model", "type", "accel", "gatewaydev", "netdev", "vlan" };
	unsigned long num;
	char *rest;
	size_t i;

	if (!strcmp(k, "mac")) {
		if (!parse_mac(v, d->mac)) {
			snprintf(why, n, "'%.40s' is not a MAC address (00:16:3e:xx:xx:xx)", v);
			return -EINVAL;
		}
		if (d->mac[0] & 1) {
			snprintf(why, n, "MAC address %.40s is a group address: no machine can have it", v);
			return -EINVAL;
		}
		d->mac_given = true;
		return 0;
	}
	if (!strcmp(k, "bridge") || !strcmp(k, "vifname")) {
		if (!plain(v, 15)) {
			snprintf(why, n, "%s '%.40s' is not the name of a network interface", k, v);
			return -EINVAL;
		}
		return keep(*k == 'b' ? &d->bridge : &d->vifname, v);
	}
	if (!strcmp(k, "script"))
		return keep(&d->script, v);
	if (!strcmp(k, "ip"))
		return keep(&d->ip, v);
	if (!strcmp(k, "backend"))
		return keep(&d->backend, v);
	if (!strcmp(k, "rate"))
		return keep(&d->rate, v);
	if (!strcmp(k, "mtu")) {
		num = strtoul(v, &rest, 10);
		if (*rest || num < 68 || num > 65535) {
			snprintf(why, n, "an MTU of '%.40s' is impossible", v);
			return -EINVAL;
		}
		d->mtu = num;
		return 0;
	}
	if (!strcmp(k, "devid")) {
		num = strtoul(v, &rest, 10);
		if (!*v || *rest || num >= XL_NICS_MAX) {
			snprintf(why, n, "'%.40s' is not a device number", v);
			return -EINVAL;
		}
		d->devid = num;
		return 0;
	}
	for (i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (!strcmp(k, ignored[i]))
			return 0;
	snprintf(why, n, "a vif has no setting '%.40s'", k);
	return -EINVAL;
}

int xl_nic_parse(struct xl_nic *d, const char *spec, char *why, size_t why_size)
{
	char *copy = strdup(spec), *at, *save = NULL;
	int rc = copy ? 0 : -ENOMEM;

	memset(d, 0, sizeof(*d));
	d->devid = -1;
	for (at = copy ? strtok_r(copy, ",", &save) : NULL; !rc && at; at = strtok_r(NULL, ",", &save)) {
		char *eq, *end;

		while (isspace((unsigned char)*at))
			at++;
		end = at + strlen(at);
		while (end > at && isspace((unsigned char)end[-1]))
			*--end = 0;
		if (!*at)
			continue;
		eq = strchr(at, '=');
		if (!eq) {
			snprintf(why, why_size, "vif '%.60s': '%.40s' is not key=value", spec, at);
			rc = -EINVAL;
			break;
		}
		*eq = 0;
		rc = set_key(d, at, eq + 1, why, why_size);
	}
	if (rc == -ENOMEM)
		snprintf(why, why_size, "out of memory");
	free(copy);
	if (rc)
		xl_nic_free(d);
	return rc;
}

void xl_nic_free(struct xl_nic *d)
{
	free(d->bridge);
	free(d->script);
	free(d->ip);
	free(d->vifname);
	free(d->backend);
	free(d->rate);
	memset(d, 0, sizeof(*d));
}
