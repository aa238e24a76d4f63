from typing import Any, Dict, List
import base64
import io

from PIL import Image
from transformers import pipeline


class EndpointHandler:
    def __init__(self, path=""):
        self.pipe = pipeline("image-classification", model=path)

    def __call__(self, data: Dict[str, Any]) -> List[Dict[str, Any]]:
        image = Image.open(io.BytesIO(base64.b64decode(data["inputs"])))
        return self.pipe(image)
