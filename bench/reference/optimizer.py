"""A 30-step finetune of test/fixtures/tiny-bert by torch.optim.AdamW as Hugging Face's Trainer sets it up: the reference of src/train.

    python bench/reference/optimizer.py            (versions: requirements.txt; CPU, 2 s)

Parameter groups by transformers' own Trainer.get_decay_parameter_names: biases and LayerNorm weights do not decay. Linear
schedule with warm-up, gradients clipped to norm 1, dropout off. Batches are fixed token ids, saved with the numbers.

Writes optimizer.json (per step: batch, loss, gradient norm before clipping, learning rate used; in float64 and float32)
and optimizer.safetensors (float64: final.<parameter>, first.<parameter> after the first step with a learning rate above 0;
names without the family prefix). Key biases have a gradient of zero in exact arithmetic: Adam turns rounding noise into
steps there, which no output depends on, so they differ between float32 implementations.
"""
import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import BertForSequenceClassification, Trainer, get_linear_schedule_with_warmup

ROOT = Path(__file__).resolve().parents[2]
STEPS, WARMUP, LEARNING_RATE, WEIGHT_DECAY, BATCH = 30, 6, 5e-3, 0.1, 6


def batches():
    """Sequences of 3 to 14 tokens by an integer rule; the label is a property of the ids, so the loss can fall."""
    made = []
    for step in range(STEPS):
        sequences = [[2, *((5 + (step * 7 + row * 13 + place * place * 3 + place * row) % 35) for place in range(1 + (step * 5 + row * 3) % 12)), 3]
                     for row in range(BATCH)]
        made.append({"tokenIds": sequences, "labels": [sum(s) % 3 for s in sequences]})
    return made


def padded(sequences):
    longest = max(map(len, sequences))
    return (torch.tensor([s + [0] * (longest - len(s)) for s in sequences]),
            torch.tensor([[1] * len(s) + [0] * (longest - len(s)) for s in sequences]))


def run(dtype):
    model = BertForSequenceClassification.from_pretrained(ROOT / "test" / "fixtures" / "tiny-bert", attn_implementation="eager").to(dtype).eval()
    decaying = Trainer.get_decay_parameter_names(None, model)
    optimizer = torch.optim.AdamW([
        {"params": [p for n, p in model.named_parameters() if n in decaying], "weight_decay": WEIGHT_DECAY},
        {"params": [p for n, p in model.named_parameters() if n not in decaying], "weight_decay": 0.0},
    ], lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    steps, first = [], None
    for number, batch in enumerate(batches()):
        ids, attention = padded(batch["tokenIds"])
        loss = model(input_ids=ids, attention_mask=attention, labels=torch.tensor(batch["labels"])).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        rate = schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        steps.append({"loss": loss.item(), "gradientNorm": norm.item(), "learningRate": rate})
        if number == 1:
            first = weights(model)
    return steps, first, weights(model), sorted(n.removeprefix("bert.") for n in decaying)


def weights(model):
    return {n.removeprefix("bert."): p.detach().clone() for n, p in model.named_parameters()}


def main():
    steps, first, final, decaying = run(torch.float64)
    single, _, single_final, _ = run(torch.float32)
    library = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"
    settings = {"steps": STEPS, "warmupSteps": WARMUP, "learningRate": LEARNING_RATE, "weightDecay": WEIGHT_DECAY, "gradientClip": 1,
                "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    folder = ROOT / "bench" / "reference"
    (folder / "optimizer.json").write_text(json.dumps({"library": library, "settings": settings, "decaying": decaying, "batches": batches(),
                                                       "float64": steps, "float32": single}) + "\n")
    save_file({**{f"first.{n}": t for n, t in first.items()}, **{f"final.{n}": t for n, t in final.items()}}, folder / "optimizer.safetensors")
    (folder / "optimizer.safetensors").chmod(0o644)
    print(library)
    for number, (a, b) in enumerate(zip(steps, single), 1):
        print(number, f"{a['learningRate']:.6f} loss {a['loss']:.9f} norm {a['gradientNorm']:.6f}; float32 loss off by {abs(a['loss'] - b['loss']):.1e}")
    worst = max(((single_final[n].double() - final[n]).abs().max().item(), n) for n in final if not n.endswith("key.bias"))
    print("largest difference of a final weight, float32 from float64, key biases aside:", worst)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
