-- ends: error
os.date('%Y', 1 << 62)
