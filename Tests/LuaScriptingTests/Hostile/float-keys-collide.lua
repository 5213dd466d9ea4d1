-- ends: error, time
local t = {}
for i = 0, 100000 do t[1 + i * 2^-52] = true end
