-- ends: time
local s = ('x'):rep(1 << 20)
while true do s:byte(1, 200000) end
