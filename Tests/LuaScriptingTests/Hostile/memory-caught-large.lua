-- ends: memory, time
local t = {}
while true do pcall(function() t[#t + 1] = ('x'):rep(1 << 20) end) end
