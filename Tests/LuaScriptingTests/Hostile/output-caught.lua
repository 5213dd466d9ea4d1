-- ends: output
while true do pcall(kvdb.print, ('x'):rep(100000)) end
