-- ends: finished
xpcall(error, function() error('again') end)
