import os
HOOKS = {'on_load': os.system}
