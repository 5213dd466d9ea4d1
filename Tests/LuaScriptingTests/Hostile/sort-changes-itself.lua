-- ends: finished
local t = {3, 2, 1}
table.sort(t, function(a, b) t[#t + 1] = a return a < b end)
