// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl.conf: what the administrator set for all domains. Same syntax as xl.cfg;
 * read once at start, a missing file is an empty one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xl.h"

#define CONF_MAX	(1UL << 20)

struct xl_conf xl_conf = {
	.autoballoon = BALLOON_AUTO, .claim = true, .run_hotplug_scripts = true,
	.max_grant_frames = -1, .max_maptrack_frames = -1,
};

static const char *text_of(struct cfg *c, const char *name)
{
	struct cfg_item *i = cfg_find(c, name);

	return i && i->value->kind != CFG_LIST ? i->value->text : NULL;
}

static void keep(char **to, const char *v)
{
	if (v && *v) {
		free(*to);
		*to = strdup(v);
	}
}

static int number_of(struct cfg *c, const char *name, int fallback)
{
	const char *v = text_of(c, name);

	return v ? atoi(v) : fallback;
}

int xl_conf_load(void)
{
	struct cfg c = { 0 };
	uint8_t *text;
	const char *v;
	size_t n;

	if (hv_read_file(XL_CONF, &text, &n, CONF_MAX))
		return 0;
	if (cfg_parse(&c, (char *)text, n, XL_CONF)) {
		say("%s", c.why);
		free(text);
		cfg_free(&c);
		return -1;
	}
	keep(&xl_conf.vif_bridge, text_of(&c, "vif.default.bridge"));
	keep(&xl_conf.vif_script, text_of(&c, "vif.default.script"));
	keep(&xl_conf.lockfile, text_of(&c, "lockfile"));
	v = text_of(&c, "autoballoon");
	if (v && strcmp(v, "auto"))
		xl_conf.autoballoon = !strcmp(v, "on") || !strcmp(v, "1") ? BALLOON_ON : BALLOON_OFF;
	xl_conf.claim = number_of(&c, "claim_mode", 1);
	xl_conf.run_hotplug_scripts = number_of(&c, "run_hotplug_scripts", 1);
	xl_conf.max_grant_frames = number_of(&c, "max_grant_frames", -1);
	xl_conf.max_maptrack_frames = number_of(&c, "max_maptrack_frames", -1);
	cfg_free(&c);
	free(text);
	return 0;
}
