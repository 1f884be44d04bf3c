/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: splits it into words, finds each word's option in the
 * table that the linker collected, and stores or hands over its value. Runs
 * once on the boot CPU; takes no lock.
 */
#include <common/cmdline.h>
#include <common/console.h>
#include <lib/errno.h>
#include <lib/string.h>

extern const struct cmdline_option __options_start[], __options_end[];

const char *saved_cmdline __ro_after_init = "";

int parse_bool(const char *s)
{
	static const char *const yes[] = { "yes", "on", "true", "enable", "1" };
	static const char *const no[] = { "no", "off", "false", "disable", "0" };

	for (unsigned int i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcmp(s, yes[i]))
			return 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcmp(s, no[i]))
			return 0;
	return -1;
}

static void __init store_uint(const struct cmdline_option *o, u64 v)
{
	switch (o->bytes) {
	case 1: *(u8 *)o->var = v; break;
	case 2: *(u16 *)o->var = v; break;
	case 4: *(u32 *)o->var = v; break;
	case 8: *(u64 *)o->var = v; break;
	}
}

/* value NULL: the bare name. 0 or -EINVAL. */
static int __init store_option(const struct cmdline_option *o, const char *value, bool negated)
{
	const char *end;
	int yes;
	u64 v;

	switch (o->kind) {
	case OPTION_BOOL:
		yes = value ? parse_bool(value) : 1;
		if (yes < 0)
			return -EINVAL;
		*(bool *)o->var = yes != negated;
		return 0;
	case OPTION_STRING:
		strlcpy(o->var, negated ? "no" : value ? value : "", o->bytes);
		return 0;
	case OPTION_CUSTOM:
		return o->parse(negated ? "no" : value);
	case OPTION_UINT:
	case OPTION_SIZE:
		if (negated) {
			store_uint(o, 0);
			return 0;
		}
		if (!value || !*value)
			return -EINVAL;
		v = o->kind == OPTION_SIZE ? parse_size(value, &end) : strtou64(value, &end, 0);
		if (*end || (o->bytes < 8 && v >> (o->bytes * 8)))
			return -EINVAL;
		store_uint(o, v);
		return 0;
	}
	return -EINVAL;
}

/* The same name may be declared in several places. True when it was at all. */
static bool __init try_name(const char *name, const char *value, bool negated)
{
	bool found = false;

	for (const struct cmdline_option *o = __options_start; o < __options_end; o++) {
		if (strcmp(o->name, name))
			continue;
		found = true;
		if (store_option(o, value, negated))
			printk(XENLOG_WARNING "Command line: bad value in \"%s%s%s\"\n",
			       name, value ? "=" : "", value ? value : "");
	}
	return found;
}

void __init cmdline_parse(const char *cmdline)
{
	char word[256];

	saved_cmdline = cmdline;
	for (const char *p = cmdline; ; ) {
		char *value;
		size_t n = 0;

		while (isspace(*p))
			p++;
		if (!*p)
			break;
		/* What follows "--" is for others. */
		if (!strncmp(p, "--", 2) && (!p[2] || isspace(p[2])))
			break;
		for (; *p && !isspace(*p); p++)
			if (n < sizeof(word) - 1)
				word[n++] = *p;
		word[n] = 0;

		value = strchr(word, '=');
		if (value)
			*value++ = 0;
		if (try_name(word, value, false))
			continue;
		if (!strncmp(word, "no-", 3) && try_name(word + 3, value, true))
			continue;
		if (!strncmp(word, "no", 2) && try_name(word + 2, value, true))
			continue;
		printk(XENLOG_WARNING "Command line: unknown option \"%s\" ignored\n", word);
	}
}

bool list_option(const char *list, const char *name, char *value, size_t size)
{
	size_t len = strlen(name);

	while (list && *list) {
		const char *end = strchr(list, ',');
		size_t n = end ? (size_t)(end - list) : strlen(list);

		if (n >= len && !strncmp(list, name, len) && (n == len || list[len] == '=')) {
			size_t skip = n == len ? len : len + 1;

			strlcpy(value, list + skip, n - skip + 1 < size ? n - skip + 1 : size);
			return true;
		}
		if (n == len + 3 && !strncmp(list, "no-", 3) && !strncmp(list + 3, name, len)) {
			strlcpy(value, "no", size);
			return true;
		}
		list = end ? end + 1 : NULL;
	}
	return false;
}
