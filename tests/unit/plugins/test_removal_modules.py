"""Decisions of the modules that take away and look."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import basic, mounts, processes
from ansible.module_utils.engine_data import data_roots
from ansible.module_utils.testing import patch_module_args

import engine_remains
import engine_traces
import folders_gone
import package_services
import removal_look

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[..., dict[str, Any]]

MOUNTED = """22 1 0:21 / / rw - btrfs /dev/sda rw
30 22 0:30 / /var/lib/docker rw - ext4 /dev/sdb rw
31 30 0:31 / /var/lib/docker/overlay2/one/merged rw - overlay overlay rw
32 31 0:32 / /var/lib/docker/overlay2/one/merged/a\\040b rw - tmpfs tmpfs rw
33 22 0:33 net:[1] /run/docker/netns/default rw - nsfs nsfs rw
34 22 0:34 / /var/lib/docker-registry rw - ext4 /dev/sdc rw
"""


def test_the_newest_mount_goes_first_and_a_disk_of_its_owner_stays() -> None:
    assert mounts.below(mounts.points(MOUNTED), ["/var/lib/docker", "/run/docker/"]) == [
        "/run/docker/netns/default",
        "/var/lib/docker/overlay2/one/merged/a b",
        "/var/lib/docker/overlay2/one/merged",
    ]


def answer(main: Callable[[], None], capsys: pytest.CaptureFixture[str], **args: Any) -> dict[str, Any]:
    """Return what a module answers."""
    with patch_module_args(args), pytest.raises(SystemExit):
        main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_what_is_there_goes_and_a_link_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / "gone" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(kept)
    paths = [str(tmp_path / name) for name in ("gone", "link", "never")]
    assert answer(folders_gone.main, capsys, paths=paths, _ansible_check_mode=True)["paths"] == paths[:2]
    assert (tmp_path / "gone").exists()
    assert answer(folders_gone.main, capsys, paths=paths)["left"] == {}
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (kept / "file").exists()
    assert not answer(folders_gone.main, capsys, paths=paths)["changed"]


def test_what_stays_is_told_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.setattr(mounts, "mounted_below", lambda _: [str(tmp_path / "gone/disk")])
    monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda *_: (32, "", "umount: target is busy.\n"))
    left = answer(folders_gone.main, capsys, paths=[str(tmp_path / "gone")])["left"]
    assert left == {str(tmp_path / "gone"): f"{tmp_path}/gone/disk is mounted there: umount: target is busy."}
    assert (tmp_path / "gone").is_dir()


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a function that looks, on a machine with that answer of dpkg-query."""
    (tmp_path / "history.log").write_text("Install: docker.io:amd64 (1), less:amd64 (1), python3:amd64 (3)\n")

    def call(dpkg: str = "", **options: Any) -> dict[str, Any]:
        monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda *_, **__: (0, dpkg, ""))
        places = {"history": str(tmp_path / "history.log"), "programs": str(tmp_path / "programs.json")}
        return answer(
            removal_look.main, capsys, **{**places, "undone": [], "report": str(tmp_path / "left"), **options}
        )

    return call


def test_all_that_is_gone_is_gone(look: Call, tmp_path: Path) -> None:
    found = look("less:amd64 not-installed\nmine:amd64 installed\npython3:amd64 installed\n", rest=["python3:amd64"])
    assert found.get("notes") == []
    assert not (tmp_path / "left").exists()


@pytest.mark.parametrize("state", ["installed", "config-files", "half-installed"])
def test_a_package_that_is_left_is_named_with_its_state(look: Call, state: str, tmp_path: Path) -> None:
    assert look(f"docker.io:amd64 {state}\n")["failed"]
    assert (tmp_path / "left").read_text() == f"The package docker.io is still installed ({state}).\n"
    assert "failed" not in look(f"docker.io:amd64 {state}\n", stays=["docker.io:amd64"])


def test_a_package_of_another_architecture_is_another_package() -> None:
    listing = "libtss2:i386 installed\nless:all config-files\nnet:i386 installed\nmore:amd64 installed\n"
    ours = {"libtss2:amd64", "less:amd64", "net", "more:amd64"}
    assert removal_look.still_installed(listing, ours) == {
        "less": "config-files",
        "net": "installed",
        "more": "installed",
    }


def test_each_thing_that_is_left_has_a_line(look: Call, tmp_path: Path) -> None:
    for name in ("data", "other", "daemon.json"):
        (tmp_path / name).touch()
    paths = [str(tmp_path / name) for name in ("data", "other", "never")]
    record = str(tmp_path / "daemon.json")
    assert look(paths=paths, reasons={paths[0]: "it is busy"}, undone=[record], language="nl")["failed"]
    assert (tmp_path / "left").read_text().splitlines() == [
        f"{paths[0]} is er nog: it is busy",
        f"{paths[1]} is er nog.",
        f"Wat in {record} staat is nog niet ongedaan gemaakt.",
    ]


def test_a_process_of_a_package_that_went_is_left(look: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = processes.Process(7, 1, "/usr/sbin/dockerd", gone=True)
    monkeypatch.setattr(processes, "running", lambda: [process])
    (tmp_path / "programs.json").write_text('{"docker.io": ["/usr/sbin/dockerd"]}')
    assert look()["failed"]
    assert (tmp_path / "left").read_text() == "Process 7 (dockerd) still runs.\n"
    assert "failed" not in look(stays=["docker.io:amd64"])


def test_what_stays_for_a_reason_is_told(look: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal_look, "members", lambda _: ["bob"])
    monkeypatch.setattr(removal_look, "is_there", lambda _: True)
    notes = look(needed={"less": ["mine", "yours"]}, group="docker")["notes"]
    assert notes == [
        "less stays, for mine, yours needs it.",
        "The group docker stays: bob is in it, and Steiger did not put them there.",
    ]
    monkeypatch.setattr(removal_look, "members", lambda _: [])
    assert "The group docker is still there." in look(group="docker")["msg"]


def test_an_engine_that_was_brought_since_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "history.log").write_text("Install: docker.io:amd64 (1)\n")
    states = {"docker.io": "config-files"}
    monkeypatch.setattr(
        basic.AnsibleModule, "run_command", lambda _self, command, **_: (0, states.get(command[-1], ""), "")
    )
    options = {"packages": ["docker.io"], "history": str(tmp_path / "history.log"), "data": str(tmp_path)}
    options["settings"] = str(tmp_path / "daemon.json")
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/dockerd")
    assert not answer(engine_remains.main, capsys, **options)["ours"]
    states["docker.io"] = "half-installed"
    assert answer(engine_remains.main, capsys, **options)["ours"]
    states["docker.io"] = "not-installed"
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert answer(engine_remains.main, capsys, **options)["ours"]


@pytest.mark.parametrize(
    ("state", "remains"), [("installed", ["volume mine"]), ("config-files", []), ("not-installed", [])]
)
def test_an_engine_that_was_stopped_to_go_is_not_kept_for_want_of_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str, remains: list[str]
) -> None:
    (tmp_path / "history.log").write_text("Install: docker.io:amd64 (1)\n")
    (tmp_path / "volumes/mine/_data").mkdir(parents=True)
    monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda *_, **__: (0, state, ""))
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(
        engine_remains, "own_images_of_containerd", lambda *_: ["unknown, in a containerd that does not answer"]
    )
    record = tmp_path / "programs.json"
    options = {"history": str(tmp_path / "history.log"), "programs": str(record), "data": str(tmp_path)}
    options["settings"] = str(tmp_path / "daemon.json")
    said = answer(engine_remains.main, capsys, packages=["docker.io"], **options)["remains"]
    assert said == ["volume mine", "image unknown, in a containerd that does not answer"]
    record.write_text('{"docker.io": ["/usr/sbin/dockerd"]}')
    assert answer(engine_remains.main, capsys, packages=["docker.io"], **options)["remains"] == remains


def test_what_is_in_mapped_folders_and_elsewhere_keeps_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "history.log").write_text("Install: docker.io:amd64 (1)\n")
    (tmp_path / "daemon.json").write_text(json.dumps({"data-root": f"{tmp_path}/elsewhere"}))
    for place in (
        "usual/165536.165536/volumes/thesis/_data",
        "elsewhere/volumes/photos/_data",
        "usual/1.x/volumes/no/_data",
    ):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "usual/165536.165536/containers" / ("1" * 64)).mkdir(parents=True)
    (tmp_path / "usual/165536.165536/containers" / ("1" * 64) / "config.v2.json").write_text('{"Name": "/web"}')
    monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda *_, **__: (0, "installed", ""))
    monkeypatch.setattr(engine_remains, "own_images_of_containerd", lambda *_: [])
    names = {"history": "history.log", "programs": "programs.json", "data": "usual", "settings": "daemon.json"}
    options = {option: str(tmp_path / name) for option, name in names.items()}
    remains = answer(engine_remains.main, capsys, packages=["docker.io"], **options)["remains"]
    assert remains == ["container web", "volume thesis", "volume photos"]


@pytest.mark.parametrize("settings", ['{"data-root": ""}', '{"data-root": 1}', "{", "[]"])
def test_settings_that_tell_nothing_leave_the_usual_folder(tmp_path: Path, settings: str) -> None:
    (tmp_path / "daemon.json").write_text(settings)
    assert data_roots(tmp_path / "usual", tmp_path / "daemon.json") == [tmp_path / "usual"]


def test_bridges_are_known_from_the_list_in_a_mapped_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "165536.165536/network/files").mkdir(parents=True)
    (tmp_path / "165536.165536/network/files/local-kv.db").write_bytes(b'{"id":"0123456789abcdef"}')
    monkeypatch.setattr("shutil.which", lambda name: f"/sbin/{name}" if name == "ip" else None)
    monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda *_, **__: (0, '[{"ifname": "br-0123456789ab"}]', ""))
    options = {"data": str(tmp_path), "settings": str(tmp_path / "daemon.json"), "_ansible_check_mode": True}
    assert answer(engine_traces.main, capsys, folders=[], **options)["traces"] == ["bridge br-0123456789ab"]


def test_programs_are_what_a_package_has_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_services, "FOLDERS", (str(tmp_path / "bin"), str(tmp_path / "sbin")))
    for name, mode in (("bin/dockerd", 0o755), ("bin/notes", 0o644), ("etc/script", 0o755)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch(mode)
    # As on a system with merged folders: processes have the other path.
    (tmp_path / "sbin").symlink_to(tmp_path / "bin")
    listing = "".join(f"{tmp_path}/{name}\n" for name in ("bin", "sbin/dockerd", "bin/notes", "etc/script", "bin/gone"))
    assert package_services.programs(listing) == [str(tmp_path / "bin/dockerd")]
