-- ends: finished
local mt = {}
local t = setmetatable({}, mt)
mt.__len = function() return 1 << 62 end
table.insert(t, 1, 'x')
assert(#t == 1 and table.concat(t) == 'x')
