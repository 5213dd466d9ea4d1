-- ends: time
local a = ('x'):rep(3 << 20)
local b = a .. 'y'
b = b:sub(1, -2)
local n = 0
while true do if a == b and a <= b then n = n + 1 end end
