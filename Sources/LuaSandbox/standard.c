// The functions of Lua's own libraries that scripts get as they are.
//
// A list of what is allowed: whatever another version of Lua may add stays out of reach. Functions that can run for long, or
// that reach metamethods of their own accord, are written anew in strings.c and tables.c.

#include <pthread.h>
#include <string.h>

#include "internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct StandardFunction {
    const char *name;
    lua_CFunction function;
    /// Whether it goes over its arguments, and the bytes of those that are strings, so that these are charged.
    bool is_charged;
} StandardFunction;

static StandardFunction base_functions[] = {
    {"assert", NULL, false}, {"error", NULL, false},  {"ipairs", NULL, false},   {"next", NULL, false},
    {"pairs", NULL, false},  {"rawequal", NULL, false}, {"rawget", NULL, false}, {"rawlen", NULL, false},
    {"rawset", NULL, false}, {"select", NULL, false}, {"tonumber", NULL, true},  {"type", NULL, false},
};

// Not `dump`; `find`, `format`, `gmatch`, `gsub`, `match` and `rep` are in strings.c.
static StandardFunction string_functions[] = {
    {"byte", NULL, true},  {"char", NULL, true},     {"format", NULL, true},  {"len", NULL, false},
    {"lower", NULL, true}, {"pack", NULL, true},     {"packsize", NULL, true}, {"rep", NULL, true},
    {"reverse", NULL, true}, {"sub", NULL, true},    {"unpack", NULL, true},  {"upper", NULL, true},
};

// What lets "10" + 1 be 11.
static StandardFunction string_metamethods[] = {
    {"__add", NULL, true}, {"__sub", NULL, true}, {"__mul", NULL, true},  {"__mod", NULL, true},
    {"__pow", NULL, true}, {"__div", NULL, true}, {"__idiv", NULL, true}, {"__unm", NULL, true},
};

// The others are in tables.c.
static StandardFunction table_functions[] = {{"pack", NULL, false}};

static StandardFunction utf8_functions[] = {
    {"char", NULL, true},  {"codepoint", NULL, true}, {"codes", NULL, false},
    {"len", NULL, true},   {"offset", NULL, true},
};

static StandardFunction time_functions[] = {{"date", NULL, true}, {"time", NULL, false}};

typedef struct Library {
    StandardFunction *functions;
    size_t count;
} Library;

static const Library libraries[] = {
    [StandardBase] = {base_functions, COUNT(base_functions)},
    [StandardString] = {string_functions, COUNT(string_functions)},
    [StandardStringMetamethods] = {string_metamethods, COUNT(string_metamethods)},
    [StandardTable] = {table_functions, COUNT(table_functions)},
    [StandardUTF8] = {utf8_functions, COUNT(utf8_functions)},
    [StandardTime] = {time_functions, COUNT(time_functions)},
};

/// Takes the functions out of the table at the top of the stack, and pops it.
static void take_functions(lua_State *L, StandardLibrary library) {
    for (size_t i = 0; i < libraries[library].count; i++) {
        StandardFunction *function = &libraries[library].functions[i];
        lua_getfield(L, -1, function->name);
        function->function = lua_tocfunction(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static int find_functions(lua_State *L) {
    luaL_openlibs(L);
    lua_pushglobaltable(L);
    take_functions(L, StandardBase);
    lua_getglobal(L, LUA_STRLIBNAME);
    take_functions(L, StandardString);
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    take_functions(L, StandardStringMetamethods);
    lua_getglobal(L, LUA_TABLIBNAME);
    take_functions(L, StandardTable);
    lua_getglobal(L, LUA_UTF8LIBNAME);
    take_functions(L, StandardUTF8);
    lua_getglobal(L, LUA_OSLIBNAME);
    take_functions(L, StandardTime);
    return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_found = false;

bool find_standard_functions(void) {
    pthread_mutex_lock(&lock);
    if (!is_found) {
        // A state that runs nothing, and ends here.
        lua_State *L = luaL_newstate();
        if (L != NULL) {
            lua_pushcfunction(L, find_functions);
            is_found = lua_pcall(L, 0, 0, 0) == LUA_OK;
            lua_close(L);
        }
    }
    bool result = is_found;
    pthread_mutex_unlock(&lock);
    return result;
}

/// Calls the function that it is a closure of, after it has charged for going over the arguments.
static int call_charged(lua_State *L) {
    int count = lua_gettop(L);
    size_t bytes = 0;
    for (int i = 1; i <= count; i++) {
        if (lua_type(L, i) == LUA_TSTRING) bytes += lua_rawlen(L, i);
    }
    charge(L, 1 + (uint64_t)count + units_of(bytes));
    // For a buffer, and for the string that it becomes.
    make_room(L, 2 * bytes);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void add_standard_functions(lua_State *L, StandardLibrary library) {
    for (size_t i = 0; i < libraries[library].count; i++) {
        const StandardFunction *function = &libraries[library].functions[i];
        if (function->function == NULL) continue;
        lua_pushcfunction(L, function->function);
        if (function->is_charged) lua_pushcclosure(L, call_charged, 1);
        lua_setfield(L, -2, function->name);
    }
}

lua_CFunction standard_function(StandardLibrary library, const char *name) {
    for (size_t i = 0; i < libraries[library].count; i++) {
        if (strcmp(libraries[library].functions[i].name, name) == 0) return libraries[library].functions[i].function;
    }
    return NULL;
}
