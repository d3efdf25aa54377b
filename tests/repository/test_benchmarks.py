"""What the benchmarks write; what they measure is looked at by those who run them."""

import subprocess
import sys

from conftest import ROOT


def test_the_report_is_utf_8_whatever_the_locale(tmp_path):
    """An encoding that is left to the locale is an error here: it would be ASCII in some."""
    results = tmp_path / "RESULTS.md"
    for text in ("96 ± 1", "97 ± 1"):  # the second time, the file is read, too
        code = (
            "import sys, pathlib, benchmarks.report as report\n"
            "report.RESULTS = pathlib.Path(sys.argv[1])\n"
            "report.write('8×8 digits', sys.argv[2])\n"
        )
        strict = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning"]
        subprocess.run([sys.executable, *strict, "-c", code, results, text], cwd=ROOT, check=True)
        written = results.read_text(encoding="utf-8")
        assert written.count("## 8×8 digits") == 1
        assert f"\n{text}\n" in written
