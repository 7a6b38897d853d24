"""Loaded by the interpreter of a Celery worker before anything else (PYTHONPATH): writes down which tasks it begins and
which it brings to an end. It changes nothing of what the worker does."""
import os
import time

if os.environ.get("RUNS_LOG"):
    from celery import signals

    def note(word):
        def put(task_id=None, **_):
            fd = os.open(os.environ["RUNS_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.write(fd, f"{time.time():.3f} {word} {task_id}\n".encode())
            os.close(fd)
        return put

    signals.task_prerun.connect(note("begun"), weak=False)
    signals.task_success.connect(lambda sender=None, **_: note("done")(task_id=sender.request.id), weak=False)
