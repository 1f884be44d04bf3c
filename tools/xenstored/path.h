/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of nodes as clients write them.  Pure functions, callable anywhere.
 */
#ifndef XENSTORED_PATH_H
#define XENSTORED_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#define PATH_BUF	(XENSTORE_ABS_PATH_MAX + 1)

/*
 * path_absolute - check a client's path and make it absolute.
 * @in: nul-terminated, from the wire
 * @domid: whose home a relative path starts from
 * @privileged: no quota on length and depth
 * @out: PATH_BUF bytes
 *
 * Returns 0 or -EINVAL.  Special (@...) names are not paths: -EINVAL.
 */
int path_absolute(const char *in, uint16_t domid, bool privileged, char *out);

/* "/local/domain/<domid>", at most 32 bytes with its nul; returns the length. */
size_t path_home(uint16_t domid, char *out);

/*
 * path_below - is path equal to or below dir?
 * @depth: set to the number of components below (0 when equal)
 */
bool path_below(const char *path, const char *dir, unsigned int *depth);

#endif
