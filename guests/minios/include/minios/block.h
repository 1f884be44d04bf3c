/* SPDX-License-Identifier: MIT */
/* The block front end: a disk as an array of sectors of 512 bytes. */
#ifndef MINIOS_BLOCK_H
#define MINIOS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECTOR_SIZE	512

struct block;

/* The INDEX-th disk, connected at the first call. NULL if there is none. */
struct block *block_open(int index);
uint64_t block_sectors(const struct block *disk);
bool block_readonly(const struct block *disk);

/*
 * Move COUNT sectors between the disk and BUFFER, and return when that is done.
 * Any number of threads may have a transfer under way. 0, or -1.
 */
int block_read(struct block *disk, uint64_t sector, void *buffer, size_t count);
int block_write(struct block *disk, uint64_t sector, const void *buffer, size_t count);

#endif
