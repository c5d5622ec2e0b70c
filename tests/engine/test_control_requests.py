"""Interrupts thrown at threads leave the interpreter as it was."""

import subprocess
import sys

PROGRAM = """
import sys, threading, time
from dojobber_nb.engine.control_requests import Requests

requests, came = Requests(), []

def phase():
    requests.use_this_thread()
    requests.interrupt = False
    try:
        requests.arm()
        for _ in range(20):
            requests.ask(interrupt=True)  # by its own hand: it is raised here, or taken back below
    except KeyboardInterrupt:
        came.append("in the phase")
    while True:
        try:
            requests.disarm()
            break
        except KeyboardInterrupt:
            came.append("at the last moment")

for _ in range(200):
    thread = threading.Thread(target=phase)
    thread.start()
    thread.join()
sys.setprofile(lambda *_: None)  # hangs where a thrown exception is looked for at every bytecode
len(came)
sys.setprofile(None)
print("alive")
"""


def test_an_interrupt_that_is_taken_back_leaves_tracing_alive() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert (told.stdout, told.stderr) == ("alive\n", "")
