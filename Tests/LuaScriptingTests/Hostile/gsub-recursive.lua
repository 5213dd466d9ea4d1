-- ends: error
local function f() return (('a'):gsub('a', f)) end
f()
