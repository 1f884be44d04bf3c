// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding domains by name or number, and the file in which xl keeps what a
 * domain was created from (for list -l, save and reboot).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

#define CONFIG_MAX	(4UL << 20)

char *dom_name(uint32_t domid)
{
	char *name = xl.x ? store_read("/local/domain/%u/name", domid) : NULL;

	if (!name && !domid)
		name = strdup("Domain-0");
	return name ? name : strdup("(null)");
}

int dom_list(struct xen_domctl_getdomaininfo **list)
{
	unsigned int room = 64;

	*list = NULL;
	for (;;) {
		struct xen_domctl_getdomaininfo *grown = realloc(*list, room * sizeof(**list));
		int n;

		if (!grown) {
			free(*list);
			return -ENOMEM;
		}
		*list = grown;
		n = hv_domain_list(xl.h, 0, grown, room);
		if (n < 0) {
			free(*list);
			*list = NULL;
			return n;
		}
		if ((unsigned int)n < room)
			return n;
		room *= 2;
	}
}

int dom_by_name(const char *name, uint32_t *domid)
{
	struct xen_domctl_getdomaininfo *list;
	int n = dom_list(&list), i, rc = -ESRCH;

	for (i = 0; i < n && rc; i++) {
		char *s = dom_name(list[i].domain);

		if (s && !strcmp(s, name)) {
			*domid = list[i].domain;
			rc = 0;
		}
		free(s);
	}
	if (n >= 0)
		free(list);
	/* No name is known any more: that is not the same as nobody having it. */
	if (rc && store_lost())
		rc = -EPIPE;
	return n < 0 ? n : rc;
}

int dom_find(const char *who, uint32_t *domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc;

	if (xl_need_hv())
		return -1;
	if (parse_u32(who, domid)) {
		rc = *domid < DOMID_FIRST_RESERVED ? hv_domain_info(xl.h, *domid, &info) : -ESRCH;
	} else {
		if (xl_need_store())
			return -1;
		rc = dom_by_name(who, domid);
	}
	if (!rc)
		return 0;
	if (rc == -ESRCH)
		say("there is no domain '%s'", who);
	else
		fail(rc, "cannot look for the domain '%s'", who);
	return -1;
}

bool dom_alive(uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;

	return !hv_domain_info(xl.h, domid, &info) && !(info.flags & XEN_DOMINF_dying);
}

char *dom_config_path(uint32_t domid, const uint8_t uuid[16])
{
	char text[37], *path = NULL;

	xl_uuid_print(uuid, text);
	if (asprintf(&path, "%s/xl-%u-%s.cfg", XL_LIB_DIR, domid, text) < 0)
		return NULL;
	return path;
}

int dom_config_save(uint32_t domid, const uint8_t uuid[16], const char *cfg)
{
	char *path = dom_config_path(domid, uuid);
	FILE *f;
	int rc = -ENOMEM;

	make_dir(XL_LIB_DIR);
	f = path ? fopen(path, "we") : NULL;
	if (f) {
		rc = fputs(cfg, f) < 0 ? -EIO : 0;
		if (fclose(f))
			rc = -errno;
	} else if (path) {
		rc = -errno;
	}
	if (rc && path) {
		say("warning: cannot keep the configuration in %s: %s", path, strerror(-rc));
		unlink(path);
	}
	free(path);
	return rc;
}

char *dom_config_load(uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;
	uint8_t *data = NULL;
	char *path, *text = NULL;
	size_t n;

	if (hv_domain_info(xl.h, domid, &info))
		return NULL;
	path = dom_config_path(domid, info.handle);
	if (path && !hv_read_file(path, &data, &n, CONFIG_MAX)) {
		text = malloc(n + 1);
		if (text) {
			memcpy(text, data, n);
			text[n] = 0;
		}
		free(data);
	}
	free(path);
	return text;
}
