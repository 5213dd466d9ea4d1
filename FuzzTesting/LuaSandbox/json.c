// The input is JSON: what is read from it must be read again from what is written of it.

#include <string.h>

#include "harness.h"
#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_case(lua_State *L) {
    const LuaSandboxBytes *text = lua_touserdata(L, 1);
    lua_newtable(L);
    open_json(L);
    lua_getfield(L, -1, "json");
    lua_getfield(L, -1, "decode");
    lua_getfield(L, -2, "encode");
    int decode = lua_gettop(L) - 1, encode = decode + 1;
    lua_pushvalue(L, decode);
    lua_pushlstring(L, text->start, text->count);
    lua_call(L, 1, 1);
    lua_pushvalue(L, encode);
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    int written = lua_gettop(L);
    lua_pushvalue(L, encode);
    lua_pushvalue(L, decode);
    lua_pushvalue(L, written);
    // What was written is JSON, so neither may fail.
    REQUIRE(lua_pcall(L, 1, 1, 0) == LUA_OK || sandbox_of(L)->stop != StopNone);
    charge(L, 0);
    lua_call(L, 1, 1);
    REQUIRE(lua_rawequal(L, -1, written));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    LuaSandboxBytes text = {data, size};
    LuaSandbox *sandbox = lua_sandbox_create((LuaSandboxLimits){.cpu_time = 50000000, .memory = 16 << 20});
    REQUIRE(sandbox != NULL);
    lua_State *L = sandbox->state;
    lua_pushcfunction(L, run_case);
    lua_pushlightuserdata(L, &text);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK && sandbox->stop == StopNone) {
        static const char *const refusals[] = {"not JSON at byte ", "a string is not UTF-8", "JSON has no way to write "};
        const char *message = lua_tostring(L, -1);
        REQUIRE(message != NULL);
        bool is_refusal = false;
        for (size_t i = 0; i < 3; i++) is_refusal = is_refusal || strstr(message, refusals[i]) != NULL;
        REQUIRE(is_refusal);
    }
    lua_sandbox_destroy(sandbox);
    return 0;
}
