@exec
@(lambda f: "print('pratique-sample')")
class A:
    pass
