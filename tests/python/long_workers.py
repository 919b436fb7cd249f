"""Eight workers over a large image: all of it is in memory once.  SHM_TEST_BYTES says how large it is."""

import multiprocessing
import os

import libshm
import numpy as np

BYTES = int(os.environ.get("SHM_TEST_BYTES", 4 << 30))
WORKERS = 8
SCHEMA = "record R { id: u64; name: string; } dataset D { rows: array<R>; by_id: index rows by id; t: tensor<f64>; }"


def pss(lines_of=None):
    """Bytes of this process, of shared pages its share; only of mappings whose name holds the text."""
    total, counted = 0, lines_of is None
    with open("/proc/self/smaps") as smaps:
        for line in smaps:
            if "-" in line.split(" ", 1)[0]:
                counted = lines_of is None or lines_of in line
            elif counted and line.startswith("Pss:"):
                total += 1024 * int(line.split()[1])
    return total


def work(image, barrier, queue):
    name = os.path.basename(image.path)
    total = sum(image.t[at : at + (1 << 22)].sum() for at in range(0, len(image.t), 1 << 22))
    found = image.by_id[77].name
    barrier.wait()
    queue.put((total, found, pss(name), pss() - pss(name)))
    barrier.wait()


def pieces(count):
    step = 1 << 20
    for at in range(0, count, step):
        yield np.ones(min(step, count - at))


def test_eight_workers_hold_one_copy(tmp_path):
    path = tmp_path / "large.img"
    count = BYTES // 8
    libshm.build(SCHEMA, path, {"rows": ((i, f"name {i}") for i in range(10_000)), "t": ((count,), pieces(count))})
    context = multiprocessing.get_context("forkserver")
    barrier, queue = context.Barrier(WORKERS), context.Queue()
    with libshm.open(path) as image:
        workers = [context.Process(target=work, args=(image, barrier, queue)) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        answers = [queue.get() for _ in workers]
        for worker in workers:
            worker.join()
        assert {answer[:2] for answer in answers} == {(float(count), "name 77")}
        mapped = sum(answer[2] for answer in answers)
        assert mapped <= 1.02 * image.size
        assert all(answer[3] < 150 << 20 for answer in answers)  # the interpreters, with NumPy
