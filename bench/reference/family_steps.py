"""Twelve steps of AdamW with distilbert, electra and modernbert, float64: losses, gradient norms, and which weights decay.

    python bench/reference/family_steps.py > bench/reference/family_steps.json      (versions: requirements.txt; CPU, 5 s)

Models are those under test/fixtures, batches and rules those of optimizer.py; learning rate 0.002 at every step, dropout off.
"""
import json
import sys

import torch
import transformers
from optimizer import BATCH, ROOT, batches, padded
from tiny_models import double_softmax
from transformers import AutoModelForSequenceClassification, Trainer

STEPS, LEARNING_RATE, WEIGHT_DECAY = 12, 2e-3, 0.1


def run(family):
    folder = ROOT / "test" / "fixtures" / f"tiny-{family}"
    model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager").double().eval()
    decaying = Trainer.get_decay_parameter_names(None, model)
    optimizer = torch.optim.AdamW([
        {"params": [p for n, p in model.named_parameters() if n in decaying], "weight_decay": WEIGHT_DECAY},
        {"params": [p for n, p in model.named_parameters() if n not in decaying], "weight_decay": 0.0},
    ], lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    steps = []
    for batch in batches()[:STEPS]:
        ids, attention = padded(batch["tokenIds"])
        loss = model(input_ids=ids, attention_mask=attention, labels=torch.tensor(batch["labels"])).loss
        loss.backward()
        steps.append([loss.item(), torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item()])
        optimizer.step()
        optimizer.zero_grad()
    return {"decaying": sorted(n.removeprefix(f"{model.base_model_prefix}.") for n in decaying), "steps": steps}


def main():
    torch.set_num_threads(1)
    torch.nn.functional.softmax = double_softmax
    transformers.logging.set_verbosity_error()
    library = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"
    settings = {"learningRate": LEARNING_RATE, "weightDecay": WEIGHT_DECAY, "gradientClip": 1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    json.dump({"library": library, "settings": settings, "sequences": BATCH,
               "families": {family: run(family) for family in ("distilbert", "electra", "modernbert")}}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
