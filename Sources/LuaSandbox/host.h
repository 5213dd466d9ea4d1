#ifndef LUA_SANDBOX_HOST_H
#define LUA_SANDBOX_HOST_H

#include "internal.h"

/// What a script may answer with.
#define STATUS_MIN 200
#define STATUS_MAX 599

/// Pushes what the script left as `kvdb.header` and `kvdb.status`, read raw.
int push_answer(lua_State *L);

#endif
