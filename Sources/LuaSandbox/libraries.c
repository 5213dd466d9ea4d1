// The libraries that are Lua's own but for what would tell of the server.

#include "internal.h"

void open_utf8(lua_State *L) {
    lua_createtable(L, 0, 6);
    add_standard_functions(L, StandardUTF8);
    // Lua 5.4 reference manual, §6.5.
    lua_pushliteral(L, "[\0-\x7F\xC2-\xFD][\x80-\xBF]*");
    lua_setfield(L, -2, "charpattern");
    lua_setfield(L, -2, LUA_UTF8LIBNAME);
}

/// Upvalue: Lua's own, which without arguments would tell addresses and the time as what it took.
static int math_randomseed(lua_State *L) {
    const LuaSandboxRun *run = sandbox_of(L)->run;
    bool is_given = lua_gettop(L) > 0;
    lua_Integer first = is_given ? luaL_checkinteger(L, 1) : (lua_Integer)run->seed[0];
    lua_Integer second = is_given ? luaL_optinteger(L, 2, 0) : (lua_Integer)run->seed[1];
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushinteger(L, first);
    lua_pushinteger(L, second);
    lua_call(L, 2, 0);
    return 0;
}

void open_math(lua_State *L) {
    // All of it but the seed is functions of their arguments.
    lua_pushcfunction(L, luaopen_math);
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "randomseed");
    lua_pushcclosure(L, math_randomseed, 1);
    lua_pushvalue(L, -1);
    lua_call(L, 0, 0);
    lua_setfield(L, -2, "randomseed");
    lua_setfield(L, -2, LUA_MATHLIBNAME);
}

/// How long a format of `os.date` may be, in bytes: it looks at no clock while it goes over one.
#define DATE_FORMAT_MAX 1000
/// What it takes, in units.
#define DATE_UNITS 1000

/// The time of the run, or what a table of its fields means.
static int time_time(lua_State *L) {
    if (!lua_isnoneornil(L, 1)) return standard_function(StandardTime, "time")(L);
    lua_pushinteger(L, (lua_Integer)sandbox_of(L)->run->time);
    return 1;
}

static int time_date(lua_State *L) {
    size_t count;
    luaL_optlstring(L, 1, "%c", &count);
    luaL_argcheck(L, count <= DATE_FORMAT_MAX, 1, "format too long");
    charge(L, DATE_UNITS);
    lua_settop(L, 2);
    if (lua_isnil(L, 1)) {
        lua_pushliteral(L, "%c");
        lua_replace(L, 1);
    }
    if (lua_isnil(L, 2)) {
        lua_pushinteger(L, (lua_Integer)sandbox_of(L)->run->time);
        lua_replace(L, 2);
    }
    return standard_function(StandardTime, "date")(L);
}

/// The script's own time, not the server's.
static int time_clock(lua_State *L) {
    lua_pushnumber(L, (lua_Number)(thread_time() - sandbox_of(L)->start) / 1e9);
    return 1;
}

void open_time(lua_State *L) {
    lua_createtable(L, 0, 3);
    add_function(L, "clock", time_clock);
    add_function(L, "date", time_date);
    add_function(L, "time", time_time);
    lua_setfield(L, -2, LUA_OSLIBNAME);
}
