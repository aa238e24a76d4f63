import os
match [1, os.system]:
    case [_, f]:
        f('echo pratique-sample')
