-- ends: time
while true do local t = {} for i = 1, 100000 do t['k' .. i] = i end end
