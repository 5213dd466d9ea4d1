-- ends: time
kvdb.say(setmetatable({}, {__tostring = function() while true do end end}))
