-- ends: time
local s = '"' .. ('\\n'):rep(1 << 20) .. '"'
while true do json.decode(s) end
