// The input chooses among valid statements: it comes deeper into the libraries than a source that must be valid by chance.

#include <stdarg.h>
#include <string.h>

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOURCE_MAX 16384
#define DEPTH_MAX 4
#define VARIABLES 6
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CHOOSE(input, array) ((array)[take_byte(input) % COUNT(array)])

typedef struct Script {
    Input input;
    char text[SOURCE_MAX];
    size_t count;
} Script;

__attribute__((format(printf, 2, 3))) static void add(Script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(script->text + script->count, SOURCE_MAX - script->count, format, arguments);
    va_end(arguments);
    script->count += (size_t)count;
    if (script->count >= SOURCE_MAX) script->count = SOURCE_MAX - 1;
}

static const char *const functions[] = {
    "assert", "error", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen", "rawset", "select", "tonumber", "type",
    "getmetatable", "pcall", "setmetatable", "tostring", "xpcall", "string.byte", "string.char", "string.format",
    "string.len", "string.lower", "string.pack", "string.packsize", "string.rep", "string.reverse", "string.sub",
    "string.unpack", "string.upper", "string.find", "string.gmatch", "string.gsub", "string.match", "table.pack",
    "table.insert", "table.remove", "table.move", "table.concat", "table.unpack", "table.sort", "utf8.char",
    "utf8.codepoint", "utf8.codes", "utf8.len", "utf8.offset", "math.random", "math.randomseed", "math.tointeger",
    "math.floor", "math.fmod", "math.max", "math.min", "math.type", "math.ult", "os.time", "os.date", "os.clock",
    "json.encode", "json.decode", "json.array", "kvdb.get", "kvdb.set", "kvdb.incr", "kvdb.delete", "kvdb.list",
    "kvdb.access_token", "kvdb.print", "kvdb.say", "kvdb.redirect", "kvdb.exit", "crypto.sha256", "crypto.hmac_sha256",
    "base64.encode", "base64.decode", "url.encode", "url.decode",
};

static const char *const numbers[] = {
    "0", "1", "-1", "2", "3", "7", "16", "200", "302", "1000", "65536", "100000", "0.5", "-0.0", "1e308", "-1e308",
    "4.9e-324", "1/0", "-1/0", "0/0", "math.maxinteger", "math.mininteger", "2^53", "2^63", "0x7fffffff", "1 << 62",
};

static const char *const strings[] = {
    "''", "'a'", "'abc'", "'a,b,c'", "'10'", "'0x1p4'", "'\\0'", "'\\xff'", "'\\u{10ffff}'", "'\\u{d800}'", "'%'", "'%s'",
    "'%d'", "'%q'", "'%5.2f'", "'%99.99f'", "'%p'", "'%-5s|'", "'.'", "'(.)'", "'()'", "'(a*)(.-)b?'", "'%f[%w]%w+'",
    "'%b()'", "'[^%s]+'", "'[a-'", "'%1'", "'(.)%1'", "'^a$'", "'<i4'", "'z'", "'s1'", "'!16i16'", "'j'", "'Xd'",
    "'{\"a\":[1,null,\"\\\\u00e9\"]}'", "'[]'", "'[1,2.5e3,true]'", "'*t'", "'!%c'", "'%Y-%m-%d'", "'__index'",
    "'__newindex'", "'__call'", "'__eq'", "'__lt'", "'__concat'", "'__name'", "'__tostring'", "'__metatable'",
    "'__pairs'", "'__gc'", "'__close'", "'__mode'", "'__len'", "'n'", "'k'", "'location'", "'content-type'", "'read'",
    "('x'):rep(100)", "('ab\\0'):rep(30000)", "('a'):rep(1 << 20)",
};

static const char *const values[] = {
    "nil", "true", "false", "json.null", "_G", "kvdb", "kvdb.header", "kvdb.var", "string", "{}", "{1, 2, 3}",
    "{3, 'b', 1.5}", "{n = 1, 2}", "{[1 << 40] = 1}", "{{}, {{}}}", "json.array {}",
    "{prefix = 'a', limit = 3, values = true}", "{ttl = 1}", "{prefix = '', permissions = {'read'}, ttl = 9}",
    "{year = 2020, month = 2, day = 30}", "{'a', 'b', x = {'c'}}", "(function () local t = {} for i = 1, 3000 do t[i] = i end return t end)()",
};

static const char *const binaries[] = {
    "+", "-", "*", "/", "//", "%%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or", "&", "|", "~", "<<", ">>",
};

static void add_expression(Script *script, int depth);

static void add_call(Script *script, int depth) {
    add(script, "%s(", CHOOSE(&script->input, functions));
    unsigned count = take_byte(&script->input) % 6;
    for (unsigned i = 0; i < count; i++) {
        if (i > 0) add(script, ", ");
        add_expression(script, depth + 1);
    }
    add(script, ")");
}

static void add_statements(Script *script, int depth);

static void add_expression(Script *script, int depth) {
    unsigned choice = take_byte(&script->input) % (depth < DEPTH_MAX ? 16 : 6);
    switch (choice) {
    case 0: case 1: add(script, "v%d", take_byte(&script->input) % VARIABLES); break;
    case 2: add(script, "(%s)", CHOOSE(&script->input, numbers)); break;
    case 3: add(script, "(%s)", CHOOSE(&script->input, strings)); break;
    case 4: add(script, "(%s)", CHOOSE(&script->input, values)); break;
    case 5: add(script, "%s", CHOOSE(&script->input, functions)); break;
    case 6: case 7: case 8: add_call(script, depth); break;
    case 9: {
        add(script, "(");
        add_expression(script, depth + 1);
        add(script, " ");
        add(script, CHOOSE(&script->input, binaries), 0);
        add(script, " ");
        add_expression(script, depth + 1);
        add(script, ")");
        break;
    }
    case 10:
        add(script, "(%s ", ((const char *[]){"-", "not", "#", "~"})[take_byte(&script->input) % 4]);
        add_expression(script, depth + 1);
        add(script, ")");
        break;
    case 11:
        add(script, "(function (a, b, ...) ");
        add_statements(script, depth + 1);
        add(script, " return a, ");
        add_expression(script, depth + 1);
        add(script, " end)");
        break;
    case 12:
        add(script, "{");
        add_expression(script, depth + 1);
        add(script, ", [");
        add_expression(script, depth + 1);
        add(script, "] = ");
        add_expression(script, depth + 1);
        add(script, "}");
        break;
    case 13:
        add(script, "setmetatable({}, {[%s] = ", CHOOSE(&script->input, strings));
        add_expression(script, depth + 1);
        add(script, "})");
        break;
    case 14:
        add(script, "v%d[", take_byte(&script->input) % VARIABLES);
        add_expression(script, depth + 1);
        add(script, "]");
        break;
    default: add(script, "(select('#', ...))");
    }
}

static void add_statement(Script *script, int depth) {
    switch (take_byte(&script->input) % (depth < DEPTH_MAX ? 10 : 5)) {
    case 0: case 1:
        add(script, "v%d = ", take_byte(&script->input) % VARIABLES);
        add_expression(script, depth + 1);
        break;
    case 2: add_call(script, depth); break;
    case 3:
        add(script, "v%d[", take_byte(&script->input) % VARIABLES);
        add_expression(script, depth + 1);
        add(script, "] = ");
        add_expression(script, depth + 1);
        break;
    case 4:
        add(script, "kvdb.say(pcall(");
        add_expression(script, depth + 1);
        add(script, ", ");
        add_expression(script, depth + 1);
        add(script, "))");
        break;
    case 5:
        add(script, "pcall(function (...) ");
        add_statements(script, depth + 1);
        add(script, " end, ");
        add_expression(script, depth + 1);
        add(script, ")");
        break;
    case 6:
        add(script, "for i, v in ");
        add_expression(script, depth + 1);
        add(script, " do ");
        add_statements(script, depth + 1);
        add(script, " end");
        break;
    case 7:
        add(script, "for i = 1, %s do ", CHOOSE(&script->input, numbers));
        add_statements(script, depth + 1);
        add(script, " end");
        break;
    case 8:
        add(script, "while ");
        add_expression(script, depth + 1);
        add(script, " do ");
        add_statements(script, depth + 1);
        add(script, " end");
        break;
    default:
        add(script, "do local x <close> = ");
        add_expression(script, depth + 1);
        add(script, " ");
        add_statements(script, depth + 1);
        add(script, " end");
    }
    add(script, ";\n");
}

static void add_statements(Script *script, int depth) {
    unsigned count = 1 + take_byte(&script->input) % 3;
    for (unsigned i = 0; i < count; i++) add_statement(script, depth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Script script;
    script.count = 0;
    script.input = (Input){data, data + size};
    for (int i = 0; i < VARIABLES; i++) add(&script, "local v%d = {%d, x = 'y'}\n", i, i);
    while (script.input.place < script.input.end && script.count < SOURCE_MAX / 2) {
        // One that raises ends with itself.
        add(&script, "pcall(function (...) ");
        add_statement(&script, 0);
        add(&script, " end)\n");
    }
    if (getenv("SHOW_SCRIPT") != NULL) fwrite(script.text, 1, script.count, stderr);
    run_source(script.text, script.count, (Input){data, data + size});
    return 0;
}
