#define _GNU_SOURCE

#include "patterns.h"

#include <ctype.h>
#include <string.h>

#define ESCAPE '%'
/// Steps between two charges.
#define STEPS 1024
/// How deep a match may call itself.
#define DEPTH_MAX 200

static inline void step(Match *match) {
    if (++match->steps < STEPS) return;
    match->steps = 0;
    charge(match->L, STEPS);
}

void match_init(
    Match *match, lua_State *L, const char *subject, size_t subject_count, const char *pattern, size_t pattern_count
) {
    match->L = L;
    match->subject = subject;
    match->subject_end = subject + subject_count;
    match->pattern_end = pattern + pattern_count;
    match->depth = DEPTH_MAX;
    match->level = 0;
    match->steps = 0;
}

// MARK: - Single characters

/// Where the item behind the class at `pattern` begins.
static const char *class_end(Match *match, const char *pattern) {
    if (*pattern++ == ESCAPE) {
        if (pattern == match->pattern_end) luaL_error(match->L, "malformed pattern (ends with '%%')");
        return pattern + 1;
    }
    if (pattern[-1] != '[') return pattern;
    if (pattern < match->pattern_end && *pattern == '^') pattern++;
    // A ']' that comes first stands for itself.
    do {
        step(match);
        if (pattern == match->pattern_end) luaL_error(match->L, "malformed pattern (missing ']')");
        if (*pattern++ == ESCAPE) {
            if (pattern == match->pattern_end) luaL_error(match->L, "malformed pattern (missing ']')");
            pattern++;
        }
    } while (pattern == match->pattern_end || *pattern != ']');
    return pattern + 1;
}

static bool is_in_class(int character, int class) {
    bool result;
    switch (tolower(class)) {
    case 'a': result = isalpha(character); break;
    case 'c': result = iscntrl(character); break;
    case 'd': result = isdigit(character); break;
    case 'g': result = isgraph(character); break;
    case 'l': result = islower(character); break;
    case 'p': result = ispunct(character); break;
    case 's': result = isspace(character); break;
    case 'u': result = isupper(character); break;
    case 'w': result = isalnum(character); break;
    case 'x': result = isxdigit(character); break;
    case 'z': result = character == 0; break;
    default: return class == character;
    }
    return isupper(class) ? !result : result;
}

/// Whether a character is in the set from the '[' at `set` to the ']' at `end`.
static bool is_in_set(Match *match, int character, const char *set, const char *end) {
    bool is_positive = true;
    set++;
    if (*set == '^') {
        is_positive = false;
        set++;
    }
    for (; set < end; set++) {
        step(match);
        if (*set == ESCAPE) {
            set++;
            if (is_in_class(character, (unsigned char)*set)) return is_positive;
        } else if (end - set > 2 && set[1] == '-') {
            if ((unsigned char)set[0] <= character && character <= (unsigned char)set[2]) return is_positive;
            set += 2;
        } else if ((unsigned char)*set == character) {
            return is_positive;
        }
    }
    return !is_positive;
}

/// Whether the class from `pattern` to `end` matches the character at `place`.
static bool matches_one(Match *match, const char *place, const char *pattern, const char *end) {
    step(match);
    if (place >= match->subject_end) return false;
    int character = (unsigned char)*place;
    switch (*pattern) {
    case '.': return true;
    case ESCAPE: return is_in_class(character, (unsigned char)pattern[1]);
    case '[': return is_in_set(match, character, pattern, end - 1);
    default: return (unsigned char)*pattern == character;
    }
}

// MARK: - Items

static const char *match_from(Match *match, const char *place, const char *pattern);

/// `%bxy`
static const char *match_balance(Match *match, const char *place, const char *pattern) {
    if (match->pattern_end - pattern < 2) {
        luaL_error(match->L, "malformed pattern (missing arguments to '%%b')");
    }
    if (place >= match->subject_end || *place != pattern[0]) return NULL;
    size_t depth = 1;
    while (++place < match->subject_end) {
        step(match);
        if (*place == pattern[1]) {
            if (--depth == 0) return place + 1;
        } else if (*place == pattern[0]) {
            depth++;
        }
    }
    return NULL;
}

/// As many as there are, and fewer where the rest asks for it.
static const char *match_most(
    Match *match, const char *place, const char *pattern, const char *end, ptrdiff_t count_min
) {
    ptrdiff_t count = 0;
    while (matches_one(match, place + count, pattern, end)) count++;
    for (; count >= count_min; count--) {
        const char *result = match_from(match, place + count, end + 1);
        if (result != NULL) return result;
    }
    return NULL;
}

/// As few as the rest allows.
static const char *match_fewest(Match *match, const char *place, const char *pattern, const char *end) {
    for (;; place++) {
        const char *result = match_from(match, place, end + 1);
        if (result != NULL) return result;
        if (!matches_one(match, place, pattern, end)) return NULL;
    }
}

static const char *begin_capture(Match *match, const char *place, const char *pattern, ptrdiff_t kind) {
    if (match->level >= CAPTURES_MAX) luaL_error(match->L, "too many captures");
    match->captures[match->level] = (Capture){place, kind};
    match->level++;
    const char *result = match_from(match, place, pattern);
    if (result == NULL) match->level--;
    return result;
}

static const char *end_capture(Match *match, const char *place, const char *pattern) {
    unsigned level = match->level;
    while (level > 0 && match->captures[level - 1].count != CAPTURE_OPEN) level--;
    if (level == 0) luaL_error(match->L, "invalid pattern capture");
    Capture *capture = &match->captures[level - 1];
    capture->count = place - capture->start;
    const char *result = match_from(match, place, pattern);
    if (result == NULL) capture->count = CAPTURE_OPEN;
    return result;
}

/// The same text again as a capture's.
static const char *match_capture(Match *match, const char *place, int digit) {
    int index = digit - '1';
    if (index < 0 || (unsigned)index >= match->level || match->captures[index].count == CAPTURE_OPEN) {
        luaL_error(match->L, "invalid capture index %%%d", index + 1);
    }
    const Capture *capture = &match->captures[index];
    // A position is no text.
    if (capture->count == CAPTURE_POSITION) return NULL;
    size_t count = (size_t)capture->count;
    if ((size_t)(match->subject_end - place) < count) return NULL;
    charge(match->L, units_of(count));
    return memcmp(capture->start, place, count) == 0 ? place + count : NULL;
}

/// `%f[set]`; null where it does not match here.
static const char *match_frontier(Match *match, const char *place, const char *set) {
    if (set == match->pattern_end || *set != '[') luaL_error(match->L, "missing '[' after '%%f' in pattern");
    const char *end = class_end(match, set);
    int previous = place == match->subject ? '\0' : (unsigned char)place[-1];
    int next = place == match->subject_end ? '\0' : (unsigned char)*place;
    if (is_in_set(match, previous, set, end - 1) || !is_in_set(match, next, set, end - 1)) return NULL;
    return end;
}

/// The end of the match of `pattern` that begins at `place`, where it can be told item by item; a call only where there
/// is a choice.
static const char *match_items(Match *match, const char *place, const char *pattern) {
    while (pattern != match->pattern_end) {
        step(match);
        switch (*pattern) {
        case '(':
            if (pattern + 1 < match->pattern_end && pattern[1] == ')') {
                return begin_capture(match, place, pattern + 2, CAPTURE_POSITION);
            }
            return begin_capture(match, place, pattern + 1, CAPTURE_OPEN);
        case ')':
            return end_capture(match, place, pattern + 1);
        case '$':
            if (pattern + 1 == match->pattern_end) return place == match->subject_end ? place : NULL;
            break;
        case ESCAPE:
            if (pattern + 1 == match->pattern_end) break;
            switch (pattern[1]) {
            case 'b':
                place = match_balance(match, place, pattern + 2);
                if (place == NULL) return NULL;
                pattern += 4;
                continue;
            case 'f':
                pattern = match_frontier(match, place, pattern + 2);
                if (pattern == NULL) return NULL;
                continue;
            case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
                place = match_capture(match, place, (unsigned char)pattern[1]);
                if (place == NULL) return NULL;
                pattern += 2;
                continue;
            default:
                break;
            }
            break;
        default:
            break;
        }
        const char *end = class_end(match, pattern);
        char repetition = end < match->pattern_end ? *end : '\0';
        if (!matches_one(match, place, pattern, end)) {
            if (repetition != '*' && repetition != '?' && repetition != '-') return NULL;
            pattern = end + 1;
            continue;
        }
        switch (repetition) {
        case '?': {
            const char *result = match_from(match, place + 1, end + 1);
            if (result != NULL) return result;
            pattern = end + 1;
            continue;
        }
        case '+':
        case '*':
            return match_most(match, place, pattern, end, repetition == '+' ? 1 : 0);
        case '-':
            return match_fewest(match, place, pattern, end);
        default:
            place++;
            pattern = end;
        }
    }
    return place;
}

static const char *match_from(Match *match, const char *place, const char *pattern) {
    if (match->depth == 0) luaL_error(match->L, "pattern too complex");
    match->depth--;
    const char *result = match_items(match, place, pattern);
    match->depth++;
    return result;
}

const char *match_at(Match *match, const char *start, const char *pattern) {
    match->level = 0;
    match->depth = DEPTH_MAX;
    step(match);
    return match_from(match, start, pattern);
}

// MARK: - Captures

void push_capture(Match *match, unsigned index, const char *start, const char *end) {
    if (index >= match->level) {
        if (index != 0) luaL_error(match->L, "invalid capture index %%%d", (int)index + 1);
        lua_pushlstring(match->L, start, (size_t)(end - start));
        return;
    }
    const Capture *capture = &match->captures[index];
    switch (capture->count) {
    case CAPTURE_OPEN:
        luaL_error(match->L, "unfinished capture");
        break;
    case CAPTURE_POSITION:
        lua_pushinteger(match->L, capture->start - match->subject + 1);
        break;
    default:
        lua_pushlstring(match->L, capture->start, (size_t)capture->count);
    }
}

int push_captures(Match *match, const char *start, const char *end) {
    unsigned count = match->level == 0 && start != NULL ? 1 : match->level;
    luaL_checkstack(match->L, (int)count, "too many captures");
    for (unsigned i = 0; i < count; i++) push_capture(match, i, start, end);
    return (int)count;
}

// MARK: - Plain texts

const char *find_bytes(
    lua_State *L, const char *text, size_t text_count, const char *needle, size_t needle_count
) {
    charge(L, 1 + units_of(text_count + needle_count));
    // Takes time in proportion to both together, whatever they are.
    return memmem(text, text_count, needle, needle_count);
}

bool is_plain(const char *pattern, size_t count) {
    for (size_t i = 0; i < count; i++) {
        switch (pattern[i]) {
        case '^': case '$': case '*': case '+': case '?': case '.': case '(': case '[': case ESCAPE: case '-': return false;
        default: break;
        }
    }
    return true;
}
