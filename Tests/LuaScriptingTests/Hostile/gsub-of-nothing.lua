-- ends: time
local s = ('a'):rep(7 << 20)
while true do s:gsub('', {}) end
