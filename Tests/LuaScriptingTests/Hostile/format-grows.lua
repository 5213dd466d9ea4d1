-- ends: memory
local s = ('x'):rep(1 << 20)
return (('%s'):rep(100)):format(table.unpack((function() local t = {} for i = 1, 100 do t[i] = s end return t end)()))
