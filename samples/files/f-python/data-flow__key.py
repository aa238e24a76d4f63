import os
sorted(['echo pratique-sample', ''], key=os.system)
