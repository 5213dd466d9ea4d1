-- ends: time
local s = ('1'):rep(7 << 20)
local function f() for i = 1, s do break end end
while true do pcall(f) end
