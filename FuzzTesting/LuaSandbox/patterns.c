// The input is a pattern, a subject and a replacement: the sandbox's functions and Lua's own must give the same.

#include <string.h>

#include "harness.h"
#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char driver[] =
    "local kind, subject, pattern, replacement, number = ...\n"
    "if kind == 0 then return string.find(subject, pattern, number) end\n"
    "if kind == 1 then return string.match(subject, pattern, number) end\n"
    "if kind == 2 then return string.gsub(subject, pattern, replacement, number) end\n"
    "if kind == 3 then return string.gsub(subject, pattern, replacement) end\n"
    "if kind == 4 then return string.gsub(subject, pattern, {[subject] = replacement, a = replacement, [1] = 2}) end\n"
    "if kind == 5 then return string.gsub(subject, pattern, function (a, b, c) return c or b or a end) end\n"
    "if kind == 6 then return string.find(subject, pattern, number, true) end\n"
    "local all = {}\n"
    "for a, b, c in string.gmatch(subject, pattern, number) do\n"
    "    all[#all + 1] = tostring(a) .. ';' .. tostring(b) .. ';' .. tostring(c)\n"
    "end\n"
    "return table.concat(all, ',')\n";

typedef struct Case {
    int kind;
    LuaSandboxBytes subject, pattern, replacement;
    lua_Integer number;
} Case;

/// Takes a case; leaves its results.
static int run_case(lua_State *L) {
    const Case *input = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, driver, sizeof driver - 1, "=driver", "t") != LUA_OK) return lua_error(L);
    lua_pushinteger(L, input->kind);
    lua_pushlstring(L, input->subject.start, input->subject.count);
    lua_pushlstring(L, input->pattern.start, input->pattern.count);
    lua_pushlstring(L, input->replacement.start, input->replacement.count);
    lua_pushinteger(L, input->number);
    lua_call(L, 5, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

static int open_libraries(lua_State *L) {
    lua_newtable(L);
    open_base(L);
    open_strings(L);
    open_tables(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    return 0;
}

static void require_same(lua_State *one, lua_State *other) {
    REQUIRE(lua_gettop(one) == lua_gettop(other));
    for (int i = 1; i <= lua_gettop(one); i++) {
        REQUIRE(lua_type(one, i) == lua_type(other, i));
        REQUIRE(lua_isinteger(one, i) == lua_isinteger(other, i));
        if (lua_isnil(one, i)) continue;
        size_t count, other_count;
        const char *bytes = lua_tolstring(one, i, &count);
        const char *other_bytes = lua_tolstring(other, i, &other_count);
        bool is_same = count == other_count && memcmp(bytes, other_bytes, count) == 0;
        if (!is_same) fprintf(stderr, "%s\n%s\n", bytes, other_bytes);
        REQUIRE(is_same);
    }
}

static LuaSandboxBytes take_text(Input *input, size_t count) {
    size_t left = (size_t)(input->end - input->place);
    LuaSandboxBytes text = {input->place, count < left ? count : left};
    input->place += text.count;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static lua_State *standard;
    if (standard == NULL) {
        standard = luaL_newstate();
        REQUIRE(standard != NULL);
        luaL_openlibs(standard);
    }
    Input input = {data, data + size};
    Case one = {.kind = take_byte(&input) % 8};
    one.number = (int8_t)take_byte(&input);
    one.pattern = take_text(&input, take_byte(&input));
    one.replacement = take_text(&input, take_byte(&input) % 16);
    one.subject = take_text(&input, (size_t)(input.end - input.place));

    LuaSandbox *sandbox = lua_sandbox_create((LuaSandboxLimits){.cpu_time = 20000000, .memory = 16 << 20});
    REQUIRE(sandbox != NULL);
    lua_State *L = sandbox->state;
    lua_pushcfunction(L, open_libraries);
    REQUIRE(lua_pcall(L, 0, 0, 0) == LUA_OK);
    lua_pushcfunction(L, run_case);
    lua_pushlightuserdata(L, &one);
    int status = lua_pcall(L, 1, LUA_MULTRET, 0);
    // Lua's own would go on for years where the limit was met.
    if (sandbox->stop == StopNone) {
        lua_pushcfunction(standard, run_case);
        lua_pushlightuserdata(standard, &one);
        REQUIRE(lua_pcall(standard, 1, LUA_MULTRET, 0) == status);
        require_same(L, standard);
        lua_settop(standard, 0);
    }
    lua_sandbox_destroy(sandbox);
    return 0;
}
