// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl.conf: what the administrator set for all domains. Same syntax as xl.cfg;
 * read once at start, a missing file is an empty one.
 */
#include <stdlib.h>
#include <string.h>

#include "xl.h"

#define CONF_MAX	(1UL << 20)

struct xl_conf xl_conf = {
	.autoballoon = BALLOON_AUTO, .claim = true, .run_hotplug_scripts = true,
	.max_grant_frames = -1, .max_maptrack_frames = -1, .max_grant_version = -1,
};

static const char *text_of(struct cfg *c, const char *name)
{
	struct cfg_item *i = cfg_find(c, name);

	/* No setting here is a list: one that is stays unused, and is warned about. */
	if (!i || i->value->kind == CFG_LIST)
		return NULL;
	i->used = true;
	return i->value->text;
}

static void keep(char **to, const char *v)
{
	if (v && *v) {
		free(*to);
		*to = strdup(v);
	}
}

/* Where there is a number, and one that makes sense; else what was there stays. */
static void number_of(struct cfg *c, const char *name, int lo, int hi, int *to, cfg_warn *warn)
{
	const char *v = text_of(c, name);
	char text[160], *rest;
	long n;

	if (!v)
		return;
	n = strtol(v, &rest, 0);
	if (*v && !*rest && n >= lo && n <= hi) {
		*to = n;
		return;
	}
	snprintf(text, sizeof(text), XL_CONF ": %.40s must be a number between %d and %d: '%.40s' is ignored", name, lo, hi, v);
	warn(text);
}

static void switch_of(struct cfg *c, const char *name, bool *to, cfg_warn *warn)
{
	int v = *to;

	number_of(c, name, 0, 1, &v, warn);
	*to = v;
}

static void balloon(struct cfg *c, cfg_warn *warn)
{
	static const struct { const char *word; int what; } words[] = {
		{ "auto", BALLOON_AUTO }, { "on", BALLOON_ON }, { "1", BALLOON_ON }, { "off", BALLOON_OFF }, { "0", BALLOON_OFF },
	};
	const char *v = text_of(c, "autoballoon");
	char text[160];
	size_t i;

	if (!v)
		return;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(v, words[i].word)) {
			xl_conf.autoballoon = words[i].what;
			return;
		}
	}
	snprintf(text, sizeof(text), XL_CONF ": autoballoon must be auto, on or off: '%.40s' is ignored", v);
	warn(text);
}

static void warn_unused(const struct cfg *c, cfg_warn *warn)
{
	/* Of other xls; unlike these, a name misspelt is to be found. */
	static const char *const known[] = {
		"domid_policy", "vif.default.gatewaydev", "remus.default.netbufscript", "colo.default.proxyscript",
		"output_format", "blkdev_start", "vm.cpumask", "vm.hvm.cpumask", "vm.pv.cpumask",
	};
	const struct cfg_item *i;
	char text[160];
	size_t j;

	for (i = c->items; i; i = i->next) {
		if (i->used)
			continue;
		for (j = 0; j < sizeof(known) / sizeof(*known) && strcmp(i->name, known[j]); j++)
			;
		snprintf(text, sizeof(text), j < sizeof(known) / sizeof(*known) ? XL_CONF ": '%.60s' has no effect here" :
			 XL_CONF ": unknown setting '%.60s' is ignored", i->name);
		warn(text);
	}
}

void xl_conf_take(struct cfg *c, cfg_warn *warn)
{
	keep(&xl_conf.vif_bridge, text_of(c, "vif.default.bridge"));
	keep(&xl_conf.vif_script, text_of(c, "vif.default.script"));
	keep(&xl_conf.vif_backend, text_of(c, "vif.default.backend"));
	keep(&xl_conf.lockfile, text_of(c, "lockfile"));
	balloon(c, warn);
	switch_of(c, "claim_mode", &xl_conf.claim, warn);
	switch_of(c, "run_hotplug_scripts", &xl_conf.run_hotplug_scripts, warn);
	number_of(c, "max_grant_frames", 1, 65536, &xl_conf.max_grant_frames, warn);
	number_of(c, "max_maptrack_frames", 1, 65536, &xl_conf.max_maptrack_frames, warn);
	number_of(c, "max_grant_version", 1, 2, &xl_conf.max_grant_version, warn);
	warn_unused(c, warn);
}

int xl_conf_load(void)
{
	struct cfg c = { 0 };
	uint8_t *text;
	size_t n;

	if (hv_read_file(XL_CONF, &text, &n, CONF_MAX))
		return 0;
	if (cfg_parse(&c, (char *)text, n, XL_CONF)) {
		say("%s", c.why);
		free(text);
		cfg_free(&c);
		return -1;
	}
	xl_conf_take(&c, warn_sentence);
	cfg_free(&c);
	free(text);
	return 0;
}
