-- ends: time
local a, b = ('x'):rep(3 << 20) .. 'a', ('x'):rep(3 << 20) .. 'b'
local t = {[a] = 1}
setmetatable(t, {__index = t})
while true do pcall(function () return t[b] end) end
