import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { NoteFields } from "../../parts/NoteFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { useDraft } from "../../parts/useDraft.ts";
import { planReceive } from "./plans.ts";
import type { ActionProps } from "./props.ts";
import { ScanList } from "./ScanList.tsx";
import type { Counts } from "./scan.ts";

const uncounted: Counts = {};

/** Received units are counted, compared with the shipped ones, and booked. */
export function Receive({ transfer, onClose }: ActionProps) {
  const { t } = useTranslation("transfer");
  const [counts, setCounts] = useDraft(`receive.${transfer.transfer_id}`, uncounted);
  const [typed, setTyped] = useState("");
  const [order, setOrder] = useState("");
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm
      operation="ReceiveTransfer"
      plan={() => planReceive(transfer, counts, typed, order, reason)}
      onClose={onClose}
      onDone={() => setCounts(uncounted)}
    >
      {(faults) => (
        <>
          <ScanList
            lines={transfer.lines}
            counts={counts}
            onCount={setCounts}
            typed={typed}
            onType={setTyped}
            faults={faults}
          />
          <NoteFields value={reason} onChange={setReason} faults={faults} />
          <TextField
            label={t("forOrder")}
            hint={t("forOrderNote")}
            value={order}
            onChange={setOrder}
            fault={faults.for_order_id}
          />
        </>
      )}
    </CommandForm>
  );
}
