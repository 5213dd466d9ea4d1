-- ends: error
kvdb.say(setmetatable({}, {__tostring = function() return {} end}))
