// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small and middling objects for the hypervisor itself. Objects up to half a
 * frame come from slabs, frames cut into equal parts by size class; larger ones
 * are whole frames. Each slab begins with its own header; a frame block's order
 * is kept in its page_info. xmalloc_lock guards the slab lists.
 */
#include <common/frame.h>
#include <lib/bitmap.h>
#include <lib/list.h>
#include <lib/minmax.h>
#include <lib/string.h>

struct slab {
	struct list_head link;		/* on its class's list while an object is free */
	void *free;			/* chain through the first word of each free object */
	u16 used, class;
	u32 pad;
};

/* Bytes per object; multiples of 16 that fill a frame well after the header. */
static const u16 class_bytes[] = { 16, 32, 48, 64, 96, 128, 192, 256, 336, 448, 576, 800, 1008, 1344, 2032 };
#define NR_CLASSES ARRAY_SIZE(class_bytes)
#define SLAB_FIRST ALIGN_UP(sizeof(struct slab), 16)

static struct list_head partial[NR_CLASSES];
static DEFINE_SPINLOCK(xmalloc_lock);

static struct slab *slab_create(unsigned int class)
{
	const unsigned int bytes = class_bytes[class];
	struct slab *s = alloc_xenheap_pages(0, 0);

	if (!s)
		return NULL;
	s->class = class;
	s->used = 0;
	s->free = NULL;
	for (unsigned int at = SLAB_FIRST; at + bytes <= PAGE_SIZE; at += bytes) {
		void **object = (void *)((char *)s + at);

		*object = s->free;
		s->free = object;
	}
	return s;
}

static void *slab_alloc(unsigned int class)
{
	struct slab *s;
	void **object;

	spin_lock(&xmalloc_lock);
	if (!partial[class].next)
		INIT_LIST_HEAD(&partial[class]);
	if (list_empty(&partial[class])) {
		spin_unlock(&xmalloc_lock);
		s = slab_create(class);
		if (!s)
			return NULL;
		spin_lock(&xmalloc_lock);
		list_add(&s->link, &partial[class]);
	}
	s = list_first_entry(&partial[class], struct slab, link);
	object = s->free;
	s->free = *object;
	s->used++;
	if (!s->free)
		list_del(&s->link);
	spin_unlock(&xmalloc_lock);
	return memset(object, 0, class_bytes[class]);
}

static void slab_free(void *p)
{
	struct slab *s = (struct slab *)((vaddr_t)p & PAGE_MASK);
	bool empty;

	spin_lock(&xmalloc_lock);
	if (!s->free)
		list_add(&s->link, &partial[s->class]);
	*(void **)p = s->free;
	s->free = p;
	empty = --s->used == 0;
	if (empty)
		list_del(&s->link);
	spin_unlock(&xmalloc_lock);
	if (empty)
		free_xenheap_page(s);
}

void *xzalloc_bytes(size_t bytes)
{
	unsigned int order;
	void *p;

	if (bytes <= class_bytes[NR_CLASSES - 1]) {
		unsigned int class = 0;

		while (class_bytes[class] < bytes)
			class++;
		return slab_alloc(class);
	}
	if (bytes > 2ul << 20)
		return NULL;
	order = get_order_from_bytes(bytes);
	p = alloc_xenheap_pages(order, MEMF_zero);
	if (p)
		virt_to_page(p)->next = order;
	return p;
}

void xfree(void *p)
{
	if (!p)
		return;
	/* Slab objects follow a header, so only whole frames are page-aligned. */
	if (IS_ALIGNED((vaddr_t)p, PAGE_SIZE))
		free_xenheap_pages(p, virt_to_page(p)->next);
	else
		slab_free(p);
}

void *xzalloc_array_bytes(size_t size, size_t n)
{
	size_t bytes;

	return __builtin_mul_overflow(size, n, &bytes) ? NULL : xzalloc_bytes(bytes);
}
