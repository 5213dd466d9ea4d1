-- ends: time
local T = {a = 1}
for i = 1, 15000 do T['a' .. i] = true end
for i = 1, 15000 do T['a' .. i] = nil end
T.a = nil
setmetatable(T, {__index = next})
;('a'):rep(1000000):gsub('.', T)
