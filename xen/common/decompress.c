/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A room in which ordinary user-space libraries run: they get memory, the
 * handful of C functions they call, SSE registers that hold nobody's state, a
 * stack-protector word, and a stack on which no interrupt lands (their leaf
 * functions write below the stack pointer, and interrupts are off). All of it
 * is gone after boot.
 */
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <common/console.h>
#include <common/decompress.h>
#include <common/frame.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <arch/panic.h>

/* --- what the libraries call --- */

struct block {
	size_t bytes;		/* asked for */
	unsigned int order;	/* of the pages; 16-byte header keeps alignment */
	unsigned int pad;
};

void *malloc(size_t bytes);
void *calloc(size_t n, size_t size);
void free(void *p);
void __stack_chk_fail(void) noreturn;

__init void *malloc(size_t bytes)
{
	unsigned int order = 0;
	struct block *b;

	if (bytes > (1ul << 31))
		return NULL;
	while ((PAGE_SIZE << order) < bytes + sizeof(*b))
		order++;
	b = alloc_xenheap_pages(order, MEMF_no_scrub);
	if (!b)
		return NULL;
	/*
	 * Cleared, to the page's end: an emulator that still holds translations
	 * of the firmware's code on a page checks every store to that page until
	 * all of that code is overwritten, and a decoder's state is little else
	 * than stores.
	 */
	memset(b, 0, ALIGN_UP(bytes + sizeof(*b), PAGE_SIZE));
	*b = (struct block){ .bytes = bytes, .order = order };
	return b + 1;
}

__init void *calloc(size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : malloc(bytes);
}

__init void free(void *p)
{
	struct block *b = p;

	if (b)
		free_xenheap_pages(b - 1, b[-1].order);
}

__init noreturn void __stack_chk_fail(void)
{
	panic("A decompression library has overrun its stack");
}

/* libzstd calls its tracing hooks when it finds any. */
unsigned long long ZSTD_trace_decompress_begin(const void *dctx);
void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace);

__init unsigned long long ZSTD_trace_decompress_begin(const void *dctx)
{
	(void)dctx;
	return 0;
}

__init void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace)
{
	(void)ctx;
	(void)trace;
}

/* --- the libraries' interfaces, as far as they are used --- */

struct xz_allocator;
extern int lzma_stream_buffer_decode(u64 *memlimit, u32 flags, const struct xz_allocator *allocator,
				     const u8 *in, size_t *in_pos, size_t in_size,
				     u8 *out, size_t *out_pos, size_t out_size);
#define XZ_OK		0
#define XZ_MEM_ERROR	5
#define XZ_BUF_ERROR	10

struct zstd_in { const void *src; size_t size, pos; };
struct zstd_out { void *dst; size_t size, pos; };
extern void *ZSTD_createDStream(void);
extern size_t ZSTD_freeDStream(void *);
extern size_t ZSTD_decompressStream(void *, struct zstd_out *, struct zstd_in *);
extern unsigned int ZSTD_isError(size_t);

struct z_stream {
	const u8 *next_in;
	unsigned int avail_in;
	unsigned long total_in;
	u8 *next_out;
	unsigned int avail_out;
	unsigned long total_out;
	const char *msg;
	void *state;
	void *(*zalloc)(void *, unsigned int, unsigned int);
	void (*zfree)(void *, void *);
	void *opaque;
	int data_type;
	unsigned long adler, reserved;
};
extern int inflateInit2_(struct z_stream *, int window_bits, const char *version, int size);
extern int inflate(struct z_stream *, int flush);
extern int inflateEnd(struct z_stream *);
#define Z_FINISH	4
#define Z_STREAM_END	1
#define Z_BUF_ERROR	(-5)
#define Z_MEM_ERROR	(-4)

extern int LZ4_decompress_safe(const char *src, char *dst, int src_bytes, int dst_bytes);

/* --- one function a format --- */

static __init long unxz(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	u64 limit = ~0ull;
	size_t in = 0, out = 0;
	long size = xz_single(dst, dst_bytes, src, src_bytes);
	int rc;

	if (size != -EOPNOTSUPP)
		return size;
	rc = lzma_stream_buffer_decode(&limit, 0, NULL, src, &in, src_bytes, dst, &out, dst_bytes);
	switch (rc) {
	case XZ_OK: return out;
	case XZ_MEM_ERROR: return -ENOMEM;
	case XZ_BUF_ERROR: return -E2BIG;
	default: return -EINVAL;
	}
}

static __init long unzstd(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	struct zstd_in in = { src, src_bytes, 0 };
	struct zstd_out out = { dst, dst_bytes, 0 };
	void *stream = ZSTD_createDStream();
	long rc = -EINVAL;

	if (!stream)
		return -ENOMEM;
	for (;;) {
		size_t before_in = in.pos, before_out = out.pos;
		size_t left = ZSTD_decompressStream(stream, &out, &in);

		if (ZSTD_isError(left))
			break;
		if (left == 0) {
			rc = out.pos;
			break;
		}
		if (out.pos == dst_bytes) {
			rc = -E2BIG;
			break;
		}
		if (in.pos == before_in && out.pos == before_out)
			break;		/* truncated */
	}
	ZSTD_freeDStream(stream);
	return rc;
}

static __init long gunzip(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	struct z_stream z = {
		.next_in = src, .avail_in = src_bytes,
		.next_out = dst, .avail_out = dst_bytes,
	};
	int rc;

	if (src_bytes >> 32 || dst_bytes >> 32)
		return -E2BIG;
	rc = inflateInit2_(&z, 15 + 16, "1.2.13", sizeof(z));
	if (rc)
		return rc == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
	rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (rc == Z_STREAM_END)
		return z.total_out;
	return rc == Z_BUF_ERROR && !z.avail_out ? -E2BIG : -EINVAL;
}

/* The legacy frame that kernels use: a magic number, then blocks with their packed size in front. */
static __init long unlz4(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	const u8 *in = src, *end = in + src_bytes;
	u8 *out = dst;
	const size_t block = 8u << 20;

	in += 4;
	while (end - in >= 4) {
		size_t room = dst_bytes - (out - (u8 *)dst);
		u32 size;
		int n;

		memcpy(&size, in, 4);
		/* What follows the last block is the unpacked size that the kernel's build appends. */
		if (size == 0 || size > (size_t)(end - in - 4))
			break;
		in += 4;
		n = LZ4_decompress_safe((const char *)in, (char *)out, size, min(room, block));
		if (n < 0)
			return room < block ? -E2BIG : -EINVAL;
		in += size;
		out += n;
		if ((size_t)n < block)
			break;
	}
	return out == (u8 *)dst ? -EINVAL : out - (u8 *)dst;
}

static const struct {
	const char *name;
	u8 magic[6];
	unsigned int magic_bytes;
	long (*unpack)(void *, size_t, const void *, size_t);
} formats[] __initconst = {
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unxz },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unzstd },
	{ "gzip", { 0x1f, 0x8b }, 2, gunzip },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unlz4 },
};

static __init int find_format(const void *data, size_t bytes)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		if (bytes > formats[i].magic_bytes && !memcmp(data, formats[i].magic, formats[i].magic_bytes))
			return i;
	return -1;
}

__init const char *compression_format(const void *data, size_t bytes)
{
	int f = find_format(data, bytes);

	return f < 0 ? NULL : formats[f].name;
}

/* liblzma chooses its checksum code in a constructor. */
extern void (*const decompress_constructors_start[])(void), (*const decompress_constructors_end[])(void);

__init long decompress(void *dst, size_t dst_bytes, const void *src, size_t src_bytes)
{
	static u64 protector[8] __initdata __aligned(64);
	static bool constructed __initdata;
	int f = find_format(src, src_bytes);
	unsigned long flags;
	u64 fs;
	long rc;

	if (f < 0)
		return -EINVAL;
	local_irq_save(flags);
	clts();
	fs = read_fs_base();
	write_fs_base((u64)protector);		/* the protector's word is at 40 from it */
	if (!constructed) {
		constructed = true;
		for (void (*const *c)(void) = decompress_constructors_start; c < decompress_constructors_end; c++)
			(*c)();
	}
	rc = formats[f].unpack(dst, dst_bytes, src, src_bytes);
	write_fs_base(fs);
	local_irq_restore(flags);
	return rc;
}
