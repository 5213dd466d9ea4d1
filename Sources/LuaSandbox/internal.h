// What the parts of the sandbox share.

#ifndef LUA_SANDBOX_INTERNAL_H
#define LUA_SANDBOX_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "LuaSandbox.h"
#include "pool.h"

/// Bytes that grow by the sandbox's own allocator.
typedef struct Buffer {
    char *bytes;
    size_t count;
    size_t capacity;
} Buffer;

/// Why a script must end, whatever it catches.
typedef enum Stop {
    StopNone,
    /// It ended itself.
    StopFinished,
    StopTime,
    StopMemory,
    /// A table would have had more keys than it may.
    StopTable,
    StopOutput,
    StopHost,
} Stop;

struct LuaSandbox {
    lua_State *state;
    LuaSandboxLimits limits;
    const LuaSandboxRun *run;
    Stop stop;
    /// Of the thread's time, in nanoseconds.
    uint64_t start;
    uint64_t deadline;
    /// Of the monotonic clock, in nanoseconds: the deadline can't come before it.
    uint64_t next_look;
    /// What was done since the clock was last looked at, in units of about one instruction.
    uint64_t work;
    /// After how many instructions the hook is called.
    int hook_interval;
    size_t largest_block;
    /// The largest hash part of a table that is always allowed, in bytes.
    size_t hash_part_max;
    /// How many blocks there are of that size, and how many hash parts of larger ones.
    size_t largest_hash_parts;
    size_t larger_hash_parts;
    Pool pool;
    size_t memory_peak;
    /// What the script prints, or the program that is compiled.
    Buffer output;
    /// What a function is putting together.
    Buffer scratch;
    /// The message, and the header fields' bytes.
    Buffer texts;
    LuaSandboxField *fields;
    /// What `kvdb.exit` or `kvdb.redirect` said; 0 where neither did.
    int exit_status;
};

static inline LuaSandbox *sandbox_of(lua_State *L) {
    return *(LuaSandbox **)lua_getextraspace(L);
}

// MARK: - Limits (limits.c)

uint64_t thread_time(void);

/// Counts work that a function is about to do, or just did; raises where the script's time is over.
void charge(lua_State *L, uint64_t units);

/// Counts a call of a function that the script gave: it may be one in C, which counts no instruction.
void charge_call(lua_State *L);

/// The units that it takes to go over some bytes.
static inline uint64_t units_of(size_t bytes) { return bytes / 16; }

/// Ends the script, and can't be caught.
_Noreturn void stop_script(lua_State *L, Stop reason);

/// Raises again where the script must end. To be called with a caught error.
void rethrow_stop(lua_State *L, int status);

/// Lua's allocator (lua_Alloc).
void *allocate(void *context, void *block, size_t old_size, size_t new_size);

/// Sets the limits of a sandbox that has no state yet. Its time begins.
void set_limits(LuaSandbox *sandbox, LuaSandboxLimits limits);

/// Has the hook called from now on.
void start_clock(LuaSandbox *sandbox);

/// Collects the garbage if there is no room for so many bytes otherwise. Lua does so itself, but not for the buffers of its
/// string library.
void make_room(lua_State *L, size_t count);

/// Appends to a buffer; raises where there is no memory for it.
void buffer_append(lua_State *L, Buffer *buffer, const void *bytes, size_t count);

/// Pushes what is in the sandbox's `scratch`.
void push_scratch(lua_State *L);

static inline void buffer_append_character(lua_State *L, Buffer *buffer, char character) {
    buffer_append(L, buffer, &character, 1);
}

// MARK: - Libraries

/// Each leaves its library in the globals table, which is at the top of the stack. (base.c, …)
void open_base(lua_State *L);
void open_strings(lua_State *L);
void open_tables(lua_State *L);
void open_utf8(lua_State *L);
void open_math(lua_State *L);
void open_time(lua_State *L);
void open_json(lua_State *L);
void open_host(lua_State *L);

/// Finds the functions of Lua's own libraries that scripts get; false where there is no memory.
bool find_standard_functions(void);

typedef enum StandardLibrary {
    StandardBase,
    StandardString,
    StandardStringMetamethods,
    StandardTable,
    StandardUTF8,
    StandardTime,
} StandardLibrary;

/// Puts the functions of a library that are allowed into the table at the top of the stack.
void add_standard_functions(lua_State *L, StandardLibrary library);

/// One of Lua's own functions; null where the library has none of that name.
lua_CFunction standard_function(StandardLibrary library, const char *name);

/// Puts a function into the table at the top of the stack.
static inline void add_function(lua_State *L, const char *name, lua_CFunction function) {
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

/// Pushes the text of a value as `tostring` gives it, which shows no address. (base.c)
const char *push_text(lua_State *L, int index, size_t *count);

/// Sorts the array of `count` values at `index`, by the function at `comparator`, or by `<` where that is 0. (tables.c)
void sort_array(lua_State *L, int index, lua_Integer count, int comparator);

/// Marks the table at the top of the stack as one that is an array in JSON however many values it has. (json.c)
void mark_array(lua_State *L);

/// Whether the table at `index` is marked as an array.
bool is_marked_array(lua_State *L, int index);

#endif
