// The limits of time and memory, and the ends that no script can catch.
//
// Lua counts instructions and calls a hook now and then, which looks at the clock. Between two calls a single instruction
// can go over all the memory there is, so the larger the largest block is, the fewer instructions lie between them. What
// works in C for long without an instruction charges for it. Once the time is over, the hook is called at each
// instruction, memory is refused, and whatever catches an error raises it again.

#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/// Units between two looks at the clock, which takes about as long as fifty of them.
#define CLOCK_INTERVAL 2000
/// Instructions between two calls of the hook, where no block is large.
#define HOOK_INTERVAL 500
/// A block of this size has the hook called at each instruction, one of half the size at each second one, and so on.
#define HOOK_BLOCK_SIZE ((size_t)256 << 20)
/// A byte of a string counts as so many: to compare strings with many zeros, or to read one as a number, takes that much longer.
#define STRING_WEIGHT 32
/// What a node of a table's hash part takes (`Node` in Lua 5.4's own lobject.h).
#define NODE_SIZE 24
/// How much room a buffer that is used again and again keeps, in bytes.
#define SCRATCH_KEPT ((size_t)64 << 10)
/// The smallest limit of a table's nodes.
#define NODES_MIN 1024

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t thread_time(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

static void on_count(lua_State *L, lua_Debug *activation) {
    (void)activation;
    // Each of the instructions may have gone over the largest block.
    charge(L, CLOCK_INTERVAL);
}

/// May be called at any time on the thread that runs the script, as `lua_sethook` may.
static void set_hook(LuaSandbox *sandbox, int interval) {
    sandbox->hook_interval = interval;
    lua_sethook(sandbox->state, on_count, LUA_MASKCOUNT, interval);
}

/// How many nodes a table may have, so that it takes no longer than the limit to make the hash part anew.
///
/// That is one instruction, which enters the keys one by one and goes over all those that collide with the one before. A
/// script can choose numbers that all collide once the table has twice the nodes: half as many keys as nodes, and half as
/// many to go over for each, at more than two nanoseconds.
static size_t nodes_max(uint64_t cpu_time) {
    uint64_t nodes = NODES_MIN;
    while ((2 * nodes) * (2 * nodes) / 8 * 5 / 2 <= cpu_time) nodes *= 2;
    return (size_t)nodes;
}

void set_limits(LuaSandbox *sandbox, LuaSandboxLimits limits) {
    sandbox->limits = limits;
    sandbox->pool.size_max = limits.memory;
    // Blocks smaller than this leave the hook as it is.
    sandbox->largest_block = HOOK_BLOCK_SIZE / HOOK_INTERVAL;
    sandbox->hash_part_max = nodes_max(limits.cpu_time) * NODE_SIZE;
    sandbox->start = thread_time();
    sandbox->deadline = sandbox->start + limits.cpu_time;
}

void start_clock(LuaSandbox *sandbox) {
    set_hook(sandbox, HOOK_INTERVAL);
}

static void set_stop(LuaSandbox *sandbox, Stop reason) {
    // One that has finished can still be out of memory for its answer.
    if (sandbox->stop != StopNone && (sandbox->stop != StopFinished || reason != StopMemory)) return;
    sandbox->stop = reason;
    set_hook(sandbox, 1);
}

static void look_at_clock(LuaSandbox *sandbox) {
    sandbox->work = 0;
    if (sandbox->stop != StopNone || sandbox->state == NULL) return;
    // A thread's time passes no faster than that of the world, which takes a tenth of the time to look at.
    uint64_t now = read_clock(CLOCK_MONOTONIC);
    if (now < sandbox->next_look) return;
    uint64_t time = thread_time();
    if (time < sandbox->deadline) {
        sandbox->next_look = now + (sandbox->deadline - time);
        return;
    }
    set_stop(sandbox, StopTime);
}

static void add_work(LuaSandbox *sandbox, uint64_t units) {
    sandbox->work += units < CLOCK_INTERVAL ? units : CLOCK_INTERVAL;
    if (sandbox->work >= CLOCK_INTERVAL) look_at_clock(sandbox);
}

/// Raises an error that takes no memory; what it says is nobody's concern, for `stop` tells why.
static _Noreturn void raise_stop(lua_State *L) {
    lua_pushlightuserdata(L, NULL);
    lua_error(L);
    // `lua_error` never returns, but is not declared so.
    abort();
}

void charge(lua_State *L, uint64_t units) {
    LuaSandbox *sandbox = sandbox_of(L);
    add_work(sandbox, units);
    if (sandbox->stop != StopNone) raise_stop(L);
}

void charge_call(lua_State *L) {
    charge(L, CLOCK_INTERVAL / (uint64_t)sandbox_of(L)->hook_interval);
}

_Noreturn void stop_script(lua_State *L, Stop reason) {
    set_stop(sandbox_of(L), reason);
    raise_stop(L);
}

void rethrow_stop(lua_State *L, int status) {
    if (sandbox_of(L)->stop != StopNone) raise_stop(L);
    // Where memory ran out, the script is over its limit, and not only the function that asked for too much.
    if (status == LUA_ERRMEM) stop_script(L, StopMemory);
}

/// The counter of the blocks of a size that tells of a large hash part; null for another.
static size_t *hash_part_counter(LuaSandbox *sandbox, size_t size) {
    if (size < sandbox->hash_part_max || size % sandbox->hash_part_max != 0) return NULL;
    size_t times = size / sandbox->hash_part_max;
    if ((times & (times - 1)) != 0) return NULL;
    return times == 1 ? &sandbox->largest_hash_parts : &sandbox->larger_hash_parts;
}

/// Whether a new block may be a hash part that takes too long to fill: a larger one than is allowed, beside the one that it
/// replaces. Without that, its keys are those of an array, of which few collide; or it is no hash part.
static bool is_refused_hash_part(LuaSandbox *sandbox, const size_t *counter) {
    if (counter == &sandbox->larger_hash_parts) return sandbox->largest_hash_parts + sandbox->larger_hash_parts > 0;
    return counter == &sandbox->largest_hash_parts && sandbox->larger_hash_parts > 0;
}

void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    LuaSandbox *sandbox = context;
    // For a new block Lua gives its type there.
    size_t size = block == NULL ? 0 : old_size;
    size_t *old_counter = hash_part_counter(sandbox, size);
    size_t *new_counter = hash_part_counter(sandbox, new_size);
    if (new_size == 0) {
        if (old_counter != NULL) --*old_counter;
        pool_free(&sandbox->pool, block, size);
        return NULL;
    }
    if (new_size > size) {
        add_work(sandbox, 1 + units_of(new_size));
        // Strings and other objects have a type, which is not 0.
        if (block == NULL && old_size == 0 && is_refused_hash_part(sandbox, new_counter)) set_stop(sandbox, StopTable);
        if (sandbox->stop == StopTime || sandbox->stop == StopTable) return NULL;
        size_t weight = block == NULL && old_size == LUA_TSTRING ? STRING_WEIGHT * new_size : new_size;
        if (weight > sandbox->largest_block && sandbox->stop == StopNone && sandbox->state != NULL) {
            sandbox->largest_block = weight;
            size_t interval = HOOK_BLOCK_SIZE / weight;
            if (interval < (size_t)sandbox->hook_interval) set_hook(sandbox, interval > 0 ? (int)interval : 1);
        }
    }
    void *result = pool_reallocate(&sandbox->pool, block, size, new_size);
    if (result == NULL) {
        // Lua takes it for granted that a block can be made smaller.
        if (new_size <= size) return block;
        // It collects its garbage before it tries again, which goes over all that there is.
        add_work(sandbox, units_of(sandbox->pool.size));
        return NULL;
    }
    if (sandbox->pool.size > sandbox->memory_peak) sandbox->memory_peak = sandbox->pool.size;
    if (old_counter != NULL) --*old_counter;
    if (new_counter != NULL) ++*new_counter;
    return result;
}

void make_room(lua_State *L, size_t count) {
    LuaSandbox *sandbox = sandbox_of(L);
    if (count <= sandbox->pool.size_max - sandbox->pool.size) return;
    charge(L, units_of(sandbox->pool.size));
    lua_gc(L, LUA_GCCOLLECT);
}

// MARK: - Buffers

void buffer_append(lua_State *L, Buffer *buffer, const void *bytes, size_t count) {
    LuaSandbox *sandbox = sandbox_of(L);
    if (count == 0) return;
    if (count > buffer->capacity - buffer->count) {
        size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
        // Neither sum can overflow: both are within the limit of memory.
        if (count > sandbox->limits.memory) stop_script(L, StopMemory);
        while (capacity - buffer->count < count) capacity *= 2;
        void *block = allocate(sandbox, buffer->bytes, buffer->capacity, capacity);
        if (block == NULL && sandbox->stop != StopTime) {
            lua_gc(L, LUA_GCCOLLECT);
            block = allocate(sandbox, buffer->bytes, buffer->capacity, capacity);
        }
        if (block == NULL) stop_script(L, StopMemory);
        buffer->bytes = block;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
}

void push_scratch(lua_State *L) {
    Buffer *scratch = &sandbox_of(L)->scratch;
    lua_pushlstring(L, scratch->bytes, scratch->count);
    if (scratch->capacity <= SCRATCH_KEPT) return;
    allocate(sandbox_of(L), scratch->bytes, scratch->capacity, 0);
    *scratch = (Buffer){0};
}
