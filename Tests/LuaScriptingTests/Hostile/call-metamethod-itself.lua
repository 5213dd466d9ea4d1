-- ends: error
local mt = {}
local t = setmetatable({}, mt)
mt.__call = t
setmetatable({}, mt)()
t()
