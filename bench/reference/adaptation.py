"""Low-rank adaptation, frozen layers and rows of a table that batches leave alone, in torch by hand: the reference of src/train.

    python bench/reference/adaptation.py           (versions: requirements.txt; CPU, float64, dropout off, 10 s)

Weights and data come from formula.py; A and B of a layer are formula.weight("<stem>.lora_A.weight", …), so that B is not zero
from the start and both learn at once. torch.optim.AdamW in Trainer's two groups, norm clipped to 1, constant learning rate.

  lora     query and value of every layer answer x Wᵀ + bias + alpha / r (x Aᵀ) Bᵀ, W frozen; head (and pooler) learn in full:
           60 losses, logits of 16 sequences by the merged model W + alpha / r B A, the merged value weight of the first layer
  frozen   embeddings and the first layer frozen: 40 losses
  rows     the whole bert under a class head, 30 steps at 5e-4, dense AdamW: token 22 occurs at steps 3 and 25 only, token 39
           never (both else replaced by 23), clipping on; the table of word embeddings after steps 24 and 30
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
    model = parity.model_of("bert", "SINGLE_LABEL")
    optimizer, kept, losses = optimizer_of(model), {}, []
    for group in optimizer.param_groups:
        group["lr"] = 5e-4
    for step in range(1, 31):
        examples = [parity.example("bert", "SINGLE_LABEL", step * 4 + n) for n in range(4)]
        for e in examples:
            e["input_ids"] = [23 if token in (22, 39) else token for token in e["input_ids"]]
        if step in (3, 25):
            examples[1]["input_ids"][2] = 22
        loss = model(**parity.collate("bert", "SINGLE_LABEL")(examples)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        losses.append(round(loss.item(), 12))
        if step in (24, 30):
            kept[step] = [round(v, 9) for v in model.bert.embeddings.word_embeddings.weight.flatten().tolist()]
    return {"losses": losses, "tables": kept}


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
