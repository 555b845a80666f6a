"""A checkout with the client that openapi-python-client made of openapi.yaml."""

import os
from datetime import datetime, timezone

from httpx import Timeout

from holdfast_client import AuthenticatedClient
from holdfast_client.api.inventory import (
    check_availability_v1,
    create_inventory_v1,
    deduct_v1,
    reserve_v1,
)
from holdfast_client.models import (
    Availability,
    CreateInventoryRequest,
    DeductRequest,
    Inventory,
    OrderReservations,
    Problem,
    ProblemCode,
    ReservationState,
    ReserveItem,
    ReserveRequest,
    ReserveResponse,
)

# On a busy machine an answer may take longer than the five seconds of httpx.
client = AuthenticatedClient(
    base_url=os.environ["HOLDFAST_URL"],
    token=os.environ["HOLDFAST_KEY"],
    raise_on_unexpected_status=True,
    timeout=Timeout(60),
)
product, order = "python-tea", "python-1"

opened = create_inventory_v1.sync(client=client, body=CreateInventoryRequest(product_id=product, available_stock=5))
assert isinstance(opened, Inventory) and opened.available_stock == 5, opened

checked = check_availability_v1.sync(product, client=client, quantity=2)
assert isinstance(checked, Availability) and checked.in_stock and checked.available == 5, checked

asked = ReserveRequest(order_id=order, items=[ReserveItem(product_id=product, quantity=2)])
reserved = reserve_v1.sync(client=client, body=asked, idempotency_key="python-key")
assert isinstance(reserved, ReserveResponse), reserved
line = reserved.reservations[0]
assert line.quantity == 2 and line.state == ReservationState.ACTIVE, line
assert line.expires_at > datetime.now(timezone.utc), line

again = reserve_v1.sync_detailed(client=client, body=asked, idempotency_key="python-key")
assert again.headers["Idempotency-Replayed"] == "true", again
assert again.parsed.reservations[0].reservation_id == line.reservation_id, again

deducted = deduct_v1.sync(client=client, body=DeductRequest(order_id=order))
assert isinstance(deducted, OrderReservations) and deducted.reservations[0].deducted == 2, deducted

refused = reserve_v1.sync(client=client, body=ReserveRequest(order_id="python-2", product_id=product, quantity=9))
assert isinstance(refused, Problem) and refused.code == ProblemCode.INSUFFICIENT_STOCK, refused
short = refused.shortages[0]
assert (short.requested, short.available) == (9, 3), short

print("checked out")
