-- ends: time
local t = {}
while true do local k = ('x'):rep(1 << 20) t[k] = true t[k] = nil end
