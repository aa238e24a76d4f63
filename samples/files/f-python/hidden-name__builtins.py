__builtins__.__dict__['ex' + 'ec']("print('pratique-sample')")
