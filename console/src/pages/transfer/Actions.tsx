import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { NoteFields } from "../../parts/NoteFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { planApprove, planCancel, type Transfer } from "./plans.ts";
import type { ActionProps } from "./props.ts";
import { Receive } from "./Receive.tsx";
import { Ship } from "./Ship.tsx";

/** The writes of a transfer, in the order of its life. */
export function Actions({ transfer }: { transfer: Transfer }) {
  const { t } = useTranslation(["transfer", "app"]);
  const { state, from_location_id: from, to_location_id: to } = transfer;
  const off = (...states: Transfer["state"][]) =>
    states.includes(state) ? undefined : t("transfer:off", { state: t(`app:act.transfer.${state}`) });
  return (
    <CommandButtons
      offers={[
        {
          operation: "ApproveTransfer",
          location: from,
          off: off("requested"),
          form: (onClose) => <Approve transfer={transfer} onClose={onClose} />,
        },
        {
          operation: "ShipTransfer",
          location: from,
          off: off("approved"),
          form: (onClose) => <Ship transfer={transfer} onClose={onClose} />,
        },
        {
          operation: "ReceiveTransfer",
          location: to,
          off: off("in_transit"),
          form: (onClose) => <Receive transfer={transfer} onClose={onClose} />,
        },
        {
          operation: "CancelTransfer",
          location: from,
          off: off("requested", "approved", "in_transit"),
          form: (onClose) => <Cancel transfer={transfer} onClose={onClose} />,
        },
      ]}
    />
  );
}

function Approve({ transfer, onClose }: ActionProps) {
  const { t } = useTranslation("transfer");
  const [expected, setExpected] = useState("");
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="ApproveTransfer" plan={() => planApprove(transfer, expected, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            moment
            label={t("expected")}
            hint={t("expectedNote")}
            value={expected}
            onChange={setExpected}
            fault={faults.expected_at}
          />
          <NoteFields value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}

function Cancel({ transfer, onClose }: ActionProps) {
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="CancelTransfer" plan={() => planCancel(transfer, reason)} onClose={onClose}>
      {(faults) => <NoteFields value={reason} onChange={setReason} faults={faults} />}
    </CommandForm>
  );
}
