import { useTranslation } from "react-i18next";
import { quantity } from "../format/decimal.ts";
import { AccountName } from "./AccountsBar.tsx";
import { Id } from "./Id.tsx";
import type { Note, PlanLine, Value } from "./plan.ts";
import { Change } from "./Quantity.tsx";
import { Time } from "./Time.tsx";

/** The changes that a write would make: each figure before and after it. */
export function PlanTable({ lines }: { lines: PlanLine[] }) {
  const { t } = useTranslation("app");
  if (lines.length === 0) return <p className="muted">{t("act.nothingCounted")}</p>;
  const spaced = lines.some(({ of }) => of !== undefined);
  return (
    <div className="table-box">
      <table className="plan" aria-label={t("act.previewOf")}>
        <thead>
          <tr>
            {spaced && <th scope="col">{t("act.of")}</th>}
            <th scope="col">{t("act.figure")}</th>
            <th scope="col" className="right">
              {t("act.before")}
            </th>
            <th scope="col" className="right">
              {t("act.after")}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={JSON.stringify([line.of, line.figure])}>
              {spaced && <td>{line.of && <Id>{line.of}</Id>}</td>}
              <td>
                <FigureName of={line} />
              </td>
              <td className="right">
                <Shown value={line.before} of={line} />
              </td>
              <td className="right">
                <strong>
                  <Shown value={line.after} of={line} />
                </strong>{" "}
                <Difference of={line} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The effect of a write, in sentences. */
export function Notes({ notes }: { notes: Note[] | undefined }) {
  const { t } = useTranslation("app");
  if (!notes) return null;
  return (
    <ul className="plain-list frame">
      {notes.map(({ words, values }) => (
        <li key={words + JSON.stringify(values)}>
          <bdi>{t(words, values)}</bdi>
        </li>
      ))}
    </ul>
  );
}

export function FigureName({ of: { figure } }: { of: PlanLine }) {
  const { t } = useTranslation("app");
  return "account" in figure ? <AccountName account={figure.account} /> : t(figure.words);
}

/** A value of the preview in the reader's words, and where it comes from. */
export function Shown({ value, of }: { value: Value; of: PlanLine }) {
  const { t } = useTranslation("app");
  if (value.from === undefined) return <Bare value={value} of={of} />;
  return (
    <>
      <Bare value={value} of={of} /> <small className="muted">{t(value.from)}</small>
    </>
  );
}

function Bare({ value, of }: { value: Value; of: PlanLine }) {
  const { t } = useTranslation("app");
  if ("units" in value) return <span className="figure">{quantity(value.units, of.unit, of.scale)}</span>;
  if ("time" in value) return <Time at={value.time} relative />;
  if ("text" in value) return value.text ? <Id>{value.text}</Id> : <>–</>;
  return t(value.words);
}

function Difference({ of }: { of: PlanLine }) {
  if (!("units" in of.before && "units" in of.after)) return null;
  return (
    <small className="muted">
      <Change of={of} value={of.after.units - of.before.units} />
    </small>
  );
}
