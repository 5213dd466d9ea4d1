-- ends: time
while true do setmetatable({}, {__index = function() end}) end
