
xy"Clip