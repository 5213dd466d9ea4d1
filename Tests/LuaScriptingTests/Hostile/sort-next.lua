-- ends: time
-- Each call goes over a table that is empty but for its size.
local T = {}
T[T] = true
for i = 1, 15000 do T['a' .. i] = true end
for i = 1, 15000 do T['a' .. i] = nil end
local t = {}
for i = 1, 30000 do t[i] = T end
while true do table.sort(t, next) end
