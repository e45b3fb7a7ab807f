from activation_lab.pipeline import digests as sources


def names(stage):
    return {path.name for path in sources.reached(stage)}


def test_a_stage_depends_on_what_it_imports_and_on_nothing_else():
    training = names("train")
    assert {"fit.py", "job.py", "probes.py", "mlp.py", "fashion_mnist.py", "tables.py"} <= training
    assert not {"sections.py", "statistics.py", "style.py", "wording.py", "dead.py"} & training
    assert {"statistics.py", "dead.py"} <= names("analyse")
    assert {"style.py", "units.py", "accuracy.py"} <= names("figures")
    assert {"selection.py", "revival.py", "printed.py"} <= names("claims")
    assert not {"sections.py", "style.py", "networks.py", "dead.py"} & names("claims")
    assert {"sections.py", "scoreboard.py", "wording.py", "printed.py"} <= names("report")


def test_the_digest_follows_the_content(tmp_path, monkeypatch):
    package = tmp_path / "activation_lab"
    (package / "stages").mkdir(parents=True)
    (package / "__main__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "stages/__init__.py").write_text("")
    (package / "stages/train.py").write_text("from activation_lab import used\n")
    (package / "used.py").write_text("x = 1\n")
    (package / "unused.py").write_text("x = 1\n")
    monkeypatch.setattr(sources, "PACKAGE", package)
    first = sources.digest("train")
    (package / "unused.py").write_text("x = 2\n")
    assert sources.digest("train") == first
    (package / "used.py").write_text("x = 2\n")
    assert sources.digest("train") != first


def test_comments_docstrings_and_layout_mean_nothing(tmp_path, monkeypatch):
    package = tmp_path / "activation_lab"
    (package / "stages").mkdir(parents=True)
    for name in ("__main__.py", "__init__.py", "stages/__init__.py"):
        (package / name).write_text("")
    train = package / "stages/train.py"
    monkeypatch.setattr(sources, "PACKAGE", package)

    def digest(text):
        train.write_text(text)
        return sources.digest("train")

    plain = digest("def f(x):\n    return x + 1\n")
    assert plain == digest(
        '"""What."""\n\n# Why.\ndef f( x ):\n    """How."""\n\n    return (x + 1)\n'
    )
    assert plain != digest("def f(x):\n    return x + 2\n")
    assert plain != digest('def f(x):\n    return "How."\n')
    assert digest('def f():\n    """One."""\n') == digest('def f():\n    """Two."""\n')
