-- ends: time
local a = ('x'):rep(3 << 20)
while true do local b = a .. 'x' end
