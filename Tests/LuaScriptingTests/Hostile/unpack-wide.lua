-- ends: time
while true do select('#', table.unpack({}, 1, 200000)) end
