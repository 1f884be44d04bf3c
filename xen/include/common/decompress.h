/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking kernel images at boot: xz, zstd, gzip and lz4, by the ordinary
 * libraries. Boot only; single-threaded; interrupts are off meanwhile.
 */
#ifndef XEN_COMMON_DECOMPRESS_H
#define XEN_COMMON_DECOMPRESS_H

#include <lib/types.h>

/* The name of the format that data starts with, or NULL for none known. */
const char *compression_format(const void *data, size_t bytes);

/*
 * Unpack src into dst, which has room for dst_bytes. The result is the number
 * of bytes that came out, or -EINVAL (corrupt, truncated, unknown format),
 * -ENOMEM, -E2BIG (more than dst_bytes).
 */
long decompress(void *dst, size_t dst_bytes, const void *src, size_t src_bytes);

/* The same for xz, by XZ Embedded; -EOPNOTSUPP: a check or filter that it has not got (boot/xz/single.c). */
long xz_single(void *dst, size_t dst_bytes, const void *src, size_t src_bytes);

#endif
