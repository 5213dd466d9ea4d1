-- ends: time
local a = ('x'):rep(2 << 20)
local b = ('x'):rep(2 << 20)
local t = {}
for i = 1, 1000 do t[i] = i % 2 == 0 and a or b end
while true do table.sort(t) end
