# -*- coding: utf-7 -*-
# +AAo-print('pratique-sample')
