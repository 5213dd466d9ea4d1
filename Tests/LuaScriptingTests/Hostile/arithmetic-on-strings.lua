-- ends: time
local s = ('1'):rep(190)
while true do local x = s + 1 end
