// KOTFolder
