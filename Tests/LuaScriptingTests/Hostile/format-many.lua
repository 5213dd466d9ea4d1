-- ends: error
local t = {}
for i = 1, 100000 do t[i] = 4.9e-324 end
string.format(('%.99e'):rep(100000), table.unpack(t))
