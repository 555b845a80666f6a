import { Button, Input } from "antd";
import type { components } from "holdfast-client";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { TextField } from "../../parts/Field.tsx";
import { Id } from "../../parts/Id.tsx";
import type { Faults } from "../../parts/plan.ts";
import { type Count, type Counts, countOf, lineName, more, receiptOf, scan } from "./scan.ts";

type Line = components["schemas"]["TransferLine"];

interface Counting {
  lines: Line[];
  counts: Counts;
  onCount: (counts: Counts) => void;
}

/** Counts what arrives. A scanner types an id and Enter into the field, which has the focus again after everything else. */
export function ScanList(props: Counting & { typed: string; onType: (typed: string) => void; faults: Faults }) {
  const { t } = useTranslation("transfer");
  const { lines, counts, onCount, typed, onType, faults } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [said, say] = useState<{ key: string; product: string }>();
  const toScan = () => box.current?.querySelector<HTMLElement>(".scan input")?.focus();

  function take() {
    const scanned = scan(lines, counts, typed);
    say({ key: scanned.is, product: scanned.product });
    onType("");
    if (scanned.is === "counted") onCount(scanned.counts);
    if (scanned.is === "measured" || scanned.is === "lots") {
      const fields = [...(box.current?.querySelectorAll<HTMLElement>("[data-product]") ?? [])];
      fields
        .find(({ dataset }) => dataset.product === scanned.product)
        ?.querySelector("input")
        ?.focus();
    }
  }

  // Enter ends a scan, or a number that was typed. It never sends the form, to which these fields do not belong.
  function press(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
    if (!(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.target.id !== id) toScan();
    else if (typed.trim() && !event.repeat) take();
  }

  const fault = faults.scan;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it listens for Enter in its fields
    <div ref={box} className="scan-list" onKeyDown={press}>
      <div className="field scan">
        <label htmlFor={id}>{t("scan.label")}</label>
        <Input
          id={id}
          form={`${id}-none`}
          value={typed}
          onChange={(event) => onType(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="enter"
          aria-describedby={`${id}-note`}
          {...(fault ? { status: "error" as const, "aria-invalid": true } : {})}
        />
        <small id={`${id}-note`} className={fault ? "fault" : "muted"}>
          {fault ?? t("scan.note")}
        </small>
      </div>
      <p role="status" className={said?.key === "unknown" ? "fault" : undefined}>
        {said && <bdi>{t(`scan.${said.key}`, { product: said.product })}</bdi>}
      </p>
      <ul>
        {lines.map((line) => {
          const name = lineName(line);
          return (
            <CountedLine
              key={name}
              line={line}
              count={countOf(counts, name)}
              fault={faults[`line ${name}`]}
              onCount={(count) => onCount({ ...counts, [name]: count })}
              onMore={(by) => {
                onCount(more(counts, name, by));
                toScan();
              }}
            />
          );
        })}
      </ul>
    </div>
  );
}

/** One line: what is to come, what was counted, and how the two differ. */
function CountedLine(props: {
  line: Line;
  count: Count;
  fault: string | undefined;
  onCount: (count: Count) => void;
  onMore: (by: number) => void;
}) {
  const { t } = useTranslation("transfer");
  const { line, count, fault, onCount, onMore } = props;
  const product = lineName(line);
  const receipt = receiptOf(line, count);
  const units = (value: number) => quantity(value, line.unit, line.scale);
  const differs = receipt && [
    receipt.remaining > 0 && t("scan.open", { units: units(receipt.remaining) }),
    receipt.lost > 0 && t("scan.gone", { units: units(receipt.lost) }),
    receipt.surplus > 0 && t("scan.over", { units: units(receipt.surplus) }),
  ];
  return (
    <li data-product={line.product_id}>
      <p>
        <strong>
          <Id>{product}</Id>
        </strong>{" "}
        <span className="figure">{t("scan.of", { units: units(line.in_transit) })}</span>{" "}
        <span className="muted">{differs?.filter(Boolean).join(", ") || (receipt && `✓ ${t("scan.whole")}`)}</span>
      </p>
      <div className="scan-line">
        <TextField
          number
          apart
          label={t("scan.arrived", { product })}
          unit={line.unit}
          value={count.arrived}
          onChange={(arrived) => onCount({ ...count, arrived })}
          fault={fault}
        />
        {!line.scale && (
          <>
            <Button aria-label={t("scan.less", { product })} onClick={() => onMore(-1)}>
              −
            </Button>
            <Button aria-label={t("scan.more", { product })} onClick={() => onMore(1)}>
              +
            </Button>
          </>
        )}
        <TextField
          number
          apart
          label={t("scan.lost", { product })}
          unit={line.unit}
          value={count.lost}
          onChange={(lost) => onCount({ ...count, lost })}
        />
      </div>
    </li>
  );
}
