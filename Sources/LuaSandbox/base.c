// The base library: protected calls that a stop passes through, metatables that are safe, and texts without addresses.

#include <string.h>

#include "internal.h"

// MARK: - Texts

const char *push_text(lua_State *L, int index, size_t *count) {
    charge_call(L);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
        return lua_tolstring(L, -1, count);
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
        return luaL_tolstring(L, index, count);
    case LUA_TLIGHTUSERDATA:
        // The only one that scripts can get.
        lua_pushliteral(L, "null");
        break;
    default:
        if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING) lua_pushstring(L, luaL_typename(L, index));
    }
    return lua_tolstring(L, -1, count);
}

static int base_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    push_text(L, 1, NULL);
    return 1;
}

// MARK: - Protected calls

static int base_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    // In its place before the call: behind as many results as there may be, there is no room for it.
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    if (status != LUA_OK) {
        rethrow_stop(L, status);
        lua_pushboolean(L, 0);
        lua_replace(L, 1);
    }
    return lua_gettop(L);
}

/// The handler runs after the function has ended, since Lua itself would call it where no hook is called.
static int base_xpcall(lua_State *L) {
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    // The function, the handler, the first result, the function again and its arguments.
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcall(L, count - 2, LUA_MULTRET, 0);
    if (status != LUA_OK) {
        rethrow_stop(L, status);
        lua_pushboolean(L, 0);
        lua_replace(L, 3);
        lua_pushvalue(L, 2);
        lua_insert(L, -2);
        status = lua_pcall(L, 1, 1, 0);
        if (status != LUA_OK) rethrow_stop(L, status);
    }
    return lua_gettop(L) - 2;
}

// MARK: - Metatables

// What a script gives as a metatable is not what Lua gets: it gets a copy of the events that are allowed, so that no other
// can be added later. The copy knows the original, which is what `getmetatable` gives.

static const char *const events[] = {
    "__index",  "__newindex", "__call", "__eq",  "__lt",   "__le",   "__concat", "__unm",      "__add",
    "__sub",    "__mul",      "__div",  "__mod", "__pow",  "__idiv", "__band",   "__bor",      "__bxor",
    "__bnot",   "__shl",      "__shr",  "__name", "__pairs", "__tostring", "__metatable",
};

/// `__gc` runs where no hook is called, `__mode` has the collector work for long, `__close` runs while an error is on its
/// way, and `__len` tells functions in C of a length that is none.
static const char *const refused_events[] = {"__gc", "__mode", "__close", "__len"};

/// Keys of the registry, and, the first, of a copy's original.
static const char original_key;
static const char copies_key;

/// For the comparison of the key at index 2 with one that is as long.
static void charge_access(lua_State *L) {
    charge(L, 1 + (lua_type(L, 2) == LUA_TSTRING ? units_of(lua_rawlen(L, 2)) : 0));
}

/// What stands in a copy for a table as `__index` or `__newindex`, the upvalue: Lua itself would follow 2000 of them, one to
/// the next or one to itself, and compare the key in each, all in one instruction.
static int index_table(lua_State *L) {
    charge_access(L);
    lua_gettable(L, lua_upvalueindex(1));
    return 1;
}

static int newindex_table(lua_State *L) {
    charge_access(L);
    lua_settable(L, lua_upvalueindex(1));
    return 0;
}

/// How many copies are remembered by their originals, so that one serves all objects of a class.
#define COPIES_MAX 256

static int base_getmetatable(lua_State *L) {
    luaL_checkany(L, 1);
    if (!lua_getmetatable(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushliteral(L, "__metatable");
    if (lua_rawget(L, -2) != LUA_TNIL) return 1;
    lua_rawgetp(L, -2, &original_key);
    return 1;
}

/// Pushes the copy of the metatable at `index`, up to date.
static void push_copy(lua_State *L, int index) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &copies_key);
    lua_pushvalue(L, index);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_rawgeti(L, -1, 0);
        lua_Integer count = lua_tointeger(L, -1) + 1;
        lua_pop(L, 1);
        if (count > COPIES_MAX) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_rawsetp(L, LUA_REGISTRYINDEX, &copies_key);
            count = 1;
        }
        lua_pushinteger(L, count);
        lua_rawseti(L, -2, 0);
        lua_newtable(L);
        lua_pushvalue(L, index);
        lua_rawsetp(L, -2, &original_key);
        lua_pushvalue(L, index);
        lua_pushvalue(L, -2);
        lua_rawset(L, -4);
    }
    lua_remove(L, -2);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        lua_pushstring(L, events[i]);
        lua_pushvalue(L, -1);
        int type = lua_rawget(L, index);
        // A table there would be called by its own `__call`, and one that is its own goes on without an instruction.
        if (type != LUA_TNIL && type != LUA_TFUNCTION && strcmp(events[i], "__call") == 0) {
            luaL_error(L, "'__call' must be a function");
        }
        if (type == LUA_TTABLE && strcmp(events[i], "__index") == 0) lua_pushcclosure(L, index_table, 1);
        if (type == LUA_TTABLE && strcmp(events[i], "__newindex") == 0) lua_pushcclosure(L, newindex_table, 1);
        lua_rawset(L, -3);
    }
}

static int base_setmetatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    lua_settop(L, 2);
    if (type == LUA_TTABLE) {
        for (size_t i = 0; i < sizeof(refused_events) / sizeof(refused_events[0]); i++) {
            lua_pushstring(L, refused_events[i]);
            if (lua_rawget(L, 2) != LUA_TNIL) {
                return luaL_error(L, "'%s' can't be used in scripts; take it out of the metatable", refused_events[i]);
            }
            lua_pop(L, 1);
        }
        push_copy(L, 2);
    }
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

void open_base(lua_State *L) {
    add_standard_functions(L, StandardBase);
    add_function(L, "getmetatable", base_getmetatable);
    add_function(L, "pcall", base_pcall);
    add_function(L, "setmetatable", base_setmetatable);
    add_function(L, "tostring", base_tostring);
    add_function(L, "xpcall", base_xpcall);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, LUA_GNAME);
    lua_pushliteral(L, LUA_VERSION);
    lua_setfield(L, -2, "_VERSION");
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &copies_key);
}
