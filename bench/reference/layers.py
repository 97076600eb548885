"""Hidden states of the tiny models under test/fixtures by transformers: position 0 and mean of every layer, for one input.

    python bench/reference/layers.py > bench/reference/layers.json      (torch, transformers)
"""
import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModel

IDS = [2, 5, 9, 7, 6, 11, 3]
FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
models = {}
for name in ("tiny-bert", "tiny-roberta", "tiny-albert", "tiny-distilbert", "tiny-electra", "tiny-modernbert"):
    model = AutoModel.from_pretrained(FIXTURES / name).eval()
    with torch.no_grad():
        states = model(torch.tensor([IDS]), output_hidden_states=True).hidden_states
    models[name] = [
        {"CLS": [round(v, 7) for v in h[0, 0].tolist()], "MEAN": [round(v, 7) for v in h[0].mean(0).tolist()]} for h in states
    ]
json.dump({"library": f"transformers {transformers.__version__}, torch {torch.__version__}", "ids": IDS, "models": models}, sys.stdout)
print()
