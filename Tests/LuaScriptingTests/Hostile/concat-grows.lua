-- ends: memory, time
local t = {}
for i = 1, 64 do t[i] = ('x'):rep(1 << 18) end
local all = table.concat(t)
local more = {}
for i = 1, 100 do more[i] = all .. i end
