"""Records of a TensorBoard event file, as tensorboard's own writer makes them: bench/reference/event_file.json.

    pip install tensorboard && python bench/reference/event_file.py
"""
import io
import json
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def record(event: Event) -> str:
    target = io.BytesIO()
    RecordWriter(target).write(event.SerializeToString(deterministic=True))
    return target.getvalue().hex()


def scalar(tag: str, step: int, value: float, milliseconds: int) -> dict:
    event = Event(wall_time=milliseconds / 1000, step=step)
    event.summary.CopyFrom(Summary(value=[Summary.Value(tag=tag, simple_value=value)]))
    return {"tag": tag, "step": step, "value": value, "at": milliseconds, "record": record(event)}


head = {"at": 1764550000123, "record": record(Event(wall_time=1764550000.123, file_version="brain.Event:2"))}
scalars = [
    scalar("train/loss", 1, 2.302585, 1764550000123),
    scalar("validation/macroF1", 300, 0.8125, 1764550060999),
    scalar("validation/" + "very long name " * 20, 123456789, -1e-8, 1764550061000),
]
Path(__file__).with_suffix(".json").write_text(json.dumps({"head": head, "scalars": scalars}, indent=2) + "\n")
