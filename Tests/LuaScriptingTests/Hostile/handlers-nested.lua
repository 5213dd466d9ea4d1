-- ends: time
local function f() while true do end end
while true do xpcall(f, function() xpcall(f, f) end) end
