#include "harness.h"

#include <string.h>

static const LuaSandboxLimits limits = {.cpu_time = 20000000, .memory = 4 << 20, .output = 64 << 10};

// MARK: - The host

typedef struct Host {
    Input choices;
    /// What it stopped, it must not be asked by again.
    bool has_stopped;
    unsigned calls;
    char bytes[2048];
} Host;

static LuaSandboxBytes take_bytes(Host *host, size_t count_max) {
    size_t count = take_byte(&host->choices) % (count_max + 1);
    for (size_t i = 0; i < count; i++) host->bytes[i] = (char)take_byte(&host->choices);
    return (LuaSandboxBytes){count > 0 ? host->bytes : NULL, count};
}

static LuaSandboxBytes take_list(Host *host) {
    size_t size = 0;
    unsigned entries = take_byte(&host->choices) % 16;
    for (unsigned i = 0; i < entries; i++) {
        static const LuaSandboxKind kinds[] = {
            LuaSandboxKindNil, LuaSandboxKindBytes, LuaSandboxKindInteger, LuaSandboxKindNumber,
        };
        LuaSandboxEntry entry = {
            .key_count = take_byte(&host->choices) % 40,
            .value_kind = kinds[take_byte(&host->choices) % 4],
            .integer = take_byte(&host->choices),
            .number = take_byte(&host->choices) / 7.0,
        };
        if (entry.value_kind == LuaSandboxKindBytes) entry.value_count = take_byte(&host->choices) % 40;
        memcpy(host->bytes + size, &entry, sizeof entry);
        size += sizeof entry;
        memset(host->bytes + size, 'k', entry.key_count + entry.value_count);
        size += entry.key_count + entry.value_count;
    }
    return (LuaSandboxBytes){entries > 0 ? host->bytes : NULL, size};
}

/// All bytes of an argument are read, for the sanitizer to see them.
static void read_argument(const LuaSandboxValue *argument) {
    REQUIRE(argument->kind <= LuaSandboxKindBytes);
    volatile uint8_t sum = 0;
    if (argument->kind != LuaSandboxKindBytes) return;
    for (size_t i = 0; i < argument->bytes.count; i++) sum ^= ((const uint8_t *)argument->bytes.start)[i];
}

static void answer(void *context, LuaSandboxFunction function, const LuaSandboxValue *arguments, LuaSandboxValue *result) {
    static const int counts[] = {1, 3, 3, 1, 6, 3, 1, 2, 1, 1};
    Host *host = context;
    REQUIRE(!host->has_stopped);
    host->calls++;
    for (int i = 0; i < counts[function]; i++) read_argument(&arguments[i]);
    uint8_t choice = take_byte(&host->choices);
    if (choice < 16) {
        result->kind = LuaSandboxKindError;
        result->bytes = take_bytes(host, 100);
    } else if (choice == 16) {
        result->kind = LuaSandboxKindStop;
        host->has_stopped = true;
    } else {
        switch (function) {
        case LuaSandboxFunctionList:
            result->kind = LuaSandboxKindList;
            result->bytes = take_list(host);
            break;
        case LuaSandboxFunctionDelete:
            result->kind = LuaSandboxKindBoolean;
            result->boolean = choice % 2 == 0;
            break;
        case LuaSandboxFunctionSet:
            break;
        case LuaSandboxFunctionGet:
        case LuaSandboxFunctionIncrement:
            result->kind = (LuaSandboxKind[]){
                LuaSandboxKindInteger, LuaSandboxKindNumber, LuaSandboxKindBytes, LuaSandboxKindNil}[choice % 4];
            result->integer = (int64_t)choice << (choice % 56);
            result->number = choice % 2 == 0 ? choice / 3.0 : choice * 1e300 * 1e300;
            result->bytes = take_bytes(host, 255);
            break;
        default:
            result->kind = choice % 8 == 0 ? LuaSandboxKindRefusal : LuaSandboxKindBytes;
            result->bytes = take_bytes(host, 255);
        }
    }
}

// MARK: - What must hold

/// Whether a text shows an address near one of the sandbox.
static bool shows_address(LuaSandboxBytes text, const void *near) {
    const char *bytes = text.start;
    for (size_t i = 0; i + 12 < text.count; i++) {
        if (bytes[i] != '0' || bytes[i + 1] != 'x') continue;
        char digits[17] = {0};
        memcpy(digits, bytes + i + 2, text.count - i - 2 < 16 ? text.count - i - 2 : 16);
        intptr_t distance = (intptr_t)strtoull(digits, NULL, 16) - (intptr_t)near;
        if (distance > -((intptr_t)1 << 32) && distance < (intptr_t)1 << 32) return true;
    }
    return false;
}

static void require_result(const LuaSandbox *sandbox, const LuaSandboxResult *result) {
    if (result->cpu_time > 2 * limits.cpu_time + SLACK) {
        fprintf(stderr, "took %.1f ms of %.1f\n", (double)result->cpu_time / 1e6, (double)limits.cpu_time / 1e6);
    }
    REQUIRE(result->cpu_time <= 2 * limits.cpu_time + SLACK);
    REQUIRE(result->memory_peak <= limits.memory);
    REQUIRE((result->message.count > 0) == (result->outcome == LuaSandboxOutcomeError) || result->message.count == 0);
    REQUIRE(result->message.count <= 1000);
    REQUIRE(!shows_address(result->message, sandbox));
    REQUIRE(!shows_address(result->output, sandbox));
}

static void require_answer(const LuaSandboxResult *result) {
    if (result->outcome != LuaSandboxOutcomeFinished) {
        REQUIRE(result->status == 0 && result->field_count == 0 && result->output.count == 0);
        return;
    }
    REQUIRE(result->status >= 200 && result->status <= 599);
    REQUIRE(result->output.count <= limits.output);
    REQUIRE(result->field_count <= 64);
    size_t size = 0;
    for (size_t i = 0; i < result->field_count; i++) {
        const LuaSandboxField *field = &result->fields[i];
        size += field->name.count + field->value.count;
        REQUIRE(field->name.count > 0);
        REQUIRE(memchr(field->name.start, '\n', field->name.count) == NULL);
        REQUIRE(memchr(field->name.start, ':', field->name.count) == NULL);
        for (size_t k = 0; k < field->value.count; k++) {
            uint8_t character = ((const uint8_t *)field->value.start)[k];
            REQUIRE(character == '\t' || (character >= ' ' && character != 0x7F));
        }
        if (i == 0) continue;
        const LuaSandboxBytes before = result->fields[i - 1].name;
        size_t common = before.count < field->name.count ? before.count : field->name.count;
        int order = memcmp(before.start, field->name.start, common);
        REQUIRE(order < 0 || (order == 0 && before.count < field->name.count));
    }
    REQUIRE(size <= 16384);
}

void run_source(const char *source, size_t count, Input choices) {
    LuaSandbox *compiler = lua_sandbox_create(limits);
    REQUIRE(compiler != NULL);
    LuaSandboxResult compiled;
    lua_sandbox_compile(compiler, (LuaSandboxBytes){source, count}, "fuzz.lua", &compiled);
    require_result(compiler, &compiled);
    if (compiled.outcome == LuaSandboxOutcomeFinished) {
        LuaSandbox *runner = lua_sandbox_create(limits);
        REQUIRE(runner != NULL);
        Host host = {.choices = choices};
        const LuaSandboxVariable variables[] = {{{"name", 4}, {"world", 5}}, {{"empty", 5}, {NULL, 0}}};
        LuaSandboxRun run = {
            .program = compiled.output,
            .variables = variables,
            .variable_count = 2,
            .time = 1700000000,
            .seed = {1, 2},
            .host = answer,
            .context = &host,
        };
        LuaSandboxResult result;
        lua_sandbox_run(runner, &run, &result);
        require_result(runner, &result);
        require_answer(&result);
        REQUIRE(host.has_stopped == (result.outcome == LuaSandboxOutcomeStopped));
        lua_sandbox_destroy(runner);
    }
    lua_sandbox_destroy(compiler);
}
