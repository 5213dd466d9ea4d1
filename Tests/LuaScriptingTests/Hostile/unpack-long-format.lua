-- ends: time
local f = ('x'):rep(3 << 20)
local s = ('a'):rep(3 << 20)
while true do string.unpack(f, s) end
