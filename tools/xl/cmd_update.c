// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl config-update: changes what is kept of a running domain's configuration.
 * The process that watches the domain reads it when the domain is to restart.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "xl.h"

static int keep(uint32_t domid, struct cfg *c)
{
	struct xen_domctl_getdomaininfo info;
	struct xl_domain d;
	char *text;
	int rc;

	if (xl_domain_from_cfg(&d, c, warn_sentence)) {
		say("%s", c->why);
		return 1;
	}
	xl_domain_free(&d);
	rc = hv_domain_info(xl.h, domid, &info);
	if (rc)
		return fail(rc, "cannot describe domain %u", domid);
	text = cfg_print(c);
	rc = text ? dom_config_save(domid, info.handle, text) : -1;
	free(text);
	return rc ? 1 : 0;
}

int cmd_config_update(int argc, char **argv)
{
	static const struct option longs[] = { { "defconfig", 1, NULL, 'f' }, { NULL, 0, NULL, 0 } };
	const char *file = NULL;
	struct cfg c = { 0 };
	uint32_t domid;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "df:", longs, NULL)) != -1) {
		switch (opt) {
		case 'd': break;
		case 'f': file = optarg; break;
		default: return usage_of("config-update");
		}
	}
	if (optind >= argc)
		return usage_of("config-update"), 1;
	if (dom_find(argv[optind++], &domid))
		return 1;
	if (!file && optind < argc && !strchr(argv[optind], '='))
		file = argv[optind++];
	if (!file) {
		say("the file of the new configuration is not named");
		return 1;
	}
	rc = config_read(&c, file);
	for (; !rc && optind < argc; optind++) {
		rc = cfg_override(&c, argv[optind]);
		if (rc)
			say("%s", c.why);
	}
	rc = rc ? 1 : keep(domid, &c);
	cfg_free(&c);
	return rc;
}
