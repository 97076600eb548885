"""The peer of bench/finetune.ts: Hugging Face's Trainer on the same checkpoint and batches.

    python bench/peers/trainer.py <folder of the case> default|grouped|losses <threads> [wall|cpu]

It runs as many steps as a line on stdin says, answers with a line "@{json}", and waits. A step's time is from the end of the
step before: fetching and collating, forward, backward, clipping, update, schedule. At its best: SDPA attention, fused AdamW, no
logging, no saving; padding to the longest of the batch, as the default collator pads.
`grouped` takes the same molecules, all of them once, in the order of Trainer's group_by_length over one megabatch of 50 batches,
which is how it orders a data set of more than 3,200; the warm-up batches stay in front.
"""
import json
import sys
import tempfile
import time
from pathlib import Path

import torch
import transformers
from torch.utils.data import SequentialSampler
from transformers import (AutoModelForMaskedLM, AutoModelForSequenceClassification, Trainer, TrainerCallback, TrainingArguments)
from transformers.trainer_pt_utils import get_length_grouped_indices

folder, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = time.process_time if sys.argv[4:] == ["cpu"] else time.perf_counter
torch.set_num_threads(threads)
torch.manual_seed(42)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
case = json.loads((Path(folder) / "batches.json").read_text())
pretrains = isinstance(case["batches"][0]["labels"][0], list)
examples = [{"ids": ids, "label": label} for batch in case["batches"] for ids, label in zip(batch["sequences"], batch["labels"])]
if mode == "grouped":
    first = case["warmup"] * case["batchSize"]
    lengths = [len(example["ids"]) for example in examples[first:]]
    order = get_length_grouped_indices(lengths, case["batchSize"], mega_batch_mult=50)
    examples = examples[:first] + [examples[first + index] for index in order]

auto = AutoModelForMaskedLM if pretrains else AutoModelForSequenceClassification
model = auto.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32)
if case["frozenLayers"] > 0:
    for parameter in model.base_model.embeddings.parameters():
        parameter.requires_grad_(False)
    for layer in model.base_model.encoder.layer[: case["frozenLayers"]]:
        layer.requires_grad_(False)


def collate(rows):
    longest = max(len(row["ids"]) for row in rows)
    pad = lambda values, filler: values + [filler] * (longest - len(values))
    batch = {"input_ids": torch.tensor([pad(row["ids"], case["padId"]) for row in rows]),
             "attention_mask": torch.tensor([pad([1] * len(row["ids"]), 0) for row in rows])}
    batch["labels"] = torch.tensor([pad(row["label"], -100) if pretrains else row["label"] for row in rows])
    return batch


class Blocks(TrainerCallback):
    def __init__(self):
        self.left, self.done, self.answer = 0, 0, None

    def wait(self):
        while self.left == 0:
            if self.answer is not None:
                print("@" + json.dumps(self.answer), flush=True)
            line = sys.stdin.readline()
            if not line:
                sys.exit(0)
            self.left, self.answer = int(line), {"seconds": [], "tokens": [], "losses": []}
        self.began = now()

    def on_train_begin(self, *_args, **_kwargs):
        self.answer = {"info": f"torch {torch.__version__}, transformers {transformers.__version__}, {model.config._attn_implementation}, "
                               f"{args.optim.value if hasattr(args.optim, 'value') else args.optim}, {torch.get_num_threads()} threads"}
        self.wait()

    def on_step_end(self, *_args, **_kwargs):
        ended = now()
        self.answer["seconds"].append(ended - self.began)
        batch = examples[self.done * case["batchSize"]: (self.done + 1) * case["batchSize"]]
        self.answer["tokens"].append(sum(len(row["ids"]) for row in batch))
        if mode == "losses":
            self.answer["losses"].append(trainer.last_loss)
        self.done += 1
        self.left -= 1
        self.began = ended
        self.wait()


class Ordered(Trainer):
    def _get_train_sampler(self, *_args, **_kwargs):
        return SequentialSampler(examples)

    def training_step(self, *arguments, **named):
        loss = super().training_step(*arguments, **named)
        if mode == "losses":
            self.last_loss = loss.item()
        return loss


args = TrainingArguments(output_dir=tempfile.mkdtemp(), per_device_train_batch_size=case["batchSize"], max_steps=len(case["batches"]),
                         learning_rate=case["learningRate"], weight_decay=case["weightDecay"], lr_scheduler_type="linear", warmup_steps=0,
                         max_grad_norm=1.0, optim="adamw_torch_fused", use_cpu=True, logging_strategy="no", save_strategy="no", eval_strategy="no",
                         report_to=[], disable_tqdm=True, remove_unused_columns=False, dataloader_num_workers=0,
                         dataloader_pin_memory=False, seed=42)
trainer = Ordered(model=model, args=args, train_dataset=examples, data_collator=collate, callbacks=[Blocks()])
trainer.train()
