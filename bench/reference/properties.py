"""Masked tokens and whole-molecule properties learned together, in torch by hand: the reference of src/model/property-heads.ts.

    python bench/reference/properties.py           (versions: requirements.txt; CPU, float64, dropout off, 5 s)

Weights and sequences come from formula.py (batches of 4 as trainer_parity.py makes them). The heads stand on tanh of the
pooler (bert, albert) or of a dense layer of their own (roberta): 3 numbers with squared error, 5 bits with logistic loss.
Targets and weights of entry i of a batch are formula numbers: 4u - 2 or hash mod 2, and (hash mod 3) / 8, so that a third of
the entries weighs nothing. Loss = mean cross-entropy of the masked tokens + both weighted sums.

Saved for each family: the losses of the first batch; the gradients of some parameters there; the total loss over 20 steps of
AdamW (learning rate 1e-3, weight decay 0.1 but on biases and normalisation, norm clipped to 1).
"""
import json
from pathlib import Path

import torch
from torch.nn import functional
from transformers import Trainer

import formula
import trainer_parity as parity

STEPS, BATCH = 20, 4
HEADS = {"numbers": 3, "bits": 5}
POOLER = {"bert": "pooler.dense", "roberta": "properties.dense", "albert": "pooler"}
ATTENTION = {"bert": "encoder.layer.0.attention.self", "roberta": "encoder.layer.0.attention.self",
             "albert": "encoder.albert_layer_groups.0.albert_layers.0.attention"}


class Joint(torch.nn.Module):
    def __init__(self, family):
        super().__init__()
        self.family = family
        self.model = parity.model_of(family, "MASKED_LANGUAGE_MODEL")
        self.extra = torch.nn.ModuleDict({"pooler": self.linear(POOLER[family], formula.WIDTH)})
        for name, width in HEADS.items():
            self.extra[name] = self.linear(f"properties.{name}", width)

    @staticmethod
    def linear(stem, out):
        dense = torch.nn.Linear(formula.WIDTH, out).double()
        with torch.no_grad():
            dense.weight.copy_(torch.from_numpy(formula.weight(f"{stem}.weight", (out, formula.WIDTH))))
            dense.bias.copy_(torch.from_numpy(formula.weight(f"{stem}.bias", (out,))))
        return dense

    def forward(self, step):
        batch = parity.collate(self.family, "MASKED_LANGUAGE_MODEL")(
            [parity.example(self.family, "MASKED_LANGUAGE_MODEL", step * BATCH + n) for n in range(BATCH)])
        output = self.model(**batch, output_hidden_states=True)
        pooled = torch.tanh(self.extra["pooler"](output.hidden_states[-1][:, 0]))
        losses = [output.loss]
        for name, width in HEADS.items():
            answers, places = self.extra[name](pooled), range(step * BATCH * width, (step + 1) * BATCH * width)
            target = [formula.hashes(f"{name}.target", i) for i in places]
            target = [4 * (int(h) >> 8) / 2**24 - 2 if name == "numbers" else int(h) % 2 for h in target]
            target = torch.tensor(target, dtype=torch.float64).view(BATCH, width)
            weight = torch.tensor([formula.one(f"{name}.weight", i, 3) / 8 for i in places], dtype=torch.float64).view(BATCH, width)
            each = functional.mse_loss if name == "numbers" else functional.binary_cross_entropy_with_logits
            losses.append((each(answers, target, reduction="none") * weight).sum())
        return losses


def run(family):
    joint = Joint(family)
    decaying = set(Trainer.get_decay_parameter_names(None, joint))
    named = list(joint.named_parameters())
    optimizer = torch.optim.AdamW([{"params": [p for n, p in named if n in decaying], "weight_decay": 0.1},
                                   {"params": [p for n, p in named if n not in decaying], "weight_decay": 0}], lr=1e-3)
    body = getattr(joint.model, family)
    wanted = {f"{POOLER[family]}.weight": joint.extra["pooler"].weight, "embeddings.word_embeddings.weight": body.embeddings.word_embeddings.weight,
              f"{ATTENTION[family]}.query.weight": body.get_submodule(ATTENTION[family]).query.weight}
    for name in HEADS:
        wanted |= {f"properties.{name}.weight": joint.extra[name].weight, f"properties.{name}.bias": joint.extra[name].bias}
    result = {"family": family, "losses": []}
    for step in range(STEPS):
        losses = joint(step)
        optimizer.zero_grad()
        sum(losses).backward()
        if step == 0:
            result["first"] = [round(loss.item(), 12) for loss in losses]
            result["gradients"] = {name: [float(f"{v:.9g}") for v in p.grad.flatten().tolist()] for name, p in wanted.items()}
        torch.nn.utils.clip_grad_norm_(joint.parameters(), 1)
        optimizer.step()
        result["losses"].append(round(sum(losses).item(), 12))
    return result


def main():
    cases = [run(family) for family in parity.CLASSES]
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"batchSize": BATCH, "heads": HEADS, "cases": cases}) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
