-- ends: finished
xpcall(kvdb.redirect, function() while true do end end, '/x')
while true do end
