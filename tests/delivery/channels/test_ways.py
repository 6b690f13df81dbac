"""The ways out of one dispatch, taken together."""

import pytest

from relance.core.errors import ChannelError
from relance.delivery.channels.ways import Ways
from tests.delivery.test_dispatch import Scripted

WRONG, AWAY = ChannelError("The password is wrong.", permanent=True), ChannelError("Nobody answers.", permanent=False)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("second", "asks"), [(AWAY, False), (WRONG, True)])
def test_they_ask_for_a_person_only_where_each_of_them_does(second: ChannelError, asks: bool) -> None:
    ways = Ways(Scripted())
    ways.shut = {"": WRONG, "shoes": second}
    with pytest.raises(ChannelError) as raised:
        ways.send([])
    assert raised.value.permanent is asks
