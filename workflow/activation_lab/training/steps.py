"""How training steps are run: their arithmetic, and how a GPU is kept busy."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

import torch

log = logging.getLogger(__name__)

Work = Callable[[torch.Tensor], None]


@contextlib.contextmanager
def arithmetic(precision: str, device: str) -> Iterator[None]:
    """Do matrix products in `float32`, `tf32` or `bfloat16`; weights and sums stay float32."""
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        # No cache of converted weights: each weight is used once per step, so a cache saves nothing, and
        # a cached copy would remain after the step was recorded.
        with torch.autocast(
            device, torch.bfloat16, enabled=precision == "bfloat16", cache_enabled=False
        ):
            yield
    finally:
        torch.set_float32_matmul_precision("highest")


def run(work: Work, batches: torch.Tensor) -> None:
    """Call `work` on each row of `batches` [steps, R] in turn.

    On an NVIDIA GPU the second call is recorded as a CUDA graph and replayed for all others. A step has
    about a hundred small kernels, and launching them one by one takes longer than running them.
    """
    if not batches.is_cuda:
        for rows in batches:
            work(rows)
        return
    stream = torch.cuda.Stream()  # nothing can be recorded on the default one
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        rows = batches[0].clone()
        work(rows)  # memory that an optimizer takes at its first step must not be the graph's
        again = _record(work, rows) if len(batches) > 1 else None
        for others in batches[1:]:
            rows.copy_(others)
            again() if again else work(rows)
    torch.cuda.current_stream().wait_stream(stream)


def _record(work: Work, rows: torch.Tensor) -> Callable[[], None] | None:
    """Return a function that repeats `work(rows)` with the current contents of `rows`.

    None if the work cannot be recorded: if an activation reads a number back from the GPU, or draws
    random numbers on the CPU.
    """
    graph = torch.cuda.CUDAGraph()
    try:
        graph.capture_begin()
        try:
            work(rows)
        finally:
            graph.capture_end()
    except RuntimeError as error:
        log.info("Steps are not recorded as a CUDA graph: %s", str(error).splitlines()[0])
        return None
    return graph.replay
