"""An explorer in a real kernel: what a page that sends moves faster than they can be drawn gets back."""

import time

import pytest
from jupyter_client.manager import start_new_kernel

MAKE = """
from lrlab.widgets import BiasExplorer, DigitsExplorer
from lrlab.widgets.explorer import page_loop
w = BiasExplorer()
print(w.beta2.model_id, w.picture.model_id, len(w.beta2.options), page_loop())
"""


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(kernel, code):
    """What the code prints."""
    printed = []
    reply = kernel.execute_interactive(
        code, timeout=120, output_hook=lambda message: printed.append(message["content"].get("text", ""))
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed).split()


def move(kernel, model, index):
    """What the page sends when a slider stands at this stop."""
    content = {"comm_id": model, "data": {"method": "update", "state": {"index": index}, "buffer_paths": []}}
    kernel.shell_channel.send(kernel.session.msg("comm_msg", content))


def pictures(kernel, model, until):
    """The pictures that the kernel sends until one holds this text, and for a short while after."""
    found, end = [], time.monotonic() + 60
    while time.monotonic() < end:
        try:
            message = kernel.get_iopub_msg(timeout=0.5)
        except Exception:
            if found and until in found[-1]:
                break
            continue
        content = message["content"]
        if message["msg_type"] == "comm_msg" and content["comm_id"] == model and "value" in content["data"].get("state", {}):
            found.append(content["data"]["state"]["value"])
    return found


def test_a_burst_of_moves_gets_a_few_pictures_and_the_last_is_of_the_last_move(kernel):
    slider, picture, stops, loop = run(kernel, MAKE)
    # a cell is no page: what it sets is drawn at once
    assert loop == "None"
    last = int(stops) - 1
    for index in range(last - 40, last + 1):
        move(kernel, slider, index)
    found = pictures(kernel, picture, "beta2 0.9999,")
    assert "beta2 0.9999," in found[-1]
    assert 1 <= len(found) <= 30
    assert run(kernel, "print(w.sentence)") == run(kernel, "print(w._sentence)")


def test_digits_train_in_the_background_while_the_kernel_answers(kernel):
    start, stop = run(
        kernel,
        "d = DigitsExplorer(epochs=200, trained=False); print(d._start.model_id, d._stop.model_id)",
    )
    click = {"method": "custom", "content": {"event": "click"}}
    kernel.shell_channel.send(kernel.session.msg("comm_msg", {"comm_id": start, "data": click}))
    first = int(run(kernel, "print(d.value.updates)")[0])
    time.sleep(0.5)
    training, second = run(kernel, "print(d.training, d.value.updates)")
    assert training == "True" and first < int(second) < 8800
    kernel.shell_channel.send(kernel.session.msg("comm_msg", {"comm_id": stop, "data": click}))
    training, third = run(kernel, "print(d.training, d.value.updates)")
    time.sleep(0.3)
    assert training == "False" and run(kernel, "print(d.value.updates)") == [third]
