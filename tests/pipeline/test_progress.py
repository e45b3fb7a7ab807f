"""What a job says of itself while it runs, and when it fails."""

import errno
import json

import pytest

from activation_lab.errors import UserError
from activation_lab.pipeline import progress
from activation_lab.pipeline.progress import Progress, reported


def test_a_job_that_has_not_begun_has_no_progress(tmp_path):
    assert progress.read(tmp_path) is None


def test_a_job_is_seen_from_its_start_to_its_last_report(tmp_path):
    with reported(tmp_path / "job", total=5) as reporter:
        assert progress.read(tmp_path / "job") == Progress(0, 5, 0.0)
        reporter.report(3, 5, 12.5)
        assert progress.read(tmp_path / "job") == Progress(3, 5, 12.5)
    assert progress.read(tmp_path / "job") == Progress(3, 5, 12.5)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UserError("Do this."), "Do this."),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device. The disk is"),
        (MemoryError(), "Memory ran out"),
        (ValueError("odd"), "ValueError: odd"),
    ],
)
def test_a_job_that_fails_says_why_and_how_far_it_was(tmp_path, error, told):
    def job():
        with reported(tmp_path, total=5) as reporter:
            reporter.report(3, 5, 12.5)
            raise error

    with pytest.raises(type(error)):
        job()
    found = progress.read(tmp_path)
    assert told in found.error
    assert (found.done, found.seconds) == (3, 12.5)


def test_the_next_attempt_forgets_the_error(tmp_path):
    with pytest.raises(UserError), reported(tmp_path, total=5):
        raise UserError("no")
    with reported(tmp_path, total=5):
        assert progress.read(tmp_path).error == ""


@pytest.mark.parametrize("text", ["{ half", json.dumps({"other": 1})])
def test_a_file_that_cannot_be_read_says_nothing(tmp_path, text):
    (tmp_path / progress.NAME).write_text(text)
    assert progress.read(tmp_path) is None
