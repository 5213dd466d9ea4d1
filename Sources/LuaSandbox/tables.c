// The table library, on the tables' own values: a metamethod that is a function in C would run where no hook is called.

#include <limits.h>

#include "internal.h"

/// How often a loop charges.
#define STEPS 256

static inline void charge_step(lua_State *L, lua_Unsigned step) {
    if (step % STEPS == 0) charge(L, STEPS);
}

static int table_insert(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer end = (lua_Integer)((lua_Unsigned)lua_rawlen(L, 1) + 1);
    switch (lua_gettop(L)) {
    case 2:
        lua_rawseti(L, 1, end);
        return 0;
    case 3: {
        lua_Integer position = luaL_checkinteger(L, 2);
        luaL_argcheck(
            L, (lua_Unsigned)position - 1u < (lua_Unsigned)end, 2, "position out of bounds");
        for (lua_Integer i = end; i > position; i--) {
            charge_step(L, (lua_Unsigned)i);
            lua_rawgeti(L, 1, i - 1);
            lua_rawseti(L, 1, i);
        }
        lua_rawseti(L, 1, position);
        return 0;
    }
    default:
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
}

static int table_remove(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer size = (lua_Integer)lua_rawlen(L, 1);
    lua_Integer position = luaL_optinteger(L, 2, size);
    if (position != size) {
        luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
    }
    lua_rawgeti(L, 1, position);
    for (; position < size; position++) {
        charge_step(L, (lua_Unsigned)position);
        lua_rawgeti(L, 1, position + 1);
        lua_rawseti(L, 1, position);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, position);
    return 1;
}

static int table_move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer target = luaL_checkinteger(L, 4);
    int destination = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, destination, LUA_TTABLE);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        bool is_forward = target > last || target <= first || (destination != 1 && !lua_rawequal(L, 1, destination));
        for (lua_Integer step = 0; step < count; step++) {
            charge_step(L, (lua_Unsigned)step);
            lua_Integer i = is_forward ? step : count - 1 - step;
            lua_rawgeti(L, 1, first + i);
            lua_rawseti(L, destination, target + i);
        }
    }
    lua_pushvalue(L, destination);
    return 1;
}

static int table_concat(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t separator_count;
    const char *separator = luaL_optlstring(L, 2, "", &separator_count);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    lua_Integer last = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 1));
    LuaSandbox *sandbox = sandbox_of(L);
    sandbox->scratch.count = 0;
    while (i <= last) {
        lua_rawgeti(L, 1, i);
        size_t count;
        // A number is turned into a string in a place of its own, not in the table.
        const char *bytes = lua_tolstring(L, -1, &count);
        if (bytes == NULL) {
            return luaL_error(
                L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1), (LUAI_UACINT)i);
        }
        charge(L, 1 + units_of(count));
        buffer_append(L, &sandbox->scratch, bytes, count);
        lua_pop(L, 1);
        if (i == last) break;
        buffer_append(L, &sandbox->scratch, separator, separator_count);
        i++;
    }
    push_scratch(L);
    return 1;
}

static int table_unpack(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = luaL_optinteger(L, 3, (lua_Integer)lua_rawlen(L, 1));
    if (first > last) return 0;
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
    if (count >= INT_MAX || !lua_checkstack(L, (int)(++count))) {
        return luaL_error(L, "too many results to unpack");
    }
    charge(L, count);
    for (lua_Unsigned i = 0; i < count; i++) lua_rawgeti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
    return (int)count;
}

// MARK: - Sorting

/// Whether the value at `left` must stand before the one at `right`.
static bool is_before(lua_State *L, int left, int right, int comparator) {
    if (comparator == 0) {
        if (lua_type(L, left) == LUA_TSTRING && lua_type(L, right) == LUA_TSTRING) {
            size_t left_count = lua_rawlen(L, left), right_count = lua_rawlen(L, right);
            charge(L, 4 + units_of(left_count < right_count ? left_count : right_count));
        } else {
            charge_call(L);
        }
        return lua_compare(L, left, right, LUA_OPLT);
    }
    left = lua_absindex(L, left);
    right = lua_absindex(L, right);
    charge_call(L);
    lua_pushvalue(L, comparator);
    lua_pushvalue(L, left);
    lua_pushvalue(L, right);
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

/// Merges what `source` has from `start` to `middle` with what it has from there to `end` into `target`; the ends are
/// not included.
static void merge(
    lua_State *L, int source, int target, lua_Integer start, lua_Integer middle, lua_Integer end, int comparator
) {
    lua_Integer left = start, right = middle;
    for (lua_Integer i = start; i < end; i++) {
        charge_step(L, (lua_Unsigned)i);
        if (left < middle && right < end) {
            lua_rawgeti(L, source, left);
            lua_rawgeti(L, source, right);
            // Of equal ones the left comes first, as it was.
            if (is_before(L, -1, -2, comparator)) {
                lua_rawseti(L, target, i);
                lua_pop(L, 1);
                right++;
            } else {
                lua_pop(L, 1);
                lua_rawseti(L, target, i);
                left++;
            }
        } else {
            lua_rawgeti(L, source, left < middle ? left++ : right++);
            lua_rawseti(L, target, i);
        }
    }
}

static void copy_array(lua_State *L, int source, int target, lua_Integer count) {
    for (lua_Integer i = 1; i <= count; i++) {
        charge_step(L, (lua_Unsigned)i);
        lua_rawgeti(L, source, i);
        lua_rawseti(L, target, i);
    }
}

// Merging, in tables of its own, takes n log n steps whatever the comparator says, keeps the order of equal ones, and leaves
// the array as it was where the comparator raises.
void sort_array(lua_State *L, int index, lua_Integer count, int comparator) {
    if (count < 2) return;
    luaL_checkstack(L, 8, "too much to sort");
    lua_newtable(L);
    int source = lua_gettop(L);
    lua_newtable(L);
    int target = source + 1;
    copy_array(L, index, source, count);
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer start = 1; start <= count; start += 2 * width) {
            lua_Integer middle = start + width <= count ? start + width : count + 1;
            lua_Integer end = middle + width <= count ? middle + width : count + 1;
            merge(L, source, target, start, middle, end, comparator);
        }
        int swap = source;
        source = target;
        target = swap;
    }
    copy_array(L, source, index, count);
    lua_pop(L, 2);
}

static int table_sort(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Unsigned count = lua_rawlen(L, 1);
    luaL_argcheck(L, count < INT_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    sort_array(L, 1, (lua_Integer)count, lua_isnil(L, 2) ? 0 : 2);
    return 0;
}

void open_tables(lua_State *L) {
    lua_createtable(L, 0, 8);
    add_standard_functions(L, StandardTable);
    add_function(L, "concat", table_concat);
    add_function(L, "insert", table_insert);
    add_function(L, "move", table_move);
    add_function(L, "remove", table_remove);
    add_function(L, "sort", table_sort);
    add_function(L, "unpack", table_unpack);
    lua_setfield(L, -2, LUA_TABLIBNAME);
}
