#include "pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/// Of a chunk, in bytes; the first holds what a script that does little needs.
#define CHUNK_SIZE ((size_t)32 << 10)

static bool is_small(size_t size) { return size <= POOL_BLOCK_MAX; }

static size_t units(size_t size) { return (size + POOL_UNIT - 1) / POOL_UNIT; }

static bool has_room(const Pool *pool, size_t size) { return size <= pool->size_max - pool->size; }

static void link_block(Pool *pool, PoolBlock *block) {
    block->previous = NULL;
    block->next = pool->blocks;
    if (block->next != NULL) block->next->previous = block;
    pool->blocks = block;
}

static void unlink_block(Pool *pool, PoolBlock *block) {
    if (block->next != NULL) block->next->previous = block->previous;
    if (block->previous != NULL) {
        block->previous->next = block->next;
    } else {
        pool->blocks = block->next;
    }
}

/// A block of the system's memory; null where there is none.
static void *take_block(Pool *pool, size_t size) {
    // The sum can't overflow where there is room for the one.
    if (!has_room(pool, size) || !has_room(pool, size + sizeof(PoolBlock))) return NULL;
    PoolBlock *block = malloc(sizeof(PoolBlock) + size);
    if (block == NULL) return NULL;
    pool->size += size + sizeof(PoolBlock);
    link_block(pool, block);
    return block + 1;
}

static void *take_small(Pool *pool, size_t size) {
    void *freed = pool->freed[units(size)];
    if (freed != NULL) {
        memcpy(&pool->freed[units(size)], freed, sizeof freed);
        return freed;
    }
    size = units(size) * POOL_UNIT;
    if (size > pool->left) {
        char *chunk = take_block(pool, CHUNK_SIZE);
        if (chunk == NULL) return NULL;
        // What is left of the last one is lost; it is less than the largest block.
        pool->place = chunk;
        pool->left = CHUNK_SIZE;
    }
    void *block = pool->place;
    pool->place += size;
    pool->left -= size;
    return block;
}

void pool_free(Pool *pool, void *block, size_t size) {
    if (block == NULL) return;
    if (is_small(size)) {
        void **freed = &pool->freed[units(size)];
        memcpy(block, freed, sizeof *freed);
        *freed = block;
        return;
    }
    PoolBlock *own = (PoolBlock *)block - 1;
    unlink_block(pool, own);
    pool->size -= size + sizeof(PoolBlock);
    free(own);
}

/// Gives a block with memory of its own another size.
static void *resize_block(Pool *pool, void *block, size_t old_size, size_t new_size) {
    if (new_size > old_size && !has_room(pool, new_size - old_size)) return NULL;
    PoolBlock *own = (PoolBlock *)block - 1;
    unlink_block(pool, own);
    PoolBlock *moved = realloc(own, sizeof(PoolBlock) + new_size);
    link_block(pool, moved != NULL ? moved : own);
    if (moved == NULL) return NULL;
    pool->size = pool->size - old_size + new_size;
    return moved + 1;
}

void *pool_reallocate(Pool *pool, void *block, size_t old_size, size_t new_size) {
    if (block != NULL && is_small(old_size) && is_small(new_size) && units(old_size) == units(new_size)) return block;
    if (block != NULL && !is_small(old_size) && !is_small(new_size)) {
        return resize_block(pool, block, old_size, new_size);
    }
    void *result = is_small(new_size) ? take_small(pool, new_size) : take_block(pool, new_size);
    if (result == NULL || block == NULL) return result;
    memcpy(result, block, old_size < new_size ? old_size : new_size);
    pool_free(pool, block, old_size);
    return result;
}

void pool_empty(Pool *pool) {
    PoolBlock *block = pool->blocks;
    while (block != NULL) {
        PoolBlock *next = block->next;
        free(block);
        block = next;
    }
}
