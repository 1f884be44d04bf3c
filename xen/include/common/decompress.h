/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking kernel images at boot: xz, zstd, gzip and lz4, by the ordinary
 * libraries, but for most xz. Boot only; single-threaded; interrupts are off meanwhile.
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

/* The same for xz as kernels are packed in it; -EOPNOTSUPP: another checksum or filter. */
long unxz_kernel(void *dst, size_t dst_bytes, const void *src, size_t src_bytes);

#endif
