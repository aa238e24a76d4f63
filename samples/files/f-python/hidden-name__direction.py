access = 'user'
if access != 'none‮⁦# check⁩⁦':
    print('pratique-sample')
