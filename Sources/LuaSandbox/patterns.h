// Lua's patterns (Lua 5.4 reference manual, §6.4.1), matched with every step counted: a short pattern can backtrack for
// years.

#ifndef LUA_SANDBOX_PATTERNS_H
#define LUA_SANDBOX_PATTERNS_H

#include "internal.h"

#define CAPTURES_MAX 32

typedef struct Capture {
    const char *start;
    /// In bytes; `CAPTURE_OPEN` while its end was not yet met, `CAPTURE_POSITION` for the empty `()`.
    ptrdiff_t count;
} Capture;

#define CAPTURE_OPEN (-1)
#define CAPTURE_POSITION (-2)

typedef struct Match {
    lua_State *L;
    const char *subject;
    const char *subject_end;
    const char *pattern_end;
    int depth;
    unsigned level;
    unsigned steps;
    Capture captures[CAPTURES_MAX];
} Match;

/// A match of `pattern`, without an anchor, in `subject`.
void match_init(
    Match *match, lua_State *L, const char *subject, size_t subject_count, const char *pattern, size_t pattern_count);

/// Where the match ends that begins at `start`; null where there is none. Raises for a malformed pattern.
const char *match_at(Match *match, const char *start, const char *pattern);

/// Pushes a capture, numbered from 0; the whole match, from `start` to `end`, where the pattern has none.
void push_capture(Match *match, unsigned index, const char *start, const char *end);

/// Pushes all captures, or the whole match where there are none.
///
/// - Parameter start: null where the whole match is not to be pushed.
int push_captures(Match *match, const char *start, const char *end);

/// The first place of `needle` in a text; null where there is none.
const char *find_bytes(
    lua_State *L, const char *text, size_t text_count, const char *needle, size_t needle_count);

/// Whether a pattern means only itself.
bool is_plain(const char *pattern, size_t count);

#endif
