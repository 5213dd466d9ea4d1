-- ends: time
local s = ('x'):rep(7 << 20)
while true do ('x'):find(s) end
