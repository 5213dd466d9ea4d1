// JSON (RFC 8259) to and from Lua's values, on the values themselves: no metamethod is called.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define DEPTH_MAX 100

/// In the registry: the metatable of what is an array even if it is empty.
static const char array_key;

void mark_array(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
    lua_setmetatable(L, -2);
}

bool is_marked_array(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
    bool result = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return result;
}

// MARK: - Encoding

/// The length of the UTF-8 sequence that begins at `bytes`, 0 where it is none (RFC 3629 §4).
static size_t sequence_length(const unsigned char *bytes, size_t count) {
    unsigned char first = bytes[0];
    if (first < 0x80) return 1;
    size_t length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3
        : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    if (length == 0 || length > count) return 0;
    unsigned char lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (bytes[1] < lowest || bytes[1] > highest) return 0;
    for (size_t i = 2; i < length; i++) {
        if (bytes[i] < 0x80 || bytes[i] > 0xBF) return 0;
    }
    return length;
}

static void encode_string(lua_State *L, Buffer *buffer, const char *bytes, size_t count) {
    charge(L, 1 + count / 4);
    buffer_append_character(L, buffer, '"');
    size_t start = 0;
    for (size_t i = 0; i < count;) {
        unsigned char character = (unsigned char)bytes[i];
        if (character >= 0x20 && character != '"' && character != '\\') {
            size_t length = sequence_length((const unsigned char *)bytes + i, count - i);
            if (length == 0) luaL_error(L, "a string is not UTF-8, so JSON can't hold it; use base64.encode");
            i += length;
            continue;
        }
        charge(L, 8);
        buffer_append(L, buffer, bytes + start, i - start);
        char escape[8];
        switch (character) {
        case '"': case '\\': escape[0] = '\\'; escape[1] = (char)character; escape[2] = '\0'; break;
        case '\n': strcpy(escape, "\\n"); break;
        case '\r': strcpy(escape, "\\r"); break;
        case '\t': strcpy(escape, "\\t"); break;
        default: snprintf(escape, sizeof escape, "\\u%04x", character);
        }
        buffer_append(L, buffer, escape, strlen(escape));
        start = ++i;
    }
    buffer_append(L, buffer, bytes + start, count - start);
    buffer_append_character(L, buffer, '"');
}

/// The shortest decimal that reads back as the same number.
static void encode_number(lua_State *L, Buffer *buffer, int index) {
    char text[40];
    if (lua_isinteger(L, index)) {
        snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, index));
    } else {
        lua_Number number = lua_tonumber(L, index);
        if (!isfinite(number)) luaL_error(L, "JSON has no way to write %f", number);
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, number);
            if (strtod(text, NULL) == number) break;
        }
        // As an integer it would lose its sign.
        if (number == 0 && signbit(number)) strcpy(text, "-0.0");
    }
    buffer_append(L, buffer, text, strlen(text));
}

static void encode(lua_State *L, Buffer *buffer, int index, int depth);

static void encode_array(lua_State *L, Buffer *buffer, int index, lua_Integer count, int depth) {
    buffer_append_character(L, buffer, '[');
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) buffer_append_character(L, buffer, ',');
        lua_rawgeti(L, index, i);
        encode(L, buffer, lua_gettop(L), depth);
        lua_pop(L, 1);
    }
    buffer_append_character(L, buffer, ']');
}

/// With the names in byte order, so that the same table is the same text each time.
static void encode_object(lua_State *L, Buffer *buffer, int index, int depth) {
    lua_newtable(L);
    int names = lua_gettop(L);
    lua_newtable(L);
    int keys = names + 1;
    lua_Integer count = 0;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        charge(L, 1);
        lua_pop(L, 1);
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER) {
            luaL_error(L, "a %s can't be a name in a JSON object; only strings and numbers can", luaL_typename(L, -1));
        }
        // The copy becomes text, the key itself must stay as it is for the walk to go on.
        lua_pushvalue(L, -1);
        lua_tolstring(L, -1, NULL);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, keys) != LUA_TNIL) {
            luaL_error(L, "a table has the number and the string %s as keys; JSON can't tell them apart", lua_tostring(L, -2));
        }
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, names, ++count);
        lua_pushvalue(L, -2);
        lua_rawset(L, keys);
    }
    sort_array(L, names, count, 0);
    buffer_append_character(L, buffer, '{');
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) buffer_append_character(L, buffer, ',');
        size_t name_count;
        lua_rawgeti(L, names, i);
        const char *name = lua_tolstring(L, -1, &name_count);
        encode_string(L, buffer, name, name_count);
        buffer_append_character(L, buffer, ':');
        lua_rawget(L, keys);
        lua_rawget(L, index);
        encode(L, buffer, lua_gettop(L), depth);
        lua_pop(L, 1);
    }
    buffer_append_character(L, buffer, '}');
    lua_pop(L, 2);
}

/// How many values a table has if it is an array: all from 1 on, and nothing else. Otherwise -1.
static lua_Integer array_count(lua_State *L, int index) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    if (is_marked_array(L, index)) return count;
    if (count == 0) return -1;
    lua_Integer found = 0;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        charge(L, 1);
        lua_pop(L, 1);
        lua_Integer key = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
        if (key < 1 || key > count) {
            lua_pop(L, 1);
            return -1;
        }
        found++;
    }
    return found == count ? count : -1;
}

static void encode(lua_State *L, Buffer *buffer, int index, int depth) {
    charge(L, 4);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TLIGHTUSERDATA:
        buffer_append(L, buffer, "null", 4);
        return;
    case LUA_TBOOLEAN: {
        const char *text = lua_toboolean(L, index) ? "true" : "false";
        buffer_append(L, buffer, text, strlen(text));
        return;
    }
    case LUA_TNUMBER:
        encode_number(L, buffer, index);
        return;
    case LUA_TSTRING: {
        size_t count;
        const char *bytes = lua_tolstring(L, index, &count);
        encode_string(L, buffer, bytes, count);
        return;
    }
    case LUA_TTABLE: {
        if (depth == DEPTH_MAX) {
            luaL_error(L, "the table is nested more than %d deep, or holds itself; JSON can't hold it", DEPTH_MAX);
        }
        luaL_checkstack(L, 10, "too deep for JSON");
        lua_Integer count = array_count(L, index);
        if (count >= 0) {
            encode_array(L, buffer, index, count, depth + 1);
        } else {
            encode_object(L, buffer, index, depth + 1);
        }
        return;
    }
    default:
        luaL_error(L, "a %s can't be written as JSON", luaL_typename(L, index));
    }
}

static int json_encode(lua_State *L) {
    luaL_checkany(L, 1);
    Buffer *buffer = &sandbox_of(L)->scratch;
    buffer->count = 0;
    encode(L, buffer, 1, 0);
    push_scratch(L);
    return 1;
}

// MARK: - Decoding

typedef struct Reader {
    lua_State *L;
    const char *start;
    const char *place;
    const char *end;
} Reader;

static _Noreturn void fail(Reader *reader, const char *reason) {
    luaL_error(reader->L, "not JSON at byte %d: %s", (int)(reader->place - reader->start) + 1, reason);
    abort();
}

static void skip_spaces(Reader *reader) {
    const char *start = reader->place;
    while (reader->place < reader->end
           && (*reader->place == ' ' || *reader->place == '\t' || *reader->place == '\r' || *reader->place == '\n')) {
        reader->place++;
    }
    charge(reader->L, 1 + units_of((size_t)(reader->place - start)));
}

static bool take(Reader *reader, char character) {
    if (reader->place == reader->end || *reader->place != character) return false;
    reader->place++;
    return true;
}

static unsigned decode_hexadecimal(Reader *reader) {
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        char character = reader->place < reader->end ? *reader->place : '\0';
        unsigned digit;
        if (character >= '0' && character <= '9') {
            digit = (unsigned)(character - '0');
        } else if (character >= 'a' && character <= 'f') {
            digit = (unsigned)(character - 'a') + 10;
        } else if (character >= 'A' && character <= 'F') {
            digit = (unsigned)(character - 'A') + 10;
        } else {
            fail(reader, "\\u needs four hexadecimal digits");
        }
        value = value * 16 + digit;
        reader->place++;
    }
    return value;
}

/// The character behind `\u`, as UTF-8.
static void decode_code(Reader *reader, Buffer *buffer) {
    unsigned code = decode_hexadecimal(reader);
    if (code >= 0xD800 && code <= 0xDBFF) {
        if (!take(reader, '\\') || !take(reader, 'u')) fail(reader, "half of a surrogate pair is missing");
        unsigned low = decode_hexadecimal(reader);
        if (low < 0xDC00 || low > 0xDFFF) fail(reader, "half of a surrogate pair is missing");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        fail(reader, "half of a surrogate pair is missing");
    }
    char bytes[4];
    size_t count;
    if (code < 0x80) {
        bytes[0] = (char)code;
        count = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xC0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3F));
        count = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xE0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code & 0x3F));
        count = 3;
    } else {
        bytes[0] = (char)(0xF0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (code & 0x3F));
        count = 4;
    }
    buffer_append(reader->L, buffer, bytes, count);
}

/// Behind the opening quote.
static void decode_string(Reader *reader) {
    Buffer *buffer = &sandbox_of(reader->L)->scratch;
    buffer->count = 0;
    for (;;) {
        const char *start = reader->place;
        while (reader->place < reader->end && *reader->place != '"' && *reader->place != '\\'
               && (unsigned char)*reader->place >= 0x20) {
            reader->place++;
        }
        size_t count = (size_t)(reader->place - start);
        charge(reader->L, 1 + units_of(count));
        buffer_append(reader->L, buffer, start, count);
        if (take(reader, '"')) break;
        if (!take(reader, '\\')) fail(reader, "a string has no end, or a control character in it");
        char character = reader->place < reader->end ? *reader->place++ : '\0';
        switch (character) {
        case '"': case '\\': case '/': buffer_append_character(reader->L, buffer, character); break;
        case 'b': buffer_append_character(reader->L, buffer, '\b'); break;
        case 'f': buffer_append_character(reader->L, buffer, '\f'); break;
        case 'n': buffer_append_character(reader->L, buffer, '\n'); break;
        case 'r': buffer_append_character(reader->L, buffer, '\r'); break;
        case 't': buffer_append_character(reader->L, buffer, '\t'); break;
        case 'u': decode_code(reader, buffer); break;
        default: fail(reader, "there is no such escape");
        }
    }
    push_scratch(reader->L);
}

static bool skip_digits(Reader *reader) {
    const char *start = reader->place;
    while (reader->place < reader->end && *reader->place >= '0' && *reader->place <= '9') reader->place++;
    return reader->place > start;
}

static void decode_number(Reader *reader) {
    char text[512];
    const char *start = reader->place;
    take(reader, '-');
    if (!take(reader, '0') && !skip_digits(reader)) fail(reader, "a number needs digits");
    bool is_integer = true;
    if (take(reader, '.')) {
        is_integer = false;
        if (!skip_digits(reader)) fail(reader, "a number needs digits behind its point");
    }
    if (take(reader, 'e') || take(reader, 'E')) {
        is_integer = false;
        if (!take(reader, '+')) take(reader, '-');
        if (!skip_digits(reader)) fail(reader, "a number needs digits in its exponent");
    }
    size_t count = (size_t)(reader->place - start);
    if (count >= sizeof text) fail(reader, "a number has too many digits");
    memcpy(text, start, count);
    text[count] = '\0';
    // An integer that does not fit becomes a float, as in Lua's own sources.
    if (is_integer && lua_stringtonumber(reader->L, text) != 0) return;
    lua_pushnumber(reader->L, strtod(text, NULL));
}

static void decode_literal(Reader *reader, const char *text) {
    size_t count = strlen(text);
    if ((size_t)(reader->end - reader->place) < count || memcmp(reader->place, text, count) != 0) {
        fail(reader, "there is no value here");
    }
    reader->place += count;
}

/// Pushes the value that begins here.
static void decode(Reader *reader, int depth) {
    lua_State *L = reader->L;
    skip_spaces(reader);
    switch (reader->place < reader->end ? *reader->place : '\0') {
    case '{':
    case '[':
        break;
    case '"':
        reader->place++;
        decode_string(reader);
        return;
    case 't':
        decode_literal(reader, "true");
        lua_pushboolean(L, 1);
        return;
    case 'f':
        decode_literal(reader, "false");
        lua_pushboolean(L, 0);
        return;
    case 'n':
        decode_literal(reader, "null");
        lua_pushlightuserdata(L, NULL);
        return;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        decode_number(reader);
        return;
    default:
        fail(reader, "there is no value here");
    }
    if (depth == DEPTH_MAX) fail(reader, "nested too deeply");
    luaL_checkstack(L, 8, "too deep for JSON");
    bool is_array = *reader->place++ == '[';
    char close = is_array ? ']' : '}';
    lua_newtable(L);
    if (is_array) mark_array(L);
    skip_spaces(reader);
    if (take(reader, close)) return;
    for (lua_Integer i = 1;; i++) {
        if (!is_array) {
            skip_spaces(reader);
            if (!take(reader, '"')) fail(reader, "a name must be a string");
            decode_string(reader);
            skip_spaces(reader);
            if (!take(reader, ':')) fail(reader, "a colon is missing");
        }
        decode(reader, depth + 1);
        if (is_array) {
            lua_rawseti(L, -2, i);
        } else {
            lua_rawset(L, -3);
        }
        skip_spaces(reader);
        if (take(reader, close)) return;
        if (!take(reader, ',')) fail(reader, "a comma or the end is missing");
    }
}

static int json_decode(lua_State *L) {
    size_t count;
    const char *text = luaL_checklstring(L, 1, &count);
    Reader reader = {L, text, text, text + count};
    decode(&reader, 0);
    skip_spaces(&reader);
    if (reader.place != reader.end) fail(&reader, "there is something behind the value");
    return 1;
}

/// `json.array(t)`: the table, or a new one, as an array even if it is empty.
static int json_array(lua_State *L) {
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lua_getmetatable(L, 1)) {
        lua_pop(L, 1);
        if (!is_marked_array(L, 1)) return luaL_error(L, "this table has a metatable; make the array of one that has none");
    }
    mark_array(L);
    return 1;
}

void open_json(lua_State *L) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
    lua_createtable(L, 0, 4);
    add_function(L, "array", json_array);
    add_function(L, "decode", json_decode);
    add_function(L, "encode", json_encode);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    lua_setfield(L, -2, "json");
}
