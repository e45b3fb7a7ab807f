import multiprocessing
import os
import signal
import time

import pytest
import torch
from twins import fit

from activation_lab.errors import UserError
from activation_lab.training import devices
from activation_lab.training.process import check_precision
from conftest import small_settings, stacked

MADE_UP = ["GPU-a", "GPU-b", "GPU-c"]


def work(folder, jobs_per_device, seconds, told, may_end):
    with devices.lease(MADE_UP, jobs_per_device, folder) as position:
        told.put((position, time.monotonic()))
        may_end.wait()
        time.sleep(seconds)
        end = time.monotonic()
    told.put((position, end, os.getpid()))


CONTEXT = multiprocessing.get_context("fork")


@pytest.fixture
def may_end():
    """Processes hold their devices while this is not set."""
    event = CONTEXT.Event()
    event.set()
    return event


@pytest.fixture
def start(tmp_path, may_end):
    told = CONTEXT.Queue()
    processes = []

    def begin(jobs_per_device, seconds):
        arguments = (tmp_path, jobs_per_device, seconds, told, may_end)
        processes.append(CONTEXT.Process(target=work, args=arguments))
        processes[-1].start()
        return processes[-1]

    yield begin, told
    for process in processes:
        process.kill()
        process.join()


@pytest.mark.parametrize("jobs_per_device", [1, 2])
def test_processes_share_made_up_devices(start, may_end, jobs_per_device):
    begin, told = start
    places = len(MADE_UP) * jobs_per_device
    may_end.clear()
    for _ in range(3 * places):
        begin(jobs_per_device, 0.2)
    events = [told.get(timeout=60) for _ in range(places)]  # all places are taken at once
    may_end.set()
    events += [told.get(timeout=60) for _ in range(5 * places)]
    for position in range(len(MADE_UP)):
        mine = [event for event in events if event[0] == position]
        changes = sorted((event[1], -1 if len(event) == 3 else 1) for event in mine)
        at_work, most = 0, 0
        for _, change in changes:
            at_work += change
            most = max(most, at_work)
        assert most == jobs_per_device  # never more, and every device is put to use


def test_the_emptiest_device_is_taken_first(tmp_path):
    with devices.lease(MADE_UP, 2, tmp_path) as a, devices.lease(MADE_UP, 2, tmp_path) as b:
        assert {a, b} == {0, 1}
        with devices.lease(MADE_UP, 2, tmp_path) as c, devices.lease(MADE_UP, 2, tmp_path) as d:
            assert (c, d) == (2, 0)
    with devices.lease(MADE_UP, 2, tmp_path) as again:
        assert again == 0


def test_a_killed_job_leaves_its_device_to_others(start, tmp_path):
    begin, told = start
    holders = [begin(1, 600) for _ in MADE_UP]
    held = dict(zip([told.get(timeout=60)[0] for _ in MADE_UP], holders, strict=False))
    assert set(held) == {0, 1, 2}
    os.kill(holders[1].pid, signal.SIGKILL)
    holders[1].join()
    with devices.lease(MADE_UP, 1, tmp_path) as position:
        assert position in held


def test_a_wait_is_told(start, tmp_path, caplog):
    begin, told = start
    for _ in MADE_UP:
        begin(1, 1)
    for _ in MADE_UP:
        told.get(timeout=60)
    with caplog.at_level("INFO"), devices.lease(MADE_UP, 1, tmp_path):
        pass
    assert caplog.messages == ["Waiting for a GPU: 3 jobs are at work on those here"]


@pytest.mark.parametrize("setting", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_named(setting, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match=f"device: {setting}, but torch finds no such GPU here"):
        devices.choose(setting)
    assert devices.choose("auto") == devices.choose("cpu") == "cpu"


def test_tf32_needs_a_gpu():
    settings = small_settings(precision="tf32")
    with pytest.raises(UserError, match="tf32 is a format of NVIDIA GPUs, and this job was given"):
        check_precision(settings, "cpu")
    check_precision(settings, "cuda:1")


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
def test_bfloat16_rounds_the_products_and_nothing_else(small, normalisation):
    """Its 8 bits of mantissa change the loss by about 0.4%, and weights stay float32."""
    losses = {}
    for precision in ("float32", "bfloat16"):
        settings = small_settings(precision=precision, normalisation=normalisation, epochs=2)
        network = stacked(settings, [42, 43, 44])
        progress = fit(network, small, settings, [42, 43, 44])
        losses[precision] = [row["train_loss"] for row in progress.rows]
        assert {tensor.dtype for tensor in network.parameters()} == {torch.float32}
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.02)
