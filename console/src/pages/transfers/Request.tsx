import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../../api/itemQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { Id } from "../../parts/Id.tsx";
import { NoteFields } from "../../parts/NoteFields.tsx";
import { PlaceField } from "../../parts/PlaceField.tsx";
import { noReason } from "../../parts/reasons.ts";
import { useDelayed } from "../../parts/useDelayed.ts";
import { freeOf, type Known, planRequest, type Request, type Wanted } from "./plans.ts";

const blank: Wanted = { product: "", units: "" };

/** Stock of one place is asked for another. */
export function RequestForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("transfers");
  const [request, setRequest] = useState<Request>({ from: "", to: "", channel: "", expected: "", lines: [blank] });
  const [reason, setReason] = useState(noReason);
  const names = request.lines.map((line) => line.product);
  const rested = useDelayed(names.join("\n"), 250).split("\n");
  const wanted = [...new Set(rested.filter((name) => name !== "" && names.includes(name)))];
  const answers = useQueries({ queries: wanted.map((name) => accounts(name)) });
  const known = (name: string): Known => {
    const answer = answers[wanted.indexOf(name)];
    if (name === "" || answer?.error) return undefined;
    return answer?.data ?? "looking";
  };
  const measured = (name: string) => {
    const of = known(name);
    return of === "looking" ? undefined : of;
  };
  const gives = (name: string) => {
    const of = measured(name);
    if (!of || request.from === "") return undefined;
    const units = quantity(freeOf(of, request.from, request.channel.trim()), of.unit, of.scale);
    return t("gives", { from: request.from, units });
  };
  const set = (changed: Partial<Request>) => setRequest({ ...request, ...changed });
  const setLine = (at: number, changed: Partial<Wanted>) =>
    set({ lines: request.lines.map((line, index) => (index === at ? { ...line, ...changed } : line)) });

  return (
    <CommandForm
      operation="CreateTransfer"
      plan={() => planRequest(request, known, reason)}
      onClose={onClose}
      result={(answer) => <Made transfer={answer as components["schemas"]["Transfer"]} />}
    >
      {(faults) => (
        <>
          <PlaceField
            label={t("from")}
            value={request.from}
            onChange={(from) => set({ from })}
            fault={faults.from_location_id}
          />
          <PlaceField label={t("to")} value={request.to} onChange={(to) => set({ to })} fault={faults.to_location_id} />
          <div className="request-lines">
            {request.lines.map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and do not change places
              <div key={at} className="request-line">
                <div>
                  <TextField
                    label={t("product", { number: at + 1 })}
                    value={line.product}
                    onChange={(name) => setLine(at, { product: name })}
                    fault={faults[`product ${at}`]}
                  />
                  <small className="muted">{gives(line.product)}</small>
                </div>
                <TextField
                  number
                  label={t("units", { number: at + 1 })}
                  unit={measured(line.product)?.unit}
                  value={line.units}
                  onChange={(units) => setLine(at, { units })}
                  fault={faults[`units ${at}`]}
                />
                {request.lines.length > 1 && (
                  <Button
                    aria-label={t("remove", { number: at + 1 })}
                    onClick={() => set({ lines: request.lines.filter((_, index) => index !== at) })}
                  >
                    ✕
                  </Button>
                )}
              </div>
            ))}
            <p>
              <Button onClick={() => set({ lines: [...request.lines, blank] })}>{t("add")}</Button>
            </p>
          </div>
          <TextField
            moment
            label={t("expected")}
            value={request.expected}
            onChange={(expected) => set({ expected })}
            fault={faults.expected_at}
          />
          <TextField
            label={t("channel")}
            hint={t("channelNote")}
            value={request.channel}
            onChange={(channel) => set({ channel })}
            fault={faults.channel_id}
          />
          <NoteFields value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}

function Made({ transfer }: { transfer: components["schemas"]["Transfer"] }) {
  const { t } = useTranslation("transfers");
  return (
    <p>
      <Link to="/transfers/$transfer" params={{ transfer: transfer.transfer_id }}>
        {t("made")}
      </Link>{" "}
      <Id>{transfer.transfer_id}</Id>
    </p>
  );
}
