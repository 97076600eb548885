"""Low-rank adaptation, frozen layers and rows of a table that batches leave alone, in torch by hand: the reference of src/train.

    python bench/reference/adaptation.py           (versions: requirements.txt; CPU, float64, dropout off, 10 s)

Weights and data come from formula.py; A and B of a layer are formula.weight("<stem>.lora_A.weight", …), so that B is not zero
from the start and both learn at once. torch.optim.AdamW in Trainer's two groups, norm clipped to 1, constant learning rate.

  lora     query and value of every layer answer x Wᵀ + bias + alpha / r (x Aᵀ) Bᵀ, W frozen; head (and pooler) learn in full:
           60 losses, logits of 16 sequences by the merged model W + alpha / r B A, the merged value weight of the first layer
  frozen   embeddings and the first layer frozen: 40 losses
  rows     dense AdamW on a table of 12 rows of 8 for 30 steps, gradients by formula: row 5 is touched at step 3 only, row 7
           never, the others now and then; clipping on: the table after steps 12, 24, 25 and 30
"""
import json
from pathlib import Path

import torch
import transformers
from transformers import Trainer

import formula
import trainer_parity as parity

RANK, ALPHA, LEARNING_RATE, WEIGHT_DECAY = 3, 6, 2e-3, 0.1


class LowRank(torch.nn.Module):
    def __init__(self, dense, stem):
        super().__init__()
        self.dense = dense
        out, width = dense.weight.shape
        self.lora_A = torch.nn.Parameter(torch.from_numpy(formula.weight(f"{stem}.lora_A.weight", (RANK, width))))
        self.lora_B = torch.nn.Parameter(torch.from_numpy(formula.weight(f"{stem}.lora_B.weight", (out, RANK))))
        for parameter in dense.parameters():
            parameter.requires_grad = False

    def forward(self, x):
        return self.dense(x) + ALPHA / RANK * (x @ self.lora_A.T) @ self.lora_B.T

    def merged(self):
        with torch.no_grad():
            self.dense.weight += ALPHA / RANK * self.lora_B @ self.lora_A
        return self.dense


def optimizer_of(model):
    decaying = set(Trainer.get_decay_parameter_names(None, model))
    learning = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return torch.optim.AdamW([{"params": [p for n, p in learning if n in decaying], "weight_decay": WEIGHT_DECAY},
                              {"params": [p for n, p in learning if n not in decaying], "weight_decay": 0}], lr=LEARNING_RATE)


def train(model, family, steps):
    optimizer, losses = optimizer_of(model), []
    for step in range(steps):
        batch = parity.collate(family, "SINGLE_LABEL")([parity.example(family, "SINGLE_LABEL", step * 4 + n) for n in range(4)])
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1)
        optimizer.step()
        losses.append(round(loss.item(), 12))
    return losses


def lora(family):
    model = parity.model_of(family, "SINGLE_LABEL")
    encoder = getattr(model, family)
    for parameter in [*encoder.embeddings.parameters(), *encoder.encoder.parameters()]:
        parameter.requires_grad = False
    adapted = {name: module for name, module in model.named_modules() if name.split(".")[-1] in ("query", "value")}
    put = lambda name, module: setattr(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], module)
    for name, module in adapted.items():
        put(name, LowRank(module, name.removeprefix(f"{family}.")))
    losses = train(model, family, 60)
    for name in adapted:
        put(name, model.get_submodule(name).merged())
    inputs = parity.collate(family, "SINGLE_LABEL")([parity.example(family, "SINGLE_LABEL", 1_000_000 + n) for n in range(16)])
    inputs.pop("labels")
    with torch.no_grad():
        logits = model(**inputs).logits
    value = next(n for n in adapted if n.endswith("value"))
    return {"family": family, "losses": losses, "predictions": [[round(v, 9) for v in row] for row in logits.tolist()],
            "value": {"name": f"{value.removeprefix(f'{family}.')}.weight", "data": [round(v, 9) for v in model.get_submodule(value).weight.flatten().tolist()]}}


def frozen(family):
    model = parity.model_of(family, "SINGLE_LABEL")
    encoder = getattr(model, family)
    for parameter in [*encoder.embeddings.parameters(), *encoder.encoder.layer[0].parameters()]:
        parameter.requires_grad = False
    return {"family": family, "losses": train(model, family, 40)}


def rows():
    table = torch.nn.Parameter(torch.from_numpy(formula.weight("rows.weight", (12, 8))))
    optimizer = torch.optim.AdamW([table], lr=0.01, weight_decay=0.1)
    kept = {}
    for step in range(1, 31):
        touched = [5] * (step == 3) + [r for r in range(12) if r not in (5, 7) and formula.one("touched", step * 16 + r, 3) == 0]
        gradient = torch.zeros(12, 8, dtype=torch.float64)
        for r in touched:
            gradient[r] = torch.from_numpy(formula.weight(f"rows.gradient.{step}.{r}", (8, 1))[:, 0])
        table.grad = gradient
        torch.nn.utils.clip_grad_norm_([table], 0.5)
        optimizer.step()
        if step in (12, 24, 25, 30):
            kept[step] = [round(v, 12) for v in table.flatten().tolist()]
    return kept


def main():
    library = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, float64"
    result = {"library": library, "rank": RANK, "alpha": ALPHA, "learningRate": LEARNING_RATE, "weightDecay": WEIGHT_DECAY,
              "lora": [lora(family) for family in parity.CLASSES], "frozen": [frozen(family) for family in ("bert", "roberta")], "rows": rows()}
    Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
    for kind in ("lora", "frozen"):
        for case in result[kind]:
            print(kind, case["family"], case["losses"][0], case["losses"][-1])


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    main()
