-- ends: error
local t = {}
t[1] = t
json.encode(t)
