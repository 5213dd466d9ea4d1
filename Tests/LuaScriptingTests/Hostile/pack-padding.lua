-- ends: memory
return string.pack('c1000000000', '')
