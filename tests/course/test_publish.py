"""Notebooks for students to pull: added and changed, never renamed or removed, never forced."""

import subprocess

import pytest

from course.hub import publish


@pytest.fixture(autouse=True)
def teacher(monkeypatch, tmp_path):
    """Give git a name, and no settings of this machine."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-settings"))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Teacher")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "teacher@example.org")


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("01-neurons", "lab1"):
        (folder / f"{name}.ipynb").write_text(f"{name}, first edition")
    return folder


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
    return folder


def git(repository, *arguments):
    done = subprocess.run(
        ["git", "-C", repository, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def there(repository):
    return {
        name: "\n".join(git(repository, "show", f"notebooks:{name}"))
        for name in git(repository, "ls-tree", "--name-only", "notebooks")
    }


def test_notebooks_are_added_then_changed_and_stay_when_the_book_drops_them(notebooks, repository):
    said = publish.publish(str(repository), notebooks)
    assert said == ["added 01-neurons.ipynb", "added lab1.ipynb"]
    first = git(repository, "rev-parse", "notebooks")
    assert publish.publish(str(repository), notebooks) == []
    assert git(repository, "rev-parse", "notebooks") == first

    (notebooks / "01-neurons.ipynb").write_text("second edition")
    (notebooks / "lab1.ipynb").rename(notebooks / "lab2.ipynb")
    said = publish.publish(str(repository), notebooks)
    assert said == ["changed 01-neurons.ipynb", "added lab2.ipynb"]
    assert there(repository) == {
        "01-neurons.ipynb": "second edition",
        "lab1.ipynb": "lab1, first edition",
        "lab2.ipynb": "lab1, first edition",
    }
    assert git(repository, "rev-list", "notebooks")[1:] == first  # the history only grows


def test_within_a_term_a_changed_notebook_comes_as_a_new_one(notebooks, repository):
    publish.publish(str(repository), notebooks)
    for number, edition in [(2, "second"), (3, "third")]:
        (notebooks / "lab1.ipynb").write_text(f"{edition} edition")
        said = publish.publish(str(repository), notebooks, as_new=True)
        assert said == [f"added lab1-{number}.ipynb"]
        assert publish.publish(str(repository), notebooks, as_new=True) == []
    assert there(repository) == {
        "01-neurons.ipynb": "01-neurons, first edition",
        "lab1.ipynb": "lab1, first edition",
        "lab1-2.ipynb": "second edition",
        "lab1-3.ipynb": "third edition",
    }


def test_without_notebooks_nothing_is_published(tmp_path, repository):
    with pytest.raises(publish.PublishError, match=r"run `make notebooks` first"):
        publish.publish(str(repository), tmp_path)
    assert git(repository, "branch", "--list") == []


def test_a_repository_that_is_not_there_is_named(notebooks, tmp_path):
    with pytest.raises(publish.PublishError, match="no-repository"):
        publish.publish(str(tmp_path / "no-repository"), notebooks)
