"""Checks of the lab `vm-or-container`: one function per task, named after its id.

What a student measured is measured again: a figure is right when it fits what the machine shows now.
"""

import pwd
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from steiger.bench import Bench
from steiger.processes import Process

VM = "qemu-system-"
MIB = 1024**2
ROOT = 0
# MiB that rounding may make.
SLACK = 2
ANSWER_LENGTH = 100
# An emulated machine on a busy one takes its time.
PATIENCE = 4.0
KERNEL = Path("/proc/sys/kernel/osrelease")
NAMESPACES = Path("/proc/self/ns")
LOOK_INSIDE = "cat /proc/sys/kernel/osrelease; grep MemTotal: /proc/meminfo; ls -l /proc/self/ns"
LOOKS = re.compile(r"(?P<kernel>\S+)\nMemTotal:\s+(?P<memory>\d+) kB\n")
LINK = re.compile(r"(\w+) -> (\w+:\[\d+\])")
FIGURE = re.compile(
    r"(?:real|user|~|≈|±|ca\.?)?\s*(?:(\d+)\s?m(?:in)?\s?)?(\d+(?:[.,]\d+)?)\s*([a-z]*)\.?", re.IGNORECASE
)
UNITS = {"": 1.0, "m": 1.0, "k": 1 / 1024, "g": 1024.0, "b": 1 / MIB}
# What people call namespaces, and the words between them.
OTHER_WORDS = {
    "mount": "mnt",
    "network": "net",
    "process": "pid",
    "processes": "pid",
    "hostname": "uts",
    "users": "user",
}
# A container that shares one of these with the machine has a wall less; the empty value and "private" are walls.
WALLS = {"NetworkMode": "net", "UTSMode": "uts", "IpcMode": "ipc", "UsernsMode": "user"}

Box = dict[str, Any]
Facts = Mapping[str, str]

# The checks of one grading ask the same things: the module is loaded anew for each.
_seen: dict[str, Any] = {}


def container(bench: Bench) -> None:
    """The student's container runs, and its own beacon answers on the student's port."""
    name = bench.values["deck"]
    box = bench.engine.container(name)
    if box is None:
        bench.fail("absent", name=name, seen=bench.engine.container_names())
    if not box["State"]["Running"]:
        bench.fail("stopped", name=name, status=box["State"]["Status"])
    page = _page(bench, "gate")
    if page is None:
        ports = box["NetworkSettings"]["Ports"] or {}
        ways = [f"{way['HostPort']} → {inside}" for inside, outside in ports.items() for way in outside or []]
        bench.fail("silent", seen=ways)
    if page.get("name") != box["Config"]["Hostname"]:
        bench.fail("other", name=name, seen=page.get("name"), wanted=box["Config"]["Hostname"])


def machine(bench: Bench) -> None:
    """A virtual machine of the student's runs, and its beacon answers with the student's code."""
    page, process = _page(bench, "berth"), _vm_process(bench)
    if page is None:
        bench.fail("silent")
    if process is None:
        bench.fail("fake", seen=_who_answers(bench))
    if process.owner != bench.folder.stat().st_uid:
        bench.fail("account", seen=_account(process.owner))
    if page.get("code") != bench.values["signal"]:
        bench.fail("code", seen=page.get("code"))
    if page.get("name") != bench.values["vessel"]:
        bench.fail("name", seen=page.get("name"))
    if _leading(page, "installed") != int(bench.values["ram"]):
        bench.fail("memory", seen=page.get("installed"))


def kernels(bench: Bench) -> None:
    """The kernels of machine, container and virtual machine are those that run now."""
    inside, vm = _inside(bench), _vm(bench)
    wanted = {
        "kernel_machine": KERNEL.read_text(encoding="utf-8").strip(),
        "kernel_container": inside["kernel"],
        "kernel_vm": vm["kernel"],
    }
    given = {key: _answer(bench, key) for key in wanted}
    told = given["kernel_vm"].split()
    if wanted["kernel_vm"] not in told and wanted["kernel_machine"] in told:
        bench.fail("vm-as-machine", seen=given["kernel_vm"])
    for key, kernel in wanted.items():
        if kernel not in given[key].split():
            bench.fail("wrong", key=key, seen=given[key])


def processes(bench: Bench) -> None:
    """The beacon's two numbers are its own, and the virtual machine is one process."""
    _inside(bench)
    vm = _vm(bench)
    keys = ("pid_inside", "pid_outside", "vm_inside", "vm_outside")
    numbers = {key: _number(bench, key, _plain) for key in keys}
    outside = round(numbers["pid_outside"])
    if str(outside) not in {row[1] for row in bench.engine.top(bench.values["deck"])}:
        process = bench.process(outside)
        bench.fail("stranger", seen=outside, program=process.line if process else "")
    inside = _pid_inside(outside)
    if numbers["pid_inside"] != inside:
        bench.fail("inside", seen=round(numbers["pid_inside"]), outside=outside)
    if numbers["vm_outside"] != 1:
        bench.fail("vm-outside", seen=round(numbers["vm_outside"]))
    count = _leading(vm, "processes")
    if not count * 0.6 <= numbers["vm_inside"] <= count * 1.5:
        bench.fail("vm-inside", seen=round(numbers["vm_inside"]))


def start(bench: Bench) -> None:
    """Both times fit what the engine and the virtual machine's own kernel wrote down."""
    box = _box(bench)
    vm, process = _vm(bench), _vm_process(bench)
    # On a busy machine an emulated clock may have been set too fast; then it is so from the kernel's first second on.
    haste = max(1.0, _leading(vm, "up") / process.age) if process and process.age > 0 else 1.0
    ready = round(_leading(vm, "ready") / haste, 2)
    made, began = (datetime.fromisoformat(moment) for moment in (box["Created"], box["State"]["StartedAt"]))
    engine = (began - made).total_seconds()
    # A container that was started again says nothing of its first start.
    engine = engine if 0 < engine < 10 else 0.5
    ours = _number(bench, "start_container", _seconds), _number(bench, "start_vm", _seconds)

    # Wide bands: the machine may have been busier then than now, or now than then.
    def fits_container(seconds: float) -> bool:
        return 0.05 <= seconds <= engine * 10 + 8

    def fits_vm(seconds: float) -> bool:
        return max(0.1, ready / 4) <= seconds <= ready * 10 + 45

    if not fits_vm(ours[1]):
        swapped = fits_vm(ours[0]) and fits_container(ours[1])
        bench.fail("swapped" if swapped else "vm", container=f"{ours[0]:g}", vm=f"{ours[1]:g}", ready=f"{ready:g}")
    if not fits_container(ours[0]):
        bench.fail("container", container=f"{ours[0]:g}", engine=f"{engine:.1f}")


def memory(bench: Bench) -> None:
    """What both use, seen from outside, and what both see, is what it is now, within a band."""
    inside, vm, process = _inside(bench), _vm(bench), _vm_process(bench)
    if process is None:
        bench.fail("vm-off")
    keys = ("used_container", "used_vm", "sees_container", "sees_vm")
    used_container, used_vm, sees_container, sees_vm = (_number(bench, key, _mebibytes) for key in keys)
    real = process.memory / MIB
    given = float(bench.values["ram"])
    if abs(used_vm - given) < 1 and not 0.85 < real / given < 1.15:
        bench.fail("given", seen=f"{used_vm:g}")
    if not real / 2 <= used_vm <= real * 2:
        bench.fail("used-vm", seen=f"{used_vm:g}")
    pids = [int(row[1]) for row in bench.engine.top(bench.values["deck"])]
    small = sum(process.memory for pid in pids if (process := bench.process(pid))) / MIB
    if not small / 20 <= used_container <= small * 6 + 6:
        bench.fail("used-container", seen=f"{used_container:g}")
    total = _leading(inside, "memory") / 1024
    if not total * 0.9 <= sees_container <= total * 1.1:
        bench.fail("sees-container", seen=f"{sees_container:g}")
    if abs(sees_vm - _leading(vm, "memory")) > SLACK and sees_vm != _leading(vm, "installed"):
        bench.fail("sees-vm", seen=f"{sees_vm:g}")


def shared(bench: Bench) -> None:
    """The list names the namespaces that the container has in common with the machine, and no other."""
    inside = _inside(bench)
    ours = {path.name: str(path.readlink()) for path in NAMESPACES.iterdir()}
    kinds = {name for name in ours if not name.endswith("_children")}
    words = re.findall(r"[a-z]+", _answer(bench, "shared").lower().replace("_for_children", ""))
    named = {OTHER_WORDS.get(word, word) for word in words} - {"and", "en"}
    if unknown := named - kinds:
        bench.fail("unknown", seen=unknown)
    common = {name for name in kinds if inside.get(name) == ours[name]}
    if own := named - common:
        bench.fail("own", seen=own)
    if missing := common - named:
        bench.fail("more", count=len(missing), seen=named)


def porthole(bench: Bench) -> None:
    """A container sees the machine's processes, and shares nothing else that it need not."""
    name = bench.values["porthole"]
    box = bench.engine.container(name)
    if box is None:
        bench.fail("absent", name=name, seen=bench.engine.container_names())
    if not box["State"]["Running"]:
        bench.fail("stopped", name=name, status=box["State"]["Status"])
    settings = box["HostConfig"]
    if settings["PidMode"] != "host":
        bench.fail("closed", name=name)
    gone = [kind for key, kind in WALLS.items() if settings.get(key) == "host"]
    if gone or settings["Privileged"]:
        bench.fail("open", name=name, seen=gone or "privileged")


def _page(bench: Bench, port: str) -> Facts | None:
    """What a beacon says on one of the student's ports; None when nothing answers."""
    if port not in _seen:
        reply = bench.http(bench.values[port], timeout=PATIENCE)
        lines = reply.body.partition("\n\nPID")[0].splitlines() if reply else []
        pairs = (line.partition("=") for line in lines)
        _seen[port] = {key.strip(): value.strip() for key, _, value in pairs} if reply else None
    page: Facts | None = _seen[port]
    return page


def _vm(bench: Bench) -> Facts:
    """What the beacon says that brought up the machine that it is in, as it does in a virtual one only."""
    page = _page(bench, "berth") or {}
    numbers = [page.get(key, "").split()[:1] for key in ("up", "ready", "processes", "memory", "installed")]
    if not all(number and _plain(number[0]) for number in numbers) or "kernel" not in page:
        bench.fail("vm-off")
    return page


def _vm_process(bench: Bench) -> Process | None:
    """The process that is the virtual machine on the student's port; None when it is something else."""
    if "process" not in _seen:
        found = bench.listener(bench.values["berth"])
        if found is None:
            # Another user's: what it listens on cannot be seen, how it was called can.
            forward = f":{bench.values['berth']}-"
            machines = (each for each in bench.processes() if each.line.startswith(VM))
            found = next((each for each in machines if forward in each.line), None)
        elif not (Path(found.program).name.startswith(VM) and _of_root(Path(f"/proc/{found.pid}/exe"))):
            found = None
        _seen["process"] = found
    process: Process | None = _seen["process"]
    return process


def _of_root(program: Path) -> bool:
    """Whether a program was installed, and is no copy of another one under its name."""
    try:
        return program.stat().st_uid == ROOT
    except OSError:
        return False


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _who_answers(bench: Bench) -> str:
    port = bench.values["berth"]
    for box in bench.engine.containers():
        if any(str(way.get("PublicPort")) == port for way in box["Ports"] or []):
            return str(box["Names"][0].lstrip("/"))
    process = bench.listener(port)
    return process.line if process else ""


def _box(bench: Bench) -> Box:
    box = bench.engine.container(bench.values["deck"])
    if box is None or not box["State"]["Running"]:
        bench.fail("container-off")
    return box


def _inside(bench: Bench) -> Facts:
    """What the student's container sees: its kernel, memory (KiB) and namespaces."""
    if "inside" not in _seen:
        _box(bench)
        ran = bench.engine.run_in(bench.values["deck"], ["sh", "-c", LOOK_INSIDE], timeout=PATIENCE)
        found = LOOKS.match(ran.output) if ran else None
        _seen["inside"] = {**dict(LINK.findall(ran.output)), **found.groupdict()} if ran and found else None
    facts = _seen["inside"]
    if not facts:
        bench.fail("container-off")
    return dict(facts)


def _pid_inside(pid: int) -> int:
    """The number that a process has in the innermost PID namespace that it is in."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int((re.findall(r"^NSpid:.*?(\d+)$", status, re.MULTILINE) or ["0"])[0])


def _answer(bench: Bench, key: str) -> str:
    answer = bench.answer(key)
    if not answer:
        bench.fail("empty", key=key)
    return answer


def _number(bench: Bench, key: str, read: Callable[[str], float | None]) -> float:
    answer = _answer(bench, key)
    number = read(answer)
    if number is None:
        bench.fail("number", key=key, seen=answer)
    return number


def _figure(text: str) -> tuple[float, str] | None:
    """The number in an answer and its unit; minutes are counted in."""
    found = FIGURE.fullmatch(text[:ANSWER_LENGTH].strip())
    if found is None:
        return None
    return 60 * int(found[1] or 0) + float(found[2].replace(",", ".")), found[3].lower()


def _plain(text: str) -> float | None:
    figure = _figure(text)
    return figure[0] if figure and not figure[1] else None


def _seconds(text: str) -> float | None:
    figure = _figure(text)
    if figure is None or not (figure[1] in ("", "ms") or figure[1].startswith("s")):
        return None
    return figure[0] / 1000 if figure[1] == "ms" else figure[0]


def _mebibytes(text: str) -> float | None:
    figure = _figure(text)
    if figure is None or figure[1] not in {"", "bytes", *(u + end for u in "kmg" for end in ("", "b", "ib"))}:
        return None
    return figure[0] * UNITS[figure[1][:1]]


def _leading(facts: Facts, key: str) -> float:
    return _plain((facts.get(key, "").split() or [""])[0]) or 0.0
