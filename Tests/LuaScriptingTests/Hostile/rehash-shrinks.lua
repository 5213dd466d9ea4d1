-- ends: time, error
-- The array's values become a large hash part, and that one a smaller one in which all collide.
local t = {}
for i = 1, 65536 do t[i] = true end
for i = 1, 65536 do if i % 3 ~= 0 then t[i] = nil end end
t.x = true
for i = 1, 65536 do t[i] = nil end
for i = 1, 16384 do t[i * ((1 << 14) - 1)] = true end
for i = 1, 100000 do t['k' .. i] = true t['k' .. i] = nil end
