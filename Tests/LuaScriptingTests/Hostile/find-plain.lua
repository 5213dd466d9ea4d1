-- ends: finished
local a = ('a'):rep(1 << 20)
assert(not (a):find(('a'):rep(1 << 19) .. 'b', 1, true))
