-- ends: error
string.dump(function() end)
