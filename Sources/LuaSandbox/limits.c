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

void start_clock(LuaSandbox *sandbox) {
    set_hook(sandbox, HOOK_INTERVAL);
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
    sandbox->stop = StopTime;
    set_hook(sandbox, 1);
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

_Noreturn void stop_script(lua_State *L, Stop reason) {
    LuaSandbox *sandbox = sandbox_of(L);
    if (sandbox->stop == StopNone || reason == StopMemory) {
        sandbox->stop = reason;
        set_hook(sandbox, 1);
    }
    raise_stop(L);
}

void rethrow_stop(lua_State *L, int status) {
    if (sandbox_of(L)->stop != StopNone) raise_stop(L);
    // Where memory ran out, the script is over its limit, and not only the function that asked for too much.
    if (status == LUA_ERRMEM) stop_script(L, StopMemory);
}

void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    LuaSandbox *sandbox = context;
    // For a new block Lua gives its type there.
    size_t size = block == NULL ? 0 : old_size;
    if (new_size == 0) {
        pool_free(&sandbox->pool, block, size);
        return NULL;
    }
    if (new_size > size) {
        add_work(sandbox, 1 + units_of(new_size));
        if (sandbox->stop == StopTime) return NULL;
        if (new_size > sandbox->largest_block && sandbox->stop == StopNone && sandbox->state != NULL) {
            sandbox->largest_block = new_size;
            size_t interval = HOOK_BLOCK_SIZE / new_size;
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
    return result;
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
        if (block == NULL) stop_script(L, StopMemory);
        buffer->bytes = block;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
}
