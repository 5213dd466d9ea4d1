-- ends: error
return ('%1000000d'):format(1)
