-- ends: time
local s = ('x'):rep(1 << 20)
while true do local t = ('%s%s'):format(s, s) end
