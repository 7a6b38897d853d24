"""Loaded by the interpreter of a Celery worker before anything else (PYTHONPATH): writes down which tasks it begins and
which it brings to an end. It changes nothing of what the worker does."""
import builtins
import os
import sys
import time


def note(word, task):
    fd = os.open(os.environ["RUNS_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(fd, f"{time.time():.3f} {word} {task}\n".encode())
    os.close(fd)


def listen(signals):
    signals.task_prerun.connect(lambda task_id=None, **_: note("begun", task_id), weak=False)
    signals.task_success.connect(lambda sender=None, **_: note("done", sender.request.id), weak=False)


def watch(name, *args, **more):
    """Celery must be imported by its own command; we wait until it has been."""
    module = imported(name, *args, **more)
    signals = sys.modules.get("celery.signals")
    if builtins.__import__ is watch and hasattr(signals, "task_success"):
        builtins.__import__ = imported
        listen(signals)
    return module


if os.environ.get("RUNS_LOG"):
    imported, builtins.__import__ = builtins.__import__, watch
