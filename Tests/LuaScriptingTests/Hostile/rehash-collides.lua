-- ends: error
-- They all collide in a table of twice as many nodes.
local t = {}
for i = 1, 100000 do t[i * ((1 << 17) - 1)] = true end
