"""100 steps of Hugging Face's own Trainer, loss by loss: the reference of src/train for bert, roberta and albert, each head.

    python bench/reference/trainer_parity.py       (versions: requirements.txt; CPU, float64, dropout off, 2 min)

Weights, sequences and answers come from formula.py, so both sides compute them. Batches are taken in order (a sequential
sampler), padded to their longest. The settings of each case are saved beside its numbers: losses[step - 1] is the loss that
Trainer's training_step reports, summed over the parts of the step; predictions are the logits of 16 further sequences.

Normalisation with accumulation: Trainer counts the items of all parts of a step (labels that are not -100) and hands the
count to losses that take it. The classes' own losses in transformers 5.24 (BertForSequenceClassification, BertForMaskedLM and
their kin) do not use it and are not divided by the parts either, so their gradient grows with the accumulation. Here the loss
goes through Trainer's compute_loss_func, which gets the count, as LabelSmoother does; without accumulation that is the same
number as the classes' own loss (checked below). Missing labels and values are -100, so that the count is of measured ones.

Also saved: the defaults of TrainingArguments, for the options of src/train/options/table.ts that have one.
"""
import json
import math
import tempfile
from pathlib import Path

import torch
import transformers
from torch.nn import functional
from transformers import (AlbertConfig, AlbertForMaskedLM, AlbertForSequenceClassification, BertConfig, BertForMaskedLM, BertForSequenceClassification,
                          RobertaConfig, RobertaForMaskedLM, RobertaForSequenceClassification, Trainer, TrainingArguments)

import formula

STEPS, BATCH, TEST = 100, 4, 16
CLASSES = {"bert": (BertConfig, BertForSequenceClassification, BertForMaskedLM),
           "roberta": (RobertaConfig, RobertaForSequenceClassification, RobertaForMaskedLM),
           "albert": (AlbertConfig, AlbertForSequenceClassification, AlbertForMaskedLM)}
BASE = {"learningRate": 1e-3, "weightDecay": 0.1, "gradientClip": 1, "warmupSteps": 10, "lrSchedulerType": "linear", "gradientAccumulationSteps": 1,
        "labelSmoothingFactor": 0, "classWeights": None}
CASES = [
    ("SINGLE_LABEL", {}),
    ("SINGLE_LABEL", {"gradientAccumulationSteps": 2, "labelSmoothingFactor": 0.1, "lrSchedulerType": "cosine"}),
    ("SINGLE_LABEL", {"gradientAccumulationSteps": 3, "classWeights": [0.5, 1, 2], "gradientClip": 0.25}),
    ("MULTI_LABEL", {"gradientAccumulationSteps": 2, "weightDecay": 0.01}),
    ("REGRESSION", {"gradientAccumulationSteps": 2, "lrSchedulerType": "constant", "warmupSteps": 20}),
    ("MASKED_LANGUAGE_MODEL", {"gradientAccumulationSteps": 2}),
]


DEFAULTS = ["num_train_epochs", "max_steps", "per_device_train_batch_size", "gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "warmup_steps",
            "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon", "max_grad_norm", "label_smoothing_factor", "load_best_model_at_end",
            "save_total_limit", "seed", "logging_steps", "save_steps"]


def defaults():
    arguments = TrainingArguments(output_dir=tempfile.gettempdir(), use_cpu=True)
    return {name: getattr(value := getattr(arguments, name), "value", value) for name in DEFAULTS}


def config_of(family, head):
    special = formula.SPECIAL[family]
    common = dict(vocab_size=formula.VOCABULARY, hidden_size=formula.WIDTH, num_hidden_layers=formula.LAYERS, num_attention_heads=formula.HEADS,
                  intermediate_size=formula.INTERMEDIATE, hidden_dropout_prob=0, attention_probs_dropout_prob=0, attn_implementation="eager",
                  max_position_embeddings=66, type_vocab_size=2, pad_token_id=special["pad"], layer_norm_eps=1e-5, num_labels=3)
    if head in ("MULTI_LABEL", "REGRESSION"):
        common["problem_type"] = "multi_label_classification" if head == "MULTI_LABEL" else "regression"
    if family == "albert":
        common |= dict(embedding_size=formula.EMBEDDING, classifier_dropout_prob=0, hidden_act="gelu_new")
    return CLASSES[family][0](**common)


def model_of(family, head):
    model = CLASSES[family][2 if head == "MASKED_LANGUAGE_MODEL" else 1](config_of(family, head)).double()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(formula.weight(name.removeprefix(f"{family}."), tuple(parameter.shape))))
    return model


def example(family, head, number):
    ids = formula.sequence(family, number)
    if head == "MASKED_LANGUAGE_MODEL":
        hidden, places = formula.masked(family, ids, number)
        return {"input_ids": hidden, "labels": [token if p in places else -100 for p, token in enumerate(ids)]}
    return {"input_ids": ids, "labels": formula.answer(head, ids, number)}


def collate(family, head):
    pad = formula.SPECIAL[family]["pad"]

    def together(examples):
        longest = max(len(e["input_ids"]) for e in examples)
        fill = lambda row, value: row + [value] * (longest - len(row))
        labels = [e["labels"] for e in examples]
        if head == "MASKED_LANGUAGE_MODEL":
            labels = torch.tensor([fill(row, -100) for row in labels])
        elif head == "SINGLE_LABEL":
            labels = torch.tensor(labels)
        else:
            labels = torch.tensor([[-100 if v is None else v for v in row] for row in labels], dtype=torch.float64)
        return {"input_ids": torch.tensor([fill(e["input_ids"], pad) for e in examples]),
                "attention_mask": torch.tensor([fill([1] * len(e["input_ids"]), 0) for e in examples]), "labels": labels}

    return together


def loss_function(head, class_weights):
    def loss(outputs, labels, num_items_in_batch=None):
        logits = outputs["logits"]
        if head == "MULTI_LABEL" or head == "REGRESSION":
            each = functional.binary_cross_entropy_with_logits if head == "MULTI_LABEL" else functional.mse_loss
            measured = labels != -100
            return each(logits, labels, reduction="none")[measured].sum() / num_items_in_batch
        flat, wanted = logits.view(-1, logits.shape[-1]), labels.view(-1)
        if class_weights is None:
            return functional.cross_entropy(flat, wanted, reduction="sum") / num_items_in_batch
        return functional.cross_entropy(flat, wanted, weight=torch.tensor(class_weights, dtype=torch.float64), reduction="sum") / num_items_in_batch

    return loss


class Recorder(Trainer):
    """Takes examples in order and keeps the loss of every part."""

    def __init__(self, *args, class_weights=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.losses, self.class_weights = [], class_weights

    def _get_train_sampler(self, dataset=None):
        return torch.utils.data.SequentialSampler(self.train_dataset)

    def _get_num_items_in_batch(self, batch_samples, device):
        if self.class_weights is None:
            return super()._get_num_items_in_batch(batch_samples, device)
        # torch's CrossEntropyLoss(weight) divides by the weights of the labels, here of all parts of the step.
        return sum(torch.tensor(self.class_weights, dtype=torch.float64)[batch["labels"]].sum() for batch in batch_samples)

    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        self.losses.append(loss.item())
        return loss


def run(family, head, settings):
    options = BASE | settings
    parts = options["gradientAccumulationSteps"]
    arguments = TrainingArguments(
        output_dir=tempfile.gettempdir(), max_steps=STEPS, per_device_train_batch_size=BATCH, gradient_accumulation_steps=parts,
        learning_rate=options["learningRate"], weight_decay=options["weightDecay"], max_grad_norm=options["gradientClip"], warmup_steps=options["warmupSteps"],
        lr_scheduler_type={"constant": "constant_with_warmup"}.get(options["lrSchedulerType"], options["lrSchedulerType"]), optim="adamw_torch",
        label_smoothing_factor=options["labelSmoothingFactor"], use_cpu=True, report_to=[], save_strategy="no", logging_strategy="no", disable_tqdm=True,
        remove_unused_columns=False)
    model = model_of(family, head)
    own = None
    if not settings:  # the classes' own loss, without compute_loss_func, is the same
        trainer = Recorder(model, arguments, data_collator=collate(family, head), train_dataset=[example(family, head, n) for n in range(STEPS * BATCH)])
        trainer.train()
        own, model = trainer.losses, model_of(family, head)
    trainer = Recorder(model, arguments, data_collator=collate(family, head), class_weights=options["classWeights"],
                       train_dataset=[example(family, head, n) for n in range(STEPS * BATCH * parts)],
                       compute_loss_func=None if options["labelSmoothingFactor"] else loss_function(head, options["classWeights"]))
    trainer.train()
    losses = [sum(trainer.losses[step * parts:(step + 1) * parts]) for step in range(STEPS)]
    assert len(trainer.losses) == STEPS * parts
    if own is not None:
        assert all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(own, losses)), "compute_loss_func is not the classes' own loss"
    test = [example(family, head, 1_000_000 + n) for n in range(TEST)]
    with torch.no_grad():
        inputs = collate(family, head)(test)
        labels = inputs.pop("labels")
        logits = model.eval()(**inputs).logits
    if head == "MASKED_LANGUAGE_MODEL":
        logits = logits[labels != -100][:8]
    return {"family": family, "head": head, "settings": options, "losses": [round(v, 9) for v in losses],
            "predictions": [[round(v, 7) for v in row] for row in logits.tolist()]}


def main():
    cases = [run(family, head, settings) for family in CLASSES for head, settings in CASES]
    library = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, float64"
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"library": library, "steps": STEPS, "batchSize": BATCH, "defaults": defaults(), "cases": cases}) + "\n")
    for case in cases:
        print(case["family"], case["head"], {k: v for k, v in case["settings"].items() if v != BASE[k]},
              f"loss {case['losses'][0]:.4f} .. {case['losses'][49]:.4f} .. {case['losses'][-1]:.4f}, least {min(case['losses']):.4f}")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    main()
