import { Alert, Button } from "antd";
import type { components, HoldfastError } from "holdfast-client";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { act } from "../api/act.ts";
import type { Command, Operation } from "../api/commands.ts";
import type { Outcome } from "../api/outcome.ts";
import { pendings } from "../api/pending.ts";
import { useWho } from "../api/queries.ts";
import { BatchResults } from "./BatchResults.tsx";
import { TextField } from "./Field.tsx";
import { Small, sentence } from "./Frame.tsx";
import { Id } from "./Id.tsx";
import { FigureName, Notes, PlanTable, Shown } from "./PlanTable.tsx";
import { changedSince, type Faults, type Plan, type Planned } from "./plan.ts";

type Done = Extract<Outcome, { is: "done" }>;

type Step =
  | { is: "form"; faults: Faults; refusal?: HoldfastError }
  | { is: "preview"; plan: Plan; earlier?: Plan }
  | { is: "conflict"; plan: Plan }
  | { is: "sending"; plan: Plan }
  | { is: "unknown"; plan: Plan; error: HoldfastError }
  | { is: "done"; outcome: Done; plan: Plan };

/** Form, preview, confirmation, result: how people write. The fields keep what was typed in all of it. */
export function CommandForm(props: {
  operation: Operation;
  /** Its name, where that is not the operation's own name. */
  name?: string;
  /** The plan that results from the fields and the figures that are shown now. */
  plan: () => Planned;
  children: (faults: Faults) => ReactNode;
  /** The write does not name the figures that it is for: it is sent only while the previewed figures still hold. */
  only?: boolean;
  onClose: () => void;
  /** The text to type before the write can be confirmed. */
  sure?: string;
  onDone?: (answer: unknown) => void;
  /** The part of the answer that is shown. */
  result?: (answer: unknown) => ReactNode;
}) {
  const { t } = useTranslation("app");
  const who = useWho();
  const title = useId();
  const box = useRef<HTMLFormElement>(null);
  const [step, setStep] = useState<Step>({ is: "form", faults: {} });
  const [typed, setTyped] = useState("");
  const leave = useRef<(() => void) | undefined>(undefined);
  useEffect(() => () => leave.current?.(), []);
  // The control to use next has the focus.
  useEffect(() => {
    box.current
      ?.querySelector<HTMLElement>(
        step.is === "form" ? "input, select, button[type=submit]" : ".sure input, button[type=submit]",
      )
      ?.focus();
  }, [step.is]);

  const sure = props.sure === undefined || typed.trim() === props.sure;
  const planned = props.plan();
  const fresh = "plan" in planned ? planned.plan : undefined;
  const shown = step.is === "preview" || step.is === "conflict" ? step.plan : undefined;
  const moved =
    shown &&
    fresh &&
    (fresh.version !== shown.version ||
      changedSince(shown, fresh).length > 0 ||
      (props.only && JSON.stringify(fresh.lines) !== JSON.stringify(shown.lines)));
  // The write met another version. As soon as the new figures are here it is previewed with them.
  useEffect(() => {
    if (step.is === "conflict" && moved && fresh) setStep({ is: "preview", plan: fresh, earlier: step.plan });
  }, [step, moved, fresh]);

  function preview() {
    if ("faults" in planned) {
      const faults = Object.entries(planned.faults).map(([field, key]) => [field, t(key ?? "")]);
      return setStep({ is: "form", faults: Object.fromEntries(faults) });
    }
    setStep({ is: "preview", plan: planned.plan });
  }

  const anew = (plan: Plan, earlier: Plan) => setStep({ is: "preview", plan, earlier });

  async function confirm(plan: Plan) {
    const kept = pendings.keep(`${who.data?.tenant}/${who.data?.operator}`, plan.command);
    leave.current ??= pendings.attend(kept.key);
    setStep({ is: "sending", plan });
    const outcome = await act(kept);
    if (outcome.is === "unknown") return setStep({ is: "unknown", plan, error: outcome.error });
    leave.current?.();
    leave.current = undefined;
    if (outcome.is === "done") {
      props.onDone?.(outcome.answer);
      return setStep({ is: "done", outcome, plan });
    }
    const { error } = outcome;
    if (error.code === "VERSION_CONFLICT") return setStep({ is: "conflict", plan });
    const violations = (error.problem?.violations ?? []).map(({ field, reason }) => [field, reason]);
    setStep({ is: "form", faults: Object.fromEntries(violations), refusal: error });
  }

  function go() {
    if (step.is === "form") preview();
    else if (step.is === "preview" && !sure) box.current?.querySelector<HTMLElement>(".sure input")?.focus();
    else if (step.is === "preview" && props.only && !fresh) preview();
    else if (step.is === "preview" && props.only && moved && fresh) anew(fresh, step.plan);
    else if (step.is === "preview" || step.is === "unknown") void confirm(step.plan);
    else if (step.is === "done") props.onClose();
  }

  function press(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") props.onClose();
    else if (event.key !== "Enter") return;
    else if (event.ctrlKey || event.metaKey) {
      if (!event.repeat) go();
    } else if (!event.repeat) return; // the browser's own; a key that is held down confirms nothing
    event.preventDefault();
    event.stopPropagation();
  }

  const main = (label: string, busy = false) => (
    <Button type="primary" htmlType="submit" loading={busy}>
      {label}
    </Button>
  );
  const close = <Button onClick={props.onClose}>{t(step.is === "form" ? "act.cancel" : "act.close")}</Button>;

  return (
    <form
      ref={box}
      className="command"
      aria-labelledby={title}
      noValidate
      onKeyDown={press}
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <h2 id={title}>{t(`act.name.${props.name ?? props.operation}`)}</h2>
      {step.is === "form" && (
        <>
          {step.refusal && <Refusal error={step.refusal} />}
          <div className="fields">{props.children(step.faults)}</div>
          <p className="buttons">
            {main(t("act.preview"))} {close} <small className="muted">{t("act.keys")}</small>
          </p>
        </>
      )}
      {step.is === "preview" && (
        <>
          {step.earlier && <Changed earlier={step.earlier} now={step.plan} />}
          {moved && (
            <Alert
              className="frame"
              type="warning"
              role="status"
              title={t("act.moved")}
              action={<Button onClick={() => fresh && anew(fresh, step.plan)}>{t("act.previewAnew")}</Button>}
            />
          )}
          <Notes notes={step.plan.notes} />
          <PlanTable lines={step.plan.lines} />
          {step.plan.version !== undefined && (
            <p className="muted">{t("act.ofVersion", { version: step.plan.version })}</p>
          )}
          {props.sure !== undefined && (
            <div className="sure">
              <TextField label={t("act.sure", { what: props.sure })} value={typed} onChange={setTyped} />
            </div>
          )}
          <p className="buttons">
            {main(t("act.confirm"))}{" "}
            <Button onClick={() => setStep({ is: "form", faults: {} })}>{t("act.back")}</Button> {close}
          </p>
        </>
      )}
      {step.is === "conflict" && (
        <>
          <Alert className="frame" type="warning" role="status" title={t("act.conflict")} />
          <p className="buttons">{close}</p>
        </>
      )}
      {step.is === "sending" && (
        <>
          <PlanTable lines={step.plan.lines} />
          <p className="buttons">{main(t("act.sending"), true)}</p>
        </>
      )}
      {step.is === "unknown" && (
        <>
          <Alert
            className="frame"
            type="warning"
            role="alert"
            title={`${t("act.unknown")} ${sentence(t, step.error)}`}
            description={<Small error={step.error} />}
          />
          <p className="buttons">
            {main(t("act.again"))} {close}
          </p>
        </>
      )}
      {step.is === "done" && (
        <>
          <Alert
            className="frame"
            type="success"
            role="status"
            title={t("act.done")}
            description={<Booked outcome={step.outcome} command={step.plan.command} />}
          />
          {props.result?.(step.outcome.answer)}
          <p className="buttons">{main(t("act.close"))}</p>
        </>
      )}
    </form>
  );
}

/** The outcome of a write: its position in the books, the findings of a count, and the refused writes of a batch. */
export function Booked({ outcome, command }: { outcome: Done; command: Command }) {
  const { t } = useTranslation("app");
  const { case_id, superseded, behind } = (outcome.answer ?? {}) as Partial<components["schemas"]["Observation"]>;
  return (
    <>
      {superseded && <p>{t("act.superseded")}</p>}
      {case_id && <p>{t("act.shortage", { id: case_id })}</p>}
      {behind && behind.length > 0 && (
        <p>
          {t("act.behind", { tills: behind.map((of) => `${of.till_id} (${t(`till.state.${of.state}`)})`).join(", ") })}
        </p>
      )}
      {command.operation === "ExecuteBatch" && <BatchResults command={command} answer={outcome.answer} />}
      {outcome.position && (
        <small>
          {t("act.position")} <Id>{outcome.position}</Id>
        </small>
      )}
    </>
  );
}

/** The server refused the write: nothing was changed. */
export function Refusal({ error }: { error: HoldfastError }) {
  const { t } = useTranslation("app");
  return (
    <Alert
      className="frame"
      type="error"
      role="alert"
      title={`${sentence(t, error)} ${t("act.nothingChanged")}`}
      description={<Small error={error} />}
    />
  );
}

function Changed({ earlier, now }: { earlier: Plan; now: Plan }) {
  const { t } = useTranslation("app");
  return (
    <Alert
      className="frame"
      type="warning"
      role="alert"
      title={
        now.version === undefined
          ? t("act.changedFigures")
          : t("act.changed", { from: earlier.version ?? "–", to: now.version })
      }
      description={
        <ul className="plain-list">
          {changedSince(earlier, now).map(({ line, was }) => (
            <li key={JSON.stringify([line.of, line.figure])}>
              <FigureName of={line} /> <Shown value={was} of={line} /> → <Shown value={line.before} of={line} />
            </li>
          ))}
        </ul>
      }
    />
  );
}
