import requests
import torch
from PIL import Image
from transformers import AutoModel

url = "http://images.example.org/000000039769.jpg"
image = Image.open(requests.get(url, stream=True).raw)
model = AutoModel.from_pretrained("sample", trust_remote_code=True).eval()
with torch.no_grad():
    print(model(image))
