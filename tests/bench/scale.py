"""Lists with a million builds against the same lists with a thousand."""
import pages
from common import ROUNDS, at_most_times

SMALL, LARGE = 1000, 1_000_000
REQUESTS = 400


def run(bench):
    stacks = [bench.stack("small"), bench.stack("large", durable=False)]
    targets = []
    for stack, builds in zip(stacks, (SMALL, LARGE)):
        projects = bench.projects(stack, 10, "SCALE")
        pages.fill(stack, projects, builds)
        targets.append((stack.port("http", 8080), projects[0], bench.person(stack)))
    for name, path in (("history of a project, 10^6 builds against 10^3", "/projects/{}/builds"),
                       ("the same, a page further on", "/projects/{}/builds?before=900"),
                       ("list of projects, the same", "/projects"),
                       ("builds as JSON, the same", "/api/v1/builds"),
                       ("failed builds as JSON, the same", "/api/v1/builds?status=failed")):
        measures = []
        for port, project, cookie in targets:
            file = bench.get(f"scale-{port}", path.format(project), cookie)
            measures.append(lambda port=port, file=file: bench.load(port, REQUESTS, file)["seconds"] / REQUESTS * 1000)
        at_most_times(bench, name, *bench.in_turn(ROUNDS, measures[1], measures[0]), 1.2, " ms")
