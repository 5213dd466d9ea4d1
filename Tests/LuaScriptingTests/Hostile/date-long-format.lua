-- ends: error
local f = ('%n'):rep(2000000)
while true do os.date(f, 0) end
