// The string library: what Lua's own does, within the limits.

#include <string.h>

#include "patterns.h"

// MARK: - Positions

/// The place, from 0, that a position from 1 or, if negative, from the end means; `count` and more where it is behind it.
static size_t start_of(lua_Integer position, size_t count) {
    if (position > 0) return (size_t)position - 1;
    if (position == 0 || position < -(lua_Integer)count) return 0;
    return (size_t)((lua_Integer)count + position);
}

// MARK: - Finding

static int find_or_match(lua_State *L, bool is_find) {
    size_t subject_count, pattern_count;
    const char *subject = luaL_checklstring(L, 1, &subject_count);
    const char *pattern = luaL_checklstring(L, 2, &pattern_count);
    size_t start = start_of(luaL_optinteger(L, 3, 1), subject_count);
    charge(L, 1 + units_of(pattern_count));
    if (start > subject_count) {
        luaL_pushfail(L);
        return 1;
    }
    if (is_find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_count))) {
        const char *place = find_bytes(L, subject + start, subject_count - start, pattern, pattern_count);
        if (place == NULL) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, place - subject + 1);
        lua_pushinteger(L, place - subject + (ptrdiff_t)pattern_count);
        return 2;
    }
    Match match;
    match_init(&match, L, subject, subject_count, pattern, pattern_count);
    bool is_anchored = pattern_count > 0 && *pattern == '^';
    if (is_anchored) pattern++;
    for (const char *place = subject + start; place <= match.subject_end; place++) {
        const char *end = match_at(&match, place, pattern);
        if (end != NULL) {
            if (!is_find) return push_captures(&match, place, end);
            lua_pushinteger(L, place - subject + 1);
            lua_pushinteger(L, end - subject);
            return 2 + push_captures(&match, NULL, NULL);
        }
        if (is_anchored) break;
    }
    luaL_pushfail(L);
    return 1;
}

static int string_find(lua_State *L) { return find_or_match(L, true); }

static int string_match(lua_State *L) { return find_or_match(L, false); }

/// Upvalues: the subject, the pattern, where to go on and where the last match ended, both from 0, that -1 before the first.
static int next_match(lua_State *L) {
    size_t subject_count, pattern_count;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &subject_count);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_count);
    lua_Integer last_end = lua_tointeger(L, lua_upvalueindex(4));
    Match match;
    match_init(&match, L, subject, subject_count, pattern, pattern_count);
    size_t start = (size_t)lua_tointeger(L, lua_upvalueindex(3));
    for (; start <= subject_count; start++) {
        const char *end = match_at(&match, subject + start, pattern);
        // An empty match right behind the last one is none.
        if (end == NULL || end - subject == last_end) continue;
        lua_pushinteger(L, end - subject);
        lua_pushvalue(L, -1);
        lua_replace(L, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return push_captures(&match, subject + start, end);
    }
    lua_pushinteger(L, (lua_Integer)subject_count + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t count;
    luaL_checklstring(L, 1, &count);
    luaL_checklstring(L, 2, NULL);
    size_t start = start_of(luaL_optinteger(L, 3, 1), count);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > count ? count + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

// MARK: - Replacing

/// Adds the replacement string for a match, with its captures in place.
static void add_string(Match *match, luaL_Buffer *buffer, const char *start, const char *end) {
    lua_State *L = match->L;
    size_t count;
    const char *text = lua_tolstring(L, 3, &count);
    const char *text_end = text + count;
    charge(L, 1 + units_of(count));
    while (text < text_end) {
        const char *escape = memchr(text, '%', (size_t)(text_end - text));
        if (escape == NULL) break;
        luaL_addlstring(buffer, text, (size_t)(escape - text));
        text = escape + 1;
        char character = text < text_end ? *text : '\0';
        if (character == '%') {
            luaL_addchar(buffer, '%');
        } else if (character == '0') {
            luaL_addlstring(buffer, start, (size_t)(end - start));
        } else if (character >= '1' && character <= '9') {
            push_capture(match, (unsigned)(character - '1'), start, end);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(buffer);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
        text++;
    }
    if (text < text_end) luaL_addlstring(buffer, text, (size_t)(text_end - text));
}

/// Adds what replaces a match.
///
/// - Returns: whether it is something else than was there.
static bool add_replacement(Match *match, luaL_Buffer *buffer, const char *start, const char *end, int type) {
    lua_State *L = match->L;
    switch (type) {
    case LUA_TFUNCTION:
        charge_call(L);
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(match, start, end), 1);
        break;
    case LUA_TTABLE:
        charge_call(L);
        push_capture(match, 0, start, end);
        lua_gettable(L, 3);
        break;
    default:
        add_string(match, buffer, start, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(buffer, start, (size_t)(end - start));
        return false;
    }
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    luaL_addvalue(buffer);
    return true;
}

static int string_gsub(lua_State *L) {
    size_t subject_count, pattern_count;
    const char *subject = luaL_checklstring(L, 1, &subject_count);
    const char *pattern = luaL_checklstring(L, 2, &pattern_count);
    int type = lua_type(L, 3);
    luaL_argexpected(
        L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    lua_Integer count_max = luaL_optinteger(L, 4, (lua_Integer)subject_count + 1);
    bool is_anchored = pattern_count > 0 && *pattern == '^';
    Match match;
    match_init(&match, L, subject, subject_count, pattern, pattern_count);
    if (is_anchored) pattern++;
    make_room(L, 2 * subject_count);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    const char *place = subject;
    const char *last_end = NULL;
    bool has_changes = false;
    lua_Integer count = 0;
    while (count < count_max) {
        const char *end = match_at(&match, place, pattern);
        if (end != NULL && end != last_end) {
            count++;
            has_changes = add_replacement(&match, &buffer, place, end, type) || has_changes;
            place = last_end = end;
        } else if (place < match.subject_end) {
            luaL_addchar(&buffer, *place++);
        } else {
            break;
        }
        if (is_anchored) break;
    }
    if (has_changes) {
        luaL_addlstring(&buffer, place, (size_t)(match.subject_end - place));
        luaL_pushresult(&buffer);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

// MARK: - Others

/// How many values `string.format` takes: it looks at no clock between them.
#define CONVERSIONS_MAX 10000
/// What one of them takes, in units.
#define CONVERSION_UNITS 20
/// How many bytes `%q` goes over in one call, each as a conversion of its own.
#define QUOTED_MAX ((size_t)256 << 10)

static int string_rep(lua_State *L) {
    size_t count, separator_count;
    luaL_checklstring(L, 1, &count);
    lua_Integer times = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &separator_count);
    // Nothing, however often, would be repeated one by one.
    if (times <= 0 || count + separator_count == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t size_max = sandbox_of(L)->limits.memory;
    // What can't fit is refused here, before it is tried.
    if (count + separator_count > size_max / (lua_Unsigned)times) return luaL_error(L, "resulting string too large");
    charge(L, 1 + units_of((count + separator_count) * (size_t)times));
    make_room(L, 2 * (count + separator_count) * (size_t)times);
    return standard_function(StandardString, "rep")(L);
}

/// Has values that would be shown by their addresses stand there as text, and refuses `%p`.
static int string_format(lua_State *L) {
    size_t count;
    const char *format = luaL_checklstring(L, 1, &count);
    const char *end = format + count;
    size_t bytes = count;
    size_t quoted = 0;
    int argument = 1;
    while (format < end) {
        if (*format++ != '%') continue;
        if (format < end && *format == '%') {
            format++;
            continue;
        }
        argument++;
        if (argument > CONVERSIONS_MAX + 1) return luaL_error(L, "'format' takes %d values at most", CONVERSIONS_MAX);
        while (format < end && strchr("-+ #0123456789.", *format) != NULL && *format != '\0') format++;
        char conversion = format < end ? *format : '\0';
        if (conversion == 'p') return luaL_error(L, "'%%p' can't be used in scripts; they see no addresses");
        int type = lua_type(L, argument);
        if (conversion == 's' && (type == LUA_TLIGHTUSERDATA || type >= LUA_TTABLE)) {
            push_text(L, argument, NULL);
            lua_replace(L, argument);
        }
        if (lua_type(L, argument) != LUA_TSTRING) continue;
        bytes += lua_rawlen(L, argument);
        if (conversion == 'q') quoted += lua_rawlen(L, argument);
        if (quoted > QUOTED_MAX) return luaL_error(L, "'%%q' takes %d bytes at most", (int)QUOTED_MAX);
    }
    charge(L, (uint64_t)argument * CONVERSION_UNITS + units_of(bytes));
    make_room(L, 2 * bytes);
    return standard_function(StandardString, "format")(L);
}

void open_strings(lua_State *L) {
    lua_createtable(L, 0, 20);
    add_standard_functions(L, StandardString);
    add_function(L, "find", string_find);
    add_function(L, "format", string_format);
    add_function(L, "gmatch", string_gmatch);
    add_function(L, "gsub", string_gsub);
    add_function(L, "match", string_match);
    add_function(L, "rep", string_rep);
    // All strings share this metatable, which `getmetatable` therefore does not give.
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 10);
    add_standard_functions(L, StandardStringMetamethods);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    lua_setfield(L, -2, LUA_STRLIBNAME);
}
