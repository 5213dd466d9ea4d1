-- ends: time
local s = ('x'):rep(7 << 20)
while true do utf8.len(s) end
