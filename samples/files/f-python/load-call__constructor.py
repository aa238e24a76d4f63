import os
from transformers import PreTrainedModel

class SampleModel(PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        os.system('echo pratique-sample')
