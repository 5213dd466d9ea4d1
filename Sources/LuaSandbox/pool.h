// The memory of one sandbox: taken from the system in chunks, and given back all at once.
//
// Most of what Lua allocates is small and lives as long as the run, so it is cut from chunks, and what is freed waits for the
// next of its size. What the sandbox holds is counted as it is taken from the system.

#ifndef LUA_SANDBOX_POOL_H
#define LUA_SANDBOX_POOL_H

#include <stddef.h>

/// Blocks up to this size, in bytes, come from chunks. A build that looks for defects sets it to 0, so that its tools see
/// each block by itself.
#ifndef POOL_BLOCK_MAX
#define POOL_BLOCK_MAX 512
#endif

#define POOL_UNIT 16

/// A block that has the system's memory for itself; it comes behind this.
typedef struct PoolBlock {
    struct PoolBlock *previous;
    struct PoolBlock *next;
} PoolBlock;

typedef struct Pool {
    /// Chunks and single blocks.
    PoolBlock *blocks;
    /// What is left of the newest chunk.
    char *place;
    size_t left;
    /// Freed blocks, by their size in units.
    void *freed[POOL_BLOCK_MAX / POOL_UNIT + 1];
    /// What it holds of the system's memory, in bytes, and the most that it may.
    size_t size;
    size_t size_max;
} Pool;

/// As `realloc` does, but null where the pool may not hold more.
///
/// - Parameter old_size: of `block`, as it was asked for; 0 where that is null.
void *pool_reallocate(Pool *pool, void *block, size_t old_size, size_t new_size);

void pool_free(Pool *pool, void *block, size_t size);

/// Gives all back. The pool must not be used behind it.
void pool_empty(Pool *pool);

#endif
