-- ends: time
local t = setmetatable({}, {__index = table.concat})
local all = {}
while true do all[1] = table.concat({'', '', ''}, '') end
