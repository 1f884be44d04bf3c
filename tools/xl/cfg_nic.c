// SPDX-License-Identifier: GPL-2.0-only
/*
 * One entry of `vif = [...]`: key=value pairs and words, separated by commas.
 * Pure functions over text.
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

/* What units are worth; the last, without a name, says what a bare number means. */
struct unit {
	const char *name;
	uint64_t worth;
};

/* A number, then at most one of the units, then the end or stop; *v is moved on. */
static bool quantity(const char **v, const struct unit *units, char stop, uint64_t *out)
{
	char *rest;

	if (!isdigit((unsigned char)**v))
		return false;
	errno = 0;
	*out = strtoull(*v, &rest, 10);
	if (errno)
		return false;
	for (; units->name && strncmp(rest, units->name, strlen(units->name)); units++)
		;
	if (units->name)
		rest += strlen(units->name);
	*v = rest;
	return (!*rest || *rest == stop) && !__builtin_mul_overflow(*out, units->worth, out);
}

/*
 * "10Mb/s", "1MB/s@20ms": how much may be sent in a second, and how often the
 * guest gets its part of that. The back end wants that part in bytes.
 */
static bool parse_rate(const char *v, struct xl_nic *d)
{
	/* In bits; no unit means bytes. */
	static const struct unit amount[] = {
		{ "GB", 8000000000 }, { "MB", 8000000 }, { "KB", 8000 }, { "B", 8 },
		{ "Gb", 1000000000 }, { "Mb", 1000000 }, { "Kb", 1000 }, { "b", 1 }, { NULL, 8 },
	};
	static const struct unit time[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { NULL, 1 } };
	uint64_t bits, usec = 50000, part;

	if (!quantity(&v, amount, '/', &bits) || strncmp(v, "/s", 2))
		return false;
	v += 2;
	if (*v == '@') {
		v++;
		if (!quantity(&v, time, 0, &usec))
			return false;
	}
	if (*v || !usec || usec > UINT32_MAX || __builtin_mul_overflow(bits, usec, &part))
		return false;
	part /= 8000000;
	if (!part || part > UINT32_MAX)
		return false;
	d->rate_bytes = part;
	d->rate_usec = usec;
	return true;
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
	if (!strcmp(k, "rate")) {
		if (!parse_rate(v, d)) {
			snprintf(why, n, "'%.40s' is not a possible rate (\"10Mb/s\", \"250KB/s@20ms\")", v);
			return -EINVAL;
		}
		return 0;
	}
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
		if (!strcmp(at, "trusted") || !strcmp(at, "untrusted")) {
			d->untrusted = *at == 'u';
			continue;
		}
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
	memset(d, 0, sizeof(*d));
}
