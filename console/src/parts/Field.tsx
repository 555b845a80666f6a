import { Input } from "antd";
import { type ReactNode, useId } from "react";
import { zone } from "../format/time.ts";

interface Named {
  label: string;
  /** The fault of its value, in the reader's words. */
  fault?: string | undefined;
  hint?: ReactNode;
}

function Field(props: Named & { children: (id: string, described: string | undefined) => ReactNode }) {
  const id = useId();
  const note = `${id}-note`;
  const described = props.fault || props.hint ? note : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children(id, described)}
      {described && (
        <small id={note} className={props.fault ? "fault" : "muted"}>
          {props.fault ?? props.hint}
        </small>
      )}
    </div>
  );
}

/** A field for text or a number; the number keeps what was typed until it is read. */
export function TextField(
  props: Named & {
    value: string;
    onChange: (value: string) => void;
    unit?: string | undefined;
    number?: boolean;
    /** A moment of the browser's zone. */
    moment?: boolean;
    /** Belongs to no form: Enter in it sends nothing, however the keyboard reports it. */
    apart?: boolean;
  },
) {
  const { value, onChange, unit, number = false, moment = false, apart = false, ...named } = props;
  return (
    <Field {...named}>
      {(id, described) => (
        <Input
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="off"
          {...(number ? { inputMode: "decimal" as const } : {})}
          {...(moment ? { type: "datetime-local" } : {})}
          {...(apart ? { form: `${id}-none` } : {})}
          {...(unit ? { suffix: unit } : {})}
          {...(named.fault ? { status: "error" as const, "aria-invalid": true } : {})}
          {...(described ? { "aria-describedby": described } : {})}
        />
      )}
    </Field>
  );
}

/** A secret: what is typed is not shown, and no browser keeps it. */
export function SecretField(props: Named & { value: string; onChange: (value: string) => void }) {
  const { value, onChange, ...named } = props;
  return (
    <Field {...named}>
      {(id, described) => (
        <Input
          id={id}
          type="password"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="new-password"
          {...(named.fault ? { status: "error" as const, "aria-invalid": true } : {})}
          {...(described ? { "aria-describedby": described } : {})}
        />
      )}
    </Field>
  );
}

/** A moment by the clock of this browser. Empty: none. */
export function MomentField(props: Named & { value: string; onChange: (value: string) => void }) {
  const { value, onChange, ...named } = props;
  return (
    <Field {...named} hint={named.hint ?? zone}>
      {(id, described) => (
        <Input
          id={id}
          type="datetime-local"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...(named.fault ? { status: "error" as const, "aria-invalid": true } : {})}
          {...(described ? { "aria-describedby": described } : {})}
        />
      )}
    </Field>
  );
}

export interface Choice {
  value: string;
  label: string;
}

/** One of a few: the browser's own list, which a phone shows over its whole width. */
export function ChoiceField(props: Named & { value: string; onChange: (value: string) => void; choices: Choice[] }) {
  const { value, onChange, choices, ...named } = props;
  return (
    <Field {...named}>
      {(id, described) => (
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...(named.fault ? { "aria-invalid": true } : {})}
          {...(described ? { "aria-describedby": described } : {})}
        >
          {choices.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
