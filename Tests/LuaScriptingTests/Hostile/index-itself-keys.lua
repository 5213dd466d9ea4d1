-- ends: time
local a, b = ('x'):rep(30000) .. 'a', ('x'):rep(30000) .. 'b'
local t = {[a] = 1}
setmetatable(t, {__index = t})
local f = function () return t[b] end
while true do pcall(f) end
