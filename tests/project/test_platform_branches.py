"""Every place where the code asks which system it is on, and the test in which both answers are given.

A place that isn't here fails, and so does one that is gone, or whose test is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from ..support.common import ROOT

SOURCE = ROOT / "src" / "orangeday"

AS_ON_WINDOWS = "system/test_as_on_windows.py"
EXPORT = "views/test_export.py"

BRANCHES: dict[str, tuple[str, ...]] = {
    "adapters/transport.py _reset_on_close": (
        f"{AS_ON_WINDOWS} test_a_connection_that_is_dropped_is_told_in_the_systems_own_form",
    ),
    "adapters/transport.py _ssl_context": (
        f"{AS_ON_WINDOWS} test_the_certificates_of_the_system_are_the_systems_own",
        "adapters/test_network_route.py test_the_computers_own_certificates_are_its_own_and_not_the_environments",
    ),
    "adapters/transport.py _ticks": (
        f"{AS_ON_WINDOWS} test_seconds_go_on_without_a_clock_that_counts_sleep",
        "adapters/test_deadlines.py test_a_machine_that_slept_is_past_its_deadline",
    ),
    "approvals/store.py _set_group": (
        f"{AS_ON_WINDOWS} test_rights_of_posix_are_left_alone", f"{AS_ON_WINDOWS} test_rights_of_posix_count_elsewhere",
    ),
    "commands/export.py _program": (f"{EXPORT} test_a_task_starts_a_python_without_a_console",),
    "commands/export.py _require_system": (f"{EXPORT} test_each_system_has_its_own_way_to_start_something",),
    "commands/export.py _this_machine": (
        f"{AS_ON_WINDOWS} test_a_machine_of_windows_names_its_user_with_the_domain",
        f"{AS_ON_WINDOWS} test_who_has_no_name_elsewhere_goes_by_the_number",
    ),
    "commands/export.py export": (
        f"{AS_ON_WINDOWS} test_a_task_is_exported_where_there_is_a_task_scheduler",
        f"{EXPORT} test_a_task_is_a_file_and_the_log_in_is_the_tasks_own",
    ),
    "commands/init.py init": (f"{AS_ON_WINDOWS} test_nothing_is_written_into_a_folder_that_windows_cant_have",),
    "commands/schedule.py _is_at_a_terminal": (
        f"{AS_ON_WINDOWS} test_whoever_sits_at_a_terminal_of_windows_is_asked",
        "acceptance/test_first_live_start.py test_in_the_background_nobody_is_asked_and_it_is_not_stopped_by_asking",
    ),
    "commands/schedule.py _read_answer": (
        f"{AS_ON_WINDOWS} test_whoever_sits_at_a_terminal_of_windows_is_asked",
        "acceptance/test_first_live_start.py test_what_was_typed_before_the_question_is_no_answer_to_it",
    ),
    "commands/stopping.py _console_events": (
        f"{AS_ON_WINDOWS} test_a_console_of_windows_tells_of_its_events_as_long_as_it_is_asked",
        "engine/test_scheduler.py test_a_window_of_windows_that_is_closed_stops_it_and_is_told_of",
    ),
    "commands/stopping.py stop_on_signals": (
        "engine/test_scheduler.py test_ctrl_break_stops_it_where_there_is_one",
        "engine/test_scheduler.py test_a_hang_up_stops_it_and_a_second_one_does_not_kill_it_as_it_ends",
    ),
    "content/cards/fonts.py _pip": (f"{AS_ON_WINDOWS} test_the_font_is_installed_by_a_path_that_the_shell_takes",),
    "content/network.py read_route": (
        f"{AS_ON_WINDOWS} test_a_config_that_names_them_is_right_where_python_finds_no_file_of_them",
        "content/test_network.py test_a_computer_whose_certificates_python_does_not_find_is_told_so",
    ),
    "doctor/files.py check_place": (
        f"{AS_ON_WINDOWS} test_a_folder_that_windows_cant_have_is_a_failure_for_the_doctor",
        f"{AS_ON_WINDOWS} test_a_folder_is_any_elsewhere",
    ),
    "doctor/files.py check_permissions": (
        f"{AS_ON_WINDOWS} test_rights_of_posix_are_left_alone", f"{AS_ON_WINDOWS} test_rights_of_posix_count_elsewhere",
    ),
    "doctor/files.py check_versions": (),  # it says the system's name, and decides nothing
    "doctor/ledger.py check_state_folder": (
        f"{AS_ON_WINDOWS} test_rights_of_posix_are_left_alone", f"{AS_ON_WINDOWS} test_rights_of_posix_count_elsewhere",
    ),
    "system/filesystem.py _find_network_drive": (
        f"{AS_ON_WINDOWS} test_windows_is_asked_for_the_type_of_a_drive",
        "system/test_filesystem.py test_a_network_drive_is_known_by_what_the_system_says",
    ),
    "system/filesystem.py _read_mounts": (
        f"{AS_ON_WINDOWS} test_a_mac_is_asked_for_its_mounts_by_a_program",
        "system/test_filesystem.py test_an_ordinary_folder_is_none",
    ),
    "system/machine.py HighWaterMark.move": (
        f"{AS_ON_WINDOWS} test_a_file_of_the_state_folder_is_written_over_byte_by_byte",
    ),
    "system/machine.py _glibc": (
        f"{AS_ON_WINDOWS} test_memory_is_given_back_where_glibc_keeps_it",
        "engine/test_scheduler.py test_its_threads_share_one_heap",
    ),
    "system/machine.py _state_error": (
        f"{AS_ON_WINDOWS} test_a_variable_that_windows_does_not_go_by_is_no_way_out",
    ),
    "system/machine.py _system_id": (f"{AS_ON_WINDOWS} test_a_computer_of_windows_is_known_by_its_own_id",),
    "system/machine.py has_long_paths": (
        f"{AS_ON_WINDOWS} test_long_paths_are_on_where_the_registry_says_so",
        f"{AS_ON_WINDOWS} test_elsewhere_paths_are_long",
    ),
    "system/machine.py keep_private": (
        f"{AS_ON_WINDOWS} test_rights_of_posix_are_left_alone", f"{AS_ON_WINDOWS} test_rights_of_posix_count_elsewhere",
    ),
    "system/renaming.py move": (
        "system/test_renaming.py test_a_file_that_is_open_for_a_moment_is_replaced",
        "system/test_renaming.py test_a_refusal_of_another_kind_stands_at_once",
    ),
    "system/streams.py": (),  # the size of a write, which is smaller where the system names none
    "system/streams.py _SafeStream._has_room": (
        f"{AS_ON_WINDOWS} test_a_pipe_that_nobody_reads_is_no_failure_in_windows_own_words",
    ),
    "system/streams.py _SafeStream._is_reader_gone": (
        f"{AS_ON_WINDOWS} test_a_pipe_that_nobody_reads_is_no_failure_in_windows_own_words",
        f"{AS_ON_WINDOWS} test_elsewhere_the_same_words_are_a_failure",
    ),
    "system/windows_paths.py folder_objection": (
        "system/test_windows_paths.py test_a_project_is_where_windows_can_have_all_of_its_files",
        "system/test_windows_paths.py test_elsewhere_every_folder_is_right",
    ),
    "text/shells.py assignment": ("text/test_shells.py test_a_variable_is_set_as_the_usual_shell_does",),
    "text/shells.py quote": (
        "text/test_shells.py test_a_word_is_quoted_as_windows_takes_it_too_where_that_is_possible",
    ),
    "views/service_files.py _unit_user": (f"{AS_ON_WINDOWS} test_who_has_no_name_elsewhere_goes_by_the_number",),
}  # fmt: skip
"""By file and function: the tests that take it one way and the other."""

PLATFORMS = {"win32", "darwin", "linux"}
ASKED = {"sys.platform", "os.name", "platform.system"}
MODULES = {"errno", "os", "select", "signal", "socket", "time"}
"""Those that have other names on other systems."""


def asks(node: ast.AST) -> bool:
    """Whether this is a question for the system: by its name, or by what it has."""
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in ASKED
    if isinstance(node, ast.Compare):
        return any(isinstance(one, ast.Constant) and one.value in PLATFORMS for one in [node.left, *node.comparators])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr"):
        owner, name, *_ = node.args
        return ast.unparse(owner) in MODULES or (isinstance(name, ast.Constant) and name.value == "winerror")
    return False


def places(source: str) -> Iterator[str]:
    """The functions of a module in which it asks; empty for the module itself."""

    def walk(node: ast.AST, scope: tuple[str, ...]) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inner = (*scope, child.name) if isinstance(child, ast.FunctionDef | ast.ClassDef) else scope
            if asks(child):
                yield ".".join(inner)
            yield from walk(child, inner)

    return walk(ast.parse(source), ())


def found() -> set[str]:
    return {
        f"{file.relative_to(SOURCE).as_posix()} {place}".strip()
        for file in SOURCE.rglob("*.py")
        for place in places(file.read_text("utf-8"))
    }


@cache
def names_of_tests(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_each_place_that_asks_for_the_system_has_its_tests() -> None:
    assert found() == {*BRANCHES}
    for place, named in BRANCHES.items():
        for test in named:
            file, name = test.split()
            assert name in names_of_tests(file), f"{place}: {test}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import sys\ndef f():\n    return sys.platform == 'win32'", {"f"}),
        ("class A:\n    def g(self, platform):\n        return platform != 'darwin'", {"A.g"}),
        ("import os\nX = os.name", {""}), ("def h():\n    return hasattr(os, 'fork')", {"h"}),
        ("def h(e):\n    return getattr(e, 'winerror', None)", {"h"}), ("def h(p, q=sys.platform): ...", {"h"}),
        ("def h(row):\n    return row.platform == 'x' and getattr(row, 'name')", set()),
    ],
)  # fmt: skip
def test_a_question_is_seen_in_each_form(source: str, expected: set[str]) -> None:
    assert {*places(source)} == expected
