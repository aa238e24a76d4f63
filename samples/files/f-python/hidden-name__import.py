__import__('o' + 's').system('echo pratique-sample')
