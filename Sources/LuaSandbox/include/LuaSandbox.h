// Runs Lua 5.4 scripts that nobody trusts, each in a state of its own, within limits that hold in every function that a
// script can call.
//
// An error of Lua's is a longjmp, so all that may raise one is behind this interface: no function here raises, and none
// of the host's functions is left by a jump.

#ifndef LUA_SANDBOX_H
#define LUA_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bytes that somebody else owns. `start` may be null where `count` is 0.
typedef struct LuaSandboxBytes {
    const void *start;
    size_t count;
} LuaSandboxBytes;

// MARK: - The host

/// What a script can ask of the host. The arguments stand in the order that is given with each.
typedef enum LuaSandboxFunction {
    /// key → bytes, integer, number or nil
    LuaSandboxFunctionGet,
    /// key, value (bytes, integer or number), seconds to live (number) or nil → nil
    LuaSandboxFunctionSet,
    /// key, difference (integer or number), seconds to live (number) or nil → integer or number
    LuaSandboxFunctionIncrement,
    /// key → boolean
    LuaSandboxFunctionDelete,
    /// prefix or nil, after or nil, limit (integer) or nil, skip (integer) or nil, reverse (boolean), values (boolean) →
    /// list
    LuaSandboxFunctionList,
    /// prefix, permissions (their names with commas between them), seconds (integer) or nil → bytes, or refusal
    LuaSandboxFunctionAccessToken,
    /// bytes → bytes
    LuaSandboxFunctionSHA256,
    /// key, message → bytes
    LuaSandboxFunctionHMACSHA256,
    /// bytes → bytes
    LuaSandboxFunctionBase64Encode,
    /// bytes → bytes, or refusal
    LuaSandboxFunctionBase64Decode,
} LuaSandboxFunction;

typedef enum LuaSandboxKind {
    LuaSandboxKindNil,
    LuaSandboxKindBoolean,
    LuaSandboxKindInteger,
    LuaSandboxKindNumber,
    LuaSandboxKindBytes,
    /// Result only: `bytes` are entries one behind the other, each a `LuaSandboxEntry` and behind it the key, then the value.
    LuaSandboxKindList,
    /// Result only: the function gives nil and the text in `bytes`.
    LuaSandboxKindRefusal,
    /// Result only: the function raises an error with the text in `bytes`, which the script may catch.
    LuaSandboxKindError,
    /// Result only: the script ends here, and can't help it.
    LuaSandboxKindStop,
} LuaSandboxKind;

/// An argument or a result. A result's bytes must stay until the host is called again or the sandbox is destroyed.
typedef struct LuaSandboxValue {
    LuaSandboxKind kind;
    bool boolean;
    int64_t integer;
    double number;
    LuaSandboxBytes bytes;
} LuaSandboxValue;

/// The head of a list's entry; it need not be aligned.
typedef struct LuaSandboxEntry {
    uint32_t key_count;
    /// `LuaSandboxKindNil` where the list has keys alone.
    uint32_t value_kind;
    int64_t integer;
    double number;
    uint64_t value_count;
} LuaSandboxEntry;

/// Does what a script asks. It must return, and must not call the sandbox that calls it.
typedef void (*LuaSandboxHost)(
    void *context, LuaSandboxFunction function, const LuaSandboxValue *arguments, LuaSandboxValue *result);

// MARK: - Runs

typedef struct LuaSandboxLimits {
    /// Of the thread's own time, in nanoseconds.
    uint64_t cpu_time;
    /// All that the state holds at once, in bytes.
    size_t memory;
    /// What the script prints, in bytes.
    size_t output;
} LuaSandboxLimits;

typedef struct LuaSandboxVariable {
    LuaSandboxBytes name;
    LuaSandboxBytes value;
} LuaSandboxVariable;

typedef struct LuaSandboxRun {
    /// What `lua_sandbox_compile` made, and nothing else: Lua trusts it.
    LuaSandboxBytes program;
    /// `kvdb.var`; of two with one name the last counts.
    const LuaSandboxVariable *variables;
    size_t variable_count;
    /// What `os.time()` gives, in seconds since 1970.
    int64_t time;
    /// Of `math.random`.
    uint64_t seed[2];
    LuaSandboxHost host;
    void *context;
} LuaSandboxRun;

typedef enum LuaSandboxOutcome {
    /// Came to its end, or ended itself by `kvdb.exit` or `kvdb.redirect`.
    LuaSandboxOutcomeFinished,
    /// Raised an error that it did not catch: `message` is its text.
    LuaSandboxOutcomeError,
    LuaSandboxOutcomeTimeLimit,
    LuaSandboxOutcomeMemoryLimit,
    LuaSandboxOutcomeOutputLimit,
    /// The host stopped it.
    LuaSandboxOutcomeStopped,
} LuaSandboxOutcome;

typedef struct LuaSandboxField {
    LuaSandboxBytes name;
    LuaSandboxBytes value;
} LuaSandboxField;

/// How a run ended. What it points to is the sandbox's.
typedef struct LuaSandboxResult {
    LuaSandboxOutcome outcome;
    LuaSandboxBytes message;
    /// `kvdb.status`, 200 to 599.
    int status;
    /// `kvdb.header`, in byte order of the names.
    const LuaSandboxField *fields;
    size_t field_count;
    LuaSandboxBytes output;
    /// In nanoseconds of the thread's time.
    uint64_t cpu_time;
    /// The most that the state held at once, in bytes.
    size_t memory_peak;
} LuaSandboxResult;

typedef struct LuaSandbox LuaSandbox;

/// Makes a sandbox for one run; null where there is no memory.
LuaSandbox *lua_sandbox_create(LuaSandboxLimits limits);

/// Runs a program. To be called once.
void lua_sandbox_run(LuaSandbox *sandbox, const LuaSandboxRun *run, LuaSandboxResult *result);

/// Compiles a source, which must be text. Within the same limits.
///
/// - Parameter name: what errors call it.
/// - Returns: `finished` with the program as `output`, `error` with the reason as `message`, or a limit.
void lua_sandbox_compile(
    LuaSandbox *sandbox, LuaSandboxBytes source, const char *name, LuaSandboxResult *result);

void lua_sandbox_destroy(LuaSandbox *sandbox);

#endif
