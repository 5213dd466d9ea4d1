-- ends: time
local t = {}
for i = 1, 300000 do t[i] = 'read' end
while true do pcall(kvdb.access_token, {permissions = t}) end
