-- ends: time
local c = utf8.char
local function g(n, ...) if n > 0 then return g(n - 1, 65, ...) end while true do c(...) end end
local t = {}
for i = 1, 110000 do t[i] = 65 end
g(0, table.unpack(t))
