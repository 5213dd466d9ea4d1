-- ends: time, error, finished
local s = ('\x80'):rep(5 << 20)
local next_code = utf8.codes('a')
local t = {}
for i = 1, 256, 2 do t[i] = 1 t[i + 1] = s end
table.sort(t, next_code)
