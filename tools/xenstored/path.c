// SPDX-License-Identifier: GPL-2.0-only
/* Checking and comparing paths; see path.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path.h"
#include "quota.h"

size_t path_home(uint16_t domid, char *out)
{
	return snprintf(out, 32, "/local/domain/%u", domid);
}

static bool valid_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '/' || c == '_' || c == '@';
}

int path_absolute(const char *in, uint16_t domid, bool privileged, char *out)
{
	size_t len = strlen(in), home = 0, own;
	unsigned int depth = 0;
	char mine[32];

	if (!len || len > XENSTORE_ABS_PATH_MAX || in[0] == '@')
		return -EINVAL;
	if (in[0] != '/') {
		if (len > XENSTORE_REL_PATH_MAX)
			return -EINVAL;
		home = path_home(domid, out);
		out[home++] = '/';
	}
	if (home + len > XENSTORE_ABS_PATH_MAX)
		return -EINVAL;
	memcpy(out + home, in, len + 1);
	len += home;

	if (len == 1)
		return 0;
	if (out[len - 1] == '/')
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (!valid_char(out[i]))
			return -EINVAL;
		if (out[i] == '/') {
			if (out[i + 1] == '/')
				return -EINVAL;
			depth++;
		}
	}
	if (privileged)
		return 0;
	own = path_home(domid, mine);
	if (!strncmp(out, mine, own) && (out[own] == '/' || !out[own]))
		len -= own;
	return len > quota.path_max || depth > quota.path_depth ? -EINVAL : 0;
}

bool path_below(const char *path, const char *dir, unsigned int *depth)
{
	size_t len = strcmp(dir, "/") ? strlen(dir) : 0;

	*depth = 0;
	if (strncmp(path, dir, len) || (path[len] && path[len] != '/'))
		return false;
	for (path += len; *path; path++)
		if (path[0] == '/' && path[1])
			(*depth)++;
	return true;
}
