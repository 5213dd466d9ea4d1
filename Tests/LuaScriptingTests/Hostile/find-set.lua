-- ends: time
local set = '[' .. ('b'):rep(30000) .. ']'
return ('a'):rep(1000000):find(set .. set)
