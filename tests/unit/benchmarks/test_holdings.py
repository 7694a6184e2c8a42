"""What dpkg, du and apt-cache say, read; and what was added."""

from __future__ import annotations

from benchmarks.holdings import Holdings, cost, folders, needed, packages


def test_only_installed_packages_count() -> None:
    listing = "installed curl 10\nconfig-files docker.io 900\nnot-installed vim \ninstalled less 2\n"
    assert packages(listing) == {"curl": 10240, "less": 2048}


def test_folders_may_have_spaces() -> None:
    assert folders("4096\t/opt/a folder\n8192\t/\nno line of du\n") == {"/opt/a folder": 4096, "/": 8192}


def test_packages_that_docker_needs_stand_at_the_margin() -> None:
    assert needed("docker.io\n  Depends: runc\n |Depends: a\nrunc\n<virtual>\n") == {"docker.io", "runc"}


def test_docker_is_not_counted_and_all_else_is() -> None:
    before = Holdings({"bash": 1}, {"/": 100_000_000, "/opt": 0})
    after = Holdings({"bash": 1, "docker.io": 50_000_000, "less": 7}, {"/": 300_000_000, "/opt": 90_000_000, "/var": 5})
    made = cost(before, after, {"docker.io"})
    assert made.own == {"less": 7}
    assert made.dockers == 50_000_000
    assert made.disk == 150_000_000
    assert list(made.folders.items()) == [("/", 200_000_000), ("/opt", 90_000_000)]
