class Thing:
    pass


print('pratique-sample', flush=True)
