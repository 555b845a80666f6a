import { useId } from "react";

/** A choice of few words. */
export function Choice<Value extends string>(props: {
  label: string;
  value: Value;
  options: [value: Value, text: string][];
  onChange: (value: Value) => void;
}) {
  const id = useId();
  return (
    <span>
      <label htmlFor={id}>{props.label}</label>{" "}
      <select
        id={id}
        className="choice-of"
        value={props.value}
        onChange={({ target }) => props.onChange(target.value as Value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
