"""`oss-tui doctor`: which servers run here, whether a profile works, and with `--fix` what can be mended is mended.

Prints text or JSON; the checks are in `agent.checkup`. Exit codes: 0 works, 1 a problem is left, 2 wrong usage.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TextIO

from agent.checkup import Check, Finding, Fix, Severity, check_up
from agent.commands.transfer_line import show_transfer
from agent.config.load import NO_OVERRIDES, Config, Overrides, find_home, load_config
from agent.config.profiles import Profile
from agent.config.reading import ConfigError
from backends.discovery import FoundServer, find_servers
from backends.errors import BackendError
from backends.failures import plain_line
from backends.frozen import frozen

EXIT_WORKS = 0
EXIT_PROBLEM = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_MARKS: Mapping[Severity, str] = {"ok": "✓", "note": "·", "problem": "✗"}


@frozen
class DoctorArguments:
    """What the command line asks for. `is_deep` also tests the prefix cache."""

    overrides: Overrides = NO_OVERRIDES
    is_json: bool = False
    is_deep: bool = False
    fixes: bool = False


def main(arguments: DoctorArguments, environ: Mapping[str, str] = os.environ) -> int:
    """The whole command. Returns the exit code."""
    try:
        config = load_config(find_home(environ).config, arguments.overrides, environ)
        for problem in config.problems:
            print(f"oss-tui: {problem}", file=sys.stderr)
        return asyncio.run(_main(config, arguments, environ))
    except ConfigError as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


async def _main(config: Config, arguments: DoctorArguments, environ: Mapping[str, str]) -> int:
    servers = await find_servers(environ, local_only=config.local_only)
    return await examine(config.default_profile, arguments, servers, sys.stdout, sys.stderr)


async def examine(
    profile: Profile, arguments: DoctorArguments, servers: tuple[FoundServer, ...], out: TextIO, err: TextIO
) -> int:
    """Report `servers` and look at `profile`; the exit code. Text goes to `out` as it gets known, JSON at the end."""
    if not arguments.is_json:
        _print_servers(servers, out)
        print(f"\nprofile {profile.name}: {plain_line(profile.model)} at {plain_line(profile.provider.name)}", file=out)
    findings: list[Finding] = []
    run = mended(profile, arguments, err) if arguments.fixes else check_up(profile, is_deep=arguments.is_deep)
    async with aclosing(run) as latest:
        async for found in latest:
            finding = _where_it_runs(found, profile, servers)
            findings.append(finding)
            if not arguments.is_json:
                print(line_of(finding, arguments.fixes), file=out, flush=True)
    works = _works(findings)
    if arguments.is_json:
        print(json.dumps(_report(profile, servers, findings, works), indent=2, ensure_ascii=False), file=out)
    return EXIT_WORKS if works else EXIT_PROBLEM


async def mended(profile: Profile, arguments: DoctorArguments, err: TextIO) -> AsyncGenerator[Finding, None]:
    """The check-up, with what can be mended mended once and looked at again. The last finding of a check counts."""
    tried: set[Check] = set()
    told: set[Check] = set()
    while True:
        fault: Finding | None = None
        async with aclosing(check_up(profile, is_deep=arguments.is_deep)) as findings:
            async for finding in findings:
                if finding.check not in told:
                    told.add(finding.check)
                    yield finding
                if finding.fix and finding.fix.perform and finding.check not in tried:
                    fault = finding
                    break
        if fault is None or fault.fix is None:
            return
        outcome = await _mend(fault.check, fault.fix, err)
        yield outcome
        if outcome.severity == "problem":
            return
        tried.add(fault.check)
        told.discard(fault.check)


async def _mend(check: Check, fix: Fix, err: TextIO) -> Finding:
    assert fix.perform is not None
    print(f"  → {plain_line(fix.label)}", file=err, flush=True)
    try:
        await show_transfer(fix.perform(), err)
    except BackendError as error:
        return Finding(check, "problem", str(error), Fix(error.next_step) if error.next_step else None)
    return Finding(check, "note", f"done: {fix.label}")


def _where_it_runs(finding: Finding, profile: Profile, servers: tuple[FoundServer, ...]) -> Finding:
    """What is not where the profile asks for it may run at its other usual address: then that is what mends it."""
    kind = profile.provider.kind
    running = next((server for server in servers if server.kind == kind and server.info is not None), None)
    if (finding.check, finding.severity, profile.provider.id) != ("server", "problem", kind) or running is None:
        return finding
    return replace(finding, fix=Fix(f"It runs at {running.base_url}. Take it there: oss-tui setup {kind}"))


def _works(findings: list[Finding]) -> bool:
    last = {finding.check: finding for finding in findings}
    return not any(finding.severity == "problem" for finding in last.values())


# ── what is printed ──────────────────────────────────────────────────────────


def line_of(finding: Finding, is_fixing: bool = False) -> str:
    """One finding as a line, with the line that says what mends it below."""
    text = f"{_MARKS[finding.severity]} {finding.check:<12} {plain_line(finding.what)}"
    if finding.fix is None or finding.severity == "ok":
        return text
    key = " (oss-tui doctor --fix does it)" if finding.fix.perform and not is_fixing else ""
    return f"{text}\n  → {plain_line(finding.fix.label)}{key}"


def _print_servers(servers: tuple[FoundServer, ...], out: TextIO) -> None:
    print("servers on this machine", file=out)
    if not servers:
        print("· none answers at its usual address", file=out)
    for server in servers:
        name = f"{server.name} {server.info.version if server.info else ''}".strip()
        mark = _MARKS["problem" if server.problem else "ok"]
        what = server.problem or (server.info.remark if server.info else "")
        detail = f"  {plain_line(what)}" if what else ""
        print(f"{mark} {plain_line(name)} {plain_line(server.base_url)}{detail}", file=out)
        if server.next_step:
            print(f"  → {plain_line(server.next_step)}", file=out)


def _report(
    profile: Profile, servers: tuple[FoundServer, ...], findings: list[Finding], works: bool
) -> dict[str, object]:
    return {
        "works": works,
        "servers": [
            {
                "kind": server.kind,
                "name": server.name,
                "base_url": server.base_url,
                "version": server.info.version if server.info else "",
                "problem": server.problem,
                "next_step": server.next_step,
            }
            for server in servers
        ],
        "profile": {"name": profile.name, "provider": profile.provider.id, "model": profile.model},
        "findings": [
            {
                "check": finding.check,
                "severity": finding.severity,
                "what": finding.what,
                "fix": finding.fix.label if finding.fix else "",
                "fix_is_automatic": bool(finding.fix and finding.fix.perform),
            }
            for finding in findings
        ],
    }
