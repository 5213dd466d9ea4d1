// The life of a sandbox: a state, one run or compilation in it, and what came of that.

#include <stdlib.h>
#include <string.h>

#include "host.h"

/// How many header fields an answer may have, and how many bytes their names and values together.
#define FIELDS_MAX 64
#define FIELDS_SIZE_MAX 16384
/// How long a message may be, in bytes.
#define MESSAGE_MAX 1000

static const char too_many_keys[] =
    "a table has too many keys besides 1, 2, 3 and so on; spread them over several tables";

// MARK: - Making

LuaSandbox *lua_sandbox_create(LuaSandboxLimits limits) {
    if (!find_standard_functions()) return NULL;
    LuaSandbox *sandbox = calloc(1, sizeof *sandbox);
    if (sandbox == NULL) return NULL;
    set_limits(sandbox, limits);
    lua_State *state = lua_newstate(allocate, sandbox);
    if (state == NULL) {
        pool_empty(&sandbox->pool);
        free(sandbox);
        return NULL;
    }
    *(LuaSandbox **)lua_getextraspace(state) = sandbox;
    sandbox->state = state;
    // What is made before a script begins is no garbage.
    lua_gc(state, LUA_GCSTOP);
    start_clock(sandbox);
    return sandbox;
}

void lua_sandbox_destroy(LuaSandbox *sandbox) {
    // The state and the buffers are nothing but the pool's memory, so the state need not be closed: that would go over all
    // of its objects, however many the script has left.
    pool_empty(&sandbox->pool);
    free(sandbox->fields);
    free(sandbox);
}

// MARK: - Ends

/// Leaves the text of the error at index 1 as the message. Calls nothing of the script's.
static int keep_message(lua_State *L) {
    LuaSandbox *sandbox = sandbox_of(L);
    size_t count;
    const char *text;
    if (lua_isstring(L, 1)) {
        text = lua_tolstring(L, 1, &count);
    } else {
        text = lua_pushfstring(L, "a %s was raised as an error; raise a string", luaL_typename(L, 1));
        count = strlen(text);
    }
    sandbox->texts.count = 0;
    buffer_append(L, &sandbox->texts, text, count < MESSAGE_MAX ? count : MESSAGE_MAX);
    return 0;
}

static void end(LuaSandbox *sandbox, int status, LuaSandboxResult *result) {
    lua_State *L = sandbox->state;
    if (status == LUA_ERRMEM && sandbox->stop == StopNone) sandbox->stop = StopMemory;
    switch (sandbox->stop) {
    case StopTime: result->outcome = LuaSandboxOutcomeTimeLimit; return;
    case StopMemory: result->outcome = LuaSandboxOutcomeMemoryLimit; return;
    case StopOutput: result->outcome = LuaSandboxOutcomeOutputLimit; return;
    case StopHost: result->outcome = LuaSandboxOutcomeStopped; return;
    case StopTable:
        result->outcome = LuaSandboxOutcomeError;
        result->message = (LuaSandboxBytes){too_many_keys, sizeof too_many_keys - 1};
        return;
    case StopFinished: result->outcome = LuaSandboxOutcomeFinished; return;
    case StopNone: break;
    }
    // Nothing more is stopped by the clock.
    sandbox->stop = StopFinished;
    if (status == LUA_OK) {
        result->outcome = LuaSandboxOutcomeFinished;
        return;
    }
    result->outcome = LuaSandboxOutcomeError;
    lua_pushcfunction(L, keep_message);
    lua_insert(L, -2);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        result->outcome = LuaSandboxOutcomeMemoryLimit;
        return;
    }
    result->message = (LuaSandboxBytes){sandbox->texts.bytes, sandbox->texts.count};
}

static void measure(LuaSandbox *sandbox, LuaSandboxResult *result) {
    result->cpu_time = thread_time() - sandbox->start;
    result->memory_peak = sandbox->memory_peak;
}

// MARK: - Compiling

typedef struct Source {
    const char *place;
    const char *end;
} Source;

/// Hands over a source piece by piece, and looks at the clock between them: it takes long to compile some.
static const char *read_source(lua_State *L, void *context, size_t *count) {
    Source *source = context;
    charge(L, 1000);
    size_t left = (size_t)(source->end - source->place);
    *count = left < 256 ? left : 256;
    const char *piece = source->place;
    source->place += *count;
    return *count > 0 ? piece : NULL;
}

static int write_program(lua_State *L, const void *bytes, size_t count, void *context) {
    (void)context;
    buffer_append(L, &sandbox_of(L)->output, bytes, count);
    return 0;
}

/// Takes the source and the name.
static int compile(lua_State *L) {
    Source *source = lua_touserdata(L, 1);
    const char *name = lua_touserdata(L, 2);
    lua_gc(L, LUA_GCRESTART);
    lua_pushfstring(L, "=%s", name);
    if (lua_load(L, read_source, source, lua_tostring(L, -1), "t") != LUA_OK) return lua_error(L);
    lua_dump(L, write_program, NULL, 0);
    return 0;
}

void lua_sandbox_compile(
    LuaSandbox *sandbox, LuaSandboxBytes bytes, const char *name, LuaSandboxResult *result
) {
    *result = (LuaSandboxResult){0};
    lua_State *L = sandbox->state;
    Source source = {bytes.start, (const char *)bytes.start + bytes.count};
    lua_pushcfunction(L, compile);
    lua_pushlightuserdata(L, &source);
    lua_pushlightuserdata(L, (void *)name);
    end(sandbox, lua_pcall(L, 2, 0, 0), result);
    result->output = (LuaSandboxBytes){sandbox->output.bytes, sandbox->output.count};
    measure(sandbox, result);
}

// MARK: - Running

static const char *read_program(lua_State *L, void *context, size_t *count) {
    (void)L;
    LuaSandboxBytes *program = context;
    const char *bytes = program->start;
    *count = program->count;
    program->count = 0;
    return *count > 0 ? bytes : NULL;
}

static int run_program(lua_State *L) {
    LuaSandboxBytes program = sandbox_of(L)->run->program;
    lua_createtable(L, 0, 40);
    open_base(L);
    open_strings(L);
    open_tables(L);
    open_utf8(L);
    open_math(L);
    open_time(L);
    open_json(L);
    open_host(L);
    // What a chunk is loaded with as its environment.
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    if (lua_load(L, read_program, &program, "=script", "b") != LUA_OK) return lua_error(L);
    lua_gc(L, LUA_GCRESTART);
    lua_call(L, 0, 0);
    return 0;
}

static int compare_fields(const void *left, const void *right) {
    const LuaSandboxBytes *a = &((const LuaSandboxField *)left)->name;
    const LuaSandboxBytes *b = &((const LuaSandboxField *)right)->name;
    int order = memcmp(a->start, b->start, a->count < b->count ? a->count : b->count);
    return order != 0 ? order : a->count < b->count ? -1 : a->count > b->count;
}

/// Whether the bytes can stand in a header field (RFC 9110 §5.1, §5.5), as its name or its value.
static bool is_field_text(const char *bytes, size_t count, bool is_name) {
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_name ? !is_alphanumeric && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)
                    : (c < ' ' && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return count > 0 || !is_name;
}

/// Reads the status and the header fields, raw. Gives the status.
static int read_answer(lua_State *L) {
    LuaSandbox *sandbox = sandbox_of(L);
    push_answer(L);
    int status = sandbox->exit_status;
    if (status == 0) {
        int is_integer = 0;
        lua_Integer number = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
        if (!is_integer || number < STATUS_MIN || number > STATUS_MAX) {
            return luaL_error(L, "kvdb.status must be a whole number from %d to %d", STATUS_MIN, STATUS_MAX);
        }
        status = (int)number;
    }
    lua_pop(L, 1);
    int header = lua_gettop(L);
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, header) != 0) {
        size_t name_count, value_count;
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isstring(L, -1)) {
            return luaL_error(L, "kvdb.header must have names and values that are strings");
        }
        const char *name = lua_tolstring(L, -2, &name_count);
        const char *value = lua_tolstring(L, -1, &value_count);
        if (count == FIELDS_MAX || sandbox->texts.count + name_count + value_count > FIELDS_SIZE_MAX) {
            return luaL_error(
                L, "kvdb.header may have %d fields and %d bytes at most", FIELDS_MAX, FIELDS_SIZE_MAX);
        }
        if (!is_field_text(name, name_count, true) || !is_field_text(value, value_count, false)) {
            return luaL_error(L, "kvdb.header has a name or a value with a character that HTTP does not allow there");
        }
        // The places are known once the buffer grows no more.
        sandbox->fields[count].name = (LuaSandboxBytes){(void *)sandbox->texts.count, name_count};
        buffer_append(L, &sandbox->texts, name, name_count);
        sandbox->fields[count].value = (LuaSandboxBytes){(void *)sandbox->texts.count, value_count};
        buffer_append(L, &sandbox->texts, value, value_count);
        count++;
        lua_pop(L, 1);
    }
    lua_pushinteger(L, status);
    lua_pushinteger(L, (lua_Integer)count);
    return 2;
}

static void collect_answer(LuaSandbox *sandbox, LuaSandboxResult *result) {
    lua_State *L = sandbox->state;
    sandbox->fields = calloc(FIELDS_MAX, sizeof *sandbox->fields);
    if (sandbox->fields == NULL) {
        result->outcome = LuaSandboxOutcomeMemoryLimit;
        return;
    }
    lua_pushcfunction(L, read_answer);
    int status = lua_pcall(L, 0, 2, 0);
    if (status != LUA_OK) {
        // Unless memory ran out here, it says what is wrong with the answer.
        if (sandbox->stop == StopFinished) sandbox->stop = StopNone;
        end(sandbox, status, result);
        return;
    }
    result->status = (int)lua_tointeger(L, -2);
    result->field_count = (size_t)lua_tointeger(L, -1);
    for (size_t i = 0; i < result->field_count; i++) {
        LuaSandboxField *field = &sandbox->fields[i];
        field->name.start = sandbox->texts.bytes + (size_t)field->name.start;
        field->value.start = sandbox->texts.bytes + (size_t)field->value.start;
    }
    qsort(sandbox->fields, result->field_count, sizeof *sandbox->fields, compare_fields);
    result->fields = sandbox->fields;
    result->output = (LuaSandboxBytes){sandbox->output.bytes, sandbox->output.count};
}

void lua_sandbox_run(LuaSandbox *sandbox, const LuaSandboxRun *run, LuaSandboxResult *result) {
    *result = (LuaSandboxResult){0};
    lua_State *L = sandbox->state;
    sandbox->run = run;
    lua_pushcfunction(L, run_program);
    end(sandbox, lua_pcall(L, 0, 0, 0), result);
    if (result->outcome == LuaSandboxOutcomeFinished) collect_answer(sandbox, result);
    measure(sandbox, result);
}
