// What a script can do beyond computing: `kvdb`, `crypto`, `base64` and `url`.

#include <math.h>
#include <string.h>

#include "host.h"

/// In the registry: the tables of `kvdb` and `kvdb.header`, whatever a script has put in their places.
static const char kvdb_key;
static const char header_key;

// MARK: - Calls

static LuaSandboxValue nil_value(void) {
    return (LuaSandboxValue){.kind = LuaSandboxKindNil};
}

static LuaSandboxValue boolean_value(bool boolean) {
    return (LuaSandboxValue){.kind = LuaSandboxKindBoolean, .boolean = boolean};
}

static LuaSandboxValue bytes_value(const void *start, size_t count) {
    return (LuaSandboxValue){.kind = LuaSandboxKindBytes, .bytes = {start, count}};
}

/// The argument as a string, which a number may stand for.
static LuaSandboxValue check_bytes(lua_State *L, int index) {
    size_t count;
    const char *bytes = luaL_checklstring(L, index, &count);
    return bytes_value(bytes, count);
}

static LuaSandboxValue check_number(lua_State *L, int index) {
    luaL_checktype(L, index, LUA_TNUMBER);
    if (lua_isinteger(L, index)) {
        return (LuaSandboxValue){.kind = LuaSandboxKindInteger, .integer = lua_tointeger(L, index)};
    }
    return (LuaSandboxValue){.kind = LuaSandboxKindNumber, .number = lua_tonumber(L, index)};
}

/// Raises for an option of another name than these: a misspelt one would be missed.
static void check_options(lua_State *L, int index, const char *const *names, size_t count, const char *list) {
    if (lua_isnoneornil(L, index)) return;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        charge(L, count);
        lua_pop(L, 1);
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, -1);
        size_t i = 0;
        while (i < count && strcmp(name, names[i]) != 0) i++;
        if (i == count) luaL_error(L, "there is no option '%s' here; there is %s", name, list);
    }
}

#define CHECK_OPTIONS(L, index, names, list) check_options(L, index, names, sizeof(names) / sizeof((names)[0]), list)

static const char *const write_options[] = {"ttl"};
static const char *const list_options[] = {"prefix", "after", "limit", "skip", "reverse", "values"};
static const char *const token_options[] = {"prefix", "permissions", "ttl"};

/// Pushes `name` of the options table at `index`, nil where there is none.
static int push_option(lua_State *L, int index, const char *name) {
    if (lua_isnoneornil(L, index)) {
        lua_pushnil(L);
        return LUA_TNIL;
    }
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

static LuaSandboxValue bytes_option(lua_State *L, int index, const char *name) {
    int type = push_option(L, index, name);
    if (type == LUA_TNIL) return nil_value();
    if (type != LUA_TSTRING) luaL_error(L, "%s must be a string", name);
    size_t count;
    // The table keeps it.
    const char *bytes = lua_tolstring(L, -1, &count);
    return bytes_value(bytes, count);
}

static LuaSandboxValue integer_option(lua_State *L, int index, const char *name) {
    if (push_option(L, index, name) == LUA_TNIL) return nil_value();
    int is_integer = 0;
    lua_Integer integer = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
    if (!is_integer) luaL_error(L, "%s must be a whole number", name);
    return (LuaSandboxValue){.kind = LuaSandboxKindInteger, .integer = integer};
}

/// Seconds, with a fraction or without.
static LuaSandboxValue seconds_option(lua_State *L, int index, const char *name) {
    int type = push_option(L, index, name);
    if (type == LUA_TNIL) return nil_value();
    lua_Number number = type == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
    if (!(number >= 0) || !isfinite(number)) luaL_error(L, "%s must be a number of seconds, 0 or more", name);
    return (LuaSandboxValue){.kind = LuaSandboxKindNumber, .number = number};
}

static bool flag_option(lua_State *L, int index, const char *name) {
    push_option(L, index, name);
    return lua_toboolean(L, -1);
}

/// What a call of the host counts, in units: so much that the clock is looked at behind each, for its work is the script's time.
#define HOST_CALL_UNITS 10000

static void call_host(
    lua_State *L, LuaSandboxFunction function, const LuaSandboxValue *arguments, LuaSandboxValue *result
) {
    const LuaSandboxRun *run = sandbox_of(L)->run;
    *result = nil_value();
    run->host(run->context, function, arguments, result);
    charge(L, HOST_CALL_UNITS);
}

static void push_list(lua_State *L, LuaSandboxBytes bytes) {
    const char *place = bytes.start;
    const char *end = place + bytes.count;
    lua_newtable(L);
    mark_array(L);
    for (lua_Integer i = 1; place < end; i++) {
        LuaSandboxEntry entry;
        memcpy(&entry, place, sizeof entry);
        place += sizeof entry;
        charge(L, 8);
        if (entry.value_kind == LuaSandboxKindNil) {
            lua_pushlstring(L, place, entry.key_count);
        } else {
            lua_createtable(L, 2, 0);
            lua_pushlstring(L, place, entry.key_count);
            lua_rawseti(L, -2, 1);
            switch (entry.value_kind) {
            case LuaSandboxKindInteger: lua_pushinteger(L, entry.integer); break;
            case LuaSandboxKindNumber: lua_pushnumber(L, entry.number); break;
            default: lua_pushlstring(L, place + entry.key_count, entry.value_count);
            }
            lua_rawseti(L, -2, 2);
        }
        lua_rawseti(L, -2, i);
        place += entry.key_count + entry.value_count;
    }
}

/// Calls the host and pushes what it gave.
static int host_results(lua_State *L, LuaSandboxFunction function, const LuaSandboxValue *arguments) {
    LuaSandboxValue result;
    call_host(L, function, arguments, &result);
    switch (result.kind) {
    case LuaSandboxKindNil: lua_pushnil(L); return 1;
    case LuaSandboxKindBoolean: lua_pushboolean(L, result.boolean); return 1;
    case LuaSandboxKindInteger: lua_pushinteger(L, result.integer); return 1;
    case LuaSandboxKindNumber: lua_pushnumber(L, result.number); return 1;
    case LuaSandboxKindBytes: lua_pushlstring(L, result.bytes.start, result.bytes.count); return 1;
    case LuaSandboxKindList: push_list(L, result.bytes); return 1;
    case LuaSandboxKindRefusal:
        lua_pushnil(L);
        lua_pushlstring(L, result.bytes.start, result.bytes.count);
        return 2;
    case LuaSandboxKindError:
        luaL_where(L, 1);
        lua_pushlstring(L, result.bytes.start, result.bytes.count);
        lua_concat(L, 2);
        return lua_error(L);
    case LuaSandboxKindStop:
        break;
    }
    stop_script(L, StopHost);
}

// MARK: - Keys

static int kvdb_get(lua_State *L) {
    LuaSandboxValue arguments[] = {check_bytes(L, 1)};
    return host_results(L, LuaSandboxFunctionGet, arguments);
}

static int kvdb_set(lua_State *L) {
    LuaSandboxValue key = check_bytes(L, 1);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TSTRING || type == LUA_TNUMBER, 2, "string or number");
    LuaSandboxValue value = type == LUA_TNUMBER ? check_number(L, 2) : check_bytes(L, 2);
    CHECK_OPTIONS(L, 3, write_options, "ttl");
    LuaSandboxValue arguments[] = {key, value, seconds_option(L, 3, "ttl")};
    return host_results(L, LuaSandboxFunctionSet, arguments);
}

static int kvdb_incr(lua_State *L) {
    CHECK_OPTIONS(L, 3, write_options, "ttl");
    LuaSandboxValue one = {.kind = LuaSandboxKindInteger, .integer = 1};
    LuaSandboxValue arguments[] = {
        check_bytes(L, 1), lua_isnoneornil(L, 2) ? one : check_number(L, 2), seconds_option(L, 3, "ttl"),
    };
    return host_results(L, LuaSandboxFunctionIncrement, arguments);
}

static int kvdb_delete(lua_State *L) {
    LuaSandboxValue arguments[] = {check_bytes(L, 1)};
    return host_results(L, LuaSandboxFunctionDelete, arguments);
}

static int kvdb_list(lua_State *L) {
    CHECK_OPTIONS(L, 1, list_options, "prefix, after, limit, skip, reverse and values");
    LuaSandboxValue arguments[] = {
        bytes_option(L, 1, "prefix"),
        bytes_option(L, 1, "after"),
        integer_option(L, 1, "limit"),
        integer_option(L, 1, "skip"),
        boolean_value(flag_option(L, 1, "reverse")),
        boolean_value(flag_option(L, 1, "values")),
    };
    return host_results(L, LuaSandboxFunctionList, arguments);
}

static int kvdb_access_token(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    CHECK_OPTIONS(L, 1, token_options, "prefix, permissions and ttl");
    LuaSandboxValue prefix = bytes_option(L, 1, "prefix");
    if (prefix.kind == LuaSandboxKindNil) prefix = bytes_value("", 0);
    Buffer *names = &sandbox_of(L)->scratch;
    names->count = 0;
    if (push_option(L, 1, "permissions") != LUA_TTABLE) {
        return luaL_error(L, "permissions must be an array of names, as {\"read\", \"enumerate\"}");
    }
    int permissions = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, permissions);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(L, permissions, i) != LUA_TSTRING) return luaL_error(L, "permissions must be names");
        size_t name_count;
        const char *name = lua_tolstring(L, -1, &name_count);
        charge(L, 4 + units_of(name_count));
        if (i > 1) buffer_append_character(L, names, ',');
        buffer_append(L, names, name, name_count);
        lua_pop(L, 1);
    }
    LuaSandboxValue arguments[] = {
        prefix, bytes_value(names->bytes, names->count), integer_option(L, 1, "ttl"),
    };
    return host_results(L, LuaSandboxFunctionAccessToken, arguments);
}

// MARK: - The answer

static void print(lua_State *L, const char *bytes, size_t count) {
    LuaSandbox *sandbox = sandbox_of(L);
    if (count > sandbox->limits.output - sandbox->output.count) stop_script(L, StopOutput);
    charge(L, 1 + units_of(count));
    buffer_append(L, &sandbox->output, bytes, count);
}

static int kvdb_print(lua_State *L) {
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        size_t byte_count;
        const char *bytes = push_text(L, i, &byte_count);
        print(L, bytes, byte_count);
        lua_settop(L, count);
    }
    return 0;
}

static int kvdb_say(lua_State *L) {
    kvdb_print(L);
    print(L, "\n", 1);
    return 0;
}

static int check_status(lua_State *L, int index, int lowest, int highest) {
    lua_Integer status = luaL_checkinteger(L, index);
    if (status < lowest || status > highest) luaL_error(L, "a status must be from %d to %d here", lowest, highest);
    return (int)status;
}

static int kvdb_redirect(lua_State *L) {
    size_t count;
    const char *url = luaL_checklstring(L, 1, &count);
    int status = lua_isnoneornil(L, 2) ? 302 : check_status(L, 2, 300, 399);
    for (size_t i = 0; i < count; i++) {
        if ((unsigned char)url[i] <= ' ' || url[i] == 0x7F) {
            return luaL_error(L, "a URL has no spaces and no control characters; use url.encode for its parts");
        }
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &header_key);
    lua_pushliteral(L, "location");
    lua_pushvalue(L, 1);
    lua_rawset(L, -3);
    sandbox_of(L)->exit_status = status;
    stop_script(L, StopFinished);
}

static int kvdb_exit(lua_State *L) {
    if (!lua_isnoneornil(L, 1)) sandbox_of(L)->exit_status = check_status(L, 1, STATUS_MIN, STATUS_MAX);
    stop_script(L, StopFinished);
}

// MARK: - Texts

static int crypto_sha256(lua_State *L) {
    LuaSandboxValue arguments[] = {check_bytes(L, 1)};
    return host_results(L, LuaSandboxFunctionSHA256, arguments);
}

static int crypto_hmac_sha256(lua_State *L) {
    LuaSandboxValue arguments[] = {check_bytes(L, 1), check_bytes(L, 2)};
    return host_results(L, LuaSandboxFunctionHMACSHA256, arguments);
}

static int base64_encode(lua_State *L) {
    LuaSandboxValue arguments[] = {check_bytes(L, 1)};
    return host_results(L, LuaSandboxFunctionBase64Encode, arguments);
}

static int base64_decode(lua_State *L) {
    LuaSandboxValue arguments[] = {check_bytes(L, 1)};
    return host_results(L, LuaSandboxFunctionBase64Decode, arguments);
}

static bool is_unreserved(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.'
        || c == '_' || c == '~';
}

/// All but letters, digits and `-._~` as `%XX` (RFC 3986 §2.1, §2.3).
static int url_encode(lua_State *L) {
    LuaSandboxValue text = check_bytes(L, 1);
    const unsigned char *bytes = text.bytes.start;
    Buffer *buffer = &sandbox_of(L)->scratch;
    buffer->count = 0;
    charge(L, 1 + text.bytes.count);
    for (size_t i = 0; i < text.bytes.count; i++) {
        char encoded[3] = {'%', "0123456789ABCDEF"[bytes[i] >> 4], "0123456789ABCDEF"[bytes[i] & 15]};
        if (is_unreserved(bytes[i])) {
            buffer_append(L, buffer, bytes + i, 1);
        } else {
            buffer_append(L, buffer, encoded, sizeof encoded);
        }
    }
    push_scratch(L);
    return 1;
}

static int hexadecimal_value(unsigned char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/// Undoes `url_encode`, and takes + for a space, as in a form. Nil and a reason for what is no encoding.
static int url_decode(lua_State *L) {
    LuaSandboxValue text = check_bytes(L, 1);
    const unsigned char *bytes = text.bytes.start;
    size_t count = text.bytes.count;
    Buffer *buffer = &sandbox_of(L)->scratch;
    buffer->count = 0;
    charge(L, 1 + count);
    for (size_t i = 0; i < count; i++) {
        char decoded = bytes[i] == '+' ? ' ' : (char)bytes[i];
        if (bytes[i] == '%') {
            int high = i + 2 < count ? hexadecimal_value(bytes[i + 1]) : -1;
            int low = high >= 0 ? hexadecimal_value(bytes[i + 2]) : -1;
            if (low < 0) {
                luaL_pushfail(L);
                lua_pushliteral(L, "a % is not followed by two hexadecimal digits");
                return 2;
            }
            decoded = (char)(high << 4 | low);
            i += 2;
        }
        buffer_append_character(L, buffer, decoded);
    }
    push_scratch(L);
    return 1;
}

// MARK: - The libraries

void open_host(lua_State *L) {
    const LuaSandboxRun *run = sandbox_of(L)->run;
    lua_createtable(L, 0, 16);
    add_function(L, "access_token", kvdb_access_token);
    add_function(L, "delete", kvdb_delete);
    add_function(L, "exit", kvdb_exit);
    add_function(L, "get", kvdb_get);
    add_function(L, "incr", kvdb_incr);
    add_function(L, "list", kvdb_list);
    add_function(L, "print", kvdb_print);
    add_function(L, "redirect", kvdb_redirect);
    add_function(L, "say", kvdb_say);
    add_function(L, "set", kvdb_set);
    lua_pushinteger(L, 200);
    lua_setfield(L, -2, "status");
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &header_key);
    lua_setfield(L, -2, "header");
    lua_newtable(L);
    for (size_t i = 0; i < run->variable_count; i++) {
        const LuaSandboxVariable *variable = &run->variables[i];
        lua_pushlstring(L, variable->name.start, variable->name.count);
        lua_pushlstring(L, variable->value.start, variable->value.count);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "var");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kvdb_key);
    lua_setfield(L, -2, "kvdb");

    lua_createtable(L, 0, 2);
    add_function(L, "hmac_sha256", crypto_hmac_sha256);
    add_function(L, "sha256", crypto_sha256);
    lua_setfield(L, -2, "crypto");
    lua_createtable(L, 0, 2);
    add_function(L, "decode", base64_decode);
    add_function(L, "encode", base64_encode);
    lua_setfield(L, -2, "base64");
    lua_createtable(L, 0, 2);
    add_function(L, "decode", url_decode);
    add_function(L, "encode", url_encode);
    lua_setfield(L, -2, "url");
}

int push_answer(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &header_key);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kvdb_key);
    // A script may put another table there.
    lua_pushliteral(L, "header");
    if (lua_rawget(L, -2) == LUA_TTABLE && !lua_rawequal(L, -1, -3)) {
        lua_pushliteral(L, "location");
        lua_pushliteral(L, "location");
        // What `redirect` said goes with it.
        if (lua_rawget(L, -5) != LUA_TNIL && sandbox_of(L)->exit_status / 100 == 3) {
            lua_rawset(L, -3);
        } else {
            lua_pop(L, 2);
        }
        lua_replace(L, -3);
    } else {
        lua_pop(L, 1);
    }
    lua_pushliteral(L, "status");
    lua_rawget(L, -2);
    lua_replace(L, -2);
    return 2;
}
