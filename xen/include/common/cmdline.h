/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command-line options, declared where they are used and collected by the
 * linker. "no-NAME", "noNAME" and NAME=off/no/0/false turn a boolean off.
 * Unknown options and bad values are reported and otherwise ignored.
 */
#ifndef XEN_COMMON_CMDLINE_H
#define XEN_COMMON_CMDLINE_H

#include <lib/compiler.h>
#include <lib/types.h>

enum option_kind { OPTION_BOOL, OPTION_UINT, OPTION_SIZE, OPTION_STRING, OPTION_CUSTOM };

struct cmdline_option {
	const char *name;
	enum option_kind kind;
	u32 bytes;			/* of the variable */
	void *var;
	/* NULL value: the bare name. "no" in front gives "no". 0 or -EINVAL. */
	int (*parse)(const char *value);
};

#define OPTION_(ident, nam, knd, siz, variable, fn)			\
	static const struct cmdline_option option__##ident		\
	__section(".options") __used __aligned(8) = {			\
		.name = nam, .kind = knd, .bytes = siz,			\
		.var = variable, .parse = fn }

/* var: bool */
#define option_bool(nam, variable) \
	OPTION_(variable, nam, OPTION_BOOL, sizeof(variable), &(variable), NULL)
/* var: any unsigned integer; decimal, 0x or 0 octal */
#define option_uint(nam, variable) \
	OPTION_(variable, nam, OPTION_UINT, sizeof(variable), &(variable), NULL)
/* var: u64 bytes; suffixes B K M G T, none means K */
#define option_size(nam, variable) \
	OPTION_(variable, nam, OPTION_SIZE, sizeof(variable), &(variable), NULL)
/* var: char[] */
#define option_string(nam, variable) \
	OPTION_(variable, nam, OPTION_STRING, sizeof(variable), variable, NULL)
#define option_custom(nam, fn) \
	OPTION_(fn, nam, OPTION_CUSTOM, 0, NULL, fn)

void cmdline_parse(const char *cmdline);
/* 1, 0, or -1 when s is none of the words for yes and no. */
int parse_bool(const char *s);
/* The value of NAME in a list "a=1,b,no-c" (custom options): copies it, "" for a bare name;
 * "no" for no-NAME. False when absent. */
bool list_option(const char *list, const char *name, char *value, size_t size);
extern const char *saved_cmdline;	/* as given, for XENVER_commandline */

#endif
