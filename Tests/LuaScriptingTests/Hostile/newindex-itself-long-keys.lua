-- ends: time
local a, b = ('x'):rep(3 << 20) .. 'a', ('x'):rep(3 << 20) .. 'b'
local t = {[a] = 1}
setmetatable(t, {__newindex = t})
local f = function () t[b] = 1 end
while true do pcall(f) end
