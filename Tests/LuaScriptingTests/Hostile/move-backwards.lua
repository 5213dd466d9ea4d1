-- ends: time
local t = {}
table.move(t, 1, 1 << 62, 2, t)
