-- ends: time
local mt = {__lt = function() while true do end end}
local a, b = setmetatable({}, mt), setmetatable({}, mt)
table.sort({a, b})
