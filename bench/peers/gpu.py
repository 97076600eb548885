"""The peer of bench/gpu.ts: PyTorch and transformers on the same checkpoint and batches, on the same card.

    python bench/peers/gpu.py <folder of the case> toy|full

Prints "@" and a line of JSON for each measurement, or one that says why it is skipped. Finetune at its best: SDPA
attention, fused AdamW, float32 without and with TF32, padding to the longest of the batch. Embedding: mean of the last
layer, float32 and float16.
"""

import json
import sys
import time
from pathlib import Path


def answer(**line):
    print("@" + json.dumps(line), flush=True)


try:
    import torch
    from transformers import AutoModel, AutoModelForSequenceClassification
except ImportError as error:
    answer(skipped=f"{error}")
    sys.exit(0)

folder, toy = Path(sys.argv[1]), sys.argv[2] == "toy"
if not toy and not torch.cuda.is_available():
    answer(skipped="torch finds no card")
    sys.exit(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
case = json.loads((folder / "gpu.json").read_text())
seconds = case["measuredMs"] / 1000 / 2
info = f"torch {torch.__version__}, {torch.cuda.get_device_name() if device == 'cuda' else 'cpu'}"
torch.manual_seed(42)


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def padded(sequences):
    longest = max(map(len, sequences))
    ids = torch.tensor([row + [case["padId"]] * (longest - len(row)) for row in sequences])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in sequences])
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def measure(step, warm_up=2):
    for number in range(warm_up):
        step(number)
    wait()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        step(count)
        wait()
        count += 1
    return count / (time.perf_counter() - began)


for tf32 in (False, True):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    for each in case["cases"]:
        model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32)
        model.to(device).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01, fused=device == "cuda")

        def step(number):
            batch = each["batches"][number % len(each["batches"])]
            loss = model(**padded(batch["sequences"]), labels=torch.tensor(batch["labels"], device=device)).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            loss.item()

        rate = measure(step)
        answer(of="finetune", batch=each["size"], tf32=tf32, stepsPerSecond=rate, moleculesPerSecond=rate * each["size"], info=info)
        del model, optimizer

torch.backends.cuda.matmul.allow_tf32 = False
sequences = sorted((row for each in case["cases"] for batch in each["batches"] for row in batch["sequences"]), key=len)
rows = 128
for dtype in (torch.float32, torch.float16) if device == "cuda" else (torch.float32,):
    model = AutoModel.from_pretrained(folder, attn_implementation="sdpa", dtype=dtype).to(device).eval()
    done = [0]

    def embed(number):
        first = number * rows * 7 % max(1, len(sequences) - rows)
        batch = padded(sequences[first : first + rows])
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1).to(dtype)
            ((hidden * mask).sum(1) / mask.sum(1)).float().cpu()
        done[0] = len(batch["input_ids"])

    rate = measure(embed)
    answer(of="embed", precision=str(dtype).split(".")[1], moleculesPerSecond=rate * done[0], info=info)
