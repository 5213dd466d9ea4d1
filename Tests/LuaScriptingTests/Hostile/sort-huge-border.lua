-- ends: error
local t = {1, 2, 3, 4, 5}
t[9] = 1
for i = 3, 62 do t[1 << i] = 1 end
assert(#t >= 1 << 60)
table.sort(t)
