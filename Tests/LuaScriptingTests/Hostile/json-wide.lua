-- ends: memory, time
local s = '[' .. ('{},'):rep(1000000) .. '{}]'
json.decode(s)
