-- ends: time
local function loop() while true do end end
xpcall(error, loop, 'x')
