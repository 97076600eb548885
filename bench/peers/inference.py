"""One arm of bench/serving.ts: a classifier in PyTorch, at its best batch size.

    python inference.py <model folder> <threads>     (transformers, torch)

Each line of the input is a JSON list of canonical SMILES; the answer is "@" and {"seconds", "batch"}. The first list
chooses the batch size. The weights, which may be stored as float16, are float32. Sequences are sorted by length and
padded to the longest of their batch.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
best = None


def run(smiles, batch):
    began = time.perf_counter()
    with torch.inference_mode():
        for at in range(0, len(smiles), batch):
            model(**tokenizer(smiles[at : at + batch], padding=True, truncation=True, return_tensors="pt")).logits
    return time.perf_counter() - began


print("@" + json.dumps({"info": f"torch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    smiles = sorted(json.loads(line), key=len)
    if best is None:
        run(smiles, 16)
        best = min((8, 16, 32, 64), key=lambda batch: run(smiles, batch))
    print("@" + json.dumps({"seconds": run(smiles, best), "batch": best}), flush=True)
