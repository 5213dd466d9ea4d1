-- ends: error
local s = (''):rep(1 << 62)
assert(s == '')
return ('x'):rep(1 << 62)
