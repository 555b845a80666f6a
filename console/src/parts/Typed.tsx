import { Input } from "antd";
import { useEffect, useState } from "react";
import { useDelayed } from "./useDelayed.ts";

/** A filter that is typed. It goes into the address when the typing rests. */
export function Typed(props: {
  value: string | undefined;
  label: string;
  onChange: (value: string | undefined) => void;
  width: number;
  /** The one that the key "/" leads to. */
  main?: boolean;
}) {
  const { value = "", onChange } = props;
  const [text, setText] = useState(value);
  const rested = useDelayed(text, 250);
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typed text is reported, never the text of the address
  useEffect(() => {
    if (rested === text && rested !== value) onChange(rested || undefined);
  }, [rested]);
  return (
    <Input
      value={text}
      onChange={(event) => setText(event.target.value)}
      placeholder={props.label}
      aria-label={props.label}
      allowClear
      style={{ width: props.width }}
      {...(props.main ? { "data-filter": "", suffix: <kbd>/</kbd> } : {})}
    />
  );
}
