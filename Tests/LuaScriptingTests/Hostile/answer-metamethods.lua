-- ends: error
kvdb.header = setmetatable({}, {__index = function() while true do end end, __pairs = function() while true do end end})
kvdb.status = setmetatable({}, {__tostring = function() while true do end end})
